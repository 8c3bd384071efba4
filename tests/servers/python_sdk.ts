/** The official Python SDK, where Python has it installed: `pip install mcp`. @module */

import { fileURLToPath } from "node:url";
import { freePort, startCommand } from "./program.ts";
import type { RealServer } from "./real_server.ts";

const PYTHON = Deno.env.get("MCPASS_TEST_PYTHON") ?? "python3";

export async function hasPythonSdk(): Promise<boolean> {
  const args = ["-c", "import mcp.server.mcpserver"];
  try {
    return (await new Deno.Command(PYTHON, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

export const PYTHON_SDK: RealServer = {
  name: "Python SDK",
  start({ origin, tokenSeconds }) {
    const port = freePort();
    const program = fileURLToPath(import.meta.resolve("./python_sdk_program.py"));
    return startCommand(PYTHON, [program, String(port), origin, String(tokenSeconds)], port);
  },
};
