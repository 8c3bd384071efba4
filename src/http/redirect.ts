/**
 * Where a redirect may lead.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { isSecureUrl } from "../core/url.ts";
import { type AddressClass, addressClass, networkClass } from "./address.ts";
import { shownUrl } from "./request_url.ts";

const STATUSES = new Set([301, 302, 303, 307, 308]);

/** The objection to every redirect of a request that carries credentials or a call. */
export const NEVER_SENT_ON = "this request is never sent on to another address";

/** From which networks a redirect may enter one that is not open to everyone. */
export const MAY_ENTER: Readonly<Partial<Record<AddressClass, readonly AddressClass[]>>> = {
  loopback: ["loopback"],
  private: ["private", "loopback"],
  link_local: ["link_local"],
  reserved: ["reserved"],
};

/** Where a redirect leads, null when its `Location` is no URL; undefined for any other answer. */
export function redirectTarget(
  answer: { readonly status: number; readonly headers: Headers },
  from: string,
): URL | null | undefined {
  const location = answer.headers.get("location");
  if (!STATUSES.has(answer.status) || location === null) return undefined;
  return URL.parse(location, from);
}

/**
 * Says why a redirect may not be followed, or undefined when it may.
 *
 * @param hops Every URL of the chain so far: leaving loopback or a private network is final.
 * @param serverUrl The MCP server: a public one gives nobody a way into a private network.
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
  const allowed = MAY_ENTER[kind];
  if (allowed === undefined) return undefined;
  const from = await Promise.all([serverUrl, ...hops].map((hop) => networkClass(new URL(hop))));
  return from.every((hop) => allowed.includes(hop))
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
