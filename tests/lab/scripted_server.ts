/**
 * An HTTP server that does what a test tells it, down to the bytes, and records what it received.
 *
 * @module
 */

import type { HeaderList } from "../../src/core/exchange.ts";
import { headText, readWire, writeAll, writeAnswer } from "./http_wire.ts";
import type { RequestHead } from "./http_wire.ts";
import { record } from "./journal.ts";
import type { RecordedRequest } from "./journal.ts";

/** Names a server can be reached by; the last one is in the certificate of the TLS tests. */
export type LabHost =
  | "127.0.0.1"
  | "localhost"
  | "mcp.localhost"
  | "[::1]"
  | "mcp.example"
  | "as.example";

/** PEM text of a certificate and its key. */
export interface LabTls {
  /** Certificate chain. */
  readonly cert: string;
  /** Private key. */
  readonly key: string;
  /** PEM of authorities of client certificates; asks each client for one. Servers on `node:https`. */
  readonly clientCa?: string;
  /** Ends the handshake with a client that has no good one. */
  readonly requireClient?: boolean;
}

/** What every lab server takes. */
export interface LabServerOptions {
  /** Tag in the recording. */
  readonly name?: string;
  /** Name in the server's URLs; `localhost` listens on both loopback addresses. Default `127.0.0.1`. */
  readonly host?: LabHost;
  /** Where it listens, if not on loopback: an address of a network namespace. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Serves https. */
  readonly tls?: LabTls;
  /** A further list that receives the recording: one list for several servers keeps their order. */
  readonly journal?: RecordedRequest[];
}

/** What every lab server is. */
export interface LabServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly origin: string;
  /** Port. */
  readonly port: number;
  /** What was received, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Stops listening and ends every connection. Safe to call twice.
   *
   * @throws AggregateError what handlers threw.
   */
  close(): Promise<void>;
}

/** An ordinary answer. An object or array as `body` is sent as JSON. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Header fields; repeat a name by repeating the pair. */
  readonly headers?: HeaderList;
  /** Default empty. A stream is sent chunked. */
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array> | object;
}

/** The bare connection, for everything that is no ordinary answer. */
export interface RawReply {
  /** Sends bytes as they are; rejects when the peer has gone. */
  write(data: string | Uint8Array): Promise<void>;
  /** Sends a status line and header fields, nothing added. */
  head(status: number, headers?: HeaderList): Promise<void>;
  /** Aborted when the peer has gone or the server closes. */
  readonly gone: AbortSignal;
}

/**
 * Answers a request: by what it returns, or, when it returns nothing, by what it wrote to `raw`
 * (the connection is closed when it ends).
 */
export type Handler = (
  request: RecordedRequest,
  raw: RawReply,
) => Answer | Response | void | Promise<Answer | Response | void>;

/** Keys: `GET /path`, `/path` (any method) or `*` (what nothing else matches); queries are ignored. */
export type Routes = Record<string, Handler | Answer>;

/** Options of {@link startScriptedServer}. */
export interface ScriptedServerOptions extends LabServerOptions {
  /** First routes; what none of them matches gets 404. */
  readonly routes?: Routes;
}

/** A running scripted server. */
export interface ScriptedServer extends LabServer {
  /** The routes in force; add to them or replace them at any time. */
  readonly routes: Routes;
}

function listen(options: LabServerOptions): Deno.Listener<Deno.Conn>[] {
  const at = (hostname: string, port: number): Deno.Listener<Deno.Conn> =>
    options.tls
      ? Deno.listenTls({ hostname, port, ...options.tls })
      : Deno.listen({ hostname, port });
  if (options.address !== undefined) return [at(options.address, 0)];
  if (options.host === "[::1]") return [at("::1", 0)];
  const first = at("127.0.0.1", options.port ?? 0);
  if (options.host !== "localhost") return [first];
  try {
    return [first, at("::1", (first.addr as Deno.NetAddr).port)];
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) return [first];
    first.close();
    return listen(options);
  }
}

function plain(answer: Answer): Required<Answer> & { body: string | Uint8Array | ReadableStream } {
  const { status = 200, headers = [], body = "" } = answer;
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream) {
    return { status, headers, body };
  }
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    status,
    headers: typed ? headers : [["content-type", "application/json"], ...headers],
    body: JSON.stringify(body),
  };
}

/** Starts a scripted server on a free loopback port. */
export function startScriptedServer(options: ScriptedServerOptions = {}): ScriptedServer {
  const requests: RecordedRequest[] = [];
  const lists = options.journal ? [requests, options.journal] : [requests];
  const routes: Routes = { ...options.routes };
  const listeners = listen(options);
  const mistakes: unknown[] = [];
  const open = new Set<Deno.Conn>();
  const tasks = new Set<Promise<void>>();
  const track = (task: Promise<void>) => {
    const tracked = task.finally(() => tasks.delete(tracked));
    tasks.add(tracked);
  };

  function handlerFor(method: string, path: string): Handler {
    const found = routes[`${method} ${path}`] ?? routes[path] ?? routes["*"] ??
      { status: 404, headers: [["content-type", "text/plain"]] as const, body: "not found" };
    return typeof found === "function" ? found : () => found;
  }

  /** True when the connection may carry another request. */
  async function serve(
    conn: Deno.Conn,
    head: RequestHead,
    body: () => Promise<Uint8Array<ArrayBuffer> | null>,
    gone: AbortSignal,
  ): Promise<boolean> {
    const request = record(lists, { server: options.name ?? "scripted", ...head });
    const bytes = await body();
    if (bytes === null) return false;
    request.body = new TextDecoder().decode(bytes);
    const raw: RawReply = {
      gone,
      write: (data) => writeAll(conn, data),
      head: (status, headers = []) => writeAll(conn, headText(status, headers)),
    };
    const result = await handlerFor(request.method, request.path)(request, raw);
    if (result === undefined) return false;
    const answer = result instanceof Response
      ? { status: result.status, headers: [...result.headers], body: result.body ?? "" }
      : plain(result);
    const withoutBody = request.method === "HEAD";
    await writeAnswer(conn, answer.status, answer.headers, answer.body, { withoutBody, gone });
    return true;
  }

  async function converse(conn: Deno.Conn): Promise<void> {
    const wire = readWire(conn);
    try {
      for (let head = await wire.head(); head !== null; head = await wire.head()) {
        const current = head;
        if (!await serve(conn, current, () => wire.body(current), wire.gone)) break;
      }
    } catch (error) {
      // Only a peer that left excuses a handler; anything else is a mistake in a test
      if (!wire.gone.aborted && !(error instanceof Deno.errors.BrokenPipe)) mistakes.push(error);
    } finally {
      open.delete(conn);
      try {
        conn.close();
      } catch {
        // closed already by close()
      }
      await wire.done;
    }
  }

  async function accept(listener: Deno.Listener<Deno.Conn>): Promise<void> {
    for await (const conn of listener) {
      open.add(conn);
      track(converse(conn));
    }
  }
  for (const listener of listeners) track(accept(listener));

  let closing: Promise<void> | undefined;
  async function shut(): Promise<void> {
    for (const listener of listeners) listener.close();
    for (const conn of open) {
      try {
        conn.close();
      } catch {
        // it ended by itself in this moment
      }
    }
    while (tasks.size > 0) await Promise.all(tasks);
    if (mistakes.length > 0) throw new AggregateError(mistakes, "a handler of a lab server threw");
  }
  const close = () => closing ??= shut();

  const { port } = listeners[0]?.addr as Deno.NetAddr;
  return {
    origin: `${options.tls ? "https" : "http"}://${options.host ?? "127.0.0.1"}:${port}`,
    port,
    requests,
    routes,
    close,
    [Symbol.asyncDispose]: close,
  };
}
