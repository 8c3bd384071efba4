/**
 * Running `oauth proxy` and `oauth debug-proxy` against a server over TLS with its own authority.
 *
 * @module
 */

import { ROOT } from "../../scripts/shell.ts";
import { type Routes, type ScriptedServer, startScriptedServer } from "../lab/scripted_server.ts";
import { type Ran, run, type Setup } from "./fake_runtime.ts";

const FIXTURES = `${ROOT}tests/http/fixtures/`;
const text = (name: string) => Deno.readTextFileSync(`${FIXTURES}${name}`);

/** Flags that let a request reach the lab. */
export const LOCAL = ["--allow-private", "--ca-file", `${FIXTURES}ca.crt`];

/** A server for https on localhost. */
export function startTlsServer(routes: Routes): ScriptedServer {
  const tls = { cert: text("server.crt"), key: text("server.key") };
  return startScriptedServer({ host: "localhost", tls, routes });
}

/** What a command left behind, with the document it wrote. */
export interface Answered extends Ran {
  /** The JSON document on stdout. */
  // deno-lint-ignore no-explicit-any
  readonly document: any;
}

/** Runs `oauth proxy` or `oauth debug-proxy` with the flags for the lab, in format json. */
export async function ask(
  command: "proxy" | "debug-proxy",
  args: readonly string[],
  setup: Setup = {},
): Promise<Answered> {
  const ran = await run(["oauth", command, ...args, ...LOCAL, "--format", "json"], setup);
  return { ...ran, document: ran.stdout === "" ? undefined : JSON.parse(ran.stdout) };
}
