/** The meaning of errors of OAuth endpoints, bearer challenges and JSON-RPC. @module */

import { isObject, parseJson } from "../../core/json.ts";
import { errorCode, valueWords } from "../common/server_words.ts";
import { chooseChallenge, parseChallenges } from "../mcp/challenge.ts";

export interface ErrorMeaning {
  readonly kind: "oauth_error" | "bearer_challenge" | "jsonrpc_error";
  readonly code: string | number;
  readonly said: string | null;
  readonly meaning: string;
  readonly remedy: string;
  readonly reference: string;
}

type Row = Pick<ErrorMeaning, "meaning" | "remedy" | "reference">;

function rowsOf(
  table: Readonly<
    Record<string, Readonly<Record<string, readonly [meaning: string, remedy: string]>>>
  >,
): ReadonlyMap<string, Row> {
  return new Map(
    Object.entries(table).flatMap(([reference, rows]) =>
      Object.entries(rows).map(([code, [meaning, remedy]]) =>
        [code, { meaning, remedy, reference }] as const
      )
    ),
  );
}

const OAUTH: ReadonlyMap<string, Row> = rowsOf({
  "RFC 6749 §5.2": {
    invalid_request: [
      "a parameter is missing, repeated or not valid",
      "Compare the parameters with what the endpoint requires; send each once, and check the Content-Type",
    ],
    invalid_client: [
      "the client is unknown, or its authentication failed",
      "Check client ID, secret and method (in Basic, id and secret are form-encoded); the registration may have expired",
    ],
    invalid_grant: [
      "the code or refresh token is not valid for this client",
      "It was used, has expired, was revoked, or belongs to another client or redirect URI: sign in again, with the same client_id and redirect_uri and the code_verifier of the challenge",
    ],
    unauthorized_client: [
      "this client may not use this grant",
      "Add the grant to grant_types of its registration",
    ],
    unsupported_grant_type: [
      "the server does not support this grant",
      "Use one of grant_types_supported in its metadata",
    ],
    invalid_scope: [
      "a scope is unknown, malformed, or not allowed for this client",
      "Compare with scopes_supported and with what was granted before",
    ],
  },
  "RFC 6749 §4.1.2.1": {
    unsupported_response_type: [
      "the server does not support this response type",
      'Use response_type "code"',
    ],
    access_denied: [
      "the person or the server denied the request",
      "Ask the person, or the operator of the server for its policy",
    ],
    server_error: ["the server failed", "Find the request in the server's log"],
    temporarily_unavailable: [
      "the server is overloaded or under maintenance",
      "Try again after Retry-After",
    ],
  },
  "RFC 7591 §3.2.2": {
    invalid_redirect_uri: [
      "the server does not accept a redirect URI",
      "Compare it character by character with the registered one; for loopback, only the port may differ (RFC 8252 §7.3)",
    ],
    invalid_client_metadata: [
      "the server does not accept a member of the registration",
      "Leave out members one at a time; grant_types, response_types and token_endpoint_auth_method must be consistent",
    ],
    invalid_software_statement: [
      "the software statement is not valid",
      "Obtain a statement from an authority that the server trusts",
    ],
    unapproved_software_statement: [
      "the server has not approved the software statement",
      "Ask the operator of the server",
    ],
  },
  "RFC 6750 §3.1": {
    invalid_token: [
      "the token has expired, was revoked, is malformed, or is for another server",
      "Compare its audience, issuer and expiry with what the server expects, then obtain a new one",
    ],
    insufficient_scope: [
      "a scope that this request needs is missing from the token",
      "Sign in again with the scopes of the challenge added",
    ],
  },
  "RFC 8707 §2": {
    invalid_target: [
      "the server does not know the resource, or it was not authorized",
      "Send the resource exactly as the MCP server publishes it, in every request",
    ],
  },
  "RFC 8628 §3.5": {
    authorization_pending: [
      "the person has not approved the code yet",
      "Send the request again after the interval",
    ],
    slow_down: [
      "the client polls too often",
      "Add five seconds to the interval, for all further requests",
    ],
    expired_token: ["the device code has expired", "Request a new code"],
  },
  "RFC 9449 §8": {
    use_dpop_nonce: [
      "the DPoP proof needs a nonce of the server",
      "Send the request again, with the DPoP-Nonce of this response in the proof",
    ],
  },
  "RFC 9449 §5": {
    invalid_dpop_proof: [
      "the DPoP proof is not valid",
      "Check its htm, htu, iat (the clock) and key",
    ],
  },
  "RFC 7009 §2.2.1": {
    unsupported_token_type: [
      "the server does not revoke tokens of this kind",
      "Revoke the refresh token instead",
    ],
  },
  "OpenID Connect Core §3.1.2.6": {
    login_required: [
      "a person has to sign in, and the request did not allow a page",
      "Leave prompt=none out",
    ],
    consent_required: [
      "a person has to consent, and the request did not allow a page",
      "Leave prompt=none out",
    ],
  },
});

const JSON_RPC: ReadonlyMap<string, Row> = rowsOf({
  "JSON-RPC 2.0 §5.1": {
    "-32700": ["the server could not parse the body as JSON", "Check the body that was sent"],
    "-32600": ["the body is not a JSON-RPC request", 'Send "jsonrpc": "2.0", "method" and "id"'],
    "-32601": [
      "the server does not have this method",
      "Compare its name with the capabilities of the server",
    ],
    "-32602": [
      'the parameters are not valid (in 2026-07-28, "_meta" may be missing)',
      "Compare with the schema of the method",
    ],
    "-32603": ["the server failed", "Find the request in the server's log"],
  },
  "MCP 2026-07-28, Streamable HTTP": {
    "-32020": [
      "a header field contradicts the body",
      "Send the values of the body in MCP-Protocol-Version, Mcp-Method and Mcp-Name",
    ],
  },
  "MCP 2026-07-28": {
    "-32021": [
      "the client does not have a capability that the request needs",
      'See "requiredCapabilities" in the data of the error',
    ],
    "-32022": [
      "the server does not support this protocol version",
      'Use one of "supported" in the data of the error',
    ],
  },
  "MCP, Resources": {
    "-32002": ["there is no such resource", "Compare the URI with resources/list"],
  },
  "MCP, Elicitation": {
    "-32042": [
      "a person has to open a URL first",
      'Open the URL in "elicitations" of the data',
    ],
  },
});

function jsonRpcMeaning(code: number): Row {
  const known = JSON_RPC.get(String(code));
  if (known !== undefined) return known;
  return {
    meaning: code >= -32099 && code <= -32000
      ? "an error code of this server, without a common meaning"
      : "an error of the method itself",
    remedy: "Read its message and the documentation of the server",
    reference: "JSON-RPC 2.0 §5.1",
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function oauthMeaning(code: string, said: unknown, kind: ErrorMeaning["kind"]): ErrorMeaning {
  const row = OAUTH.get(code) ?? {
    meaning: "not a standard OAuth error code",
    remedy: "Look for it in the documentation of the server",
    reference: "RFC 6749 §8.5",
  };
  return { kind, code, said: text(said), ...row };
}

/** The error in a parsed body: of OAuth (RFC 6749 §5.2) or JSON-RPC; undefined without one. */
export function explainBodyError(body: unknown): ErrorMeaning | undefined {
  if (Array.isArray(body)) return body.map(explainBodyError).find((it) => it !== undefined);
  if (!isObject(body)) return undefined;
  const { error } = body;
  if (isObject(error) && typeof error["code"] === "number" && "jsonrpc" in body) {
    const { code, message } = error;
    return { kind: "jsonrpc_error", code, said: text(message), ...jsonRpcMeaning(code) };
  }
  const code = typeof error === "string" ? error : errorCode(body);
  return code === undefined ? undefined : oauthMeaning(code, valueWords(body), "oauth_error");
}

/** The error in a body as text: JSON, or the form encoding that some servers answer in. */
export function explainTextError(body: string): ErrorMeaning | undefined {
  const found = explainBodyError(parseJson(body));
  if (found !== undefined || !/(^|&)error=/.test(body)) return found;
  return explainBodyError(Object.fromEntries(new URLSearchParams(body)));
}

export function explainChallengeError(header: string): ErrorMeaning | undefined {
  const chosen = chooseChallenge(parseChallenges(header).challenges);
  return chosen?.error === undefined
    ? undefined
    : oauthMeaning(chosen.error, chosen.errorDescription, "bearer_challenge");
}
