/** The authorization request and its response (RFC 6749 §4.1, RFC 7636, RFC 9207). @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { authorizationRemedy } from "./authorization_refusal.ts";
import { randomBase64url, sha256Base64url } from "../common/base64url.ts";
import { endpointScopes, parseScope, unionScopes } from "../mcp/scope.ts";

export interface AuthorizationRecord {
  readonly issuer: string;
  /** The server announces `iss` in its responses (RFC 9207 §3). */
  readonly issParameter: boolean;
  readonly state: string;
  readonly codeVerifier: string;
  readonly codeChallenge: string;
  readonly redirectUri: string;
  readonly clientId: string;
  readonly resource: string | null;
  readonly scopes: readonly string[] | undefined;
  /** Thumbprint of the key that the code is bound to (RFC 9449 §10). */
  readonly dpopJkt?: string | undefined;
  /** `nonce` of an OpenID Connect sign-in (OpenID Connect Core §3.1.2.1). */
  readonly nonce?: string | undefined;
  /** `--authorize-param`. */
  readonly added?: readonly (readonly [name: string, value: string])[] | undefined;
}

/** 256 random bits as 43 characters, which suits `state`, `nonce` and a PKCE verifier. */
export function randomValue(): string {
  return randomBase64url(32);
}

export async function createAuthorization(
  parts: Omit<AuthorizationRecord, "state" | "codeVerifier" | "codeChallenge">,
): Promise<AuthorizationRecord> {
  const codeVerifier = randomValue();
  return {
    ...parts,
    state: randomValue(),
    codeVerifier,
    // S256 (RFC 7636 §4.2).
    codeChallenge: await sha256Base64url(codeVerifier),
  };
}

export function authorizationParameters(
  record: AuthorizationRecord,
): readonly (readonly [name: string, value: string])[] {
  const parameters: (readonly [string, string | undefined])[] = [
    ["response_type", "code"],
    ["client_id", record.clientId],
    ["redirect_uri", record.redirectUri],
    ["scope", record.scopes?.join(" ") || undefined],
    ["state", record.state],
    ["code_challenge", record.codeChallenge],
    ["code_challenge_method", "S256"],
    ["resource", record.resource ?? undefined],
    ["dpop_jkt", record.dpopJkt],
    ["nonce", record.nonce],
    ...(record.added ?? []).filter(([name]) => name !== "nonce" || record.nonce === undefined),
  ];
  return parameters.filter((it): it is [string, string] => it[1] !== undefined);
}

/**
 * The authorization URL. The endpoint's own query does not change (RFC 6749 §3.1); it must not have
 * one of the parameters with another value. Its scopes are sent together with the requested ones.
 */
export function parametersUrl(
  endpoint: string,
  parameters: readonly (readonly [name: string, value: string])[],
): string {
  const url = new URL(endpoint);
  const added = new URLSearchParams();
  const own = endpointScopes(endpoint);
  for (const [name, value] of parameters) {
    if (name === "scope" && own.length > 0) {
      added.append(name, unionScopes(own, parseScope(value)).join(" "));
      continue;
    }
    const present = url.searchParams.getAll(name);
    if (present.length > 1 || present.some((other) => other !== value)) {
      const message = `the authorization endpoint ${quoted(endpoint)} already has ${name}=` +
        `${quoted(present.join(" "))}, and mcpass has to send ${name} once, with another value`;
      throw new Failure("authorization_endpoint_conflict", message, {
        remedy: name === "resource"
          ? 'Authorization server: remove "resource" from the endpoint\nSend the same value'
          : `Authorization server: remove "${name}" from the authorization endpoint`,
        loginFlags: name === "resource" ? { resource: present[0] ?? "" } : undefined,
        reference: "RFC 6749 §3.1",
      });
    }
    if (present.length === 0) added.append(name, value);
  }
  const query = url.search.slice(1).split("&")
    .filter((part) => !added.has("scope") || !new URLSearchParams(part).has("scope")).join("&");
  url.search = query === "" ? added.toString() : `${query}&${added}`;
  return url.href;
}

/** The parameters of an authorization response in order; a name may occur more than once. */
export type CallbackParameters = readonly (readonly [name: string, value: string])[];

export function callbackValues(parameters: CallbackParameters, name: string): string[] {
  return parameters.filter(([key]) => key === name).map(([, value]) => value);
}

function equalInConstantTime(a: string, b: string): boolean {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) {
    difference |= (left[index] ?? 0) ^ (right[index % right.length] ?? 0);
  }
  return difference === 0;
}

export function hasOurState(parameters: CallbackParameters, record: AuthorizationRecord): boolean {
  const states = callbackValues(parameters, "state");
  return states.length === 1 && equalInConstantTime(states[0] ?? "", record.state);
}

/** Compares `iss` with the issuer of the request (RFC 9207 §2.4). */
export function judgeIss(parameters: CallbackParameters, record: AuthorizationRecord): void {
  const [iss] = callbackValues(parameters, "iss");
  const reference = "RFC 9207 §2.4";
  if (iss === undefined) {
    if (!record.issParameter) return;
    const issuer = quoted(record.issuer);
    const message = `the authorization response has no "iss", which ${issuer} announces`;
    const remedy =
      'Authorization server: send "iss" in every authorization response, or do not announce ' +
      '"authorization_response_iss_parameter_supported"';
    throw new Failure("iss_missing", message, { remedy, reference });
  }
  if (iss === record.issuer) return;
  const message = `the authorization response is from the issuer ${quoted(iss)}, expected ` +
    quoted(record.issuer);
  const remedy =
    'Authorization server: send the "issuer" of the metadata as "iss", character by character\n' +
    "Do not sign in if you do not know this issuer: it may be an attack (mix-up)";
  throw new Failure("iss_mismatch", message, { remedy, reference });
}

/** Why parameters that a person copied are only a part of a response; undefined if they are not. */
export function missingPart(
  parameters: CallbackParameters,
  { issuer, issParameter }: AuthorizationRecord,
): string | undefined {
  const [iss] = callbackValues(parameters, "iss");
  if (!parameters.some(([name]) => name === "code" || name === "error")) {
    return 'it has neither "code" nor "error"';
  }
  if (callbackValues(parameters, "code")[0] === "") return 'its "code" is empty';
  if (iss === undefined) {
    return issParameter ? 'it has no "iss", which this authorization server sends' : undefined;
  }
  return iss !== issuer && issuer.startsWith(iss) ? 'its "iss" is cut off' : undefined;
}

/**
 * Judges an authorization response and returns its code: `state` first, then `iss`, error, code. Text
 * of the server is shown only after `iss` was checked.
 *
 * @param bare True for a pasted code without parameters: there is no `state` to check.
 */
export function judgeCallback(
  parameters: CallbackParameters,
  record: AuthorizationRecord,
  bare: boolean,
): string {
  const stateless = bare && callbackValues(parameters, "state").length === 0;
  if (!stateless && !hasOurState(parameters, record)) {
    throw new Failure(
      "state_mismatch",
      "the authorization response has another state than this sign-in",
      {
        reference: "RFC 6749 §10.12",
      },
    );
  }
  const names = parameters.map(([name]) => name);
  if (new Set(names).size < names.length) {
    const known = ["code", "error", "iss"].find((name) =>
      callbackValues(parameters, name).length > 1
    );
    const what = known === undefined ? "a parameter" : `"${known}"`;
    throw new Failure(
      "callback_repeated_parameter",
      `the authorization response has ${what} more than once`,
      { remedy: "Authorization server: send each parameter once", reference: "RFC 6749 §3.1" },
    );
  }
  judgeIss(parameters, record);
  const [code] = callbackValues(parameters, "code");
  const [error] = callbackValues(parameters, "error");
  if (error !== undefined && code === undefined) {
    const [description] = callbackValues(parameters, "error_description");
    const message = `the authorization server returned ${quoted(error)}` +
      (description === undefined ? "" : `; it says ${quoted(description)}`);
    throw new Failure("authorization_error", message, {
      ...authorizationRemedy(error, record.resource !== null, description),
      reference: "RFC 6749 §4.1.2.1",
      detail: error,
    });
  }
  if (code === undefined || code === "" || error !== undefined) {
    const message = error === undefined
      ? 'the authorization response has neither "code" nor "error"'
      : 'the authorization response has both "code" and "error"';
    const remedy = "Authorization server: send either code or error, in the query";
    throw new Failure("callback_invalid", message, { remedy, reference: "RFC 6749 §4.1.2" });
  }
  return code;
}
