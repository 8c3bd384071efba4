/**
 * Handing a request to the runtime, past an address of the server's name that is dead.
 *
 * @module
 */

import type { Finding } from "../core/finding.ts";
import { isObject, parseJson } from "../core/json.ts";
import { isLoopbackHost } from "../core/url.ts";
import type { Addresses } from "./dead_address.ts";
import type { Attempt } from "./exchange_log.ts";
import type { HttpOptions, PlainFetch } from "./http.ts";
import { POLICY } from "./policy.ts";

/** A request as it is handed to the runtime. */
export type Sent = Parameters<PlainFetch>[1];

/** Sends one request. */
export type Sender = (url: URL, init: Sent, attempt: Attempt) => Promise<Response>;

/** Messages that ask and change nothing. */
const ASKING = /^(?:initialize|ping|server\/discover|notifications\/initialized|[\w/]+\/list)$/;

/**
 * True for a request that does no more when it is sent twice than once. A server that is slow looks like
 * one that is not reached: what it was asked to do, such as `tools/call`, it may be doing.
 */
export function mayBeSentAgain(
  { purpose, method, body }: Pick<Attempt, "purpose" | "method" | "body">,
): boolean {
  // The address of an authorization may be good for one use (RFC 9126 §4).
  if (POLICY[purpose].sentOnce || purpose === "authorization") return false;
  if (method === "GET" || method === "HEAD") return true;
  const message = purpose === "mcp" ? parseJson(body ?? "") : undefined;
  const asked = isObject(message) ? message["method"] : undefined;
  return typeof asked === "string" && ASKING.test(asked);
}

/** Milliseconds without an answer after which the addresses of a name are looked at. */
const STALLED_MS = 3000;

/** True for a name whose addresses this machine looks up. */
function isName({ hostname }: URL): boolean {
  return !isLoopbackHost(hostname) && !hostname.startsWith("[") && !/^[\d.]+$/.test(hostname);
}

function deadAddress(
  { hostname }: URL,
  { alive, dead }: Addresses,
  { step }: Attempt,
): Finding {
  return {
    code: "address_dead",
    severity: "warning",
    step,
    message: `of the addresses of "${hostname}", ${dead.join(", ")} took no connection from here ` +
      `and ${alive.join(", ")} did`,
    remedy:
      "See whether it does from another network. If so, this network is at fault, such as one " +
      "that loses all of IPv6. If not, server: take the address out of the name's records, or let " +
      "it answer",
    reference: "RFC 1123 §2.3",
  };
}

/**
 * A sender. A request that may be sent again and stays without an answer is sent again to the
 * addresses that take a connection, where one does not; every later one to that host goes there too.
 *
 * @param viaProxy Whether a proxy connects in place of this machine.
 */
export function createSender(options: HttpOptions, viaProxy: (url: string) => boolean): Sender {
  const plain: PlainFetch = options.fetch ?? fetch;
  const past = new Map<string, PlainFetch>();

  async function watched(url: URL, init: Sent, attempt: Attempt): Promise<Response> {
    const first = new AbortController();
    const signal = AbortSignal.any([init.signal, first.signal]);
    const answer = plain(url, { ...init, signal });
    const stalled = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => stalled.resolve(undefined), STALLED_MS);
    try {
      const early = await Promise.race([answer, stalled.promise]);
      if (early !== undefined) return early;
      const { fetchAt, tryAddresses } = await import("./dead_address.ts");
      const found = await Promise.race([
        tryAddresses(url, signal),
        answer.then(() => undefined),
      ]);
      if (!found?.alive.length || found.dead.length === 0) return await answer;
      options.emit({ type: "finding", finding: deadAddress(url, found, attempt) });
      answer.catch(() => {});
      first.abort();
      const other = await fetchAt(found.alive, options.caCerts ?? []);
      past.set(url.host, other);
      return await other(url, init);
    } finally {
      clearTimeout(timer);
    }
  }

  return (url, init, attempt) => {
    // A certificate of this client's belongs to the runtime's own connections.
    if (attempt.certificate !== undefined) return plain(url, init);
    const known = past.get(url.host);
    if (known !== undefined) return known(url, init);
    const direct = options.fetch !== undefined || !isName(url) || viaProxy(url.href);
    if (direct || !mayBeSentAgain(attempt)) return plain(url, init);
    return watched(url, init, attempt);
  };
}
