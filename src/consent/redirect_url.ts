/**
 * The redirect URI: what may be asked for, and what arrives there.
 *
 * @module
 */

import { usageFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { isLoopbackHost, parseUrl } from "../core/url.ts";
import type { CallbackParameters } from "./consent.ts";

/** Hosts a listener can be reached at; the spelling is kept as given. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]))(?::(\d*))?([/?].*)?$/is;

/** Names of an authorization response, which a redirect URI must not carry itself. */
const RESPONSE_NAMES = ["code", "state", "iss", "error", "error_description", "error_uri"];

/** A redirect URI taken apart. */
export interface RedirectTarget {
  /** Byte for byte as registered and sent. */
  readonly uri: string;
  /** `Host` of a request to it: host, and port unless it is 80. */
  readonly authority: string;
  /** Path as a browser sends it. */
  readonly path: string;
}

/** Takes a redirect URI apart. */
export function redirectTarget(uri: string): RedirectTarget {
  const url = new URL(uri);
  return { uri, authority: url.host, path: url.pathname };
}

/** A loopback redirect URL whose port may still be open. */
export interface LoopbackRedirect {
  /** The port it names; 0 when a free one is to be found. */
  readonly port: number;
  /** True when its host is `[::1]`. */
  readonly ipv6: boolean;
  /** The redirect URI at this port, every other byte as given. */
  at(port: number): string;
}

function refused(redirectUrl: string, why: string, remedy: string): never {
  throw usageFailure(
    "redirect_url_invalid",
    `--redirect-url ${quoted(redirectUrl)} ${why}`,
    remedy,
  );
}

function refuseParts(redirectUrl: string, url: URL): void {
  if (redirectUrl.includes("#")) {
    refused(redirectUrl, "has a fragment", "Leave out # and what follows (RFC 6749 §3.1.2)");
  }
  const name = RESPONSE_NAMES.find((reserved) => url.searchParams.has(reserved));
  if (name !== undefined) {
    refused(
      redirectUrl,
      `has the parameter "${name}", which the authorization server adds itself`,
      "Choose another parameter name",
    );
  }
}

/**
 * Reads a redirect URL for a listener on this machine.
 *
 * @param redirectUrl `http` at `127.0.0.1`, `localhost` or `[::1]`; without a port, a free one is
 * taken (RFC 8252 §7.3). Absent: `http://127.0.0.1:<free port>/callback`.
 * @throws Failure `redirect_url_invalid` (usage).
 */
export function loopbackRedirect(
  redirectUrl = "http://127.0.0.1/callback",
): LoopbackRedirect {
  const [, origin, digits = "", rest = ""] = LOOPBACK.exec(redirectUrl) ?? [];
  const url = parseUrl(redirectUrl);
  // deno-lint-ignore no-control-regex
  if (origin === undefined || url === undefined || /[\x00-\x20\x7f]/.test(redirectUrl)) {
    return refused(
      redirectUrl,
      "is no address that a browser can reach this program at",
      "Use http://127.0.0.1:<port>/<path>, http://localhost:<port>/<path> or " +
        "http://[::1]:<port>/<path>, or leave --redirect-url out",
    );
  }
  refuseParts(redirectUrl, url);
  const ipv6 = url.hostname === "[::1]";
  return { port: Number(digits), ipv6, at: (port) => `${origin}:${port}${rest}` };
}

/**
 * Reads a redirect URL that nothing will listen at.
 *
 * @param redirectUrl https, or http on loopback. Absent: `http://127.0.0.1:<port>/callback`.
 * @param freePort The port of the default.
 * @throws Failure `redirect_url_invalid` (usage).
 */
export function unboundRedirect(redirectUrl: string | undefined, freePort: () => number): string {
  if (redirectUrl === undefined) return `http://127.0.0.1:${freePort()}/callback`;
  const url = parseUrl(redirectUrl);
  const loopback = url !== undefined && isLoopbackHost(url.hostname);
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && loopback)) {
    return refused(redirectUrl, "is neither https nor http on loopback", "Use one of the two");
  }
  refuseParts(redirectUrl, url);
  return redirectUrl;
}

/** Parameters of a query, form-decoded once, repeated names kept apart. */
export function queryParameters(query: string): CallbackParameters {
  return [...new URLSearchParams(query)];
}

/** True when `url` is the redirect URI: scheme, host, port and path; the query may differ. */
export function arrivesAt(url: URL, redirectUri: string): boolean {
  const own = new URL(redirectUri);
  return url.protocol === own.protocol && url.host === own.host && url.pathname === own.pathname &&
    url.username === "" && url.password === "";
}

/**
 * Says why a callback is not the answer to this authorization; never with a value from it.
 *
 * @param authorizationUrl Where `state` is known from; a pushed request (RFC 9126) hides it.
 */
export function whyNotOurs(authorizationUrl: string, parameters: CallbackParameters): string {
  const sent = parseUrl(authorizationUrl)?.searchParams.get("state") ?? null;
  const states = parameters.filter(([name]) => name === "state").map(([, value]) => value);
  if (states.length === 0) return 'it has no "state"';
  if (states.length > 1) return 'it has "state" more than once';
  if (sent !== null && states[0] !== sent) return 'its "state" is not the one of this sign-in';
  if (!parameters.some(([name]) => name === "code" || name === "error")) {
    return 'it has neither "code" nor "error"';
  }
  return "it does not answer this sign-in";
}
