/**
 * The lab in a process of its own: prints the MCP server's URL and runs until its input ends.
 *
 * @module
 */

import { startLab } from "../tests/lab/shapes.ts";
import { print } from "./shell.ts";

await using lab = await startLab();
print(lab.mcpUrl);
for await (const _ of Deno.stdin.readable);
