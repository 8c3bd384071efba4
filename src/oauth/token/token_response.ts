/** The response of a token endpoint (RFC 6749 §5). @module */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { describeValue, type JsonObject, stringMember } from "../../core/json.ts";
import { isScopeToken, quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import {
  type EndpointResponse,
  isJsonType,
  isSuccess,
  jsonObject,
  judgeMembers,
  mediaType,
  responseMembers,
} from "../common/endpoint_response.ts";
import { RESOURCE_REQUIRED, RESOURCE_UNKNOWN } from "../authorization/authorization.ts";
import { isScopeText, parseScope } from "../mcp/scope.ts";
import {
  errorCause,
  isAccessToken,
  isTokenType,
  type TokenResponse,
} from "../common/issued_token.ts";

const ERROR_REMEDIES: ReadonlyMap<string, string> = new Map(Object.entries({
  invalid_request:
    "The server dislikes a parameter of the token request; --debug-out shows all of them by name",
  invalid_client:
    "The client id, its secret or the way of sending it is wrong here: check them, or try another " +
    "--token-auth-method",
  invalid_grant:
    "The code was used, has expired, or was issued to another client or redirect URI: run the " +
    "login again",
  unauthorized_client: "The client may not use this grant: look at its registration",
  unsupported_grant_type: "Server: support this grant and list it in grant_types_supported",
  invalid_scope: "The server does not grant a scope that was asked for: choose with --scopes",
  invalid_target:
    "The authorization server does not know this resource. Server: register the MCP server's " +
    "resource there. To leave the parameter out: --resource none",
  server_error: "The authorization server failed; try again later",
  temporarily_unavailable: "The authorization server is busy; try again later",
  use_dpop_nonce:
    "The server refused the nonce that it gave itself. Server: accept a nonce for some minutes",
  invalid_dpop_proof:
    "The server did not accept the DPoP proof: compare its clock with this one, and its own URL " +
    "with the one that was asked",
}));

/** RFC 9449 §5. */
const PROOF_REQUIRED = "The server wants the token to be bound to a key: add --dpop";

/** RFC 7523 §3.1; no other grant is tried. */
const ASSERTION_REFUSED =
  "Compare aud, exp and iss of the assertion with what the server expects " +
  "and trusts; each assertion may be good for one use. Nothing else was tried";

function bodyMembers(response: EndpointResponse): JsonObject | undefined {
  const type = mediaType(response);
  if (type === "application/x-www-form-urlencoded") {
    const form = new URLSearchParams(response.body);
    return new Set(form.keys()).size === form.size ? Object.fromEntries(form) : undefined;
  }
  return jsonObject(response);
}

interface RequestNotes {
  /** Added to the remedy for `invalid_client`. */
  readonly encoding: string;
  readonly resourceSent: boolean;
  readonly assertion: boolean;
  readonly bound: boolean;
}

function remedyFor(error: string, notes: RequestNotes, description = ""): string {
  if (error === "invalid_target" && !notes.resourceSent) return RESOURCE_REQUIRED;
  if (error === "invalid_dpop_proof" && !notes.bound) return PROOF_REQUIRED;
  if (error === "invalid_grant" && notes.assertion) return ASSERTION_REFUSED;
  if (error === "invalid_request" && notes.resourceSent && /\bresource\b/.test(description)) {
    return RESOURCE_UNKNOWN;
  }
  return (ERROR_REMEDIES.get(error) ?? "Look up this error in the server's documentation") +
    (error === "invalid_client" ? notes.encoding : "");
}

function refused(
  response: EndpointResponse,
  members: JsonObject | undefined,
  notes: RequestNotes,
): Failure {
  const { error, description, summary } = responseMembers(response, members ?? {});
  return new Failure(
    error === undefined ? "token_answer_invalid" : "token_error",
    `the token endpoint ${quoted(response.url)} gave no token: ${summary}`,
    {
      remedy: error === undefined
        ? "Server: answer a token request with JSON, a token or an error"
        : remedyFor(error, notes, description) +
          (response.status === 200 ? ". Server: answer an error with status 400" : ""),
      reference: "RFC 6749 §5.2",
      detail: error ?? `HTTP ${response.status}`,
      cause: errorCause(error),
    },
  );
}

/** Seconds: about three centuries, which `Date` can represent. */
const LONGEST = 1e10;

function judgeLifetime(
  value: unknown,
): { seconds: number | null; judgement?: Judgement } {
  const warn = (code: Code, message: string): Judgement => ({
    code,
    severity: "warning",
    message,
    remedy: 'Server: send "expires_in" as a number of seconds',
    reference: "RFC 6749 §5.1",
  });
  if (value === undefined || value === null) {
    return {
      seconds: null,
      judgement: {
        ...warn(
          "expires_in_missing",
          'the token answer has no "expires_in"; its lifetime is unknown',
        ),
        severity: "info",
      },
    };
  }
  const written = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
  const seconds = written ? Number(value) : value;
  if (typeof seconds === "number" && seconds <= 0) {
    return {
      seconds: Math.max(seconds, -LONGEST),
      judgement: warn(
        "expires_in_not_positive",
        `the token has "expires_in": ${describeValue(value)}: already over`,
      ),
    };
  }
  if (typeof seconds === "number" && seconds <= LONGEST) {
    return written
      ? {
        seconds,
        judgement: warn("expires_in_string", `"expires_in" is the string ${describeValue(value)}`),
      }
      : { seconds };
  }
  return {
    seconds: null,
    judgement: warn(
      "expires_in_invalid",
      `"expires_in" is ${describeValue(value)}, no sensible number; the lifetime is unknown`,
    ),
  };
}

function scopeText(texts: readonly string[]): string {
  return texts.flatMap(parseScope).filter(isScopeToken).join(" ");
}

function judgeScope(value: unknown): { scope: string | null; judgement?: Judgement } {
  if (value === undefined || value === null) return { scope: null };
  const odd = (scope: string | null, how: string) => ({
    scope,
    judgement: {
      code: "token_scope_form",
      severity: "warning",
      message: `"scope" of the token answer is ${how}`,
      remedy: 'Server: send "scope" as one string, separated by spaces',
      reference: "RFC 6749 §3.3",
    } satisfies Judgement,
  });
  if (Array.isArray(value)) {
    return odd(scopeText(value.filter((s) => typeof s === "string")), "a list");
  }
  if (typeof value !== "string") return odd(null, "no string");
  if (value.includes(",")) return odd(scopeText(value.split(",")), "separated by commas");
  if (!isScopeText(value)) return odd(scopeText([value]), "with characters that no scope has");
  return { scope: value };
}

export interface RequestParts {
  /** Default true. */
  readonly resourceSent?: boolean;
  readonly assertion?: boolean;
  /** The request had a DPoP proof, so the token should be bound to its key. */
  readonly bound?: boolean;
}

/**
 * Judges a token response.
 *
 * @param encodingMatters Form-encoding changes the id or the secret (Basic): a cause of
 * `invalid_client`.
 */
export function judgeTokenResponse(
  response: EndpointResponse,
  encodingMatters: boolean,
  sent: RequestParts = {},
): TokenResponse {
  const members = bodyMembers(response);
  const encoding = encodingMatters
    ? ". The id or secret has reserved characters, which RFC 6749 wants form-encoded in Basic " +
      "credentials; some servers do not decode them: try --token-auth-method client_secret_post"
    : "";
  const { resourceSent = true, bound = false, assertion = false } = sent;
  const notes = { encoding, resourceSent, assertion, bound };
  const error = members?.["error"] ?? "";
  if (!isSuccess(response) || members === undefined || members["ok"] === false || error !== "") {
    throw refused(response, members, notes);
  }
  const accessToken = stringMember(members, "access_token");
  if (accessToken === undefined) throw refused(response, members, notes);
  if (!isAccessToken(accessToken)) {
    throw new Failure(
      "token_answer_invalid",
      `the token endpoint ${quoted(response.url)} issued an access token with characters that no ` +
        "Authorization header can carry",
      { remedy: "Server: issue tokens of visible ASCII characters", reference: "RFC 6750 §2.1" },
    );
  }
  const judgements: Judgement[] = judgeMembers(response);
  if (!isJsonType(mediaType(response))) {
    judgements.push({
      code: "token_content_type",
      severity: "warning",
      message: `the token answer came as ${quoted(response.headers.get("content-type") ?? "")}`,
      remedy: "Server: answer with application/json",
      reference: "RFC 6749 §5.1",
    });
  }
  if (!/\bno-store\b/i.test(response.headers.get("cache-control") ?? "")) {
    judgements.push({
      code: "token_cacheable",
      severity: "warning",
      message: "the token answer does not say Cache-Control: no-store",
      remedy: "Server: send Cache-Control: no-store with every token",
      reference: "RFC 6749 §5.1",
    });
  }
  const type = members["token_type"];
  if (type === undefined || type === null) {
    judgements.push({
      code: "token_type_missing",
      severity: "warning",
      message: 'the token answer has no "token_type"; Bearer is assumed',
      remedy: 'Server: send "token_type": "Bearer"',
      reference: "RFC 6749 §5.1",
    });
  } else if (typeof type !== "string" || !isTokenType(type, bound)) {
    throw new Failure(
      "token_type_unknown",
      `the token endpoint issued a token of type ${
        describeValue(type)
      }, which this login did not ` +
        "ask for",
      {
        remedy: 'Server: issue tokens with "token_type": "Bearer" to this client',
        reference: "RFC 6749 §7.1",
      },
    );
  }
  const lifetime = judgeLifetime(members["expires_in"]);
  if (lifetime.judgement !== undefined) judgements.push(lifetime.judgement);
  const scope = judgeScope(members["scope"]);
  if (scope.judgement !== undefined) judgements.push(scope.judgement);
  return {
    accessToken,
    refreshToken: stringMember(members, "refresh_token") ?? null,
    idToken: stringMember(members, "id_token"),
    tokenType: typeof type === "string" ? type : "Bearer",
    expiresIn: lifetime.seconds,
    scope: scope.scope,
    judgements,
  };
}
