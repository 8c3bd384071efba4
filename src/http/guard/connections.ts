/**
 * The runtime connects to hosts that the person named. To hosts that another party named, mcpass connects
 * itself, at the addresses that it judged, so that a second lookup cannot change them.
 * @module
 */

import { combineSignals } from "../../core/abort.ts";
import { loadAuthorities } from "../../core/certificate_authorities.ts";
import { isLocalhostName, isLoopbackHost, parseUrl } from "../../core/url.ts";
import { isAddress, LOOPBACK_ADDRESSES } from "../address.ts";
import { assertNoHttpsProxy, type ConnectionRoute, createDenoClient } from "../deno_client.ts";
import type { PrivateNetworkGuard } from "./private_network_guard.ts";
import type { Attempt } from "../exchange_log.ts";
import type { HttpClientOptions, PlainFetch } from "../http_client.ts";
import { POLICY } from "../policy.ts";
import { proxyFor, usesProxy } from "../proxy_choice.ts";
import type { Connect, Tunnel } from "./tunnel.ts";

export type FetchInit = Omit<Parameters<PlainFetch>[1], "body"> & {
  readonly body: string | Blob | null;
};

export interface Connections {
  /** @throws Failure `private_address_refused`, `client_certificate_meets_proxy`; what `fetch` throws. */
  send(url: URL, init: FetchInit, attempt: Attempt): Promise<Response>;
  isLookedUpByRuntime(url: URL, attempt: Attempt): boolean;
  /** Later requests to the host use only these addresses. */
  pin(url: URL, addresses: readonly string[]): void;
  close(): Promise<void>;
}

function createClients(options: HttpClientOptions) {
  const clients = new Map<string, Deno.HttpClient | undefined>();
  return {
    for(attempt: Pick<Attempt, "purpose" | "certificate">, route?: ConnectionRoute) {
      const { purpose, certificate } = attempt;
      const reuse = POLICY[purpose].sentOnce ? "fresh" : "reused";
      // The certificate is in the key, so that other requests do not reuse its connection.
      const key = JSON.stringify([reuse, route, certificate?.cert, certificate?.key]);
      if (!clients.has(key)) {
        clients.set(key, createDenoClient({ ...options, certificate, route }, reuse));
      }
      return clients.get(key);
    },
    close() {
      for (const client of clients.values()) client?.close();
      clients.clear();
    },
  };
}

async function openGuard(options: HttpClientOptions): Promise<PrivateNetworkGuard> {
  const { serverUrl, resolve, caCerts = [] } = options;
  const [{ createPrivateNetworkGuard }, { hasValidCertificate, systemLookup }] = await Promise.all([
    import("./private_network_guard.ts"),
    import("./dial.ts"),
  ]);
  return createPrivateNetworkGuard({
    serverUrl,
    serverViaProxy: proxyFor(new URL(serverUrl), options) !== undefined,
    lookup: resolve ?? systemLookup,
    isCertified: (url, addresses, signal) => hasValidCertificate(url, addresses, caCerts, signal),
  });
}

async function openLimitedTunnel(
  addressesOf: (name: string, signal: AbortSignal) => Promise<readonly string[]>,
  limitMs: number,
  closing: AbortSignal,
): Promise<Tunnel> {
  const [{ openTunnel }, { connectToFirst }] = await Promise.all([
    import("./tunnel.ts"),
    import("./dial.ts"),
  ]);
  const connect: Connect = async (name, port) => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limitMs);
    const { signal, release } = combineSignals(closing, limit.signal);
    try {
      return await connectToFirst(await addressesOf(name, signal), port, signal);
    } finally {
      release();
      clearTimeout(timer);
    }
  };
  return openTunnel(connect);
}

/** @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage). */
export function openConnections(options: HttpClientOptions): Connections {
  const { serverUrl, namedUrls = [], stepTimeoutMs } = options;
  // A command that only reads a file has no server URL.
  const hostOf = (url: string) => parseUrl(url)?.hostname ?? "";
  const named = new Set([serverUrl, ...namedUrls].map(hostOf));
  const isLoopbackServer = isLoopbackHost(hostOf(serverUrl));
  const pinned = new Map<string, readonly string[]>();
  const closing = new AbortController();
  let tunnel: Promise<Tunnel> | undefined;
  let guard: Promise<PrivateNetworkGuard> | undefined;
  loadAuthorities();
  const clients = createClients(options);
  // An error in --proxy or --ca-file is reported before the first request.
  clients.for({ purpose: "mcp" });

  const loadGuard = () => guard ??= openGuard(options);

  async function addressesOf(name: string, signal: AbortSignal): Promise<readonly string[]> {
    // RFC 6761 §6.3: such a name is never looked up.
    if (isLocalhostName(name)) return LOOPBACK_ADDRESSES;
    return pinned.get(name) ?? await (await loadGuard()).addressesOf(name, signal);
  }

  async function sendThroughTunnel(url: URL, init: FetchInit, attempt: Attempt): Promise<Response> {
    tunnel ??= openLimitedTunnel(addressesOf, stepTimeoutMs, closing.signal);
    const { proxy, takeFailure } = await tunnel;
    const client = clients.for(attempt, { tunnel: proxy });
    try {
      return await fetch(url, { ...init, ...(client && { client }) });
    } catch (error) {
      throw takeFailure(url) ?? error;
    }
  }

  async function sendByRuntime(
    url: URL,
    init: FetchInit,
    attempt: Attempt,
    route?: ConnectionRoute,
  ) {
    if (attempt.certificate !== undefined && usesProxy(options, url.hostname)) {
      assertNoHttpsProxy(options);
    }
    const client = clients.for(attempt, route);
    return await fetch(url, { ...init, ...(client && { client }) });
  }

  const isNamed = ({ hostname }: URL, { namedHosts }: Attempt) =>
    named.has(hostname) || (namedHosts?.includes(hostname) ?? false);

  return {
    async send(url, init, attempt) {
      const { hostname } = url;
      const mustJudge = !isNamed(url, attempt) && !(isLoopbackHost(hostname) && isLoopbackServer);
      if (isLocalhostName(hostname) || isAddress(hostname)) {
        if (mustJudge) await (await loadGuard()).judgeUrl(url, init.signal);
        const send = isLocalhostName(hostname) ? sendThroughTunnel : sendByRuntime;
        return await send(url, init, attempt);
      }
      if (pinned.has(hostname)) return await sendThroughTunnel(url, init, attempt);
      if (isNamed(url, attempt)) return await sendByRuntime(url, init, attempt);
      const proxy = proxyFor(url, options);
      if (proxy === undefined) return await sendThroughTunnel(url, init, attempt);
      await (await loadGuard()).judgeBeforeProxy(hostname, init.signal);
      return await sendByRuntime(url, init, attempt, { proxy });
    },
    isLookedUpByRuntime: (url, attempt) =>
      isNamed(url, attempt) && !isAddress(url.hostname) && !isLocalhostName(url.hostname) &&
      !pinned.has(url.hostname) && !usesProxy(options),
    pin: ({ hostname }, addresses) => void pinned.set(hostname, addresses),
    async close() {
      closing.abort();
      clients.close();
      await (await tunnel?.catch(() => undefined))?.close();
    },
  };
}
