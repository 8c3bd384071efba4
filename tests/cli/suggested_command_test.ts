import assert from "node:assert/strict";
import { startScriptedServer } from "../lab/scripted_server.ts";
import { consume, makeHome } from "./consumer.ts";

const SCOPES = [
  "x server doctor",
  "mcpass login --url <url> --scopes $'",
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
        ...["login", "--url", url, "--scopes", scope, ""],
      ]);
    });
  }
}
