import assert from "node:assert/strict";
import { startFaultServer } from "../bridge/fault_server.ts";
import { ROOT } from "../../scripts/shell.ts";

const MESSAGES = [
  { id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } },
  { method: "notifications/initialized" },
  { id: 2, method: "tools/call", params: { name: "plain" } },
];

Deno.test("a bridge answers each request, ends with its input, and deletes its session", async () => {
  await using server = startFaultServer();
  const home = await Deno.makeTempDir({ prefix: "mcpass-home-" });
  try {
    const lines = MESSAGES.map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
    const child = new Deno.Command(`${ROOT}dist/mcpass`, {
      args: ["bridge", server.mcpUrl],
      clearEnv: true,
      env: { MCPASS_HOME: home, MCPASS_STORE: "file", MCPASS_ACCESS_TOKEN: "token" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const input = new Blob(lines).stream().pipeTo(child.stdin);
    const { code, stdout, stderr } = await child.output();
    await input;
    const text = new TextDecoder().decode(stdout);
    const answers = text.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(answers.map(({ id, result }) => [id, typeof result]), [
      [1, "object"],
      [2, "object"],
    ]);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.equal(server.sessions.size, 0);
    assert.deepEqual(server.ran, ["plain"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
