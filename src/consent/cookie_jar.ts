/** The cookies of one redirect chain (RFC 6265). */
interface CookieJar {
  store(url: string, headers: Headers): void;
  /** The `Cookie` header of a request, or null. */
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

function isExpired(attributes: readonly string[]): boolean {
  const maxAge = attribute(attributes, "max-age");
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  return Date.parse(attribute(attributes, "expires") ?? "") <= Date.now();
}

function matchesPath(path: string, pathname: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

/** The jar ignores `Domain`: it sends a cookie only to the origin that set it. */
export function createCookieJar(): CookieJar {
  let cookies: Cookie[] = [];
  return {
    store(url, headers) {
      const { origin, pathname } = new URL(url);
      for (const field of headers.getSetCookie()) {
        const [pair = "", ...attributes] = field.split(";");
        const equals = pair.indexOf("=");
        if (equals < 1) continue;
        const name = pair.slice(0, equals).trim();
        const value = attribute(attributes, "path");
        const path = value?.startsWith("/") ? value : defaultPath(pathname);
        cookies = cookies.filter((cookie) =>
          cookie.origin !== origin || cookie.path !== path || cookie.name !== name
        );
        if (isExpired(attributes)) continue;
        cookies.push({ origin, path, name, value: pair.slice(equals + 1).trim() });
      }
    },
    header(url) {
      const { origin, pathname } = new URL(url);
      const pairs = cookies
        .filter((cookie) => cookie.origin === origin && matchesPath(cookie.path, pathname))
        .sort((a, b) => b.path.length - a.path.length)
        .map(({ name, value }) => `${name}=${value}`);
      return pairs.length === 0 ? null : pairs.join("; ");
    },
  };
}
