/** Servers that are programs of their own: a child process behind a recording server. @module */

import { request } from "node:http";
import { pipeline } from "node:stream/promises";
import type { NodeHandler } from "../lab/node_server.ts";
import type { RunningApp } from "./real_server.ts";

/** How long a program has to listen, and to end after a signal. */
const START_MS = 30_000;
const STOP_MS = 2_000;

export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function untilItListens(port: number, child: Deno.ChildProcess): Promise<void> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const until = Date.now() + START_MS;
  while (!await listens(port)) {
    if (hasEnded || Date.now() > until) throw new Error("the program does not listen");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function forwardTo(port: number): NodeHandler {
  return (req, res) => {
    const { method, url: path, headers } = req;
    const forwarded = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // The client may leave an event stream.
      pipeline(answer, res).catch(() => {});
    });
    forwarded.on("error", () => res.destroy());
    res.on("close", () => forwarded.destroy());
    req.pipe(forwarded);
  };
}

/**
 * Runs a module with Deno; the program listens at the port of its variable `PORT`. It imports
 * `end_with_parent.ts`.
 */
export function startProgram(
  module: string,
  args: readonly string[] = [],
): Promise<RunningApp> {
  const port = freePort();
  return startCommand(
    Deno.execPath(),
    ["run", "-A", "--quiet", import.meta.resolve(module), ...args],
    port,
  );
}

/** Runs a program that listens at `port`. */
export async function startCommand(
  program: string,
  args: readonly string[],
  port: number,
): Promise<RunningApp> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: { PORT: String(port) },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const close = async () => {
    const kill = (signal: Deno.Signal) => {
      try {
        child.kill(signal);
      } catch {
        // It has ended.
      }
    };
    const timer = setTimeout(() => kill("SIGKILL"), STOP_MS);
    kill("SIGTERM");
    await child.status;
    clearTimeout(timer);
    await child.stdin.close().catch(() => {});
  };
  try {
    await untilItListens(port, child);
  } catch (error) {
    await close();
    throw error;
  }
  return { handler: forwardTo(port), close };
}
