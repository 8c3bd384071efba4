/** The response of a token endpoint (RFC 6749 §5). @module */

import type { Remedy } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { describeValue, type JsonObject, stringMember, textMember } from "../../core/json.ts";
import { isScopeToken, quoted } from "../../core/text.ts";
import {
  type EndpointResponse,
  isJsonType,
  isSuccess,
  jsonObject,
  judgeMembers,
  mediaType,
} from "../common/endpoint_response.ts";
import { errorResponse, retryRemedy } from "../common/error_response.ts";
import { errorRemedy, remediesWith } from "../common/error_remedies.ts";
import {
  isAccessToken,
  isTokenType,
  TokenEndpointError,
  type TokenResponse,
} from "../common/issued_token.ts";
import {
  type Checks,
  judgementMaker,
  judgeNumbers,
  ofAuthorizationServer,
  runChecks,
  warning,
} from "../common/judgement.ts";
import { isScopeText, parseScope } from "../mcp/scope.ts";

const ERROR_REMEDIES = remediesWith({
  invalid_grant:
    "The code was used, has expired, or was issued to another client or redirect URI. Run the " +
    "login again",
  unauthorized_client: "Authorization server: allow this grant and these scopes for the client",
  unsupported_grant_type:
    "Authorization server: support this grant, and list it in grant_types_supported",
  use_dpop_nonce: "Authorization server: accept a nonce that was just issued for some minutes",
  invalid_dpop_proof:
    "Authorization server: compare its clock with the one of this machine, and its public URL " +
    "with the URL of the request",
});

const ENCODING_MATTERS: Remedy = {
  remedy:
    "Check the client ID and its secret. They have reserved characters, which RFC 6749 requires " +
    "to be form-encoded in Basic credentials; some servers do not decode them. Send the secret in " +
    "the form",
  loginFlags: { tokenAuthMethod: "client_secret_post" },
};

export interface SentTokenRequest {
  /** Form-encoding changes the id or the secret (Basic): a cause of `invalid_client`. */
  readonly encodingMatters: boolean;
  readonly resourceSent: boolean;
  readonly assertion: boolean;
  /** The request had a DPoP proof, so the token should be bound to its key. */
  readonly bound: boolean;
}

/** The members of a body in JSON, or of a form without repeated ones. */
export function bodyMembers(response: EndpointResponse): JsonObject | undefined {
  if (mediaType(response) !== "application/x-www-form-urlencoded") return jsonObject(response);
  const form = new URLSearchParams(response.body);
  return new Set(form.keys()).size === form.size ? Object.fromEntries(form) : undefined;
}

function remedyFor(error: string, sent: SentTokenRequest, description: string | undefined): Remedy {
  if (error === "invalid_dpop_proof" && !sent.bound) {
    const remedy = "The server requires a token that is bound to a key. Use DPoP";
    return { remedy, loginFlags: { dpop: true } };
  }
  if (error === "invalid_grant" && sent.assertion) {
    return {
      remedy:
        "Compare aud, exp and iss of the assertion with what the server expects and trusts; " +
        "an assertion may be valid for one use only",
    };
  }
  return error === "invalid_client" && sent.encodingMatters
    ? ENCODING_MATTERS
    : errorRemedy(ERROR_REMEDIES, error, sent.resourceSent, description);
}

/** What to do about a response without an OAuth error, by its status. */
function statusRemedy(response: EndpointResponse, said: string, hasError: boolean): string {
  const { status } = response;
  const words = said === "" ? "" : "Read the message of the server\n";
  if (isSuccess(response)) return "Authorization server: return a token or an error as JSON";
  if (status === 404 || status === 405) {
    return `${words}Authorization server: serve the token endpoint at the "token_endpoint" of the metadata`;
  }
  const standard = hasError
    ? 'Authorization server: send a code of RFC 6749 §5.2 as "error", and the text as ' +
      '"error_description"'
    : 'Authorization server: return a refusal with status 400 and an "error" in JSON';
  return status === 401 || status === 403
    ? `${words}Check the client ID and its secret or key, or try another --token-auth-method\n` +
      standard
    : `${words}See the parameters that were sent with --debug-out <path>\n${standard}`;
}

function refused(
  response: EndpointResponse,
  members: JsonObject | undefined,
  sent: SentTokenRequest,
): Failure {
  const { error, hasError, description, summary, said } = errorResponse(response, members);
  const message = `the token endpoint ${quoted(response.url)} issued no token: ${summary}`;
  const isKnown = error !== undefined && ERROR_REMEDIES.has(error);
  const retry = isKnown ? undefined : retryRemedy(response);
  const byError = error === undefined
    ? { remedy: statusRemedy(response, said, hasError) }
    : remedyFor(error, sent, description);
  const { remedy, loginFlags } = retry === undefined ? byError : { remedy: retry };
  const wrongStatus = response.status === 200 && retry === undefined && error !== undefined;
  return new Failure(error === undefined ? "token_answer_invalid" : "token_error", message, {
    remedy: wrongStatus
      ? `Authorization server: return an error with status 400\n${remedy}`
      : remedy,
    loginFlags,
    reference: "RFC 6749 §5.2",
    detail: error ?? `HTTP ${response.status}`,
    cause: new TokenEndpointError(response, members),
  });
}

const CHECKS: Checks<{ readonly response: EndpointResponse; readonly members: JsonObject }> = {
  token_content_type: warning(
    "RFC 6749 §5.1",
    "Authorization server: send Content-Type: application/json",
    ({ response }) =>
      !isJsonType(mediaType(response)) &&
      `the token response has the content type ${
        quoted(response.headers.get("content-type") ?? "")
      }`,
  ),
  token_cacheable: warning(
    "RFC 6749 §5.1",
    "Authorization server: send Cache-Control: no-store with every token",
    ({ response: { headers } }) =>
      !/\bno-store\b/i.test(headers.get("cache-control") ?? "") &&
      "the token response has no Cache-Control: no-store",
  ),
  token_type_unknown: warning(
    "RFC 6749 §7.1",
    'Authorization server: send "token_type": "Bearer"',
    ({ members: { token_type: type } }) =>
      isUnregisteredType(type) &&
      `the token has the type ${
        describeValue(type)
      }, which is not registered; mcpass sends it as Bearer`,
  ),
  token_type_missing: warning(
    "RFC 6749 §5.1",
    'Authorization server: send "token_type": "Bearer"',
    ({ members: { token_type: type = null } }) =>
      type === null && 'the token response has no "token_type"; mcpass assumes Bearer',
  ),
};

/** Types with a presentation of their own: the registered ones, and that of a withdrawn draft. */
const OTHER_TYPES = ["bearer", "dpop", "mac", "n_a", "pop"];

/** Some servers write who the token is for: `user`. */
function isUnregisteredType(type: unknown): boolean {
  return typeof type === "string" && /^[a-z]{1,20}$/i.test(type) &&
    !OTHER_TYPES.includes(type.toLowerCase());
}

type Judged<Value> = readonly [value: Value, ...judgements: readonly Judgement[]];

/** Seconds: about three centuries, which `Date` can represent. */
const MAX_LIFETIME = 1e10;

function judgeLifetime(value: unknown): Judged<number | null> {
  const warn = judgementMaker("warning", "RFC 6749 §5.1");
  const remedy = 'Authorization server: send "expires_in" as a number of seconds';
  if (value === undefined || value === null) {
    const message =
      'the token response has no "expires_in"; mcpass uses the token until the server refuses it';
    return [null, { ...warn("expires_in_missing", message, remedy), severity: "info" }];
  }
  const said = describeValue(value);
  const isText = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
  const seconds = isText ? Number(value) : value;
  if (typeof seconds !== "number" || seconds > MAX_LIFETIME) {
    const message =
      `"expires_in" is ${said}, expected a number of seconds; the lifetime is unknown`;
    return [null, warn("expires_in_invalid", message, remedy)];
  }
  if (seconds <= 0) {
    const message = `"expires_in" is ${said}: the token had already expired when it was issued`;
    return [Math.max(seconds, -MAX_LIFETIME), warn("expires_in_not_positive", message, remedy)];
  }
  if (!isText) return [seconds];
  return [seconds, warn("expires_in_string", `"expires_in" is the string ${said}`, remedy)];
}

function scopeText(texts: readonly string[]): string {
  return texts.flatMap(parseScope).filter(isScopeToken).join(" ");
}

function judgeScope(value: unknown): Judged<string | null> {
  if (value === undefined || value === null) return [null];
  const odd = (scope: string | null, how: string): Judged<string | null> => [scope, {
    code: "token_scope_form",
    severity: "warning",
    message: `"scope" of the token response is ${how}`,
    remedy: 'Authorization server: send "scope" as one string, separated by spaces',
    reference: "RFC 6749 §3.3",
  }];
  if (Array.isArray(value)) {
    return odd(scopeText(value.filter((item) => typeof item === "string")), "a list");
  }
  if (typeof value !== "string") return odd(null, "not a string");
  if (value.includes(",")) return odd(scopeText(value.split(",")), "separated by commas");
  if (!isScopeText(value)) {
    return odd(scopeText([value]), "a string with characters that no scope may have");
  }
  return [value];
}

export function judgeTokenResponse(
  response: EndpointResponse,
  sent: SentTokenRequest,
): TokenResponse {
  const members = bodyMembers(response);
  const error = members?.["error"] ?? "";
  const accessToken = members && textMember(members, "access_token");
  if (
    !isSuccess(response) || members === undefined || members["ok"] === false || error !== "" ||
    accessToken === undefined
  ) {
    throw refused(response, members, sent);
  }
  if (!isAccessToken(accessToken)) {
    throw new Failure(
      "token_answer_invalid",
      `the token endpoint ${quoted(response.url)} issued an access token with characters that an ` +
        "Authorization header must not have",
      {
        remedy: "Authorization server: issue tokens of visible ASCII characters",
        reference: "RFC 6750 §2.1",
      },
    );
  }
  const announced = members["token_type"] ?? "Bearer";
  const tokenType = isUnregisteredType(announced) ? "Bearer" : announced;
  if (typeof tokenType !== "string" || !isTokenType(tokenType, sent.bound)) {
    const type = describeValue(tokenType);
    const message =
      `the token endpoint issued a token of type ${type}, which mcpass did not request`;
    const remedy = 'Authorization server: issue tokens with "token_type": "Bearer" to this client';
    throw new Failure("token_type_unknown", message, { remedy, reference: "RFC 6749 §7.1" });
  }
  const [expiresIn, ...aboutLifetime] = judgeLifetime(members["expires_in"]);
  const [scope, ...aboutScope] = judgeScope(members["scope"]);
  return {
    accessToken,
    refreshToken: textMember(members, "refresh_token") ?? null,
    idToken: stringMember(members, "id_token"),
    tokenType,
    expiresIn,
    scope,
    judgements: [
      ...judgeMembers(response).map(ofAuthorizationServer),
      ...judgeNumbers(members, ["access_token", "refresh_token"], "RFC 6749 §5.1"),
      ...runChecks(CHECKS, { response, members }),
      ...aboutLifetime,
      ...aboutScope,
    ],
  };
}
