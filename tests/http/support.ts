/**
 * A door with everything it needs, and raw servers that answer as no honest server does.
 *
 * @module
 */

import type { Exchange } from "../../src/core/exchange.ts";
import { Failure } from "../../src/core/failure.ts";
import type { Http, HttpOptions, HttpRequest } from "../../src/http/http.ts";
import { createHttp } from "../../src/http/mod.ts";
import { createSecrets, type Secrets } from "../../src/trace/secrets.ts";

/** A door under test. */
export interface Door extends AsyncDisposable {
  readonly http: Http;
  readonly exchanges: Exchange[];
  readonly secrets: Secrets;
  /** What Ctrl-C aborts. */
  readonly interrupt: AbortController;
  /** Sends a request that is expected to fail. */
  failure(request: Partial<HttpRequest> & { readonly url: string }): Promise<Failure>;
}

/** A request with the parts that a test does not care about filled in. */
export function request(
  parts: Partial<HttpRequest> & { readonly url: string },
): HttpRequest {
  return { purpose: "resource_metadata", step: "resource_metadata", method: "GET", ...parts };
}

/** Opens a door; closes itself at the end of the block. */
export function openDoor(options: Partial<HttpOptions> = {}): Door {
  const exchanges: Exchange[] = [];
  const secrets = createSecrets();
  const interrupt = new AbortController();
  const http = createHttp({
    serverUrl: "http://127.0.0.1/mcp",
    customHeaders: [],
    stepTimeoutMs: 20_000,
    emit: (event) => {
      if (event.type === "exchange") exchanges.push(event.exchange);
    },
    secrets,
    clock: { now: () => Date.now() },
    env: { get: () => undefined, toObject: () => ({}) },
    signal: interrupt.signal,
    ...options,
  });
  return {
    http,
    exchanges,
    secrets,
    interrupt,
    failure: (parts) => failureOf(http.send(request(parts))),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

/** The failure that a promise ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it should have failed");
}

/** A server under test. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Every request, in order. */
  readonly requests: { readonly method: string; readonly path: string; readonly headers: Headers }[];
}

/** An HTTP server on a free loopback port. */
export function serve(
  handler: (request: Request) => Response | Promise<Response>,
): TestServer {
  const requests: TestServer["requests"] = [];
  const ending = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: ending.signal, onListen() {}, onError: () => DEAD },
    (request) => {
      const { pathname, search } = new URL(request.url);
      requests.push({
        method: request.method,
        path: pathname + search,
        headers: new Headers(request.headers),
      });
      return handler(request);
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await server.finished;
    },
  };
}

const DEAD = new Response(null, { status: 500 });

/** One connection of a raw server: `send` writes, and reading is up to the test. */
export interface Connection {
  /** Reads until the head of a request is complete, and returns it. */
  head(): Promise<string>;
  /** Writes text or bytes. */
  send(data: string | Uint8Array): Promise<void>;
  /** Settles when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

/** A server that speaks whatever `talk` writes; a connection ends when `talk` returns. */
export function serveRaw(
  talk: (connection: Connection) => Promise<void>,
  listener: Deno.Listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
): TestServer {
  const open = new Set<Deno.Conn>();
  const requests: TestServer["requests"] = [];
  async function converse(conn: Deno.Conn): Promise<void> {
    open.add(conn);
    const closed = Promise.withResolvers<void>();
    let text = "";
    const head = Promise.withResolvers<string>();
    head.promise.catch(() => {});
    const reading = (async () => {
      const buffer = new Uint8Array(16 * 1024);
      const decoder = new TextDecoder();
      for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
        text += decoder.decode(buffer.subarray(0, n));
        const end = text.indexOf("\r\n\r\n");
        if (end === -1) continue;
        if (requests.length === 0 || !text.startsWith("\0")) {
          const [first = "", ...rest] = text.slice(0, end).split("\r\n");
          const [method = "", path = ""] = first.split(" ");
          const headers = new Headers(
            rest.map((line) => {
              const colon = line.indexOf(":");
              return [line.slice(0, colon), line.slice(colon + 1).trim()];
            }),
          );
          requests.push({ method, path, headers });
        }
        head.resolve(text.slice(0, end));
        text = "\0";
      }
    })().catch(() => {}).finally(() => {
      closed.resolve();
      head.reject(new Error("the connection closed before a request came"));
    });
    try {
      await talk({
        head: () => head.promise,
        async send(data) {
          let bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
          while (bytes.length > 0) bytes = bytes.subarray(await conn.write(bytes));
        },
        closed: closed.promise,
      });
    } catch {
      // The client has gone.
    }
    try {
      conn.close();
    } catch {
      // It was closed by the other side.
    }
    await reading;
    open.delete(conn);
  }
  const conversations: Promise<void>[] = [];
  const accepting = (async () => {
    for (;;) {
      try {
        conversations.push(converse(await listener.accept()));
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
      }
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) {
        try {
          conn.close();
        } catch {
          // Already closed.
        }
      }
      await accepting;
      await Promise.all(conversations);
    },
  };
}
