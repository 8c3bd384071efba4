/**
 * Requests through the guard, with everything they need.
 *
 * @module
 */

import type { Exchange } from "../../src/core/exchange.ts";
import { createResolver, type Resolver } from "../../src/http/guard/ssrf_guard.ts";
import {
  type GuardedOutcome,
  type GuardedSendOptions,
  sendGuarded,
} from "../../src/http/guard/guarded_send.ts";
import type { GuardedRequest } from "../../src/http/guard/guarded_request.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import type { DnsServer } from "../lab/dns_server.ts";

/** What a request left behind. */
export interface Sent extends GuardedOutcome {
  /** The one exchange. */
  readonly exchange: Exchange;
  /** The content as text. */
  readonly text: string;
}

/** A resolver that nobody may ask. */
export function noResolver(name: string): Promise<string[]> {
  return Promise.reject(new Error(`${name} was looked up`));
}

/** A resolver that asks this name server. */
export function resolverOf(server: DnsServer): Resolver {
  return createResolver(server.nameServer);
}

/** A certificate fixture. */
export function fixture(name: string): string {
  return Deno.readTextFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

/** The authority of the lab, and a server certificate for localhost, loopback and mcp.example. */
export const AUTHORITY = fixture("ca.crt");

/** The lab's server certificate. */
export const TLS = { cert: fixture("server.crt"), key: fixture("server.key") };

/** Sends a request; private addresses are allowed unless `options` say otherwise. */
export async function send(
  request: Partial<GuardedRequest> & { readonly url: string },
  options: Partial<GuardedSendOptions> = {},
): Promise<Sent> {
  const exchanges: Exchange[] = [];
  const outcome = await sendGuarded(
    { method: "GET", headers: [], body: null, ...request },
    {
      rules: { allowPrivate: true },
      resolve: noResolver,
      caCerts: [AUTHORITY],
      stepTimeoutMs: 20_000,
      emit: (event) => {
        if (event.type === "exchange") exchanges.push(event.exchange);
      },
      secrets: createSecrets(),
      clock: { now: () => Date.now() },
      signal: new AbortController().signal,
      ...options,
    },
  );
  const [exchange] = exchanges;
  if (exchange === undefined || exchanges.length > 1) throw new Error("one exchange was expected");
  return { ...outcome, exchange, text: new TextDecoder().decode(outcome.content ?? undefined) };
}
