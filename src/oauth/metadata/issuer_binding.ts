/** Given credentials are never sent to another issuer than theirs (RFC 9700 §4.4, RFC 6749 §2.2). @module */

import { isLoopbackHost } from "../../core/url.ts";
import { isKnownIssuer, type KnownIssuer, type ServerMetadata } from "./server_metadata.ts";

export type GivenCredential =
  | "client secret"
  | "client certificate"
  | "assertion"
  | "identity assertion"
  | "initial access token"
  | "software statement"
  | "private key";

interface IssuerFacts {
  readonly serverUrl: string;
  readonly server: ServerMetadata;
  /** Issuer of `--authorization-server`; discovery accepts no other one. */
  readonly named: string | undefined;
  /** The issuers of the stored sign-ins of this client at this MCP server. */
  readonly known: readonly KnownIssuer[];
  readonly credentials: readonly GivenCredential[];
}

/**
 * `confirmed`: the credentials belong to this issuer. `changed`: to another one. `unconfirmed`: a
 * person has to confirm the issuer. `bound`: not confirmed, but only this issuer accepts an assertion.
 */
export type IssuerVerdict = "confirmed" | "bound" | "unconfirmed" | "changed";

type SameSite = (one: string, other: string) => Promise<boolean>;

/**
 * True for hosts below one registrable domain of the public suffix list, its private section
 * included: `a.github.io` and `b.github.io` are two sites. An IP address, a single-label name and a
 * public suffix have no registrable domain.
 */
export async function sameRegistrableDomain(one: string, other: string): Promise<boolean> {
  const { getDomain } = await import("tldts");
  const domain = (host: string) => getDomain(host, { allowPrivateDomains: true });
  const found = domain(one);
  return found !== null && found === domain(other);
}

/** True for the same host, the same registrable domain, or two loopback hosts. */
export async function isSameParty(
  one: string,
  other: string,
  sameSite: SameSite = sameRegistrableDomain,
): Promise<boolean> {
  const [first, second] = [new URL(one).hostname, new URL(other).hostname];
  if (first === second) return true;
  const loopback = [first, second].filter(isLoopbackHost).length;
  return loopback > 0 ? loopback === 2 : await sameSite(first, second);
}

export async function judgeIssuerBinding(
  { credentials, known, named, server, serverUrl }: IssuerFacts,
  sameSite?: SameSite,
): Promise<IssuerVerdict> {
  if (credentials.length === 0 || named !== undefined) return "confirmed";
  if (known.length > 0) {
    return known.some((it) => isKnownIssuer(server, it)) ? "confirmed" : "changed";
  }
  const { lookupIssuer, issuer } = server;
  const parties = lookupIssuer === undefined ? [issuer] : [issuer, lookupIssuer];
  const same = await Promise.all(parties.map((it) => isSameParty(it, serverUrl, sameSite)));
  if (!same.includes(false)) return "confirmed";
  // A private key is never sent: an assertion that it signs has the announced issuer as its audience
  // (RFC 7523 §3), so no other issuer accepts it. A document that was found at another identifier could
  // announce an issuer that is not its own.
  const bound = lookupIssuer === undefined && credentials.every((it) => it === "private key");
  return bound ? "bound" : "unconfirmed";
}
