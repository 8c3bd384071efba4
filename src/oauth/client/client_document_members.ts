/** The rules for the members of a Client ID Metadata Document (the draft, RFC 7591, MCP). @module */

import type { Judgement } from "../../core/finding.ts";
import { describeValue, isObject, type JsonObject, stringListMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";

const DRAFT = "Client ID Metadata Document draft-00";
const SYMMETRIC: readonly unknown[] = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
];
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** The message of a fault, with a severity if it differs from the row's; undefined if there is none. */
type Found = string | undefined | {
  readonly message: string;
  readonly severity: Judgement["severity"];
};

interface Rule extends Omit<Judgement, "message" | "code"> {
  find(document: JsonObject): Found | readonly string[];
}

const has = (document: JsonObject, name: string) => Object.hasOwn(document, name);

/** The grant types in effect (RFC 7591 §2). */
const grantsOf = (document: JsonObject): readonly string[] =>
  stringListMember(document, "grant_types") ?? ["authorization_code"];

export function usesRedirects(document: JsonObject): boolean {
  return grantsOf(document).includes("authorization_code");
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function redirectFault(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return "is no absolute URI";
  if (text.includes("#")) return "has a fragment";
  if (text.includes("*")) return "has a wildcard; redirect URIs are compared as they stand";
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    return "is http to a host that is not the person's own machine";
  }
  const scheme = url.protocol.slice(0, -1);
  return ["javascript", "data", "file", "vbscript", "blob", "about"].includes(scheme)
    ? `has the scheme "${scheme}"`
    : undefined;
}

const PEOPLE_URLS = ["client_uri", "logo_uri", "tos_uri", "policy_uri"];

const TEXT_MEMBERS = [
  "client_name",
  "scope",
  "software_id",
  "software_version",
  "token_endpoint_auth_method",
  "application_type",
  "token_endpoint_auth_signing_alg",
  ...PEOPLE_URLS,
  "jwks_uri",
];

const TYPES: readonly (readonly [string, "text" | "texts" | "object" | "boolean"])[] = [
  ...TEXT_MEMBERS.map((name) => [name, "text"] as const),
  ["grant_types", "texts"],
  ["response_types", "texts"],
  ["contacts", "texts"],
  ["jwks", "object"],
  ["dpop_bound_access_tokens", "boolean"],
];

const IS: Readonly<Record<typeof TYPES[number][1], (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  texts: isTextList,
  object: isObject,
  boolean: (value) => typeof value === "boolean",
};

const NAMES = {
  text: "a text",
  texts: "a list of texts",
  object: "an object",
  boolean: "a boolean",
};

function keysOf(document: JsonObject): readonly unknown[] {
  const { jwks } = document;
  return isObject(jwks) && Array.isArray(jwks["keys"]) ? jwks["keys"] : [];
}

function keyFault(document: JsonObject): string | undefined {
  const [inline, remote] = [has(document, "jwks"), has(document, "jwks_uri")];
  if (inline && remote) return 'the document has both "jwks" and "jwks_uri"';
  if (inline && (keysOf(document).length === 0 || !keysOf(document).every(isObject))) {
    return '"jwks" holds no keys';
  }
  const url = document["jwks_uri"];
  if (remote && (typeof url !== "string" || parseUrl(url)?.protocol !== "https:")) {
    return `"jwks_uri" is ${describeValue(url)}, no https URL`;
  }
  return document["token_endpoint_auth_method"] === "private_key_jwt" && !inline && !remote
    ? 'the client authenticates with "private_key_jwt", and the document has no keys'
    : undefined;
}

function methodFault(document: JsonObject): Found {
  const method = document["token_endpoint_auth_method"];
  if (method === undefined) {
    return {
      severity: "warning",
      message: 'the document has no "token_endpoint_auth_method", which means ' +
        '"client_secret_basic" (RFC 7591 §2), a method it may not use',
    };
  }
  return SYMMETRIC.includes(method)
    ? `"token_endpoint_auth_method" is ${
      describeValue(method)
    }, which needs a shared secret that ` +
      "nobody ever agreed on"
    : undefined;
}

function loopbackFault(document: JsonObject): string | undefined {
  const uris = (stringListMember(document, "redirect_uris") ?? []).map(parseUrl)
    .filter((url) => url !== undefined && isLoopbackHost(url.hostname)) as URL[];
  if (uris.length === 0) return undefined;
  const missing = ["127.0.0.1", "localhost"].flatMap((host) => {
    const own = uris.filter((url) => url.hostname === host);
    return [
      ...own.some((url) => url.port === "") ? [] : [`http://${host}/… without a port`],
      ...own.some((url) => url.port !== "") ? [] : [`http://${host}:<port>/…`],
    ];
  });
  return missing.length === 0 ? undefined : `the loopback redirect URIs lack ${missing.join(", ")}`;
}

const RULES: Readonly<Partial<Record<Code, Rule>>> = {
  client_document_secret: {
    severity: "error",
    reference: `${DRAFT} §4.1`,
    remedy: "Take the member out; whoever read the document knows that secret, so retire it",
    find: (document) =>
      ["client_secret", "client_secret_expires_at"].filter((name) => has(document, name))
        .map((name) => `the document has "${name}", and everybody can read it`),
  },
  client_document_private_key: {
    severity: "error",
    reference: `${DRAFT} §6.2; RFC 7517 §9.2`,
    remedy: "Publish the public half alone, and replace the key: everybody could read it",
    find: (document) =>
      keysOf(document).some((key) => isObject(key) && PRIVATE_MEMBERS.some((it) => has(key, it)))
        ? '"jwks" holds a private or a shared key'
        : undefined,
  },
  client_document_auth_method: {
    severity: "error",
    reference: `${DRAFT} §4.1`,
    remedy: 'Write "none", or "private_key_jwt" with the public key in "jwks"',
    find: methodFault,
  },
  client_document_keys: {
    severity: "error",
    reference: `${DRAFT} §6.2; RFC 7591 §2`,
    remedy: 'Give the public keys once, in "jwks" ({"keys":[…]}) or at an https "jwks_uri"',
    find: keyFault,
  },
  client_document_name: {
    severity: "error",
    reference: "MCP authorization, Client ID Metadata Documents, Implementation Requirements",
    remedy: 'Write a "client_name" that a person recognises on the consent page',
    find: ({ client_name: name }) =>
      typeof name === "string" && name.trim() !== ""
        ? undefined
        : `"client_name" is ${name === undefined ? "missing" : describeValue(name)}`,
  },
  client_document_redirects: {
    severity: "error",
    reference: "MCP authorization, Client ID Metadata Documents; RFC 7591 §2",
    remedy: 'List every redirect URI in "redirect_uris"',
    find(document) {
      const uris = document["redirect_uris"];
      if (uris === undefined && !usesRedirects(document)) return undefined;
      return isTextList(uris) && (uris.length > 0 || !usesRedirects(document))
        ? undefined
        : `"redirect_uris" is ${
          uris === undefined ? "missing" : isTextList(uris) ? "empty" : "no list of texts"
        }`;
    },
  },
  client_document_redirect_uri: {
    severity: "error",
    reference: "RFC 6749 §3.1.2; RFC 8252 §7.3; RFC 9700 §2.1",
    remedy:
      "Write an absolute URI without a fragment: https, loopback http, or a scheme of the app",
    find: (document) =>
      (stringListMember(document, "redirect_uris") ?? []).flatMap((uri) => {
        const fault = redirectFault(uri);
        return fault === undefined ? [] : [`the redirect URI ${quoted(uri)} ${fault}`];
      }),
  },
  client_document_loopback: {
    severity: "info",
    reference: "RFC 8252 §7.3",
    remedy:
      "List both loopback names, each without a port and with one the client can bind: some " +
      "servers compare names and ports as they stand",
    find: loopbackFault,
  },
  client_document_application_type: {
    severity: "warning",
    reference: "OpenID Connect Dynamic Client Registration 1.0 §2; MCP authorization",
    remedy: 'Write "application_type": "native"',
    find(document) {
      const loopback = (stringListMember(document, "redirect_uris") ?? []).map(parseUrl)
        .some((url) =>
          url !== undefined && url.protocol === "http:" && isLoopbackHost(url.hostname)
        );
      const type = document["application_type"];
      return loopback && type !== "native"
        ? `"application_type" is ${
          type === undefined ? 'missing, which means "web"' : describeValue(type)
        }, and loopback redirect URIs are for "native" clients`
        : undefined;
    },
  },
  client_document_grants: {
    severity: "error",
    reference: "RFC 7591 §2.1; MCP authorization, Refresh Tokens",
    remedy:
      'Write "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]',
    find(document) {
      const [grants, responses] = ["grant_types", "response_types"].map((name) =>
        stringListMember(document, name)
      );
      if (grants !== undefined && usesRedirects(document) && !grants.includes("refresh_token")) {
        return {
          severity: "info",
          message: '"grant_types" does not list "refresh_token", so no refresh token may be issued',
        };
      }
      return usesRedirects(document) && responses !== undefined && !responses.includes("code")
        ? '"response_types" does not list "code", which "authorization_code" needs'
        : undefined;
    },
  },
  client_document_member_type: {
    severity: "error",
    reference: "RFC 7591 §2",
    remedy: "Write the member as the registry of client metadata says",
    find: (document) =>
      TYPES.flatMap(([name, type]) =>
        !has(document, name) || IS[type](document[name])
          ? []
          : [`"${name}" is ${describeValue(document[name])}, and ${NAMES[type]} is due`]
      ),
  },
  client_document_page: {
    severity: "warning",
    reference: "RFC 7591 §2",
    remedy: "Give an https URL that a person can open",
    find: (document) =>
      PEOPLE_URLS.flatMap((name) => {
        const url = document[name];
        const sound = typeof url !== "string" || parseUrl(url)?.protocol === "https:";
        return sound ? [] : [`"${name}" is ${quoted(url)}, no https URL`];
      }),
  },
};

export function judgeDocumentMembers(document: JsonObject): Judgement[] {
  return (Object.entries(RULES) as [Code, Rule][]).flatMap(([code, { find, ...row }]) =>
    [find(document) ?? []].flat().map((found) => ({
      code,
      ...row,
      ...typeof found === "string" ? { message: printable(found) } : found,
    }))
  );
}
