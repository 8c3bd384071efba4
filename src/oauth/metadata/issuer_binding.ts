/**
 * Which issuer the given credentials of a login belong to. Credentials from a flag, a file, a variable or
 * a prompt are never sent to another issuer (RFC 9700 §4.4, RFC 6749 §2.2).
 * @module
 */

import { isKnownIssuer, type KnownIssuer, type ServerMetadata } from "./server_metadata.ts";
import { isSameParty, type SameSite } from "./site.ts";

export type GivenCredential =
  | "client secret"
  | "client certificate"
  | "assertion"
  | "identity assertion"
  | "initial access token"
  | "software statement"
  | "private key";

/**
 * Credentials that are never sent themselves: an assertion that a private key signs names the issuer as
 * its audience (RFC 7523 §3), so no other issuer accepts it.
 */
const BOUND_BY_AUDIENCE: readonly GivenCredential[] = ["private key"];

export interface IssuerFacts {
  readonly serverUrl: string;
  readonly server: ServerMetadata;
  /** Issuer of `--authorization-server`; discovery accepts no other one. */
  readonly named: string | undefined;
  /** The issuers of the stored sign-ins of this client at this MCP server. */
  readonly known: readonly KnownIssuer[];
  /** The given credentials that this login would send. */
  readonly credentials: readonly GivenCredential[];
}

/**
 * `confirmed`: the credentials belong to this issuer. `changed`: to another one. `unconfirmed`: a
 * person has to confirm the issuer. `bound`: not confirmed, but only this issuer accepts an assertion.
 */
export type IssuerVerdict = "confirmed" | "bound" | "unconfirmed" | "changed";

/** Decides whether given credentials may be sent to an authorization server. */
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
  // The audience is the announced issuer. A document that was found at another identifier could announce
  // an issuer that is not its own.
  const bound = lookupIssuer === undefined &&
    credentials.every((it) => BOUND_BY_AUDIENCE.includes(it));
  return bound ? "bound" : "unconfirmed";
}
