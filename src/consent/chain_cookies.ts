/**
 * Cookies of one redirect chain (RFC 6265), kept apart by origin and forgotten with the chain.
 *
 * @module
 */

/** The cookies of a chain. */
export interface ChainCookies {
  /** Takes the `Set-Cookie` fields of an answer. */
  take(url: string, headers: Headers): void;
  /** Value of the `Cookie` field for a request, or null when there is none. */
  header(url: string): string | null;
}

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

function attribute(attributes: readonly string[], name: string): string | undefined {
  const found = attributes.find((text) => text.trim().toLowerCase().startsWith(`${name}=`));
  return found?.slice(found.indexOf("=") + 1).trim();
}

function defaultPath(pathname: string): string {
  const end = pathname.lastIndexOf("/");
  return end <= 0 ? "/" : pathname.slice(0, end);
}

function isGone(attributes: readonly string[]): boolean {
  const maxAge = attribute(attributes, "max-age");
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = Date.parse(attribute(attributes, "expires") ?? "");
  return expires <= Date.now();
}

function covers(path: string, pathname: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

/**
 * An empty jar. `Domain` is not honoured: a cookie goes back to the origin that set it, and nowhere
 * else.
 */
export function chainCookies(): ChainCookies {
  let cookies: Cookie[] = [];
  return {
    take(url, headers) {
      const { origin, pathname } = new URL(url);
      for (const field of headers.getSetCookie()) {
        const [pair = "", ...attributes] = field.split(";");
        const equals = pair.indexOf("=");
        if (equals < 1) continue;
        const name = pair.slice(0, equals).trim();
        const given = attribute(attributes, "path");
        const path = given?.startsWith("/") ? given : defaultPath(pathname);
        cookies = cookies.filter((cookie) =>
          cookie.origin !== origin || cookie.path !== path || cookie.name !== name
        );
        if (isGone(attributes)) continue;
        cookies.push({ origin, path, name, value: pair.slice(equals + 1).trim() });
      }
    },
    header(url) {
      const { origin, pathname } = new URL(url);
      const pairs = cookies
        .filter((cookie) => cookie.origin === origin && covers(cookie.path, pathname))
        .sort((a, b) => b.path.length - a.path.length)
        .map(({ name, value }) => `${name}=${value}`);
      return pairs.length === 0 ? null : pairs.join("; ");
    },
  };
}
