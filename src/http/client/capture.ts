/**
 * Keeping a copy of a body while it passes, up to a limit.
 *
 * @module
 */

import type { Captured } from "../exchange_log.ts";

/** Collects the chunks of one body. */
export interface Capture {
  /** Takes the next chunk; false when the body has become larger than the limit. */
  take(chunk: Uint8Array): boolean;
  /** The text so far; `whole` when the body came to its end. */
  captured(whole: boolean): Captured;
}

/** A capture that keeps `limit` bytes, counted after decompression. */
export function createCapture(limit: number): Capture {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  return {
    take(chunk) {
      const room = Math.max(0, limit - bytes);
      bytes += chunk.byteLength;
      text += decoder.decode(chunk.subarray(0, room), { stream: true });
      return bytes <= limit;
    },
    captured: (whole) => ({
      text: whole && bytes <= limit ? text + decoder.decode() : text,
      bytes,
      truncated: !whole || bytes > limit,
    }),
  };
}
