import { MEBIBYTE } from "../core/response_limit.ts";
import type { CapturedBody } from "./exchange_log.ts";

export function isEventStream(response: { readonly headers: Headers }): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(response.headers.get("content-type") ?? "");
}

/** Values in a body of any length. */
const ALWAYS_ALLOWED = 1_000_000;

/** Bytes of a body for each value more: a value needs much more memory than its text. */
const BYTES_PER_VALUE = 8;

const maxValuesIn = (limit: number): number => Math.max(ALWAYS_ALLOWED, limit / BYTES_PER_VALUE);

/** `limit 64 MB, or 8 million JSON values`, or of a smaller one in bytes. */
export function limitText(bytes: number): string {
  const values = Math.floor(maxValuesIn(bytes) / 1_000_000);
  return `limit ${
    bytes < MEBIBYTE ? `${bytes} bytes` : `${bytes / MEBIBYTE} MB, or ${values} million JSON values`
  }`;
}

/** Counts the JSON values of a body or of the events of a stream, which have no line end in a string. */
function countValues(): (chunk: Uint8Array) => number {
  let count = 0;
  let isString = false;
  let isEscaped = false;
  return (chunk) => {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === 0x0a) isString = false;
      else if (isEscaped) isEscaped = false;
      else if (byte === 0x22) isString = !isString;
      else if (isString) isEscaped = byte === 0x5c;
      else if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count += 1;
    }
    return count;
  };
}

/**
 * Copies at most `kept` of at most `limit` bytes of a body, counted after decompression. Millions of
 * small JSON values count as too large too.
 */
export function captureBody(limit: number, kept: number = limit): {
  /** False if the body is larger than the limit. */
  add(chunk: Uint8Array): boolean;
  captured(complete: boolean): CapturedBody;
} {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const valuesIn = countValues();
  const maxValues = maxValuesIn(limit);
  return {
    add(chunk) {
      const room = Math.max(0, Math.min(limit, kept) - bytes);
      bytes += chunk.byteLength;
      if (room > 0) text += decoder.decode(chunk.subarray(0, room), { stream: true });
      return limit === Infinity || bytes <= limit && valuesIn(chunk) <= maxValues;
    },
    captured: (complete) => ({
      body: complete && bytes <= kept ? text + decoder.decode() : text,
      bodyBytes: bytes,
      truncated: !complete || bytes > kept,
    }),
  };
}

/** Reads a body in parts; a part is valid until the next read. */
export interface BodyReader {
  /** Without a value at the end. */
  read(): Promise<{ readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

const SMALL_BYTES = 16 * 1024;
const LARGE_BYTES = 64 * 1024;

/** Reads into one buffer if the body allows that: otherwise the runtime allocates 64 KB for each read. */
export function readerOf(body: ReadableStream<Uint8Array>): BodyReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch {
    return body.getReader();
  }
  let buffer = new Uint8Array(SMALL_BYTES);
  return {
    async read() {
      const { done, value } = await reader.read(buffer);
      if (done || value === undefined) return {};
      const isFull = value.length === value.buffer.byteLength;
      buffer = isFull && value.length < LARGE_BYTES
        ? new Uint8Array(LARGE_BYTES)
        : new Uint8Array(value.buffer);
      return { value };
    },
    cancel: () => reader.cancel(),
  };
}

/** A server may use a coding that was not requested. */
const CODINGS: ReadonlyMap<string, CompressionFormat> = new Map(
  Object.entries<CompressionFormat>({ gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" }),
);

export function decompression(contentEncoding: string | null): DecompressionStream | undefined {
  const format = CODINGS.get((contentEncoding ?? "").trim().toLowerCase());
  return format === undefined ? undefined : new DecompressionStream(format);
}

/**
 * Decodes a complete body; null if the content is larger than `limit`. A body with an unknown coding or
 * invalid data is returned unchanged.
 */
export async function contentOf(
  body: Uint8Array<ArrayBuffer>,
  contentEncoding: string | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const transform = decompression(contentEncoding);
  if (transform === undefined) return body;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for await (const chunk of new Blob([body]).stream().pipeThrough(transform)) {
      bytes += chunk.byteLength;
      if (bytes > limit) return null;
      chunks.push(chunk);
    }
  } catch {
    return body;
  }
  return await new Blob(chunks).bytes();
}
