import { isLoopbackHost } from "../core/url.ts";

/** The cookies of one redirect chain, or of one MCP server (RFC 6265). */
export interface CookieJar {
  store(url: string, headers: Headers): void;
  /** The `Cookie` header of a request, or null. */
  header(url: string): string | null;
}

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  /** Milliseconds since the epoch; infinite without an end. */
  readonly expiresAt: number;
}

const MAX_COOKIES = 50;

/** Characters of a name and value. */
const MAX_LENGTH = 4096;

/** A value that no header field can have would end the next request. */
const PAIR = /^[\t\x20-\x7e\x80-\xff]*$/;

function attribute(attributes: readonly string[], name: string): string | undefined {
  const found = attributes.find((text) => text.trim().toLowerCase().startsWith(`${name}=`));
  return found?.slice(found.indexOf("=") + 1).trim();
}

function defaultPath(pathname: string): string {
  const end = pathname.lastIndexOf("/");
  return end <= 0 ? "/" : pathname.slice(0, end);
}

function expiryOf(attributes: readonly string[]): number {
  const maxAge = attribute(attributes, "max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Date.now() + Number(maxAge) * 1000;
  const expires = Date.parse(attribute(attributes, "expires") ?? "");
  return Number.isNaN(expires) ? Infinity : expires;
}

/** A `Secure` cookie is one of https, or of loopback, as in browsers. */
function isSettable(attributes: readonly string[], { hostname, protocol }: URL): boolean {
  const isSecure = attributes.some((text) => text.trim().toLowerCase() === "secure");
  return !isSecure || protocol === "https:" || isLoopbackHost(hostname);
}

function matchesPath(path: string, pathname: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

/** The jar ignores `Domain`: it sends a cookie only to the origin that set it. */
export function createCookieJar(): CookieJar {
  let cookies: Cookie[] = [];
  return {
    store(url, headers) {
      const from = new URL(url);
      const { origin, pathname } = from;
      for (const field of headers.getSetCookie()) {
        const [pair = "", ...attributes] = field.split(";");
        const equals = pair.indexOf("=");
        if (equals < 1 || pair.length > MAX_LENGTH || !PAIR.test(pair)) continue;
        if (!isSettable(attributes, from)) continue;
        const name = pair.slice(0, equals).trim();
        const value = attribute(attributes, "path");
        const path = value?.startsWith("/") ? value : defaultPath(pathname);
        cookies = cookies.filter((cookie) =>
          cookie.origin !== origin || cookie.path !== path || cookie.name !== name
        );
        const expiresAt = expiryOf(attributes);
        const cookie = { origin, path, name, value: pair.slice(equals + 1).trim(), expiresAt };
        cookies = [...cookies, cookie].slice(-MAX_COOKIES);
      }
    },
    header(url) {
      const { origin, pathname } = new URL(url);
      const pairs = cookies
        .filter((cookie) => cookie.origin === origin && matchesPath(cookie.path, pathname))
        .filter(({ expiresAt }) => expiresAt > Date.now())
        .sort((a, b) => b.path.length - a.path.length)
        .map(({ name, value }) => `${name}=${value}`);
      return pairs.length === 0 ? null : pairs.join("; ");
    },
  };
}
