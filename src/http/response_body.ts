import { MEBIBYTE } from "../core/response_limit.ts";
import type { CapturedBody } from "./exchange_log.ts";

export function isEventStream(response: { readonly headers: Headers }): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(response.headers.get("content-type") ?? "");
}

/** `limit 64 MB`, or of a smaller one in bytes. */
export function limitText(bytes: number): string {
  return `limit ${bytes < MEBIBYTE ? `${bytes} bytes` : `${bytes / MEBIBYTE} MB`}`;
}

/** Copies at most `kept` of at most `limit` bytes of a body, counted after decompression. */
export function captureBody(limit: number, kept: number = limit): {
  /** False if the body is larger than the limit. */
  add(chunk: Uint8Array): boolean;
  captured(complete: boolean): CapturedBody;
} {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  return {
    add(chunk) {
      const room = Math.max(0, Math.min(limit, kept) - bytes);
      bytes += chunk.byteLength;
      if (room > 0) text += decoder.decode(chunk.subarray(0, room), { stream: true });
      return bytes <= limit;
    },
    captured: (complete) => ({
      body: complete && bytes <= kept ? text + decoder.decode() : text,
      bodyBytes: bytes,
      truncated: !complete || bytes > kept,
    }),
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
