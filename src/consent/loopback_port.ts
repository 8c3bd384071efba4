/**
 * One port on both loopback addresses.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import type { LoopbackRedirect } from "./redirect_url.ts";

/** Binds a TCP listener, as `Deno.listen` does. */
export type Bind = (options: { hostname: string; port: number }) => Deno.TcpListener;

/** Listeners at one port. */
export interface BoundPort {
  /** The port they share. */
  readonly port: number;
  /** At 127.0.0.1, and at ::1 where there is IPv6. */
  readonly listeners: readonly Deno.TcpListener[];
}

/** How often another free port is tried when ::1 has the first one taken. */
const TRIES = 32;

/** What tells which process holds a port. */
const WHO_HOLDS: Readonly<Record<string, (port: number) => string>> = {
  windows: (port) => `netstat -ano | findstr :${port}`,
  linux: (port) => `ss -ltnp 'sport = :${port}'`,
};

function bindOne(bind: Bind, hostname: string, port: number): Deno.TcpListener {
  const listener = bind({ hostname, port });
  const { hostname: bound } = listener.addr;
  if (bound === hostname) return listener;
  listener.close();
  throw new Failure("listener_exposed", `the callback listener came up at ${bound}`);
}

function taken(hostname: string, port: number, os: string, cause: unknown): Failure {
  const holder = (WHO_HOLDS[os] ?? ((taken) => `lsof -nP -iTCP:${taken} -sTCP:LISTEN`))(port);
  return new Failure(
    "port_taken",
    `port ${port} of --redirect-url is taken at ${hostname} by another program`,
    {
      remedy: `End that program (\`${holder}\` names it), give --redirect-url another port that ` +
        "the client is registered with, or leave --redirect-url out for a free port",
      cause,
    },
  );
}

/** The listener at ::1; `"taken"` when another program has the port, `"absent"` without IPv6. */
function bindSecond(bind: Bind, port: number): Deno.TcpListener | "taken" | "absent" {
  try {
    return bindOne(bind, "::1", port);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return error instanceof Deno.errors.AddrInUse ? "taken" : "absent";
  }
}

function bindFirst(bind: Bind, port: number, os: string): Deno.TcpListener {
  try {
    return bindOne(bind, "127.0.0.1", port);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Deno.errors.AddrInUse) throw taken("127.0.0.1", port, os, error);
    throw new Failure(
      "port_unavailable",
      port === 0
        ? "no port could be opened at 127.0.0.1 for the browser to come back to"
        : `port ${port} of --redirect-url could not be opened at 127.0.0.1`,
      {
        remedy: port > 0 && port < 1024
          ? "Ports below 1024 need privileges: use a higher one that the client is registered with"
          : "Use another port, or --auth-mode headless where no person is needed",
        cause: error,
      },
    );
  }
}

/**
 * Binds 127.0.0.1 and ::1 at the same port: the fixed one, or one that is free at both.
 *
 * @param os `Deno.build.os`, for what names the holder of a port.
 * @throws Failure `port_taken`, `port_unavailable`.
 */
export function bindLoopback(bind: Bind, redirect: LoopbackRedirect, os: string): BoundPort {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const first = bindFirst(bind, redirect.port, os);
    const { port } = first.addr;
    const second = bindSecond(bind, port);
    if (typeof second !== "string") return { port, listeners: [first, second] };
    if (second === "absent" && !redirect.ipv6) return { port, listeners: [first] };
    first.close();
    if (second === "absent") {
      throw new Failure(
        "port_unavailable",
        "--redirect-url names [::1], and there is no IPv6 here",
        {
          remedy: "Use http://127.0.0.1:<port>/<path>",
        },
      );
    }
    if (redirect.port !== 0) throw taken("::1", port, os, undefined);
  }
  throw new Failure("port_unavailable", "no port is free at both 127.0.0.1 and ::1", {
    remedy: "Give one with --redirect-url http://127.0.0.1:<port>/callback",
  });
}
