/** A server in a public network must not lead mcpass into a private one (RFC 9728 §7.7). @module */

import { Failure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import { type AddressKind, addressKind, networkOfAddress } from "../address_ranges.ts";
import { type AddressClass, addressClass, mayEnter, networkClass } from "../address.ts";
import type { NameLookup } from "../http_client.ts";

export interface PrivateNetworkGuard {
  /** For a URL with an address or a loopback name. @throws Failure `private_address_refused`. */
  judgeUrl(url: URL, signal: AbortSignal): Promise<void>;
  /** Looks up a name once. @throws Failure `private_address_refused`; the error of the lookup. */
  addressesOf(name: string, signal: AbortSignal): Promise<readonly string[]>;
  /** For a name that a proxy will resolve. Names that this machine cannot resolve are permitted. */
  judgeBeforeProxy(name: string, signal: AbortSignal): Promise<void>;
}

export interface PrivateNetworkGuardOptions {
  readonly serverUrl: string;
  readonly serverViaProxy: boolean;
  readonly lookup: NameLookup;
  isCertified(url: URL, addresses: readonly string[], signal: AbortSignal): Promise<boolean>;
}

/** The most public network first: it decides for a name with several addresses. */
const OPENNESS = ["public", "reserved", "private", "link_local", "loopback"] as const;

/** Domains of private networks: RFC 6762 §3, ICANN (2024), RFC 8375. */
const PRIVATE_DOMAINS: readonly string[] = ["local", "internal", "home.arpa"];

/** Why a name belongs to the private network of the machine that looks it up; undefined for others. */
function privateName(name: string): string | undefined {
  const host = name.replace(/\.$/, "");
  if (!host.includes(".")) return "a name without a dot";
  const domain = PRIVATE_DOMAINS.find((it) => host === it || host.endsWith(`.${it}`));
  return domain === undefined ? undefined : `a name below "${domain}"`;
}

/** After this time, a name that a proxy will resolve counts as unknown. */
const LOOKUP_BEFORE_PROXY_MS = 3000;

function addressRefused(host: string, what: string): Failure {
  return new Failure(
    "private_address_refused",
    `mcpass sent no request to ${quoted(host)}: ${what}, but the MCP server is not in that network`,
    {
      remedy: "Server: publish URLs with hosts that every client can reach\n" +
        "If this is the right authorization server, confirm it",
      loginFlags: { authorizationServer: "<issuer>" },
      reference: "RFC 9728 §7.7",
    },
  );
}

export function createPrivateNetworkGuard(
  { serverUrl, serverViaProxy, lookup, isCertified }: PrivateNetworkGuardOptions,
): PrivateNetworkGuard {
  const url = new URL(serverUrl);
  let server: AddressKind | undefined;

  /** Public when in doubt. */
  async function serverKind(signal: AbortSignal): Promise<AddressKind> {
    const written = await networkClass(url);
    if (written !== "name") return written;
    if (serverViaProxy) return "public";
    const addresses = await lookup(url.hostname, signal).catch(() => []);
    signal.throwIfAborted();
    const kinds = addresses.map(networkOfAddress);
    const kind = OPENNESS.find((it) => kinds.includes(it)) ?? "public";
    // Anyone can point a name at a private address; only the real server has a certificate for it.
    return kind !== "public" && await isCertified(url, addresses, signal) ? kind : "public";
  }
  const networkOfServer = async (signal: AbortSignal) => server ??= await serverKind(signal);
  /** Decided by the server's address or, for a name with dots, by its name. */
  async function isServerPrivate(name: string, signal: AbortSignal): Promise<boolean> {
    if (await networkOfServer(signal) !== "public") return true;
    const isNamed = await networkClass(url) === "name";
    return isNamed && privateName(url.hostname) !== undefined && /\.[^.]/.test(name);
  }
  const isPermitted = (kind: AddressClass, signal: AbortSignal) =>
    mayEnter(kind, async () => [await networkOfServer(signal)]);
  async function judge(name: string, addresses: readonly string[], signal: AbortSignal) {
    for (const address of addresses) {
      const kind = addressKind(address);
      if (await isPermitted(kind, signal)) continue;
      throw addressRefused(name, `its address ${printable(address)} is ${kind.replace("_", "-")}`);
    }
  }

  return {
    async judgeUrl(url, signal) {
      const kind = await addressClass(url);
      if (await isPermitted(kind, signal)) return;
      throw addressRefused(url.hostname, `the address is ${kind.replace("_", "-")}`);
    },
    async addressesOf(name, signal) {
      const addresses = await lookup(name, signal);
      await judge(name, addresses, signal);
      return addresses;
    },
    async judgeBeforeProxy(name, signal) {
      const kind = privateName(name);
      if (kind !== undefined && !await isServerPrivate(name, signal)) {
        throw addressRefused(name, `the proxy would resolve ${kind} in its own network`);
      }
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), LOOKUP_BEFORE_PROXY_MS);
      const addresses = await lookup(name, AbortSignal.any([signal, limit.signal]))
        .catch(() => []);
      clearTimeout(timer);
      signal.throwIfAborted();
      await judge(name, addresses, signal);
    },
  };
}
