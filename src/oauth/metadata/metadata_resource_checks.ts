/** Checks of protected resource metadata beyond those of a login (RFC 9728 §2). @module */

import { stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { wellKnownLocation } from "./metadata_kind.ts";
import { resourceMetadataCandidates } from "../mcp/well_known.ts";
import { type Checks, info, warning } from "../common/judgement.ts";
import type { MetadataSubject } from "./metadata_response_checks.ts";

const resourceOf = ({ document }: MetadataSubject) => stringMember(document, "resource") ?? "";
const list = ({ document }: MetadataSubject, name: string) =>
  stringListMember(document, name) ?? [];

export const RESOURCE_CHECKS: Checks<MetadataSubject> = {
  authorization_servers_missing: warning(
    "MCP authorization, Authorization Server Location; RFC 9728 §2",
    'Server: publish "authorization_servers" with at least one issuer',
    (subject) =>
      subject.rules.resourceMetadata && list(subject, "authorization_servers").length === 0 &&
      '"authorization_servers" names no authorization server, so clients cannot know where to ' +
        "sign in",
  ),
  authorization_servers_repeated: info(
    "RFC 9728 §2",
    "Server: list each authorization server once",
    (subject) => {
      const listed = list(subject, "authorization_servers");
      const again = listed.filter((issuer, at) => listed.indexOf(issuer) < at);
      return [...new Set(again)].map((issuer) =>
        `"authorization_servers" lists ${quoted(issuer)} more than once`
      );
    },
  ),
  resource_of_root_document: info(
    "RFC 9728 §3.3",
    "Server: serve this document at the well-known URL of its resource",
    (subject) => {
      const place = wellKnownLocation(subject.url);
      const resource = resourceOf(subject);
      if (place?.source !== "root" || URL.parse(resource)?.origin !== new URL(subject.url).origin) {
        return false;
      }
      const due = resourceMetadataCandidates(resource)[0];
      return due?.source === "path" &&
        `the document at the root URL is about ${quoted(resource)}, expected ` +
          `${quoted(place.identifier)}; strict clients look for it at ${quoted(due.url)}`;
    },
  ),
  resource_has_query: info(
    "RFC 9728 §1.2",
    "Server: identify the resource without a query",
    (subject) => {
      const resource = resourceOf(subject);
      return resource.includes("?") && `the resource ${quoted(resource)} has a query`;
    },
  ),
  scopes_not_listed: info(
    "RFC 9728 §2; MCP authorization, Scope Selection Strategy",
    'Server: list the scopes for ordinary use in "scopes_supported"',
    ({ document }) =>
      document["scopes_supported"] === undefined &&
      'there is no "scopes_supported", so clients ask for no scope unless the challenge names one',
  ),
  scope_malformed: warning(
    "RFC 6749 §3.3",
    "Server: list one scope per item, in visible ASCII without quotes and backslashes",
    (subject) =>
      list(subject, "scopes_supported")
        .filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
        .map((scope) => `"scopes_supported" lists ${quoted(scope, 80)}, which is not a scope`),
  ),
  offline_access_published: warning(
    "MCP authorization, Refresh Tokens",
    "Server: leave offline_access out\nAuthorization server: list offline_access",
    (subject) =>
      subject.rules.offlineAccess && list(subject, "scopes_supported").includes("offline_access") &&
      '"scopes_supported" of the resource lists "offline_access"',
  ),
  dpop_required: warning(
    "RFC 9728 §2; RFC 9449 §7.1",
    "Server: accept Bearer tokens too, which most MCP clients send",
    ({ document }) =>
      document["dpop_bound_access_tokens_required"] === true &&
      '"dpop_bound_access_tokens_required" is true, so a Bearer token will be refused',
  ),
  mtls_supported: info(
    "RFC 9728 §2; RFC 8705 §3",
    "Nothing to fix: a client without a certificate receives an ordinary token",
    ({ document }) =>
      document["tls_client_certificate_bound_access_tokens"] === true &&
      '"tls_client_certificate_bound_access_tokens" is true: tokens that are bound to a client ' +
        "certificate are supported",
  ),
  signing_alg_none: warning(
    "RFC 9728 §2",
    'Server: remove "none"',
    (subject) =>
      list(subject, "resource_signing_alg_values_supported").includes("none") &&
      '"resource_signing_alg_values_supported" lists "none", which RFC 9728 forbids',
  ),
  resource_name_missing: info(
    "RFC 9728 §2",
    'Server: publish "resource_name" for people',
    ({ document }) =>
      !Object.keys(document).some((name) => /^resource_name(#|$)/.test(name)) &&
      'there is no "resource_name", so clients show the URL to people',
  ),
};
