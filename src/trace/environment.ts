/** The environment of a command, as far as it matters for a failure and is not secret. @module */

import type { Env, Io } from "../core/deps.ts";

export interface Environment {
  readonly os: string;
  readonly arch: string;
  readonly terminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  };
  /** Names of the variables that are set and change connections; never their values. */
  readonly networkVariables: readonly string[];
}

const NETWORK_VARIABLES =
  "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy DENO_CERT " +
  "DENO_TLS_CA_STORE SSL_CERT_FILE SSL_CERT_DIR";

export function describeEnvironment(
  io: Pick<Io, "stdinIsTerminal" | "stdoutIsTerminal" | "stderrIsTerminal">,
  env: Env,
): Environment {
  return {
    os: Deno.build.os,
    arch: Deno.build.arch,
    terminal: {
      stdin: io.stdinIsTerminal,
      stdout: io.stdoutIsTerminal,
      stderr: io.stderrIsTerminal,
    },
    networkVariables: NETWORK_VARIABLES.split(" ").filter((name) => env.get(name) !== undefined),
  };
}
