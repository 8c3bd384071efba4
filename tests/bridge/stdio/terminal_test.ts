import assert from "node:assert/strict";
import { startBridge } from "../bridge_pipes.ts";

for (const [args, isExplained] of [[[], true], [["--quiet"], false]] as const) {
  Deno.test(`a person who starts ${["mcpass bridge", ...args].join(" ")} learns what it waits for: ${isExplained}`, async () => {
    const bridge = startBridge("http://127.0.0.1:9/mcp", args, { stdinIsTerminal: true });
    await bridge.input.close();
    const { stderr } = await bridge.ended;
    assert.equal(
      /^Waiting for messages of an MCP client.*\n.*mcpass config/.test(stderr),
      isExplained,
    );
  });
}
