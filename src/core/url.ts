export function parseUrl(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}

/**
 * Parses a URL from a document of a server. Undefined for a text that is not an absolute URL in the
 * characters of RFC 3986, or that names a user. The URL parser alone accepts backslashes, tabs, look-alike
 * hosts and `https://good.example@evil.example`, but mcpass compares and shows the text.
 */
export function parsePlainUrl(text: string): URL | undefined {
  // Both cases are spelled out, because the flag "i" makes V8 several times slower.
  const plain = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#@]+(?:[/?#]|$)/.test(text) &&
    /^[\x21-\x5b\x5d-\x7e]+$/.test(text);
  return plain ? parseUrl(text) : undefined;
}

/** What keeps a text from being a URL that a document may name; undefined if nothing does. */
export function urlFault(text: string): string | undefined {
  if (/\s/.test(text)) return "has spaces (%20 in a URL, RFC 3986 §2)";
  if (/[^\x21-\x5b\x5d-\x7e]/.test(text)) {
    return "has characters that are not allowed in a URL (RFC 3986 §2)";
  }
  if (text.includes("#")) return "has a fragment";
  if (/^[^/?#]*\/\/[^/?#]*@/.test(text)) return "has user info";
  return parsePlainUrl(text) === undefined ? "is not an absolute https URL" : undefined;
}

/**
 * True for `localhost` and its subdomains, which mean this machine (RFC 6761 §6.3). Code that connects
 * must not look them up: DNS and the hosts file may have other addresses.
 */
export function isLocalhostName(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return host === "localhost" || host.endsWith(".localhost");
}

/** True for a value of `resource`: an absolute URI without fragment (RFC 8707 §2). */
export function isResource(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/[\u0000-\u0020\u007f#]/.test(text) && parseUrl(text) !== undefined;
}

/** True for `localhost`, `*.localhost`, 127.0.0.0/8 and `[::1]`, as `URL.hostname` spells them. */
export function isLoopbackHost(hostname: string): boolean {
  return isLocalhostName(hostname) || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** True for https, and for http on loopback. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/** True for an https URL, or http on loopback, without user info and fragment, that `from` may name. */
export function isEndpointUrl(text: string, from?: URL): boolean {
  const url = parsePlainUrl(text);
  if (url === undefined || text.includes("#")) return false;
  return from === undefined ? isSecureUrl(url) : isSecureFrom(url, from);
}

/** True for an issuer (RFC 8414 §2): an {@link isEndpointUrl} without a query. */
export function isIssuer(text: string, from: URL): boolean {
  return isEndpointUrl(text, from) && !text.includes("?");
}

export function portOf({ protocol, port }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/**
 * True when a server at `from` may send this client to `url`: https, or http on loopback for a
 * server that is itself on loopback (MCP authorization, *Communication Security*).
 */
export function isSecureFrom(url: URL, from: URL): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && isLoopbackHost(url.hostname) && isLoopbackHost(from.hostname);
}
