/** Checks of protected resource metadata beyond those of a login (RFC 9728 §2). @module */

import { stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { MetadataChecks } from "./metadata_check.ts";
import { wellKnownLocation } from "./metadata_kind.ts";
import { resourceMetadataCandidates } from "../mcp/well_known.ts";

export const RESOURCE_CHECKS: MetadataChecks = {
  authorization_servers_missing: {
    severity: "error",
    asked: (rules) => rules.resourceMetadata,
    reference: "MCP authorization, Authorization Server Location; RFC 9728 §2",
    remedy: 'Server: publish "authorization_servers" with the issuer of at least one',
    find: ({ document }) =>
      ((stringListMember(document, "authorization_servers") ?? []).length === 0) &&
      '"authorization_servers" names no authorization server, so clients cannot know where to ' +
        "sign in",
  },
  authorization_servers_repeated: {
    severity: "info",
    reference: "RFC 9728 §2",
    remedy: "Server: list each authorization server once",
    find({ document }) {
      const listed = stringListMember(document, "authorization_servers") ?? [];
      const again = listed.filter((issuer, at) => listed.indexOf(issuer) < at);
      return [...new Set(again)].map((issuer) =>
        `"authorization_servers" lists ${quoted(issuer)} more than once`
      );
    },
  },
  resource_of_root_document: {
    severity: "info",
    reference: "RFC 9728 §3.3",
    remedy: "Server: serve this document at the well-known URL of its resource",
    find({ url, document }) {
      const place = wellKnownLocation(url);
      const resource = stringMember(document, "resource") ?? "";
      const target = URL.parse(resource);
      if (place?.source !== "root" || target === null) return [];
      if (target.origin !== new URL(url).origin) return [];
      const due = resourceMetadataCandidates(resource)[0];
      return due === undefined || due.source === "root" ? [] : [
        `this root document is about ${quoted(resource)}, where ${quoted(place.identifier)} is ` +
        `due; strict clients look for it at ${quoted(due.url)}`,
      ];
    },
  },
  resource_has_query: {
    severity: "info",
    reference: "RFC 9728 §1.2",
    remedy: "Server: identify the resource without a query",
    find({ document }) {
      const resource = stringMember(document, "resource") ?? "";
      return resource.includes("?") && `the resource ${quoted(resource)} has a query`;
    },
  },
  scopes_not_listed: {
    severity: "info",
    reference: "RFC 9728 §2; MCP authorization, Scope Selection Strategy",
    remedy: 'Server: list the scopes for ordinary use in "scopes_supported"',
    find: ({ document }) =>
      document["scopes_supported"] === undefined &&
      'there is no "scopes_supported", so clients ask for no scope unless the challenge names one',
  },
  scope_malformed: {
    severity: "warning",
    reference: "RFC 6749 §3.3",
    remedy: "Server: list one scope an item, in visible ASCII without quotes and backslashes",
    find: ({ document }) =>
      (stringListMember(document, "scopes_supported") ?? [])
        .filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
        .map((scope) => `"scopes_supported" lists ${quoted(scope, 80)}, which is no scope`),
  },
  offline_access_published: {
    severity: "warning",
    asked: (rules) => rules.offlineAccess,
    reference: "MCP authorization, Refresh Tokens",
    remedy: "Server: leave offline_access out; it is the authorization server's to list",
    find: ({ document }) =>
      (stringListMember(document, "scopes_supported")?.includes("offline_access") ?? false) &&
      '"scopes_supported" of the resource lists "offline_access"',
  },
  dpop_required: {
    severity: "warning",
    reference: "RFC 9728 §2; RFC 9449 §7.1",
    remedy: "Server: accept Bearer too, as MCP clients send it; clients: sign in with DPoP",
    find: ({ document }) =>
      document["dpop_bound_access_tokens_required"] === true &&
      '"dpop_bound_access_tokens_required" is true, so a Bearer token will be refused',
  },
  mtls_required: {
    severity: "warning",
    reference: "RFC 9728 §2; RFC 8705 §3",
    remedy: "Server: accept tokens without a client certificate, which MCP clients do not have",
    find: ({ document }) =>
      document["tls_client_certificate_bound_access_tokens"] === true &&
      '"tls_client_certificate_bound_access_tokens" is true, so a client certificate is needed',
  },
  signing_alg_none: {
    severity: "error",
    reference: "RFC 9728 §2",
    remedy: 'Server: remove "none"',
    find: ({ document }) =>
      (stringListMember(document, "resource_signing_alg_values_supported")?.includes("none") ??
        false) && '"resource_signing_alg_values_supported" lists "none", which is forbidden',
  },
  resource_name_missing: {
    severity: "info",
    reference: "RFC 9728 §2",
    remedy: 'Server: publish "resource_name" for people',
    find: ({ document }) =>
      !Object.keys(document).some((name) => /^resource_name(#|$)/.test(name)) &&
      'there is no "resource_name", so people are shown the URL',
  },
};
