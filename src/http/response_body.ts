/** Reading response bodies: event streams, content codings, and copies up to a limit. @module */

import type { Captured } from "./exchange_log.ts";

export function isEventStream(response: { readonly headers: Headers }): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(response.headers.get("content-type") ?? "");
}

export interface BodyCapture {
  /** Adds a chunk; false when the body has become larger than the limit. */
  add(chunk: Uint8Array): boolean;
  /** The text so far; `complete` when the body has ended. */
  captured(complete: boolean): Captured;
}

/** Copies at most `limit` bytes of a body, counted after decompression. */
export function captureBody(limit: number): BodyCapture {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  return {
    add(chunk) {
      const room = Math.max(0, limit - bytes);
      bytes += chunk.byteLength;
      text += decoder.decode(chunk.subarray(0, room), { stream: true });
      return bytes <= limit;
    },
    captured: (complete) => ({
      text: complete && bytes <= limit ? text + decoder.decode() : text,
      bytes,
      truncated: !complete || bytes > limit,
    }),
  };
}

/** A server may use one of these although none was asked for. */
const CODINGS: ReadonlyMap<string, CompressionFormat> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
]);

/** The decompression for a `Content-Encoding`; undefined when nothing has to be done. */
export function decompression(contentEncoding: string | null): DecompressionStream | undefined {
  const format = CODINGS.get((contentEncoding ?? "").trim().toLowerCase());
  return format === undefined ? undefined : new DecompressionStream(format);
}

/**
 * The content of a complete body.
 *
 * @returns `null` when it is larger than `limit`; the body itself when its coding is unknown or
 * broken.
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
