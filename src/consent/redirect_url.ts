import { usageFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { isLoopbackHost, parseUrl } from "../core/url.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";

const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]))(?::(\d*))?([/?].*)?$/is;

const RESPONSE_PARAMETERS = ["code", "state", "iss", "error", "error_description", "error_uri"];

export interface LoopbackRedirect {
  /** 0: any free port. */
  readonly port: number;
  /** True if its host is `[::1]`. */
  readonly ipv6: boolean;
  /** The redirect URI with this port. Nothing else is changed. */
  at(port: number): string;
}

function refuse(redirectUrl: string, why: string, remedy: string): never {
  const message = `--redirect-url ${quoted(redirectUrl)} ${why}`;
  throw usageFailure("redirect_url_invalid", message, remedy);
}

function refuseParts(redirectUrl: string, url: URL): void {
  if (redirectUrl.includes("#")) {
    refuse(redirectUrl, "has a fragment", "Remove # and what follows (RFC 6749 §3.1.2)");
  }
  const name = RESPONSE_PARAMETERS.find((reserved) => url.searchParams.has(reserved));
  if (name !== undefined) {
    refuse(
      redirectUrl,
      `has the parameter "${name}", which the authorization server adds itself`,
      "Choose another parameter name",
    );
  }
}

/**
 * @param redirectUrl `http` at `127.0.0.1`, `localhost` or `[::1]`. Without a port: a free one (RFC
 * 8252 §7.3). Absent: `http://127.0.0.1:<free port>/callback`.
 * @throws Failure `redirect_url_invalid` (usage).
 */
export function loopbackRedirect(redirectUrl = "http://127.0.0.1/callback"): LoopbackRedirect {
  const [, origin, digits = "", rest = ""] = LOOPBACK.exec(redirectUrl) ?? [];
  const url = parseUrl(redirectUrl);
  // deno-lint-ignore no-control-regex
  if (origin === undefined || url === undefined || /[\x00-\x20\x7f]/.test(redirectUrl)) {
    return refuse(
      redirectUrl,
      "is not an http URL on loopback, so a browser cannot reach mcpass there",
      "Use http://127.0.0.1:<port>/<path>, http://localhost:<port>/<path> or " +
        "http://[::1]:<port>/<path>, or omit --redirect-url",
    );
  }
  refuseParts(redirectUrl, url);
  const ipv6 = url.hostname === "[::1]";
  return { port: Number(digits), ipv6, at: (port) => `${origin}:${port}${rest}` };
}

/**
 * The redirect URI of a headless login. Nothing listens there.
 *
 * @param redirectUrl https, or http on loopback. Absent: `http://127.0.0.1:<port>/callback` with a port
 * of the dynamic range (RFC 6335 §6), as the system would assign it to a listener.
 * @throws Failure `redirect_url_invalid` (usage).
 */
export function headlessRedirectUri(redirectUrl: string | undefined): string {
  if (redirectUrl === undefined) {
    const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
    return `http://127.0.0.1:${49152 + (random & 0x3fff)}/callback`;
  }
  const url = parseUrl(redirectUrl);
  const loopback = url !== undefined && isLoopbackHost(url.hostname);
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && loopback)) {
    return refuse(
      redirectUrl,
      "is neither https nor http on loopback",
      "Use an https URL, or http on loopback",
    );
  }
  refuseParts(redirectUrl, url);
  return redirectUrl;
}

export function matchesRedirectUri(url: URL, redirectUri: string): boolean {
  const own = new URL(redirectUri);
  return url.protocol === own.protocol && url.host === own.host && url.pathname === own.pathname &&
    url.username === "" && url.password === "";
}

/**
 * Says why a callback belongs to another sign-in, without a value from it.
 *
 * @param authorizationUrl Has `state`, unless the request was pushed (RFC 9126).
 */
export function describeMismatch(authorizationUrl: string, parameters: CallbackParameters): string {
  const sent = parseUrl(authorizationUrl)?.searchParams.get("state") ?? null;
  const states = parameters.filter(([name]) => name === "state").map(([, value]) => value);
  if (states.length === 0) return 'it has no "state"';
  if (states.length > 1) return 'it has "state" more than once';
  if (sent !== null && states[0] !== sent) return 'its "state" is not the one of this sign-in';
  if (!parameters.some(([name]) => name === "code" || name === "error")) {
    return 'it has neither "code" nor "error"';
  }
  return "it is not a response to this sign-in";
}
