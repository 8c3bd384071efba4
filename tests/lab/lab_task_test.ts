import assert from "node:assert/strict";
import { LAB_ROWS } from "../../scripts/lab/servers.ts";
import { ROOT } from "../../scripts/shell.ts";
import { openHome } from "../cli/real_run.ts";
import { decideDevice, type Page } from "./person.ts";

for (const row of LAB_ROWS) {
  Deno.test(`deno task lab: the commands for the server "${row.name}" end as they should`, async () => {
    const server = await row.start();
    await using home = await openHome();
    try {
      for (const [line, status] of row.commands(server)) {
        if (status === undefined) continue;
        const here = line.replaceAll(/\bdebug\.json\b/g, `${home.path}/debug.json`);
        const [, variables = "", words = ""] = /^((?:\w+=\S+ )*)mcpass (.*)$/.exec(here) ?? [];
        assert.notEqual(words, "", line);
        const env = Object.fromEntries(
          variables.split(" ").filter(Boolean).map((it) => it.split("=")),
        );
        const ran = await home.run(words.split(" "), {
          // Nobody is here to consent in a browser.
          env: words.includes("--auth-mode") ? env : { MCPASS_AUTH_MODE: "headless", ...env },
        });
        assert.equal(ran.status, status, `${line}\n${ran.stdout}${ran.stderr}`);
      }
    } finally {
      await server.close();
    }
  });
}

Deno.test('deno task lab: a person approves the code of the server "device"', async () => {
  const server = await LAB_ROWS.find(({ name }) => name === "device")?.start();
  assert.ok(server !== undefined);
  await using home = await openHome();
  try {
    let isOpened = false;
    const approved = Promise.withResolvers<Page>();
    const ran = await home.run(["login", server.mcpUrl, "--auth-mode", "device"], {
      sleep: async () => void await approved.promise,
      reads(stderr) {
        const [url] = /http\S+user_code=\S+/.exec(stderr) ?? [];
        if (url === undefined || isOpened) return;
        isOpened = true;
        approved.resolve(decideDevice(url, "allow"));
      },
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match((await approved.promise).body, /Signed in/);
  } finally {
    await server.close();
  }
});

Deno.test("deno task lab prints a row and commands for each server, and ends with Ctrl-C", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  assert.equal(tasks.lab.command, "deno run -A scripts/lab.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}scripts/lab.ts`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.endsWith("\n\n") && text.includes("# resource")) child.kill("SIGINT");
  }
  assert.equal((await child.status).code, 0);
  for (const { name } of LAB_ROWS) {
    assert.match(text, new RegExp(`^  ${name} +http://127\\.0\\.0\\.1:\\d+/mcp  \\S`, "m"));
    assert.match(text, new RegExp(`^  # ${name}\n  .*mcpass `, "m"));
  }
});
