/**
 * Where a server's documents may send this client: a server that is open to everyone gives nobody a
 * way into a private network (RFC 9728 §7.7).
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { printable } from "../core/text.ts";
import type { AddressClass } from "./address.ts";
import type { AddressKind } from "./address_ranges.ts";
import type { HttpOptions } from "./http.ts";
import type { Resolver } from "./guard_dns.ts";
import { MAY_ENTER } from "./redirect.ts";
import { shownUrl } from "./request_url.ts";

/** Judges the addresses that a login's documents name. */
export interface Entry {
  /**
   * Refuses a URL that leads from a more open network into a closed one. The MCP server's host and
   * those the person named are always allowed. Names are looked up where they differ from the
   * server's; what cannot be looked up, or is no URL, is left to the request.
   *
   * @throws Failure `private_address_refused`.
   */
  check(url: string, signal: AbortSignal): Promise<void>;
}

/** The most open kind first: what decides for a name is the kind that its requests could reach. */
const OPENNESS: readonly AddressKind[] = [
  "public",
  "reserved",
  "private",
  "link_local",
  "loopback",
];

/** The kinds of network that a host stands for; empty when its name has no answer. */
async function kindsOf(
  url: URL,
  resolve: Resolver | undefined,
  signal: AbortSignal,
): Promise<AddressKind[]> {
  const { addressClass } = await import("./address.ts");
  const kind: AddressClass = await addressClass(url);
  if (kind !== "name") return [kind];
  if (resolve === undefined) return [];
  const asked = await Promise.allSettled([
    resolve(url.hostname, "A", signal),
    resolve(url.hostname, "AAAA", signal),
  ]);
  const { addressKind } = await import("./address_ranges.ts");
  return asked.flatMap((it) => it.status === "fulfilled" ? it.value.map(addressKind) : []);
}

/**
 * The judge of one login.
 *
 * @param resolve Looks names up; undefined where a proxy does so.
 */
export function createEntry(
  { serverUrl, namedUrls = [] }: Pick<HttpOptions, "serverUrl" | "namedUrls">,
  resolve: Resolver | undefined,
): Entry {
  const allowed = new Set([serverUrl, ...namedUrls].map((url) => new URL(url).hostname));
  let server: Promise<AddressKind[]> | undefined;
  return {
    async check(text, signal) {
      const url = URL.parse(text);
      if (url === null || allowed.has(url.hostname)) return;
      const kinds = await kindsOf(url, resolve, signal);
      const closed = kinds.find((kind) => MAY_ENTER[kind] !== undefined);
      if (closed !== undefined) {
        server ??= kindsOf(new URL(serverUrl), resolve, signal);
        const from = await server;
        const open = OPENNESS.find((kind) => from.includes(kind)) ?? "public";
        if (!MAY_ENTER[closed]?.includes(open)) {
          throw new Failure(
            "private_address_refused",
            `${shownUrl(text)} was not requested: "${printable(url.hostname)}" is in a ` +
              `${closed.replace("_", "-")} network, and the server that named it is not`,
            {
              remedy: "Server: name addresses that its clients can reach. If this authorization " +
                "server is the right one, name it: --authorization-server <issuer>",
              reference: "RFC 9728 §7.7",
            },
          );
        }
      }
      allowed.add(url.hostname);
    },
  };
}
