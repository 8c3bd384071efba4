/** Checks of authorization server metadata beyond those of a login (RFC 8414 §2 and others). @module */

import { member, stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { parsePlainUrl } from "../../core/url.ts";
import type { MetadataChecks, MetadataSubject } from "./metadata_check.ts";

const list = ({ document }: MetadataSubject, name: string) => stringListMember(document, name);
const has = ({ document }: MetadataSubject, name: string) => member(document, name) !== undefined;
const isTrue = ({ document }: MetadataSubject, name: string) => member(document, name) === true;
const offersCimd = (subject: MetadataSubject) =>
  subject.rules.registrationOrder.includes("cimd") &&
  isTrue(subject, "client_id_metadata_document_supported");

const AUTHENTICATED = ["token_endpoint", "revocation_endpoint", "introspection_endpoint"];
const OPENID_REQUIRED = [
  "jwks_uri",
  "subject_types_supported",
  "id_token_signing_alg_values_supported",
];

export const SERVER_CHECKS: MetadataChecks = {
  issuer_missing: {
    severity: "error",
    reference: "RFC 8414 §2",
    remedy: 'Server: publish "issuer" with the identifier that this URL is made from',
    find: ({ document, identifier }) =>
      stringMember(document, "issuer") === undefined &&
      `there is no "issuer", where ${quoted(identifier)} is due; clients do not use the document`,
  },
  issuer_template: {
    severity: "warning",
    reference: "RFC 8414 §2",
    remedy: "Server: name the metadata of one tenant in the resource metadata",
    find({ document }) {
      const issuer = stringMember(document, "issuer") ?? "";
      return /[{}]/.test(issuer) && `the issuer ${quoted(issuer)} is a template for tenants`;
    },
  },
  issuer_trailing_slash: {
    severity: "info",
    reference: "RFC 8414 §3.1, §3.3",
    remedy: 'Server: list it in "authorization_servers" with the slash, character by character',
    find({ document, identifier }) {
      const issuer = stringMember(document, "issuer") ?? "";
      return issuer.endsWith("/") && issuer === identifier &&
        `the issuer ${quoted(issuer)} ends in a slash, which its metadata URL cannot show`;
    },
  },
  endpoint_on_other_host: {
    severity: "info",
    reference: "RFC 9700 §4.4",
    remedy: "Nothing, if both hosts belong together; clients show the host of the issuer",
    find({ document, identifier }) {
      if (stringMember(document, "issuer") !== identifier) return [];
      const home = new URL(identifier).host;
      const hostOf = (name: string) => parsePlainUrl(stringMember(document, name) ?? "")?.host;
      const away = ["authorization_endpoint", "token_endpoint", "registration_endpoint"]
        .filter((name) => (hostOf(name) ?? home) !== home)
        .map((name) => `"${name}" on ${quoted(hostOf(name) ?? "")}`);
      return away.length > 0 && `the issuer is on ${quoted(home)}, and ${away.join(", ")}`;
    },
  },
  response_types_missing: {
    severity: "warning",
    reference: "RFC 8414 §2",
    remedy: 'Server: publish "response_types_supported": ["code"]',
    find: (subject) =>
      !has(subject, "response_types_supported") && 'there is no "response_types_supported"',
  },
  response_mode_query_missing: {
    severity: "warning",
    reference: "RFC 8414 §2; OAuth 2.1 §4.1.2",
    remedy: 'Server: list "query", in which the code comes back',
    find(subject) {
      const modes = list(subject, "response_modes_supported");
      return modes !== undefined && !modes.includes("query") &&
        `"response_modes_supported" lists ${quoted(modes?.join(", ") ?? "")} and not "query"`;
    },
  },
  grant_code_not_listed: {
    severity: "warning",
    reference: "RFC 8414 §2",
    remedy: 'Server: list "authorization_code" where people sign in',
    find(subject) {
      const grants = list(subject, "grant_types_supported");
      return grants !== undefined && !grants.includes("authorization_code") &&
        `"grant_types_supported" lists ${
          quoted(grants?.join(", ") ?? "")
        } and not "authorization_code"`;
    },
  },
  grant_refresh_not_listed: {
    severity: "info",
    reference: "RFC 8414 §2; OAuth 2.1 §4.3",
    remedy: 'Server: list "refresh_token" if refresh tokens are issued',
    find(subject) {
      const grants = list(subject, "grant_types_supported");
      return grants?.includes("refresh_token") !== true &&
        ((grants === undefined
          ? 'there is no "grant_types_supported", which means authorization_code and implicit'
          : '"grant_types_supported" does not list "refresh_token"') +
          ": people may have to sign in again when a token expires");
    },
  },
  grant_withdrawn: {
    severity: "info",
    reference: "OAuth 2.1 §10",
    remedy: "Server: turn off what no client needs any more",
    find(subject) {
      const old = (list(subject, "grant_types_supported") ?? [])
        .filter((grant) => grant === "implicit" || grant === "password");
      return old.length > 0 && `OAuth 2.1 has no longer the grants ${quoted(old.join(", "))}`;
    },
  },
  auth_methods_default: {
    severity: "info",
    reference: "RFC 8414 §2",
    remedy:
      'Server: publish "token_endpoint_auth_methods_supported"; list "none" for public clients',
    find: (subject) =>
      !has(subject, "token_endpoint_auth_methods_supported") &&
      'there is no "token_endpoint_auth_methods_supported", which means client_secret_basic alone',
  },
  public_clients_not_listed: {
    severity: "info",
    reference: "RFC 8414 §2; OAuth 2.1 §2.4",
    remedy: 'Server: list "none" if clients without a secret are welcome, as most MCP clients are',
    find(subject) {
      const methods = list(subject, "token_endpoint_auth_methods_supported");
      return methods !== undefined && !methods.includes("none") &&
        '"token_endpoint_auth_methods_supported" does not list "none": clients need a secret or a key';
    },
  },
  auth_signing_algs_missing: {
    severity: "warning",
    reference: "RFC 8414 §2",
    remedy: "Server: list the algorithms that it accepts in client assertions",
    find: (subject) =>
      AUTHENTICATED.flatMap((endpoint) => {
        const methods = list(subject, `${endpoint}_auth_methods_supported`) ?? [];
        const signed = methods.filter((method) => /^(private_key|client_secret)_jwt$/.test(method));
        const algs = `${endpoint}_auth_signing_alg_values_supported`;
        return signed.length > 0 && !has(subject, algs) &&
          `${quoted(signed.join(", "))} is offered without "${algs}"`;
      }),
  },
  signing_alg_none: {
    severity: "error",
    reference: "RFC 8414 §2",
    remedy: 'Server: remove "none"',
    find: (subject) =>
      AUTHENTICATED.map((endpoint) => `${endpoint}_auth_signing_alg_values_supported`)
        .filter((name) => list(subject, name)?.includes("none"))
        .map((name) => `"${name}" lists "none", which is forbidden`),
  },
  pkce_plain_listed: {
    severity: "info",
    reference: "RFC 7636 §7.2; RFC 9700 §2.1.1",
    remedy: 'Server: list "S256" alone',
    find(subject) {
      const methods = list(subject, "code_challenge_methods_supported") ?? [];
      return methods.includes("S256") && methods.includes("plain") &&
        '"code_challenge_methods_supported" lists "plain" beside "S256"';
    },
  },
  registration_unavailable: {
    severity: "warning",
    reference: "MCP authorization, Client Registration Approaches",
    remedy: 'Server: offer client ID metadata documents or a "registration_endpoint"; clients: ' +
      "--client-id with an identifier from the operator",
    find: (subject) =>
      !has(subject, "registration_endpoint") && !offersCimd(subject) &&
      `by ${subject.rules.id} a client that nobody registered beforehand cannot come by an identifier`,
  },
  cimd_not_offered: {
    severity: "info",
    asked: (rules) => rules.registrationOrder.includes("cimd"),
    reference: "MCP authorization, Client ID Metadata Documents",
    remedy: 'Server: support them and publish "client_id_metadata_document_supported": true; ' +
      "dynamic registration is deprecated from 2026-07-28 on",
    find: (subject) =>
      !offersCimd(subject) && "client ID metadata documents are not offered" +
        (has(subject, "registration_endpoint") ? ", only dynamic registration" : ""),
  },
  cimd_without_auth_method: {
    severity: "warning",
    asked: (rules) => rules.registrationOrder.includes("cimd"),
    reference: "Client ID Metadata Document draft §4.1; RFC 8414 §2",
    remedy: 'Server: list "none" or "private_key_jwt", the methods of clients without a secret',
    find(subject) {
      const methods = list(subject, "token_endpoint_auth_methods_supported") ??
        ["client_secret_basic"];
      return (offersCimd(subject) &&
        !methods.some((it) => it === "none" || it === "private_key_jwt")) &&
        `client ID metadata documents are offered, and of their clients' methods none is in ${
          quoted(methods.join(", "))
        }`;
    },
  },
  iss_not_advertised: {
    severity: "info",
    reference: "RFC 9207 §3; MCP authorization, Authorization Response Validation",
    remedy: 'Server: send "iss" with the code and publish ' +
      '"authorization_response_iss_parameter_supported": true',
    find: (subject) =>
      !isTrue(subject, "authorization_response_iss_parameter_supported") &&
      '"authorization_response_iss_parameter_supported" is not true, so clients cannot tell ' +
        "which server an answer came from",
  },
  pushed_requests_required: {
    severity: "warning",
    reference: "RFC 9126 §5",
    remedy: "Server: accept ordinary authorization requests too; most MCP clients push none",
    find: (subject) =>
      isTrue(subject, "require_pushed_authorization_requests") &&
      "the authorization server takes pushed authorization requests only" +
        (has(subject, "pushed_authorization_request_endpoint")
          ? ""
          : ', and there is no "pushed_authorization_request_endpoint"'),
  },
  scopes_not_listed: {
    severity: "info",
    reference: "RFC 8414 §2",
    remedy: 'Server: list the scopes in "scopes_supported", offline_access among them if it is one',
    find: (subject) => !has(subject, "scopes_supported") && 'there is no "scopes_supported"',
  },
  resource_not_listed_by_server: {
    severity: "warning",
    reference: "RFC 9728 §4",
    remedy: 'Server: add the resource to "protected_resources", or leave the member out',
    find(subject) {
      const listed = list(subject, "protected_resources");
      const { resource } = subject;
      return listed !== undefined && resource !== undefined && !listed.includes(resource) &&
        `"protected_resources" of the authorization server does not list ${quoted(resource ?? "")}`;
    },
  },
  openid_members_missing: {
    severity: "info",
    reference: "OpenID Connect Discovery §3",
    remedy: "Nothing for MCP; OpenID clients need them",
    find(subject) {
      const missing = OPENID_REQUIRED.filter((name) => !has(subject, name));
      return subject.kind === "openid_configuration" && missing.length > 0 &&
        `OpenID providers have to publish ${missing.join(", ")} too`;
    },
  },
};
