/**
 * A published server as it is installed from a registry, and how the tests start it.
 *
 * @module
 */

import { type NodeHandler, startNodeServer } from "../lab/node_server.ts";
import type { RecordedRequest } from "../lab/journal.ts";
import type { Browser, Page } from "../lab/person.ts";

/** One server: a row of the table. */
export interface RealServer {
  readonly name: string;
  /** Starts it with nothing in its memory: no client, no token. */
  readonly start: (options: StartOptions) => Promise<RunningApp>;
  /** Default `127.0.0.1`. */
  readonly host?: "localhost";
  /** Path and query of the MCP URL; default `/mcp`. */
  readonly path?: string;
  /** Flags that a login needs there; default none. */
  readonly flags?: readonly string[];
  /** False: the server checks S256 and does not announce it, so `--trust-pkce` is needed. */
  readonly announcesPkce?: false;
  /** What a person does at the page of the authorization URL; default: the login is headless. */
  readonly person?: (browser: Browser, page: Page) => Promise<Page>;
  /** A tool that answers, with its arguments; default `echo` with a `message`. */
  readonly tool?: { readonly name: string; readonly args: object };
  /** The codes of what is wrong with it; default none. */
  readonly warnings?: readonly string[];
  /** Codes of `oauth metadata` and of a login alone. */
  readonly metadataWarnings?: readonly string[];
  readonly loginWarnings?: readonly string[];
  /** Exit status of a command whose token the server does not know; default 4, a refused token. */
  readonly refusedStatus?: number;
  /** What it does not have. */
  readonly without?: readonly Feature[];
}

/** What most servers have. */
export type Feature =
  | "sign-in"
  /** Registration of any client, by which the tests make the clients of the user too. */
  | "registration"
  | "refresh"
  /** A way for the client to end its access token. */
  | "revocation"
  /** A registration that is forgotten with the process. */
  | "forgotten client";

export interface StartOptions {
  /** The origin of all its URLs. */
  readonly origin: string;
  /** Lifetime of an access token in seconds. */
  readonly tokenSeconds: number;
}

export interface RunningApp {
  readonly handler: NodeHandler;
  /** Ends what it started. */
  readonly close?: () => Promise<void>;
}

/** A started server, and what it received. */
export interface StartedServer extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** Starts it again at the same URL, with nothing in its memory. */
  restart(): Promise<void>;
}

/** Starts a server on a free loopback port. */
export async function startRealServer(
  { name, start, host, path = "/mcp" }: RealServer,
  { tokenSeconds = 3600 }: { tokenSeconds?: number } = {},
): Promise<StartedServer> {
  const http = await startNodeServer({ name, ...host && { host } });
  let app: RunningApp | undefined;
  const restart = async () => {
    await app?.close?.();
    app = await start({ origin: http.origin, tokenSeconds });
    http.handle(app.handler);
  };
  const close = async () => {
    await http.close();
    await app?.close?.();
  };
  try {
    await restart();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    mcpUrl: http.origin + path,
    requests: http.requests,
    restart,
    [Symbol.asyncDispose]: close,
  };
}
