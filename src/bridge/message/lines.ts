/** Lines of a byte stream. @module */

import { DEFAULT_RESPONSE_BYTES } from "../../core/response_limit.ts";
import { createIdScanner, type IdScanner } from "./id_scanner.ts";

/** Bytes of a message, in both directions. */
export const MAX_MESSAGE_BYTES: number = DEFAULT_RESPONSE_BYTES;

/** A message that is too long, without its text; its id as JSON text if it has one. */
export interface LongLine {
  readonly id: string | undefined;
  /** False for a response. */
  readonly hasMethod: boolean;
}

const LINE_FEED = 0x0a;

/** Some clients use the framing of LSP if no answer is received: the body has no line end. */
const LENGTH = /^content-length:\s*(\d+)$/i;

/** Lines without their ends, and without empty ones. */
export async function* readLines(
  input: AsyncIterable<Uint8Array>,
  maxBytes = MAX_MESSAGE_BYTES,
): AsyncGenerator<string | LongLine> {
  // It also removes a byte order mark.
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let length = 0;
  let scanner: IdScanner | undefined;
  /** Bytes of a body that is announced; undefined in its header, and between lines. */
  let body: number | undefined;
  let announced: number | undefined;

  function add(part: Uint8Array): void {
    length += part.length;
    if (scanner === undefined && length > maxBytes) {
      scanner = createIdScanner();
      parts.forEach(scanner.push);
      parts = [];
    }
    if (scanner === undefined) parts.push(part);
    else scanner.push(part);
  }

  function end(): string | LongLine | undefined {
    const long = scanner && { id: scanner.id(), hasMethod: scanner.hasMethod() };
    const text = decoder.decode(parts.length === 1 ? parts[0] : joined(parts, length)).trim();
    parts = [];
    length = 0;
    scanner = undefined;
    return long ?? text;
  }

  for await (const chunk of input) {
    let at = 0;
    while (at < chunk.length) {
      if (body !== undefined) {
        const part = chunk.subarray(at, at + body);
        add(part);
        at += part.length;
        body -= part.length;
        if (body > 0) continue;
        body = undefined;
        const message = end();
        yield typeof message === "string" ? message.replace(/[\r\n]+/g, " ") : message ?? "";
        continue;
      }
      const found = chunk.indexOf(LINE_FEED, at);
      add(chunk.subarray(at, found === -1 ? chunk.length : found));
      at = found === -1 ? chunk.length : found + 1;
      if (found === -1) continue;
      const line = end();
      const header = typeof line === "string" ? LENGTH.exec(line) : null;
      if (header !== null) announced = Number(header[1]);
      else if (announced === undefined) {
        if (line !== "" && line !== undefined) yield line;
      } else if (line === "") [body, announced] = [announced, undefined];
    }
  }
  const last = end();
  if (last !== "" && last !== undefined && announced === undefined) yield last;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
