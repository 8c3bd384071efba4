/**
 * The connections of an HTTP client.
 *
 * The runtime connects to hosts that the person named. For hosts that another party named, mcpass
 * connects, to the addresses that it judged: no second lookup can change them.
 *
 * @module
 */

import { loadAuthorities } from "../../core/authorities.ts";
import { isLocalhostName, isLoopbackHost, parseUrl } from "../../core/url.ts";
import { isAddress } from "../address.ts";
import { assertNoHttpsProxy, type ConnectionRoute, createDenoClient } from "../deno_client.ts";
import type { PrivateNetworkGuard } from "./private_network_guard.ts";
import type { Attempt } from "../exchange_log.ts";
import type { HttpClientOptions, PlainFetch } from "../http_client.ts";
import { POLICY } from "../policy.ts";
import { proxyFor, usesProxy } from "../proxy_choice.ts";
import type { Tunnel } from "./tunnel.ts";

export type FetchInit = Parameters<PlainFetch>[1];

export interface Connections {
  /**
   * Sends a request over a permitted connection.
   *
   * @throws Failure `private_address_refused`, `client_certificate_meets_proxy`; what `fetch` throws.
   */
  send(url: URL, init: FetchInit, attempt: Attempt): Promise<Response>;
  /** True when the runtime looks up the host of this request. */
  isLookedUpByRuntime(url: URL, attempt: Attempt): boolean;
  /** Uses only these addresses for the host from now on. */
  pin(url: URL, addresses: readonly string[]): void;
  close(): Promise<void>;
}

const LOOPBACK_ADDRESSES = ["127.0.0.1", "::1"];

/**
 * Code for hosts of another party is loaded with the first request to one.
 *
 * @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage).
 */
export function openConnections(options: HttpClientOptions): Connections {
  const { serverUrl, namedUrls = [], stepTimeoutMs } = options;
  // The server URL may be missing: a command that only reads a file has none.
  const hostOf = (url: string) => parseUrl(url)?.hostname ?? "";
  const named = new Set([serverUrl, ...namedUrls].map(hostOf));
  const isLoopbackServer = isLoopbackHost(hostOf(serverUrl));
  const pinned = new Map<string, readonly string[]>();
  const clients = new Map<string, Deno.HttpClient | undefined>();
  const closing = new AbortController();
  let tunnel: Promise<Tunnel> | undefined;
  let guard: Promise<PrivateNetworkGuard> | undefined;

  function clientFor(
    { purpose, certificate }: Pick<Attempt, "purpose" | "certificate">,
    route: ConnectionRoute | undefined,
  ): Deno.HttpClient | undefined {
    const reuse = POLICY[purpose].sentOnce ? "fresh" : "reused";
    // With the certificate in the key, no other request reuses its connection.
    const key = JSON.stringify([reuse, route, certificate?.cert, certificate?.key]);
    if (!clients.has(key)) {
      clients.set(key, createDenoClient({ ...options, certificate, route }, reuse));
    }
    return clients.get(key);
  }
  loadAuthorities();
  // An error in --proxy or --ca-file is reported before the first request.
  clientFor({ purpose: "mcp" }, undefined);

  async function openGuard(): Promise<PrivateNetworkGuard> {
    const { createPrivateNetworkGuard } = await import("./private_network_guard.ts");
    const { systemLookup } = await import("../name_lookup.ts");
    const lookup = options.resolve ?? systemLookup;
    const serverViaProxy = proxyFor(new URL(serverUrl), options) !== undefined;
    const { hasValidCertificate } = await import("./handshake.ts");
    const certified = (url: URL, addresses: readonly string[], signal: AbortSignal) =>
      hasValidCertificate(url, addresses, options.caCerts ?? [], signal);
    return createPrivateNetworkGuard({ serverUrl, serverViaProxy, lookup, certified });
  }

  const loadedGuard = () => guard ??= openGuard();

  /** The addresses for connections through the tunnel. */
  async function addressesOf(name: string, signal: AbortSignal): Promise<readonly string[]> {
    // RFC 6761 §6.3: such a name is never looked up.
    if (isLocalhostName(name)) return LOOPBACK_ADDRESSES;
    return pinned.get(name) ?? await (await loadedGuard()).addressesOf(name, signal);
  }
  async function openOwnTunnel(): Promise<Tunnel> {
    const [{ openTunnel }, { connectToFirst }] = await Promise.all([
      import("./tunnel.ts"),
      import("./dial.ts"),
    ]);
    return openTunnel(async (name, port) => {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), stepTimeoutMs);
      const signal = AbortSignal.any([closing.signal, limit.signal]);
      try {
        return await connectToFirst(await addressesOf(name, signal), port, signal);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  async function throughTunnel(url: URL, init: FetchInit, attempt: Attempt): Promise<Response> {
    const { proxy, takeFailure } = await (tunnel ??= openOwnTunnel());
    const client = clientFor(attempt, { tunnel: proxy });
    try {
      return await fetch(url, { ...init, ...(client === undefined ? {} : { client }) });
    } catch (error) {
      throw takeFailure(url) ?? error;
    }
  }
  async function byRuntime(
    url: URL,
    init: FetchInit,
    attempt: Attempt,
    route?: ConnectionRoute,
  ): Promise<Response> {
    const mayMeetProxy = usesProxy(options) && !isLoopbackHost(url.hostname);
    if (attempt.certificate !== undefined && mayMeetProxy) assertNoHttpsProxy(options);
    const client = clientFor(attempt, route);
    return await fetch(url, { ...init, ...(client === undefined ? {} : { client }) });
  }

  const isNamed = ({ hostname }: URL, { namedHosts }: Attempt) =>
    named.has(hostname) || (namedHosts?.includes(hostname) ?? false);

  return {
    async send(url, init, attempt) {
      const { hostname } = url;
      const mustJudge = !isNamed(url, attempt) && !(isLoopbackHost(hostname) && isLoopbackServer);
      if (isLocalhostName(hostname) || isAddress(hostname)) {
        if (mustJudge) await (await loadedGuard()).judgeWritten(url, init.signal);
        const send = isLocalhostName(hostname) ? throughTunnel : byRuntime;
        return await send(url, init, attempt);
      }
      if (pinned.has(hostname)) return await throughTunnel(url, init, attempt);
      if (isNamed(url, attempt)) return await byRuntime(url, init, attempt);
      const proxy = proxyFor(url, options);
      if (proxy === undefined) return await throughTunnel(url, init, attempt);
      await (await loadedGuard()).judgeBeforeProxy(hostname, init.signal);
      return await byRuntime(url, init, attempt, { proxy });
    },
    isLookedUpByRuntime: (url, attempt) =>
      isNamed(url, attempt) && !isAddress(url.hostname) && !isLocalhostName(url.hostname) &&
      !pinned.has(url.hostname) && !usesProxy(options),
    pin: ({ hostname }, addresses) => void pinned.set(hostname, addresses),
    async close() {
      closing.abort();
      for (const client of clients.values()) client?.close();
      clients.clear();
      await (await tunnel?.catch(() => undefined))?.close();
    },
  };
}
