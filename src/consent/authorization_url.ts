/**
 * Which URLs may be shown as the sign-in page and handed to a browser.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { isSecureUrl, parseUrl } from "../core/url.ts";

/** Longest URL that is shown, opened or followed, in characters. */
export const LONGEST_URL = 16 * 1024;

/** The text up to its query: what follows holds `state`. */
function withoutQuery(text: string): string {
  return quoted(text.replace(/[?#].*$/s, ""), 200);
}

/**
 * Why nobody may be sent to an address of a server, after the address; undefined when it is https, or
 * http on loopback, without user info, control characters and undue length.
 */
export function urlFault(text: string): string | undefined {
  if (text.length > LONGEST_URL) return `has ${text.length} characters, more than ${LONGEST_URL}`;
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f-\x9f]/.test(text)) return "has spaces or control characters";
  const url = parseUrl(text);
  if (url === undefined) return "is not a URL";
  if (!isSecureUrl(url)) return "is neither https nor http on loopback";
  if (url.username !== "" || url.password !== "") return "carries user information";
  if (url.href.length > LONGEST_URL) return `has more than ${LONGEST_URL} characters, serialized`;
  return undefined;
}

/**
 * Checks a URL that came from a server and serializes it.
 *
 * @returns The URL as the URL parser writes it: printable ASCII without spaces.
 * @throws Failure `authorization_url_refused` unless it is https, or http on loopback, without user
 * info, control characters and undue length.
 */
export function browsableUrl(text: string): string {
  const fault = urlFault(text);
  if (fault === undefined) return new URL(text).href;
  throw new Failure(
    "authorization_url_refused",
    `the authorization URL ${withoutQuery(text)} ${fault}, so no browser is sent there`,
    {
      remedy: 'Server: announce an https "authorization_endpoint" in the authorization server ' +
        "metadata",
      reference: "OAuth 2.1 §1.5",
    },
  );
}
