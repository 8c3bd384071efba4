/**
 * The private network guard: a server in a public network must not make this client send requests into
 * a private one (RFC 9728 §7.7).
 * @module
 */

import { Failure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import type { AddressKind } from "../address_ranges.ts";
import { type AddressClass, addressClass, mayEnter, networkClass } from "../address.ts";
import type { NameLookup } from "../name_lookup.ts";

export interface PrivateNetworkGuard {
  /** Judges an address, or a loopback name, in a URL. @throws Failure `private_address_refused`. */
  judgeWritten(url: URL, signal: AbortSignal): Promise<void>;
  /**
   * Looks up a name once and judges every address. Connections may use these addresses only.
   *
   * @throws Failure `private_address_refused`; what the lookup threw.
   */
  addressesOf(name: string, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Judges a name that a proxy will resolve, by its addresses on this machine. A name that this machine
   * cannot resolve is permitted.
   *
   * @throws Failure `private_address_refused`.
   */
  judgeBeforeProxy(name: string, signal: AbortSignal): Promise<void>;
}

export interface PrivateNetworkGuardOptions {
  readonly serverUrl: string;
  /** True when requests to the server go through a proxy. */
  readonly serverViaProxy: boolean;
  readonly lookup: NameLookup;
  /** True when a server at one of these addresses has a valid certificate for the host of `url`. */
  certified(url: URL, addresses: readonly string[], signal: AbortSignal): Promise<boolean>;
}

/** The most public network first: it decides for a name with several addresses. */
const OPENNESS: readonly AddressKind[] = [
  "public",
  "reserved",
  "private",
  "link_local",
  "loopback",
];

/** Domains of private networks: RFC 6762 §3, ICANN (2024), RFC 8375. */
const PRIVATE_DOMAINS: readonly string[] = ["local", "internal", "home.arpa"];

/** Why a name belongs to the private network of the machine that looks it up; undefined for others. */
function privateName(name: string): string | undefined {
  const host = name.replace(/\.$/, "");
  if (!host.includes(".")) return "a name without a dot";
  const domain = PRIVATE_DOMAINS.find((it) => host === it || host.endsWith(`.${it}`));
  return domain === undefined ? undefined : `a name below "${domain}"`;
}

/** Milliseconds for looking up a name that a proxy will resolve; after that it counts as unknown. */
const LOOKUP_BEFORE_PROXY_MS = 3000;

function refused(host: string, what: string): Failure {
  return new Failure(
    "private_address_refused",
    `mcpass sent no request to ${quoted(host)}: ${what}, but the MCP server is not in that network`,
    {
      remedy:
        "Server: name hosts that every client can reach. If this authorization server is the " +
        "right one, sign in with --authorization-server <issuer>",
      reference: "RFC 9728 §7.7",
    },
  );
}

export function createPrivateNetworkGuard(
  { serverUrl, serverViaProxy, lookup, certified }: PrivateNetworkGuardOptions,
): PrivateNetworkGuard {
  let server: AddressKind | undefined;

  /** The network of the MCP server; public when in doubt. */
  async function serverKind(signal: AbortSignal): Promise<AddressKind> {
    const url = new URL(serverUrl);
    const written = await networkClass(url);
    if (written !== "name") return written;
    if (serverViaProxy) return "public";
    const addresses = await lookup(url.hostname, signal).catch(() => []);
    signal.throwIfAborted();
    const { networkOfAddress } = await import("../address_ranges.ts");
    const kinds = addresses.map(networkOfAddress);
    const kind = OPENNESS.find((it) => kinds.includes(it)) ?? "public";
    // Anyone can point a name at a private address; only the real server has a certificate for it.
    return kind !== "public" && await certified(url, addresses, signal) ? kind : "public";
  }
  async function networkOfServer(signal: AbortSignal): Promise<AddressKind> {
    return server ??= await serverKind(signal);
  }
  /** True where the server is in a private network, by its address or, for a name with dots, by its name. */
  async function isServerPrivate(name: string, signal: AbortSignal): Promise<boolean> {
    const url = new URL(serverUrl);
    if (await networkOfServer(signal) !== "public") return true;
    const isNamed = await networkClass(url) === "name";
    return isNamed && privateName(url.hostname) !== undefined && /\.[^.]/.test(name);
  }
  const isPermitted = (kind: AddressClass, signal: AbortSignal) =>
    mayEnter(kind, async () => [await networkOfServer(signal)]);
  async function judge(
    name: string,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { addressKind } = await import("../address_ranges.ts");
    for (const address of addresses) {
      const kind = addressKind(address);
      if (await isPermitted(kind, signal)) continue;
      throw refused(name, `its address ${printable(address)} is ${kind.replace("_", "-")}`);
    }
  }

  return {
    async judgeWritten(url, signal) {
      const kind = await addressClass(url);
      if (await isPermitted(kind, signal)) return;
      throw refused(url.hostname, `the address is ${kind.replace("_", "-")}`);
    },
    async addressesOf(name, signal) {
      const addresses = await lookup(name, signal);
      await judge(name, addresses, signal);
      return addresses;
    },
    async judgeBeforeProxy(name, signal) {
      const kind = privateName(name);
      if (kind !== undefined && !await isServerPrivate(name, signal)) {
        throw refused(name, `the proxy would resolve ${kind} in its own network`);
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
