/**
 * One document at one path of 127.0.0.1, for a test.
 *
 * Plain TCP rather than `Deno.serve`, which `DENO_SERVE_ADDRESS` moves to another address.
 *
 * @module
 */

import { readHead, type RequestHead } from "../../../consent/request_head.ts";
import { Failure } from "../../../core/failure.ts";

/** Milliseconds a client has to send its request, and to take the answer. */
const PATIENCE_MS = 10_000;

/** A document that is being served. */
export interface ServedDocument extends AsyncDisposable {
  /** The port it is served at. */
  readonly port: number;
}

/** What is served. */
export interface DocumentSource {
  /** To listen at; 0 for a free one. */
  readonly port: number;
  /** Path that answers, as the request line spells it. */
  readonly path: string;
  /** Host of the document's public URL, as a tunnel or a proxy passes it on; undefined without one. */
  readonly host: string | undefined;
  /** The document, once the port is known. */
  body(port: number): Promise<string>;
  /** Told of each request. */
  answered(method: string, target: string, status: number): void;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
};

function listen(port: number): Deno.TcpListener {
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    throw new Failure("port_unavailable", `port ${port} could not be opened at 127.0.0.1`, {
      remedy: "End the program that has it, give another --port, or leave --port out",
      cause: error,
    });
  }
  if (listener.addr.hostname === "127.0.0.1") return listener;
  listener.close();
  throw new Failure("listener_exposed", `the listener came up at ${listener.addr.hostname}`);
}

/** Checks the host name, because a web page could reach the listener by its own name (DNS rebinding). */
function isNamed({ hosts }: RequestHead, { host }: DocumentSource, port: number): boolean {
  const names = [`127.0.0.1:${port}`, `localhost:${port}`, host];
  return hosts.length === 1 && names.includes(hosts[0]);
}

function statusOf(head: RequestHead, source: DocumentSource, port: number): number {
  if (!isNamed(head, source, port)) return 421;
  if (head.target.split("?")[0] !== source.path) return 404;
  return head.method === "GET" || head.method === "HEAD" ? 200 : 405;
}

function answerText(status: number, document: string, method: string): string {
  const body = status === 200 ? document : `{"error":"${REASONS[status]}"}\n`;
  return [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    "Content-Type: application/json",
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "Cache-Control: no-store",
    "Connection: close",
    ...status === 405 ? ["Allow: GET, HEAD"] : [],
    "",
    method === "HEAD" ? "" : body,
  ].join("\r\n");
}

/**
 * Serves it until it is disposed of.
 *
 * @throws Failure `port_unavailable`.
 */
export async function serveDocument(source: DocumentSource): Promise<ServedDocument> {
  const listener = listen(source.port);
  const { port } = listener.addr;
  const document = await source.body(port);
  const open = new Set<Deno.TcpConn>();

  async function answer(connection: Deno.TcpConn): Promise<void> {
    const close = () => {
      if (open.delete(connection)) connection.close();
    };
    const deadline = setTimeout(close, PATIENCE_MS);
    try {
      const head = await readHead((into) => connection.read(into));
      if (head === null) return;
      const known = "method" in head ? head : undefined;
      const status = known === undefined ? 400 : statusOf(known, source, port);
      const bytes = new TextEncoder().encode(answerText(status, document, known?.method ?? ""));
      let sent = 0;
      while (sent < bytes.length) sent += await connection.write(bytes.subarray(sent));
      source.answered(known?.method ?? "?", known?.target ?? "?", status);
      await connection.closeWrite();
      const rest = new Uint8Array(4096);
      while (await connection.read(rest) !== null);
    } catch {
      // The client went away, or was sent away.
    } finally {
      clearTimeout(deadline);
      close();
    }
  }

  const answers = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      const answered = answer(connection);
      answers.add(answered);
      answered.finally(() => answers.delete(answered));
    }
  })().catch(() => {});
  return {
    port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of [...open]) {
        open.delete(connection);
        connection.close();
      }
      await Promise.allSettled(answers);
    },
  };
}
