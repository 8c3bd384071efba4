/**
 * Keeping a copy of a body while it passes, up to a limit.
 *
 * @module
 */

import type { Captured } from "./exchange_log.ts";

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
  let undecoded: Uint8Array[] = [];
  let text = "";
  let bytes = 0;
  return {
    take(chunk) {
      const room = Math.max(0, limit - bytes);
      bytes += chunk.byteLength;
      undecoded.push(chunk.subarray(0, room));
      return bytes <= limit;
    },
    captured(whole) {
      const complete = whole && bytes <= limit;
      // The last chunk ends the text, so that the usual body, of one chunk, is decoded at once.
      const last = complete ? undecoded.pop() : undefined;
      for (const chunk of undecoded) text += decoder.decode(chunk, { stream: true });
      undecoded = [];
      if (complete) text += decoder.decode(last);
      return { text, bytes, truncated: !complete };
    },
  };
}
