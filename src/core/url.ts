/**
 * What the scheme and the host of a URL say.
 *
 * @module
 */

/** The URL, or undefined when the text is none. */
export function parseUrl(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}

/** True for `localhost`, `*.localhost`, 127.0.0.0/8 and `[::1]`, as `URL.hostname` spells them. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** True for https, and for http on loopback. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/**
 * True when a server at `from` may send this client to `url`: https, or http on loopback for a
 * server that is itself on loopback (MCP authorization, *Communication Security*).
 */
export function isSecureFrom(url: URL, from: URL): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && isLoopbackHost(url.hostname) && isLoopbackHost(from.hostname);
}
