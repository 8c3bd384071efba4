/** Token revocation (RFC 7009) and introspection (RFC 7662). @module */

import type { Judgement } from "../../core/finding.ts";
import { stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, isSuccess } from "../common/endpoint_response.ts";
import { errorResponse } from "../common/error_response.ts";

export type TokenTypeHint = "access_token" | "refresh_token";

export function tokenBody(token: string, hint: TokenTypeHint): URLSearchParams {
  return new URLSearchParams({ token, token_type_hint: hint });
}

export type Revocation =
  /** Also for a token that the server does not know. */
  | { readonly revoked: true }
  /** The token may still be valid; `unsupported`: the server revokes no tokens of this kind. */
  | { readonly revoked: false; readonly why: string; readonly unsupported?: true };

/** Judges a revocation response (RFC 7009 §2.2); a 2xx with an `error` is a refusal. */
export function judgeRevocation(response: EndpointResponse): Revocation {
  const { error, hasError, summary } = errorResponse(response);
  if (isSuccess(response) && !hasError) return { revoked: true };
  const unsupported = error === "unsupported_token_type" ? { unsupported: true } as const : {};
  return { revoked: false, why: summary, ...unsupported };
}

/** The finding for an access token that carries its own validity, which RFC 7009 §2.2.1 allows. */
export function notRevocableFinding(issuer: string, expiresAt: string | null): Judgement {
  return {
    code: "access_token_not_revocable",
    severity: "warning",
    message: `${quoted(issuer)} does not revoke access tokens of this kind; the access token is ` +
      (expiresAt === null ? "valid until it expires" : `valid until ${expiresAt}`),
    remedy: "Authorization server: issue short-lived access tokens, or ones that can be revoked",
    reference: "RFC 7009 §2.2.1",
  };
}

export type Introspection =
  | {
    readonly active: true;
    /** Milliseconds since the epoch. */
    readonly expiresAt: number | undefined;
    readonly scope: string | undefined;
  }
  | { readonly active: false }
  /** Not known, e.g. because this client may not ask. */
  | { readonly active: undefined; readonly why: string };

export function judgeIntrospection(response: EndpointResponse): Introspection {
  const { members, summary } = errorResponse(response);
  const active = members["active"];
  if (response.status !== 200 || typeof active !== "boolean") {
    return { active: undefined, why: summary };
  }
  if (!active) return { active };
  const exp = members["exp"];
  return {
    active,
    expiresAt: typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined,
    scope: stringMember(members, "scope"),
  };
}
