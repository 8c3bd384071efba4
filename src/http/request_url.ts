/** Where requests may be sent, and where redirects may lead. @module */

import { Failure } from "../core/failure.ts";
import type { Purpose } from "../core/exchange.ts";
import { commandText, withCommand } from "../core/command_text.ts";
import { quoted } from "../core/text.ts";
import { isSecureFrom, isSecureUrl } from "../core/url.ts";
import { addressClass, mayEnter, networkClass } from "./address.ts";
import type { Attempt } from "./exchange_log.ts";

/** A URL for a message, without user info, query and fragment, which may have secrets. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? quoted(url) : `${parsed.origin}${parsed.pathname}`;
}

/**
 * @param mayBePlain True for a request without secrets, which may also go to http elsewhere.
 * @throws Failure `unsendable_url` for anything but https (http on loopback), and for user info.
 */
export function requestUrl(text: string, mayBePlain = false): URL {
  const url = URL.parse(text);
  const objection = url === null
    ? "it is not an absolute URL"
    : url.username !== "" || url.password !== ""
    ? "it contains user info"
    : isSecureUrl(url) || mayBePlain && url.protocol === "http:"
    ? undefined
    : "it is neither https nor http on loopback";
  if (url !== null && objection === undefined) return url;
  throw new Failure("unsendable_url", `no request was sent to ${shownUrl(text)}: ${objection}`, {
    remedy: "Use an https URL, or an http URL on 127.0.0.1, [::1] or localhost",
    reference: "MCP authorization, Communication Security",
  });
}

const STATUSES = new Set([301, 302, 303, 307, 308]);

export const NOT_FORWARDED = "mcpass never follows a redirect of this request";

/** Null when `Location` is not a URL; undefined for a response that is not a redirect. */
export function locationOf(
  response: { readonly status: number; readonly headers: Headers },
  from: string,
): URL | null | undefined {
  const location = response.headers.get("location");
  if (!STATUSES.has(response.status) || location === null) return undefined;
  return URL.parse(location, from);
}

/** @param hops Every URL of the chain: a redirect must not lead back into a private network. */
export async function redirectObjection(
  target: URL,
  hops: readonly string[],
  serverUrl: string,
): Promise<string | undefined> {
  if (target.username !== "" || target.password !== "") return "it contains user info";
  if (!isSecureUrl(target)) return "it is not https";
  const httpsLeft = hops.some((hop) => hop.startsWith("https:")) && target.protocol !== "https:";
  if (httpsLeft) return "it leads from https to http";
  const kind = await addressClass(target);
  const origins = () => Promise.all([serverUrl, ...hops].map((hop) => networkClass(new URL(hop))));
  return await mayEnter(kind, origins)
    ? undefined
    : `it leads into a ${kind.replace("_", "-")} network from outside`;
}

/**
 * The same endpoint at a target of a redirect: with or without the slash at the end, or on another
 * host. Undefined for another path, which may be a page to sign in.
 */
export function movedEndpoint(from: URL, target: URL | null): string | undefined {
  if (target === null || target.search !== from.search) return undefined;
  const path = ({ pathname }: URL) => pathname.replace(/\/$/, "");
  if (path(from) !== path(target)) return undefined;
  const moved = new URL(target);
  if (from.protocol === "https:" && moved.port === "") moved.protocol = "https:";
  return isSecureFrom(moved, from) && moved.href !== from.href ? moved.href : undefined;
}

function redirectRemedy(purpose: Purpose, from: string, target: URL | null): string {
  if (purpose !== "mcp") {
    return "Server: answer at the URL that the metadata names, without this redirect";
  }
  const moved = movedEndpoint(new URL(from), target);
  if (moved !== undefined) {
    const line = commandText("login", { url: moved });
    return withCommand("If the target is right, use it as the URL", { line });
  }
  return "Server: answer 401 with a challenge instead of a redirect\n" +
    "Check the path of the URL, with and without a trailing slash";
}

export function redirectRefused(
  from: Pick<Attempt, "purpose" | "method" | "url"> & { readonly status: number },
  target: URL | null,
  objection = NOT_FORWARDED,
): Failure {
  const to = target === null ? "no usable address" : shownUrl(target.href);
  const request = `${from.method} ${shownUrl(from.url)}`;
  return new Failure(
    "redirect_refused",
    `${request} was answered with HTTP ${from.status}, a redirect to ${to}, which was not followed: ${objection}`,
    {
      remedy: redirectRemedy(from.purpose, from.url, target),
      reference: "RFC 9700 §4.12",
    },
  );
}
