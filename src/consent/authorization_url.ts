import { Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { isSecureUrl, parseUrl } from "../core/url.ts";

export const MAX_URL_LENGTH = 16 * 1024;

/** Quotes a URL without its query, which can have `state` or a user code. */
export function quotedWithoutQuery(text: string): string {
  return quoted(text.replace(/[?#].*$/s, ""), 200);
}

/**
 * Says why a URL from a server is not opened, as a phrase that follows the URL. Undefined if it is https
 * (or http on loopback), has no user information and no control characters, and is not too long.
 */
export function urlFault(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH) {
    return `has ${text.length} characters, more than ${MAX_URL_LENGTH}`;
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f-\x9f]/.test(text)) return "has spaces or control characters";
  const url = parseUrl(text);
  if (url === undefined) return "is not a URL";
  if (!isSecureUrl(url)) return "is neither https nor http on loopback";
  if (url.username !== "" || url.password !== "") return "contains user info";
  return url.href.length > MAX_URL_LENGTH
    ? `has more than ${MAX_URL_LENGTH} characters, serialized`
    : undefined;
}

/**
 * The authorization URL as the URL parser writes it: printable ASCII without spaces.
 *
 * @throws Failure `authorization_url_refused` for a {@link urlFault}.
 */
export function browsableUrl(text: string): string {
  const fault = urlFault(text);
  if (fault === undefined) return new URL(text).href;
  const message = `the authorization URL ${
    quotedWithoutQuery(text)
  } ${fault}, so mcpass does not open it`;
  throw new Failure("authorization_url_refused", message, {
    remedy:
      'Authorization server: announce an https "authorization_endpoint" in the authorization server metadata',
    reference: "OAuth 2.1 §1.5",
  });
}
