/** The JWT bearer grant (RFC 7523 §2.1), and the exchange of an identity assertion (RFC 8693, ID-JAG). @module */

import { Failure } from "../../core/failure.ts";
import { stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, isSuccess } from "../common/endpoint_response.ts";
import { errorResponse, retryRemedy } from "../common/error_response.ts";
import { JWT_BEARER } from "../authorization/auth_mode.ts";
import { TokenEndpointError } from "../common/issued_token.ts";
import { tokenRequest } from "./token_grant.ts";
import { unverifiedClaims } from "../common/jwt_claims.ts";

const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";

interface AssertionTarget {
  readonly issuer: string;
  readonly tokenEndpoint?: string | undefined;
}

const withoutSlash = (text: string) => text.replace(/\/$/, "");

/**
 * Throws for an assertion whose audience is neither the issuer nor the token endpoint of this
 * authorization server (RFC 7523 §3); a trailing slash makes no difference. An assertion that is opaque,
 * encrypted or without an audience passes: nothing can be compared.
 */
function assertAudience(assertion: string, { issuer, tokenEndpoint }: AssertionTarget): void {
  const audience = unverifiedClaims(assertion)?.["aud"];
  if (audience === undefined) return;
  const named = (Array.isArray(audience) ? audience : [audience])
    .filter((value) => typeof value === "string");
  const right = [issuer, tokenEndpoint ?? issuer].map(withoutSlash);
  if (named.some((value) => right.includes(withoutSlash(value)))) return;
  const found = named.map((it) => quoted(it)).join(", ") || "empty";
  const endpoint = tokenEndpoint === undefined
    ? ""
    : ` with the token endpoint ${quoted(tokenEndpoint)}`;
  const message =
    `the audience of the assertion (aud) is ${found}, but the authorization server is ` +
    `${quoted(issuer)}${endpoint}; mcpass did not send the assertion`;
  const remedy =
    `Obtain an assertion with "aud": ${quoted(issuer)}. If the assertion is right, the MCP ` +
    "server names the wrong authorization server: ask its operator";
  throw new Failure("assertion_audience_mismatch", message, { remedy, reference: "RFC 7523 §3" });
}

/** @throws Failure `assertion_audience_mismatch`. */
export function jwtBearerGrant(
  assertion: string,
  target: AssertionTarget,
  scopes: readonly string[] | undefined,
  resource: string | null,
): URLSearchParams {
  assertAudience(assertion, target);
  return tokenRequest({ grant_type: JWT_BEARER, assertion }, resource, scopes);
}

export interface Subject {
  readonly type: "id_token" | "refresh_token";
  readonly token: string;
}

export interface ExchangeParts {
  readonly subject: Subject;
  readonly audience: string;
  readonly resource: string | null;
  readonly scopes: readonly string[] | undefined;
}

export function identityExchange(
  { subject, audience, resource, scopes }: ExchangeParts,
): URLSearchParams {
  return tokenRequest(
    {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: ID_JAG,
      audience,
      subject_token: subject.token,
      subject_token_type: `urn:ietf:params:oauth:token-type:${subject.type}`,
    },
    resource,
    scopes,
  );
}

const WRONG_TOKEN = "The ID token may have expired or belong to another client. Obtain a new one";
const FORBIDDEN = "Identity provider: allow this client to exchange tokens for the MCP server";

const REMEDIES: ReadonlyMap<string, string> = new Map(Object.entries({
  invalid_client: "Check --idp-client-id and --idp-client-secret-file",
  invalid_request: WRONG_TOKEN,
  invalid_grant: WRONG_TOKEN,
  invalid_target: "Identity provider: allow assertions for this authorization server",
  access_denied: FORBIDDEN,
  unauthorized_client: FORBIDDEN,
}));

/** Judges the response to {@link identityExchange}: the ID-JAG. */
export function judgeExchange(response: EndpointResponse): string {
  const { members, error, summary } = errorResponse(response);
  const provider = `the identity provider ${quoted(response.url)}`;
  if (error !== undefined || !isSuccess(response)) {
    throw new Failure("identity_exchange_refused", `${provider} issued no assertion: ${summary}`, {
      remedy: REMEDIES.get(error ?? "") ?? retryRemedy(response) ??
        "Ask the administrator of the identity provider. See the request with --debug-out <path>",
      reference: "RFC 8693 §2.2.2",
      cause: new TokenEndpointError(response),
    });
  }
  const assertion = stringMember(members, "access_token");
  const type = stringMember(members, "issued_token_type");
  if (assertion !== undefined && type === ID_JAG) return assertion;
  const message = assertion === undefined
    ? `the response of ${provider} has no "access_token"`
    : `${provider} issued a token of type ${quoted(type ?? "none")}, expected ${quoted(ID_JAG)}`;
  const remedy = "Identity provider: issue an ID-JAG, and name its type in issued_token_type";
  throw new Failure("identity_exchange_invalid", message, { remedy, reference: "RFC 8693 §2.2.1" });
}
