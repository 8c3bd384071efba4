/** Checks of authorization server metadata beyond those of a login (RFC 8414 §2 and others). @module */

import { member, stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { parsePlainUrl } from "../../core/url.ts";
import { type Checks, info, valueNotListed, warning } from "../common/judgement.ts";
import { FIXED_REDIRECT_URI, ownClientFlags } from "../common/redirect_uri.ts";
import type { MetadataSubject } from "./metadata_response_checks.ts";

const issuerOf = ({ document }: MetadataSubject) => stringMember(document, "issuer") ?? "";
const list = ({ document }: MetadataSubject, name: string) => stringListMember(document, name);
const has = ({ document }: MetadataSubject, name: string) => member(document, name) !== undefined;
const isTrue = ({ document }: MetadataSubject, name: string) => member(document, name) === true;
const knowsCimd = ({ rules }: MetadataSubject) => rules.registrationOrder.includes("cimd");
const offersCimd = (subject: MetadataSubject) =>
  knowsCimd(subject) && isTrue(subject, "client_id_metadata_document_supported");

const AUTHENTICATED = ["token_endpoint", "revocation_endpoint", "introspection_endpoint"];

export const SERVER_CHECKS: Checks<MetadataSubject> = {
  issuer_trailing_slash: info(
    "RFC 8414 §3.1, §3.3",
    'Server: list it in "authorization_servers" with the slash',
    (subject) => {
      const issuer = issuerOf(subject);
      return issuer.endsWith("/") && issuer === subject.identifier &&
        `the issuer ${quoted(issuer)} ends in a slash, and its metadata URL is the same without it`;
    },
  ),
  endpoint_on_other_host: info(
    "RFC 9700 §4.4",
    "Nothing to fix if both hosts belong together",
    (subject) => {
      if (issuerOf(subject) !== subject.identifier) return false;
      const home = new URL(subject.identifier).host;
      const hostOf = (name: string) =>
        parsePlainUrl(stringMember(subject.document, name) ?? "")?.host;
      const away = ["authorization_endpoint", "token_endpoint", "registration_endpoint"]
        .filter((name) => (hostOf(name) ?? home) !== home)
        .map((name) => `"${name}" on ${quoted(hostOf(name) ?? "")}`);
      return away.length > 0 && `the issuer is on ${quoted(home)}, and ${away.join(", ")}`;
    },
  ),
  response_types_missing: warning(
    "RFC 8414 §2",
    'Authorization server: publish "response_types_supported": ["code"]',
    (subject) =>
      !has(subject, "response_types_supported") && 'there is no "response_types_supported"',
  ),
  response_mode_query_missing: warning(
    "RFC 8414 §2; OAuth 2.1 §4.1.2",
    'Authorization server: list "query", where clients receive the code',
    ({ document }) => valueNotListed(document, "response_modes_supported", "query"),
  ),
  grant_code_not_listed: warning(
    "RFC 8414 §2",
    'Authorization server: list "authorization_code" if people sign in',
    ({ document }) => valueNotListed(document, "grant_types_supported", "authorization_code"),
  ),
  grant_refresh_not_listed: info(
    "RFC 8414 §2; OAuth 2.1 §4.3",
    'Authorization server: list "refresh_token" if refresh tokens are issued',
    (subject) => {
      const grants = list(subject, "grant_types_supported");
      const said = grants === undefined
        ? 'there is no "grant_types_supported", which means authorization_code and implicit'
        : '"grant_types_supported" does not list "refresh_token"';
      return !grants?.includes("refresh_token") &&
        `${said}; people may have to sign in again when a token expires`;
    },
  ),
  grant_withdrawn: info(
    "OAuth 2.1 §10",
    "Authorization server: turn off the grants that no client needs",
    (subject) => {
      const old = (list(subject, "grant_types_supported") ?? [])
        .filter((grant) => grant === "implicit" || grant === "password");
      return old.length > 0 &&
        `"grant_types_supported" lists ${quoted(old.join(", "))}, which OAuth 2.1 has removed`;
    },
  ),
  auth_methods_default: info(
    "RFC 8414 §2",
    'Authorization server: publish "token_endpoint_auth_methods_supported"; list "none" for ' +
      "public clients",
    (subject) =>
      !has(subject, "token_endpoint_auth_methods_supported") &&
      'there is no "token_endpoint_auth_methods_supported", which means client_secret_basic only',
  ),
  public_clients_not_listed: info(
    "RFC 8414 §2; OAuth 2.1 §2.4",
    'Authorization server: list "none" if public clients may sign in, as most MCP clients are',
    (subject) =>
      list(subject, "token_endpoint_auth_methods_supported")?.includes("none") === false &&
      '"token_endpoint_auth_methods_supported" does not list "none"; clients that register ' +
        "dynamically get a secret",
  ),
  auth_signing_algs_missing: warning(
    "RFC 8414 §2",
    "Authorization server: list the algorithms that it accepts in client assertions",
    (subject) =>
      AUTHENTICATED.flatMap((endpoint) => {
        const methods = list(subject, `${endpoint}_auth_methods_supported`) ?? [];
        const signed = methods.filter((method) => /^(private_key|client_secret)_jwt$/.test(method));
        const algs = `${endpoint}_auth_signing_alg_values_supported`;
        return signed.length > 0 && !has(subject, algs) &&
          `${quoted(signed.join(", "))} is offered without "${algs}"`;
      }),
  ),
  signing_alg_none: warning(
    "RFC 8414 §2",
    'Authorization server: remove "none"',
    (subject) =>
      AUTHENTICATED.map((endpoint) => `${endpoint}_auth_signing_alg_values_supported`)
        .filter((name) => list(subject, name)?.includes("none"))
        .map((name) => `"${name}" lists "none", which RFC 8414 forbids`),
  ),
  pkce_plain_listed: info(
    "RFC 7636 §7.2; RFC 9700 §2.1.1",
    'Authorization server: list "S256" only',
    (subject) => {
      const methods = list(subject, "code_challenge_methods_supported") ?? [];
      return methods.includes("S256") && methods.includes("plain") &&
        '"code_challenge_methods_supported" lists "plain" in addition to "S256"';
    },
  ),
  registration_unavailable: warning(
    "MCP authorization, Client Registration Approaches",
    "Authorization server: support client ID metadata documents, or publish a " +
      '"registration_endpoint"\nSign in with a client ID from its operator',
    (subject) =>
      !has(subject, "registration_endpoint") && !offersCimd(subject) && {
        message: `clients of ${subject.rules.id} cannot register automatically: there is no ` +
          '"registration_endpoint"' +
          (knowsCimd(subject) ? ", and client ID metadata documents are not offered" : ""),
        loginFlags: ownClientFlags(FIXED_REDIRECT_URI),
      },
  ),
  cimd_not_offered: info(
    "MCP authorization, Client ID Metadata Documents",
    "Authorization server: support them, and publish " +
      '"client_id_metadata_document_supported": true; dynamic registration is deprecated from ' +
      "2026-07-28 on",
    (subject) =>
      knowsCimd(subject) && !offersCimd(subject) &&
      "client ID metadata documents are not offered" +
        (has(subject, "registration_endpoint") ? ", only dynamic registration" : ""),
  ),
  cimd_without_auth_method: warning(
    "Client ID Metadata Document draft §4.1; RFC 8414 §2",
    'Authorization server: list "none" or "private_key_jwt"',
    (subject) => {
      const methods = list(subject, "token_endpoint_auth_methods_supported") ??
        ["client_secret_basic"];
      const fits = methods.includes("none") || methods.includes("private_key_jwt");
      return offersCimd(subject) && !fits &&
        "client ID metadata documents are offered, but the authentication methods are " +
          `${quoted(methods.join(", "))}, which such clients cannot use`;
    },
  ),
  iss_not_advertised: info(
    "RFC 9207 §3; MCP authorization, Authorization Response Validation",
    'Authorization server: send "iss" with the code, and publish ' +
      '"authorization_response_iss_parameter_supported": true',
    (subject) =>
      !isTrue(subject, "authorization_response_iss_parameter_supported") &&
      '"authorization_response_iss_parameter_supported" is not true, so clients cannot tell ' +
        "which server sent a response",
  ),
  pushed_requests_required: warning(
    "RFC 9126 §5",
    "Authorization server: accept ordinary authorization requests too, as most MCP clients send",
    (subject) =>
      isTrue(subject, "require_pushed_authorization_requests") &&
      "the authorization server accepts only pushed authorization requests" +
        (has(subject, "pushed_authorization_request_endpoint")
          ? ""
          : ', and there is no "pushed_authorization_request_endpoint"'),
  ),
  scopes_not_listed: info(
    "RFC 8414 §2",
    'Authorization server: list the scopes in "scopes_supported", including offline_access if it is supported',
    (subject) => !has(subject, "scopes_supported") && 'there is no "scopes_supported"',
  ),
  resource_not_listed_by_server: warning(
    "RFC 9728 §4",
    'Authorization server: add the resource to "protected_resources", or leave the member out',
    (subject) => {
      const { resource } = subject;
      return resource !== undefined &&
        list(subject, "protected_resources")?.includes(resource) === false &&
        `"protected_resources" of the authorization server does not list ${quoted(resource)}`;
    },
  ),
  openid_members_missing: info(
    "OpenID Connect Discovery §3",
    "Nothing to fix for MCP; OpenID clients need them",
    (subject) => {
      const missing = [
        "jwks_uri",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
      ]
        .filter((name) => !has(subject, name));
      return subject.kind === "openid_configuration" && missing.length > 0 &&
        `OpenID requires ${missing.join(", ")}, which the document does not have`;
    },
  ),
};
