/** `postgres://user:password@host:port/database?sslmode=…&host=/socket/folder`. @module */

import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import { urlInvalid } from "./failures.ts";

export interface ConnectionSettings {
  /** A host, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** False: TLS is not used. True: it is required and verified. */
  readonly tls: boolean;
  /** The path of a PEM file with more authorities. */
  readonly authorities: string | undefined;
  /** For people: without user and password. */
  readonly text: string;
}

const DEFAULT_PORT = 5432;

/** A mode without verification would send the password to anyone, so mcpass verifies there too. */
const SSL_MODES: ReadonlyMap<string, boolean> = new Map([
  ["disable", false],
  ["allow", true],
  ["prefer", true],
  ["require", true],
  ["verify-ca", true],
  ["verify-full", true],
]);

const PARAMETERS = ["sslmode", "sslrootcert", "host", "port", "application_name"];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw urlInvalid("it has an invalid percent-encoding");
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65536) return port;
  throw urlInvalid("its port is not a number from 1 to 65535");
}

function tlsOf(mode: string | null, isLocal: boolean): boolean {
  if (mode === null) return !isLocal;
  const tls = SSL_MODES.get(mode);
  if (tls === undefined) {
    throw urlInvalid(`its sslmode is not one of ${[...SSL_MODES.keys()].join(", ")}`);
  }
  return tls;
}

/** @throws Failure `store_url_invalid`, which never quotes the URL: it has the password. */
export function parseConnectionUrl(text: string): ConnectionSettings {
  const url = /^postgres(?:ql)?:\/\//.test(text) ? parseUrl(text) : undefined;
  if (url === undefined) throw urlInvalid("it is not a URL such as postgres://user@host/database");
  const { searchParams: parameters } = url;
  const other = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (other !== undefined) {
    throw urlInvalid(
      `it has an unknown parameter; mcpass supports ${PARAMETERS.join(", ")}`,
    );
  }
  const user = decoded(url.username);
  if (user === "") throw urlInvalid("it names no user");
  const host = parameters.get("host") ?? decoded(url.hostname).replace(/^\[(.*)\]$/, "$1");
  if (host === "") throw urlInvalid("it names no host");
  const port = portOf(parameters.get("port") ?? (url.port || String(DEFAULT_PORT)));
  const isSocket = host.startsWith("/");
  const hostText = host.includes(":") ? `[${host}]` : host;
  const database = decoded(url.pathname.slice(1)) || user;
  const tls = tlsOf(parameters.get("sslmode"), isSocket || isLoopbackHost(hostText));
  if (isSocket && tls) throw urlInvalid("a Unix socket has no TLS: omit sslmode");
  return {
    host,
    port,
    user,
    password: decoded(url.password),
    database,
    tls,
    authorities: parameters.get("sslrootcert") ?? undefined,
    text: isSocket ? `"${database}" at ${host}` : `"${database}" at ${hostText}:${port}`,
  };
}
