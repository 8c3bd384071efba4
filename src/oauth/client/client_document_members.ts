import { describeValue, isObject, type JsonObject, stringListMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import { type Checks, error, info, warning } from "../common/judgement.ts";
import { isClientAuthMethod, needsSecret } from "./client_auth.ts";
import { DRAFT } from "./client_document_url.ts";

/** Of private and shared keys (RFC 7518 §6). */
export const PRIVATE_MEMBERS: readonly string[] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const has = (document: JsonObject, name: string) => Object.hasOwn(document, name);
export function described(value: unknown): string {
  return value === undefined ? "missing" : describeValue(value);
}

const isHttps = (value: unknown) =>
  typeof value === "string" && parseUrl(value)?.protocol === "https:";

/** The grant types in effect (RFC 7591 §2). */
const grantsOf = (document: JsonObject): readonly string[] =>
  stringListMember(document, "grant_types") ?? ["authorization_code"];

export function usesRedirects(document: JsonObject): boolean {
  return grantsOf(document).includes("authorization_code");
}

export function redirectUris(document: JsonObject): readonly string[] {
  return stringListMember(document, "redirect_uris") ?? [];
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function redirectFault(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return "is not an absolute URI";
  if (text.includes("#")) return "has a fragment";
  if (text.includes("*")) {
    return "has a wildcard; redirect URIs are compared character by character";
  }
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    return "is http, and its host is not this machine";
  }
  const scheme = url.protocol.slice(0, -1);
  return ["javascript", "data", "file", "vbscript", "blob", "about"].includes(scheme)
    ? `has the scheme "${scheme}"`
    : undefined;
}

const PEOPLE_URLS = ["client_uri", "logo_uri", "tos_uri", "policy_uri"];

const TYPES: readonly (readonly [
  type: string,
  fits: (value: unknown) => boolean,
  members: readonly string[],
])[] = [
  ["a string", (value) => typeof value === "string", [
    "client_name",
    "scope",
    "software_id",
    "software_version",
    "token_endpoint_auth_method",
    "application_type",
    "token_endpoint_auth_signing_alg",
    ...PEOPLE_URLS,
    "jwks_uri",
  ]],
  ["a list of strings", isTextList, ["grant_types", "response_types", "contacts"]],
  ["an object", isObject, ["jwks"]],
  ["a boolean", (value) => typeof value === "boolean", ["dpop_bound_access_tokens"]],
];

export function keysOf({ jwks }: JsonObject): readonly unknown[] {
  return isObject(jwks) && Array.isArray(jwks["keys"]) ? jwks["keys"] : [];
}

const loopbackUrls = (document: JsonObject) =>
  redirectUris(document).map(parseUrl)
    .filter((url) => url !== undefined).filter(({ hostname }) => isLoopbackHost(hostname));

export const MEMBER_CHECKS: Checks<JsonObject> = {
  client_document_secret: error(
    `${DRAFT} §4.1`,
    "Remove the member, and replace the secret: everyone could read it",
    (document) =>
      ["client_secret", "client_secret_expires_at"].filter((name) => has(document, name))
        .map((name) => `the document has "${name}", which everyone can read`),
  ),
  client_document_private_key: error(
    `${DRAFT} §6.2; RFC 7517 §9.2`,
    "Publish the public key only, and replace the key: everyone could read it",
    (document) =>
      keysOf(document).some((key) => isObject(key) && PRIVATE_MEMBERS.some((it) => has(key, it))) &&
      '"jwks" has a private or a shared key',
  ),
  client_document_auth_method: error(
    `${DRAFT} §4.1`,
    'Write "none", or "private_key_jwt" with the public key in "jwks"',
    (document) => {
      const method = document["token_endpoint_auth_method"];
      if (method === undefined) {
        return {
          severity: "warning",
          message: 'the document has no "token_endpoint_auth_method", which means ' +
            '"client_secret_basic" (RFC 7591 §2), which such a client must not use',
        };
      }
      return isClientAuthMethod(method) && needsSecret(method) &&
        `"token_endpoint_auth_method" is "${method}", which needs a shared secret, and there is ` +
          "none";
    },
  ),
  client_document_keys: error(
    `${DRAFT} §6.2; RFC 7591 §2`,
    'Give the public keys once, in "jwks" ({"keys":[…]}) or at an https "jwks_uri"',
    (document) => {
      const [inline, remote] = [has(document, "jwks"), has(document, "jwks_uri")];
      if (inline && remote) return 'the document has both "jwks" and "jwks_uri"';
      if (inline && (keysOf(document).length === 0 || !keysOf(document).every(isObject))) {
        return '"jwks" has no keys';
      }
      const url = document["jwks_uri"];
      if (remote && !isHttps(url)) return `"jwks_uri" is ${describeValue(url)}, not an https URL`;
      return document["token_endpoint_auth_method"] === "private_key_jwt" && !inline && !remote &&
        'the client authenticates with "private_key_jwt", and the document has no keys';
    },
  ),
  client_document_name: error(
    "MCP authorization, Client ID Metadata Documents, Implementation Requirements",
    'Write a "client_name" that people recognise on the consent page',
    ({ client_name: name }) =>
      (typeof name !== "string" || name.trim() === "") && `"client_name" is ${described(name)}`,
  ),
  client_document_redirects: error(
    "MCP authorization, Client ID Metadata Documents; RFC 7591 §2",
    'List every redirect URI in "redirect_uris"',
    (document) => {
      const { redirect_uris: uris } = document;
      if (uris === undefined) return usesRedirects(document) && '"redirect_uris" is missing';
      if (!isTextList(uris)) return '"redirect_uris" is not a list of strings';
      return usesRedirects(document) && uris.length === 0 && '"redirect_uris" is empty';
    },
  ),
  client_document_redirect_uri: error(
    "RFC 6749 §3.1.2; RFC 8252 §7.3; RFC 9700 §2.1",
    "Use an absolute URI without fragment: https, http on loopback, or a scheme of the app",
    (document) =>
      redirectUris(document).map((uri) => {
        const fault = redirectFault(uri);
        return fault !== undefined && `the redirect URI ${quoted(uri)} ${fault}`;
      }),
  ),
  client_document_loopback: info(
    "RFC 8252 §7.3",
    "List 127.0.0.1 and localhost, each without a port and with the port of the client: some " +
      "servers compare names and ports literally",
    (document) => {
      const urls = loopbackUrls(document);
      const missing = ["127.0.0.1", "localhost"].flatMap((host) => {
        const own = urls.filter(({ hostname }) => hostname === host);
        return [
          ...own.some(({ port }) => port === "") ? [] : [`http://${host}/… without a port`],
          ...own.some(({ port }) => port !== "") ? [] : [`http://${host}:<port>/…`],
        ];
      });
      return urls.length > 0 && missing.length > 0 &&
        `the loopback redirect URIs do not have ${missing.join(", ")}`;
    },
  ),
  client_document_application_type: warning(
    "OpenID Connect Dynamic Client Registration 1.0 §2; MCP authorization",
    'Write "application_type": "native"',
    (document) => {
      const { application_type: type } = document;
      const said = type === undefined ? 'missing, which means "web"' : describeValue(type);
      return type !== "native" &&
        loopbackUrls(document).some(({ protocol }) => protocol === "http:") &&
        `"application_type" is ${said}, and loopback redirect URIs are for "native" clients`;
    },
  ),
  client_document_grants: error(
    "RFC 7591 §2.1; MCP authorization, Refresh Tokens",
    'Write "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]',
    (document) => {
      if (!usesRedirects(document)) return false;
      if (stringListMember(document, "grant_types")?.includes("refresh_token") === false) {
        return {
          severity: "info",
          message: '"grant_types" does not list "refresh_token", so no refresh token may be issued',
        };
      }
      return stringListMember(document, "response_types")?.includes("code") === false &&
        '"response_types" does not list "code", which "authorization_code" needs';
    },
  ),
  client_document_member_type: error(
    "RFC 7591 §2",
    "Use the type that the standard requires",
    (document) =>
      TYPES.flatMap(([type, fits, members]) =>
        members.filter((name) => has(document, name) && !fits(document[name]))
          .map((name) => `"${name}" is ${describeValue(document[name])}, expected ${type}`)
      ),
  ),
  client_document_page: warning(
    "RFC 7591 §2",
    "Give an https URL that people can open",
    (document) =>
      PEOPLE_URLS.map((name) => {
        const url = document[name];
        return typeof url === "string" && !isHttps(url) &&
          `"${name}" is ${quoted(url)}, not an https URL`;
      }),
  ),
};
