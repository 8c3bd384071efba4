/**
 * Handing a request to the runtime, past an address of the server's name that is dead.
 *
 * @module
 */

import type { Finding } from "../../core/finding.ts";
import { isObject, parseJson } from "../../core/json.ts";
import type { Addresses } from "../guard/probe_addresses.ts";
import type { Attempt } from "../exchange_log.ts";
import type { Connections, Sent } from "../guard/connections.ts";
import type { HttpClientOptions } from "../http_client.ts";
import { POLICY } from "../policy.ts";

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
 * addresses that accept a connection, where one does not; every later one to that host goes there too.
 *
 * @param connections Undefined where `options.fetch` sends everything.
 */
export function createSender(
  options: HttpClientOptions,
  connections: Connections | undefined,
): Sender {
  const { fetch: guarded } = options;
  if (connections === undefined) return (url, init) => (guarded ?? fetch)(url, init);
  const { isLookedUpByRuntime, pin, send } = connections;

  async function watched(url: URL, init: Sent, attempt: Attempt): Promise<Response> {
    const first = new AbortController();
    const signal = AbortSignal.any([init.signal, first.signal]);
    const answer = send(url, { ...init, signal }, attempt);
    const stalled = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => stalled.resolve(undefined), STALLED_MS);
    try {
      const early = await Promise.race([answer, stalled.promise]);
      if (early !== undefined) return early;
      const { tryAddresses } = await import("../guard/probe_addresses.ts");
      const found = await Promise.race([
        tryAddresses(url, signal, options.resolve),
        answer.then(() => undefined),
      ]);
      if (!found?.alive.length || found.dead.length === 0) return await answer;
      options.emit({ type: "finding", finding: deadAddress(url, found, attempt) });
      answer.catch(() => {});
      first.abort();
      pin(url, found.alive);
      return await send(url, init, attempt);
    } finally {
      clearTimeout(timer);
    }
  }

  return (url, init, attempt) =>
    mayBeSentAgain(attempt) && isLookedUpByRuntime(url, attempt)
      ? watched(url, init, attempt)
      : send(url, init, attempt);
}
