/**
 * Reading the head of one HTTP/1.1 request from a socket.
 *
 * @module
 */

import { type Page, PAGES } from "./page.ts";

/** Most bytes of request line and header fields together. */
export const LONGEST_HEAD = 16 * 1024;

/** What matters of a request. */
export interface RequestHead {
  /** Method, as sent. */
  readonly method: string;
  /** Request target, as sent. */
  readonly target: string;
  /** Values of every `Host` field. */
  readonly hosts: readonly string[];
}

/** Reads from a socket; null at its end. */
export type ReadBytes = (into: Uint8Array) => Promise<number | null>;

const REQUEST_LINE = /^([A-Z]{1,20}) ([\x21-\x7e]+) HTTP\/1\.[01]$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n]*)$/;

function parseHead(text: string): RequestHead | Page {
  const [line = "", ...fields] = text.split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) return PAGES.malformed;
  const hosts: string[] = [];
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name === undefined || value === undefined) return PAGES.malformed;
    if (name.toLowerCase() === "host") hosts.push(value.trim().toLowerCase());
  }
  return { method, target, hosts };
}

/**
 * Reads up to the empty line that ends a request's head; a body is left unread.
 *
 * @returns The head, the page that refuses it, or null when the client said nothing.
 */
export async function readHead(read: ReadBytes): Promise<RequestHead | Page | null> {
  const bytes = new Uint8Array(LONGEST_HEAD);
  const decoder = new TextDecoder("latin1");
  let length = 0;
  for (;;) {
    const count = await read(bytes.subarray(length));
    if (count === null) return length === 0 ? null : PAGES.malformed;
    length += count;
    const text = decoder.decode(bytes.subarray(0, length));
    // What is no letter begins no method: TLS, for one, which would keep waiting for an answer.
    if (!/^[A-Z]/.test(text)) return PAGES.malformed;
    const end = text.indexOf("\r\n\r\n");
    if (end !== -1) return parseHead(text.slice(0, end));
    if (length === LONGEST_HEAD) return text.includes("\r\n") ? PAGES.longHead : PAGES.longTarget;
  }
}
