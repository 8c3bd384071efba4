/** `@modelcontextprotocol/server-everything`: without authorization, on both transports. @module */

import { startProgram } from "./program.ts";
import type { RealServer } from "./real_server.ts";

const PROGRAM = "./everything_program.ts";

export const EVERYTHING: readonly RealServer[] = [
  {
    name: "server-everything, Streamable HTTP",
    start: () => startProgram(PROGRAM, ["streamableHttp"]),
    without: ["sign-in"],
  },
  {
    name: "server-everything, HTTP+SSE",
    path: "/sse",
    start: () => startProgram(PROGRAM, ["sse"]),
    without: ["sign-in"],
  },
];
