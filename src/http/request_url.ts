/** URLs of requests: which are permitted, and how they are shown. @module */

import { Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { isSecureUrl } from "../core/url.ts";

/** A URL for a message, without user info, query and fragment: they may hold secrets. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? quoted(url) : `${parsed.origin}${parsed.pathname}`;
}

/**
 * The URL, if a request may be sent to it.
 *
 * @throws Failure `unsendable_url` for anything but https (http on loopback), and for user info.
 */
export function requestUrl(text: string): URL {
  const url = URL.parse(text);
  const objection = url === null
    ? "it is not an absolute URL"
    : url.username !== "" || url.password !== ""
    ? "it carries user info"
    : isSecureUrl(url)
    ? undefined
    : "it is neither https nor http on loopback";
  if (url !== null && objection === undefined) return url;
  throw new Failure("unsendable_url", `no request was sent to ${shownUrl(text)}: ${objection}`, {
    remedy: "Name an https URL, or an http URL on 127.0.0.1, [::1] or localhost",
    reference: "MCP authorization, Communication Security",
  });
}
