/**
 * The SSRF guard: where a request may go if anyone may have chosen its URL (`oauth proxy`,
 * `oauth debug-proxy`, hosted mode). Each name is looked up once, so DNS rebinding has no effect.
 * @module
 */

import { Failure, usageFailure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import { isLoopbackHost } from "../../core/url.ts";
import { LOOPBACK_ADDRESSES } from "../address.ts";
import { type AddressKind, addressKind, isIpAddress } from "../address_ranges.ts";
import { faultOf, networkFailure } from "../network_fault.ts";
import { shownUrl } from "../request_url.ts";

/** Resolves an absolute name; empty if it has no such record. @throws If no name server responded. */
export type Resolver = (name: string, type: "A" | "AAAA", signal: AbortSignal) => Promise<string[]>;

/** @param nameServer By default those of the system. */
export function createResolver(
  nameServer?: { readonly ipAddr: string; readonly port: number },
): Resolver {
  return async (name, type, signal) => {
    try {
      const options = { signal, ...(nameServer === undefined ? {} : { nameServer }) };
      return await Deno.resolveDns(name, type, options);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
}

export interface GuardRules {
  /** Permits http and every address except link-local ones. */
  readonly allowPrivate: boolean;
}

export interface JudgedAddress {
  readonly address: string;
  readonly kind: AddressKind;
  /** Why no connection to it is allowed; null if one is. */
  readonly refused: string | null;
}

export interface Target {
  /** Host name or address of the URL, without brackets and without a final dot. */
  readonly host: string;
  /** The source of the addresses: the URL, the meaning of `localhost`, or DNS. */
  readonly source: "literal" | "localhost" | "dns";
  readonly answers: readonly JudgedAddress[];
}

const KIND_TEXT: Readonly<Record<Exclude<AddressKind, "public">, string>> = {
  loopback: "it is this machine itself",
  private: "it belongs to a private network",
  link_local: "it is a link-local address or the metadata service of a cloud",
  reserved: "it is not a publicly routable address",
};

const HTTPS_REMEDY =
  "Use an https URL; --allow-private permits http on your own machine or network (oauth proxy, without " +
  "MCPASS_HOSTED=1)";

/** @throws Failure `url_refused` (usage) for a URL that is not https or has user info. */
export function guardedUrl(text: string, { allowPrivate }: GuardRules): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw usageFailure("url_refused", `${quoted(text)} is not an http or https URL`, HTTPS_REMEDY);
  }
  if (url.username !== "" || url.password !== "" || /^[a-z]+:\/*[^/?#\\]*@/i.test(text)) {
    throw usageFailure(
      "url_refused",
      `the URL of ${quoted(url.host)} contains a user name or password`,
      "Remove the part before @, and pass a credential with --header",
    );
  }
  if (url.protocol !== "https:" && !allowPrivate) {
    throw usageFailure("url_refused", `${quoted(shownUrl(text))} is not https`, HTTPS_REMEDY);
  }
  url.hash = "";
  return url;
}

export function judgeAddress(address: string, { allowPrivate }: GuardRules): JudgedAddress {
  const kind = addressKind(address);
  const isAllowed = allowPrivate && kind !== "link_local" && isIpAddress(address);
  return { address, kind, refused: kind === "public" || isAllowed ? null : KIND_TEXT[kind] };
}

/** @throws Failure `network_dns` if the name has no address; the resolver's error after an abort. */
export async function lookUp(
  url: URL,
  rules: GuardRules,
  resolve: Resolver,
  signal: AbortSignal,
): Promise<Target> {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "").toLowerCase();
  const judge = (address: string) => judgeAddress(address, rules);
  if (isIpAddress(host)) return { host, source: "literal", answers: [judge(host)] };
  if (isLoopbackHost(host)) {
    return { host, source: "localhost", answers: LOOPBACK_ADDRESSES.map(judge) };
  }
  // With a final dot the resolver ignores the search domains of this machine.
  const name = rules.allowPrivate ? host : `${host}.`;
  const lookups = await Promise.allSettled(
    (["A", "AAAA"] as const).map((type) => resolve(name, type, signal)),
  );
  const found = lookups.flatMap((it) => it.status === "fulfilled" ? it.value : []);
  if (found.length > 0) {
    return { host, source: "dns", answers: [...new Set(found)].map(judge) };
  }
  const failed = lookups.find((it) => it.status === "rejected");
  if (signal.aborted && failed !== undefined) throw failed.reason;
  const reason = failed?.reason;
  const detail = reason instanceof Error ? reason.message : "it has no address";
  throw networkFailure(`look up ${printable(host)}`, faultOf("dns", detail), reason);
}

/** All addresses. @throws Failure `address_refused` if one of them is not allowed. */
export function allowedAddresses({ host, answers }: Target): string[] {
  const refused = answers.find((answer) => answer.refused !== null);
  if (refused === undefined) return answers.map(({ address }) => address);
  const named = refused.address === host
    ? quoted(host)
    : `${quoted(host)}, which has the address ${printable(refused.address)}`;
  throw new Failure("address_refused", `no request was sent to ${named}: ${refused.refused}`, {
    remedy: refused.kind === "link_local"
      ? "mcpass sends no request to such addresses"
      : "Use a public server. On your own machine, --allow-private permits private addresses (oauth " +
        "proxy, without MCPASS_HOSTED=1)",
    reference: "RFC 9728 §7.7",
  });
}
