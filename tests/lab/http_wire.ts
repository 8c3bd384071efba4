/**
 * HTTP/1.1 on a bare connection: small enough to misbehave with, strict enough to be used by every
 * lab server that is not built on `node:http`.
 *
 * @module
 */

import type { HeaderList } from "../../src/core/exchange.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The head of a request. */
export interface RequestHead {
  /** HTTP method. */
  readonly method: string;
  /** Request target as sent. */
  readonly target: string;
  /** Header fields in order, names as sent. */
  readonly headers: HeaderList;
}

/** Reads requests from a connection and notices when the peer has gone. */
export interface WireReader {
  /** The next head, or null when the peer closed. */
  head(): Promise<RequestHead | null>;
  /** The body that belongs to a head, whole; null when the peer closed before its end. */
  body(head: RequestHead): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Aborted when the peer has closed the connection or this side did. */
  readonly gone: AbortSignal;
  /** Settles when nothing is being read any more. */
  readonly done: Promise<void>;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function indexOf(bytes: Uint8Array, mark: string): number {
  const wanted = encoder.encode(mark);
  for (
    let at = bytes.indexOf(wanted[0] ?? 0);
    at !== -1;
    at = bytes.indexOf(wanted[0] ?? 0, at + 1)
  ) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function parseHead(text: string): RequestHead {
  const [start = "", ...lines] = text.split("\r\n");
  const [method = "", target = ""] = start.split(" ");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  return { method, target, headers };
}

/** Starts reading a connection. */
export function readWire(conn: Deno.Conn): WireReader {
  let buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  let ended = false;
  let wake = (): void => {};
  const gone = new AbortController();

  const done = (async () => {
    const chunk = new Uint8Array(65536);
    try {
      for (let n = await conn.read(chunk); n !== null; n = await conn.read(chunk)) {
        buffer = join(buffer, chunk.subarray(0, n));
        wake();
      }
    } catch {
      // a reset or a close from this side is an end like any other
    }
    ended = true;
    gone.abort();
    wake();
  })();

  async function take(length: () => number): Promise<Uint8Array<ArrayBuffer> | null> {
    for (;;) {
      const n = length();
      if (n >= 0) {
        const taken = buffer.slice(0, n);
        buffer = buffer.slice(n);
        return taken;
      }
      if (ended) return null;
      await new Promise<void>((resolve) => wake = resolve);
    }
  }

  async function takeThrough(mark: string): Promise<string | null> {
    const bytes = await take(() => {
      const at = indexOf(buffer, mark);
      return at === -1 ? -1 : at + mark.length;
    });
    return bytes && decoder.decode(bytes).slice(0, -mark.length);
  }

  const takeExactly = (n: number) => take(() => buffer.length >= n ? n : -1);

  async function chunked(): Promise<Uint8Array<ArrayBuffer> | null> {
    let body: Uint8Array<ArrayBuffer> = new Uint8Array(0);
    for (;;) {
      const size = Number.parseInt(await takeThrough("\r\n") ?? "", 16);
      const chunk = Number.isNaN(size) ? null : await takeExactly(size);
      if (chunk === null || await takeThrough("\r\n") === null) return null;
      if (size === 0) return body;
      body = join(body, chunk);
    }
  }

  return {
    gone: gone.signal,
    done,
    async head() {
      const text = await takeThrough("\r\n\r\n");
      return text === null ? null : parseHead(text);
    },
    body(head) {
      const field = (name: string) => head.headers.find(([key]) => key.toLowerCase() === name)?.[1];
      if (field("transfer-encoding")?.toLowerCase() === "chunked") return chunked();
      return takeExactly(Number(field("content-length") ?? 0));
    },
  };
}

/** Writes every byte; rejects when the connection is closed. */
export async function writeAll(conn: Deno.Conn, data: string | Uint8Array): Promise<void> {
  let rest = typeof data === "string" ? encoder.encode(data) : data;
  while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
}

/** Status line and header fields as bytes on the wire. */
export function headText(status: number, headers: HeaderList): string {
  return `HTTP/1.1 ${status} Lab\r\n` +
    headers.map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n";
}

/** Sends a body of known or unknown length after its head. */
export async function writeAnswer(
  conn: Deno.Conn,
  status: number,
  headers: HeaderList,
  body: string | Uint8Array | ReadableStream<Uint8Array>,
  options: { withoutBody: boolean; gone: AbortSignal },
): Promise<void> {
  if (!(body instanceof ReadableStream)) {
    const bytes = typeof body === "string" ? encoder.encode(body) : body;
    const length = status === 204 || status === 304
      ? []
      : [["content-length", String(bytes.length)] as const];
    const head = encoder.encode(headText(status, [...headers, ...length]));
    return await writeAll(conn, options.withoutBody ? head : join(head, bytes));
  }
  await writeAll(conn, headText(status, [...headers, ["transfer-encoding", "chunked"]]));
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  options.gone.addEventListener("abort", stop, { once: true });
  if (options.gone.aborted) stop();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (part.value.length === 0) continue;
      const size = encoder.encode(`${part.value.length.toString(16)}\r\n`);
      await writeAll(conn, join(join(size, part.value), encoder.encode("\r\n")));
    }
    await writeAll(conn, "0\r\n\r\n");
  } finally {
    options.gone.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {});
  }
}
