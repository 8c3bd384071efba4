/**
 * An HTTP client with everything it needs, and raw servers that respond as no honest server does.
 *
 * @module
 */

import type { Exchange } from "../../src/core/exchange.ts";
import { Failure } from "../../src/core/failure.ts";
import type { HttpClient, HttpClientOptions, HttpRequest } from "../../src/http/http_client.ts";
import { createHttpClient } from "../../src/http/client/create_http_client.ts";
import { createSecrets, type Secrets } from "../../src/trace/secrets.ts";

/** An HTTP client under test. */
export interface TestClient extends AsyncDisposable {
  readonly http: HttpClient;
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

/** Opens a client that is closed at the end of the block. */
export function openClient(options: Partial<HttpClientOptions> = {}): TestClient {
  const exchanges: Exchange[] = [];
  const secrets = createSecrets();
  const interrupt = new AbortController();
  const http = createHttpClient({
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
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly headers: Headers;
  }[];
}

/** An HTTP server on a free loopback port. */
export function serve(
  handler: (request: Request) => Response | Promise<Response>,
): TestServer {
  const requests: TestServer["requests"] = [];
  const ending = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: ending.signal, onListen() {} },
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

/** A server that speaks whatever `talk` writes; a connection is closed when `talk` is done. */
export function serveRaw(
  talk: (conn: Deno.Conn) => Promise<unknown>,
  listener: Deno.Listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
): Pick<TestServer, "origin"> & { readonly port: number } & AsyncDisposable {
  const talks = new Map<Deno.Conn, Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      const ended = () => close(conn);
      talks.set(conn, talk(conn).then(ended, ended));
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const conn of talks.keys()) close(conn);
      await Promise.all(talks.values());
    },
  };
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // The other side, or the end of the test, was first.
  }
}

/** Reads the head of a request. */
export async function readHead(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(16 * 1024);
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error("the connection was closed before a request came");
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

/** Reads until the other side closes the connection. */
export async function untilClosed(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while (await conn.read(buffer) !== null);
  } catch {
    // A reset is an end too.
  }
}

/** Writes all of it. */
export async function write(conn: Deno.Conn, data: string | Uint8Array): Promise<void> {
  let bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  while (bytes.length > 0) bytes = bytes.subarray(await conn.write(bytes));
}
