import assert from "node:assert/strict";
import { startScriptedServer } from "../../lab/scripted_server.ts";
import { consume, makeHome } from "../token_commands.ts";

const SCOPES = [
  "x server doctor",
  "mcpass login <url> --scopes $'",
  "';touch${IFS}run;'",
  "$(touch${IFS}run)",
  "`touch${IFS}run`",
];
const PATHS = ["/mcp", "/mcp;touch${IFS}run", "/mcp?a=$'&b='"];

for (const path of PATHS) {
  for (const scope of SCOPES) {
    Deno.test(`what is suggested after a 403 runs as it reads: ${path}, scope ${scope}`, async () => {
      await using home = await makeHome();
      await using server = startScriptedServer({
        routes: {
          "*": {
            status: 403,
            headers: [["www-authenticate", `Bearer error="insufficient_scope", scope="${scope}"`]],
          },
        },
      });
      const url = `${server.origin}${path}`;
      const ran = await consume(["tools", "list", "--url", url, "--format", "json"], {
        env: { ...home.env, MCPASS_ACCESS_TOKEN: "given-token" },
      });
      const { error } = JSON.parse(ran.stdout);
      assert.equal(error.code, "insufficient_scope", ran.stdout);
      const line = /mcpass login .*/s.exec(error.remedy)?.[0] ?? "";
      const shell = new Deno.Command("bash", {
        args: ["-c", `mcpass() { printf '%s\\0' "$@"; }\n${line}`],
        cwd: home.path,
      });
      const { stdout } = await shell.output();
      await assert.rejects(Deno.stat(`${home.path}/run`), Deno.errors.NotFound);
      assert.deepEqual(new TextDecoder().decode(stdout).split("\0"), [
        ...["login", url, "--scopes", scope, ""],
      ]);
    });
  }
}

for (const path of ["/cb", "/cb;touch${IFS}run;", "/$(touch${IFS}run)", "/`touch${IFS}run`"]) {
  Deno.test(`the redirect URL that is suggested for a document runs as it reads: ${path}`, async () => {
    await using home = await makeHome();
    const redirect = `http://127.0.0.1:4321${path}`;
    const file = `${home.path}/client.json`;
    const id = "https://app.example/client.json";
    await Deno.writeTextFile(
      file,
      JSON.stringify({ client_id: id, client_name: "x", redirect_uris: [redirect] }),
    );
    const args = ["oauth", "client-metadata", "check", file, "--format", "json"];
    const { findings } = JSON.parse((await consume(args, { env: home.env })).stdout);
    const { remedy } = findings.find(({ code }: { code: string }) =>
      code === "client_document_redirect_unlisted"
    );
    const flag = /--redirect-url .*/s.exec(remedy)?.[0] ?? "";
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", `printf '%s\\0' ${flag}`],
      cwd: home.path,
    }).output();
    await assert.rejects(Deno.stat(`${home.path}/run`), Deno.errors.NotFound);
    const words = new TextDecoder().decode(stdout).split("\0");
    assert.deepEqual(words, ["--redirect-url", redirect, ""]);
  });
}
