/**
 * A lab for programs: prints the URL of its MCP server and runs until its input ends.
 *
 * @module
 */

import { startLab } from "../tests/lab/shapes.ts";
import { print } from "./shell.ts";

await using lab = await startLab();
print(lab.mcpUrl);
for await (const _ of Deno.stdin.readable);
