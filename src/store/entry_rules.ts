/** The rules for each text of a stored sign-in, in the store and in a credentials file. @module */

import { isSignInName } from "../core/command_text.ts";
import { isFieldName, isPrintable, isScopeToken } from "../core/text.ts";
import { isEndpointUrl, isResource } from "../core/url.ts";
import { isAuthMode } from "../oauth/authorization/auth_mode.ts";
import { isClientAuthMethod, SECRET_SOURCES } from "../oauth/client/client_auth.ts";
import { REGISTRATION_APPROACHES, REVISION_IDS } from "../oauth/mcp/revision.ts";
import { isScopeText } from "../oauth/mcp/scope.ts";
import { isSigningAlgorithm, isSigningKey } from "../oauth/common/signing.ts";
import { isAccessToken, isTime, isTokenType } from "../oauth/common/issued_token.ts";
import { memoize } from "./entry_key.ts";
import type { Rule } from "./member_reader.ts";

const rule = (test: Rule["test"], expected: string): Rule => ({ test, expected });

const oneOf = (words: readonly string[]): Rule =>
  rule((text) => words.includes(text), `one of ${words.join(", ")}`);

/** Many entries have the same URLs, and parsing one costs more than all other rules. */
const isUrl = memoize((text) => isEndpointUrl(text));

/** Every {@link isUrl} is an {@link isResource}, but is parsed only once. */
const isResourceUri = (text: string) => isUrl(text) || isResource(text);

export const RULES = {
  url: rule(
    isUrl,
    "an https URL (http only for a server on loopback) without user info and fragment",
  ),
  secretSource: oneOf(SECRET_SOURCES),
  approach: oneOf(REGISTRATION_APPROACHES),
  authMethod: rule(isClientAuthMethod, "a client authentication method that mcpass knows"),
  authMode: rule(isAuthMode, "a way to sign in that mcpass knows"),
  revision: oneOf(["auto", ...REVISION_IDS]),
  algorithm: rule(isSigningAlgorithm, "a signing algorithm that mcpass knows"),
  tokenType: rule((text) => isTokenType(text, true), "Bearer or DPoP"),
  time: rule(isTime, "a date and time such as 2026-01-02T03:04:05Z"),
  scope: rule(isScopeText, "scopes separated by spaces (RFC 6749 §3.3)"),
  scopeToken: rule(isScopeToken, "a scope (RFC 6749 §3.3)"),
  resource: rule(isResourceUri, "an absolute URI without fragment (RFC 8707 §2)"),
  resourceOrNone: rule(
    (text) => text === "none" || isResourceUri(text),
    "none, or an absolute URI without fragment (RFC 8707 §2)",
  ),
  printable: rule(isPrintable, "text of printable characters"),
  printableOrEmpty: rule(
    (text) => text === "" || isPrintable(text),
    "text of printable characters",
  ),
  // A line that signs in repeats the options, and a file may be another person's: none runs a program.
  option: rule(
    (text) => /^[a-z][A-Za-z]{1,60}$/.test(text) && text !== "browser",
    "the name of an option that is stored",
  ),
  fieldName: rule(isFieldName, "the name of a header field"),
  host: rule(
    (text) => URL.parse(`https://${text}/`)?.hostname === text,
    "a host as in a URL",
  ),
  path: rule((text) => text !== "" && !text.includes("\0"), "the path of a file"),
  name: rule(
    isSignInName,
    "a name of lower-case letters, digits, - and _",
  ),
  fingerprint: rule((text) => /^[0-9a-f]{1,64}$/.test(text), "hexadecimal digits"),
  keyId: rule((text) => /^[0-9a-f]{32}$/.test(text), "32 hexadecimal digits"),
  base64: rule((text) => /^[A-Za-z0-9+/]+={0,2}$/.test(text), "base64"),
  text: rule((text) => text !== "", "non-empty text"),
  any: rule(() => true, "text"),
} as const satisfies Readonly<Record<string, Rule>>;

const ACCESS_TOKEN = rule(
  isAccessToken,
  "visible ASCII characters without a space (RFC 6750 §2.1)",
);
const KEY = rule(isSigningKey, "a private key as a JWK in JSON");

export const SECRET_RULES = {
  "client.clientSecret": RULES.text,
  "client.registrationToken": ACCESS_TOKEN,
  "client.privateKey": KEY,
  "idpClientSecret": RULES.text,
  "idpIdToken": RULES.text,
  "idpRefreshToken": RULES.text,
  "tokens.accessToken": ACCESS_TOKEN,
  "tokens.refreshToken": RULES.text,
  "tokens.idToken": RULES.text,
  "dpopKey": KEY,
} as const satisfies Readonly<Record<string, Rule>>;

export type SecretName = keyof typeof SECRET_RULES;

export function isSecretMember(name: string): name is SecretName {
  return Object.hasOwn(SECRET_RULES, name);
}
