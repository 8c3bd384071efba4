import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { neverAnswers } from "../lab/misbehaviour.ts";
import { startScriptedServer } from "../lab/scripted_server.ts";
import { startLab } from "../lab/shapes.ts";
import { onTerminal } from "./consent_terminal.ts";

/** Closes the terminal of a login once this is shown there, and holds the login to its end. */
async function closeAt(shown: string, url: string, ...flags: string[]): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const made = await run("mkfifo", [`${folder}/out`]);
    assert.ok(made.success, made.stderr);
    const login = ["login", "--url", url, "--no-store", "--debug-out", "d.json", ...flags];
    const terminal = onTerminal(
      `cd '${folder}'; exec '${ROOT}dist/mcpass' ${login.join(" ")} >out`,
      { env: { MCPASS_HOME: folder } },
    );
    const out = await Deno.open(`${folder}/out`);
    await terminal.until(shown);
    await terminal.close();
    // Its end is the program's.
    const document = JSON.parse(await new Response(out.readable).text());
    assert.equal(document.error.code, "cancelled");
    const artifact = JSON.parse(await Deno.readTextFile(`${folder}/d.json`));
    assert.equal(artifact.outcome.exitStatus, 130);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a terminal that closes during a request ends the login with its artifact", async () => {
  await using server = startScriptedServer({ routes: { "/mcp": neverAnswers() } });
  await closeAt("without a token", `${server.origin}/mcp`, "--auth-mode", "headless");
});

Deno.test("a terminal that closes while a person is waited for does too", async () => {
  await using lab = await startLab({ as: { consent: "page" } });
  await closeAt("(hidden): ", lab.mcpUrl, "--print-url");
});
