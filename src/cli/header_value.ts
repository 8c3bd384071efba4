/**
 * Reads `--header "Name: value"`.
 *
 * @module
 */

import { quoted } from "../core/text.ts";
import { type Parsed, problem } from "./parsed.ts";

/** Fields the person may not set, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  "authorization": "the login decides what is sent in it",
  "host": "it follows from the URL",
  "content-length": "it follows from the body",
  "connection": "it belongs to one connection (RFC 9110 §7.6.1)",
  "keep-alive": "it belongs to one connection (RFC 9110 §7.6.1)",
  "proxy-authenticate": "it belongs to one connection (RFC 9110 §7.6.1)",
  "proxy-authorization": "it belongs to the proxy; write user and password into --proxy",
  "proxy-connection": "it belongs to one connection (RFC 9110 §7.6.1)",
  "te": "it belongs to one connection (RFC 9110 §7.6.1)",
  "trailer": "it belongs to one connection (RFC 9110 §7.6.1)",
  "transfer-encoding": "it belongs to one connection (RFC 9110 §7.6.1)",
  "upgrade": "it belongs to one connection (RFC 9110 §7.6.1)",
};

const SHAPE = 'Write --header "Name: value"';

/** A header field. Its value may be a secret, so no message repeats it. */
export function header(given: string): Parsed<readonly [name: string, value: string]> {
  const colon = given.indexOf(":");
  if (colon < 0) return problem("there is no colon between a name and a value", SHAPE);
  const name = given.slice(0, colon).trim();
  const value = given.slice(colon + 1).trim();
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return problem(`${quoted(name, 60)} is no header name (RFC 9110 §5.1)`, SHAPE);
  }
  const reason = REFUSED[name.toLowerCase()];
  if (reason !== undefined) {
    return problem(`"${name}" cannot be set: ${reason}`, "Leave this header out");
  }
  if (value === "") return problem(`"${name}" has no value`, SHAPE);
  if (!/^[\t\x20-\x7e\x80-\xff]+$/.test(value)) {
    return problem(`the value of "${name}" holds a character that no header can carry`);
  }
  return { value: [name, value] };
}
