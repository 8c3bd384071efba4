/** Where a redirect may lead. @module */

import { Failure } from "../core/failure.ts";
import { isSecureUrl } from "../core/url.ts";
import { addressClass, mayEnter, networkClass } from "./address.ts";
import { shownUrl } from "./request_url.ts";

const STATUSES = new Set([301, 302, 303, 307, 308]);

/** The objection to every redirect of a request with credentials or a tool call. */
export const NEVER_SENT_ON = "this request is never sent on to another address";

/** The target of a redirect; null when `Location` is not a URL; undefined for other responses. */
export function locationOf(
  response: { readonly status: number; readonly headers: Headers },
  from: string,
): URL | null | undefined {
  const location = response.headers.get("location");
  if (!STATUSES.has(response.status) || location === null) return undefined;
  return URL.parse(location, from);
}

/**
 * Why a redirect may not be followed; undefined when it may.
 *
 * @param hops Every URL of the chain so far: a chain that left a private network does not return to it.
 */
export async function redirectObjection(
  target: URL,
  hops: readonly string[],
  serverUrl: string,
): Promise<string | undefined> {
  if (target.username !== "" || target.password !== "") return "it carries user info";
  if (!isSecureUrl(target)) return "it is not https";
  const httpsLeft = hops.some((hop) => hop.startsWith("https:")) && target.protocol !== "https:";
  if (httpsLeft) return "it leads from https to http";
  const kind = await addressClass(target);
  const origins = () => Promise.all([serverUrl, ...hops].map((hop) => networkClass(new URL(hop))));
  return await mayEnter(kind, origins)
    ? undefined
    : `it leads into a ${kind.replace("_", "-")} network from outside`;
}

/** The failure for a redirect that is not followed. */
export function redirectRefused(
  from: { readonly method: string; readonly url: string; readonly status: number },
  target: URL | null,
  objection: string,
): Failure {
  const to = target === null ? "no usable address" : shownUrl(target.href);
  const request = `${from.method} ${shownUrl(from.url)}`;
  return new Failure(
    "redirect_refused",
    `${request} was answered ${from.status} with a redirect to ${to}, which was not followed: ${objection}`,
    {
      remedy:
        "Nothing was sent to that address. If it is the right one, name it where this one is named: in --url or in the server's metadata",
      reference: "RFC 9700 §4.12",
    },
  );
}
