/** What is wrong with the header and claims of an access token (RFC 9068). No signature is verified. @module */

import type { Judgement } from "../../core/finding.ts";
import { isObject, type JsonObject, member, stringMember } from "../../core/json.ts";
import { formatPeriod } from "../../core/quantities.ts";
import { quoted } from "../../core/text.ts";
import { audiencesOf } from "../common/jwt_claims.ts";
import { missingScopes, parseScope } from "../mcp/scope.ts";
import { fitsIssuer } from "../metadata/issuer_template.ts";

/** What is known about a token from another source than the token. */
export interface ExpectedClaims {
  /** The issuer of the sign-in first; none if it is unknown. */
  readonly issuers: readonly string[];
  readonly clientId: string | null;
  /** True if requests with the token have a DPoP proof or the client certificate. */
  readonly sendsProof: boolean;
}

export interface ExpectedToken extends ExpectedClaims {
  /** None if they are unknown. */
  readonly resources: readonly string[];
  readonly requestedScopes: readonly string[];
  readonly hasRefreshToken: boolean;
}

export interface Objection {
  readonly detail: string;
  readonly remedy: string;
  readonly reference: string;
}

/** Clocks may differ by as much. */
const MAX_SKEW_MS = 5000;

/** A claim in seconds, as milliseconds since the epoch. */
export function timeOf(claims: JsonObject | null, name: string): number | undefined {
  const value = claims === null ? undefined : member(claims, name);
  return typeof value === "number" && Math.abs(value) < 8e12 ? value * 1000 : undefined;
}

/** The scopes that the token names; undefined if it names none. */
export function claimedScopes(claims: JsonObject | null): readonly string[] | undefined {
  const claimed = claims?.["scope"] ?? claims?.["scp"];
  if (Array.isArray(claimed)) return claimed.filter((value) => typeof value === "string");
  return typeof claimed === "string" ? parseScope(claimed) : undefined;
}

/** Why a server may refuse a token that is readable, except its expiry, audience and scopes. */
export function claimObjections(
  claims: JsonObject,
  { issuers, clientId, sendsProof }: ExpectedClaims,
  now: number,
): Objection[] {
  const found: Objection[] = [];
  const confirmation = claims["cnf"];
  if (isObject(confirmation) && !sendsProof) {
    found.push({
      detail:
        `the token is bound to a key (${Object.keys(confirmation).join(", ")}), and is sent ` +
        "as Bearer",
      remedy: "Authorization server: issue Bearer tokens to this client, or a client that proves " +
        "the key",
      reference: "RFC 9449 §7; RFC 8705 §3",
    });
  }
  if (
    claims["nonce"] !== undefined && clientId !== null && audiencesOf(claims).includes(clientId)
  ) {
    found.push({
      detail: "this is an ID token, which no server accepts",
      remedy: "Use the access token",
      reference: "RFC 9068 §1",
    });
  }
  const issuer = stringMember(claims, "iss");
  const fits = issuer === undefined || issuers.some((it) => fitsIssuer(issuer, it));
  if (issuers[0] !== undefined && !fits) {
    found.push({
      detail: `the token's issuer is ${quoted(issuer)}, not ${quoted(issuers[0])}`,
      remedy:
        "Authorization server: use one issuer in metadata and tokens\nIf the token is from another " +
        "server, sign in to this one",
      reference: "RFC 9068 §4",
    });
  }
  for (const name of ["nbf", "iat"]) {
    const start = timeOf(claims, name);
    if (start === undefined || start <= now + MAX_SKEW_MS) continue;
    found.push({
      detail: `the token's "${name}" lies ${formatPeriod((start - now) / 1000)} in the future by ` +
        "this clock",
      remedy: "Compare the clocks of this machine and of the authorization server",
      reference: "RFC 7519 §4.1.5",
    });
  }
  return found;
}

function expiryJudgements(claims: JsonObject | null, expiresAt: string | null, now: number) {
  const end = timeOf(claims, "exp") ?? (expiresAt === null ? undefined : Date.parse(expiresAt));
  if (end === undefined || end > now) return [];
  const at = new Date(end).toISOString();
  return [{
    code: "token_expiry_failed" as const,
    severity: "error" as const,
    message: `the token expired ${formatPeriod((now - end) / 1000)} ago, at ${at}`,
    remedy: "Refresh it, or sign in again",
    reference: "RFC 9068 §4",
  }];
}

function audienceJudgements(claims: JsonObject, { resources }: ExpectedToken): Judgement[] {
  const found = audiencesOf(claims);
  const [expected] = resources;
  if (expected === undefined || found.some((value) => resources.includes(value))) return [];
  return [{
    code: "token_audience_failed",
    severity: found.length === 0 ? "warning" : "error",
    message: found.length === 0
      ? `the token has no audience (aud); expected ${quoted(expected)}`
      : `the token is for ${quoted(found.join(" "))}, not for ${quoted(expected)}`,
    remedy: 'Authorization server: put the "resource" of the request into "aud"',
    reference: "RFC 8707 §2; MCP authorization, Token Audience Binding and Validation",
  }];
}

function clientJudgements(claims: JsonObject, { clientId }: ExpectedToken): Judgement[] {
  const claimed = ["client_id", "azp"].flatMap((name) => {
    const value = stringMember(claims, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const other = claimed.find(([, value]) => value !== clientId);
  if (clientId === null || other === undefined) return [];
  const [name, value] = other;
  return [{
    code: "token_form_failed",
    severity: "warning",
    message: `the token's "${name}" is ${quoted(value)}; the client of the sign-in is ${
      quoted(clientId)
    }`,
    remedy: "Sign in again if the token was issued to another client",
    reference: "RFC 9068 §2",
  }];
}

function scopeJudgements(claims: JsonObject, expected: ExpectedToken): Judgement[] {
  const granted = claimedScopes(claims);
  const { requestedScopes, hasRefreshToken } = expected;
  const missing = granted && missingScopes(requestedScopes, granted, hasRefreshToken);
  if (missing === undefined || missing.length === 0) return [];
  return [{
    code: "token_scopes_failed",
    severity: "warning",
    message: `requested scopes are missing from the token: ${quoted(missing.join(" "))}`,
    remedy: "Authorization server: grant the scope to this account and client",
    reference: "RFC 6750 §3.1",
  }];
}

/**
 * @param claims Null for a token that cannot be read.
 * @param expiresAt As the token endpoint reported it, ISO 8601.
 */
export function judgeAccessToken(
  { header, claims, expiresAt }: {
    readonly header: JsonObject | null;
    readonly claims: JsonObject | null;
    readonly expiresAt: string | null;
  },
  expected: ExpectedToken,
  now: number,
): Judgement[] {
  const expiry = expiryJudgements(claims, expiresAt, now);
  if (claims === null) return expiry;
  const isUnsigned = String(header?.["alg"]).toLowerCase() === "none";
  const unsigned: Judgement = {
    code: "token_form_failed",
    severity: "error",
    message: 'the token is not signed ("alg": "none")',
    remedy: "Authorization server: sign access tokens",
    reference: "RFC 9068 §2",
  };
  return [
    ...expiry,
    ...isUnsigned ? [unsigned] : [],
    ...claimObjections(claims, expected, now).map(({ detail, remedy, reference }): Judgement => ({
      code: "token_form_failed",
      severity: "error",
      message: detail,
      remedy,
      reference,
    })),
    ...audienceJudgements(claims, expected),
    ...clientJudgements(claims, expected),
    ...scopeJudgements(claims, expected),
  ];
}
