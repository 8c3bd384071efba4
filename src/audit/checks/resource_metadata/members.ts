/** The members of the resource metadata (RFC 9728 §2). @module */

import { member, stringListMember, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { AuditCheck } from "../../context/check.ts";
import { findingChecks } from "../../judge/finding_check.ts";
import { deviationFrom, findingsWith } from "../../judge/findings.ts";
import { IDENTITY_SCOPES } from "../../judge/identity_scopes.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";

const fromFindings = findingChecks("resource_metadata", ({ resource }) => resource?.answer);

/** Scopes of OpenID Connect, which are not those of a resource. */

const OMNIBUS_SCOPES = /^(\*|all|.*:\*|full[-_.]?access)$/i;

const MANY_SCOPES = 20;

export const MEMBER_CHECKS: readonly AuditCheck[] = [
  {
    id: "prm_resource",
    severity: "error",
    findings: ["resource_missing"],
    cost: { requests: 0 },
    run(audit) {
      const { resource, resourceDocument } = audit.discovery;
      audit.cite(resource?.answer);
      const value = member(resourceDocument, "resource");
      if (typeof value === "string" && value !== "") return passed(`resource: ${quoted(value)}`);
      return deviationFrom(audit, ["resource_missing", "resource_invalid"]) ??
        deviates('the document has no "resource"');
    },
  },
  fromFindings({
    id: "prm_resource_fits",
    severity: "error",
    attacker: "A5",
    requires: ["prm_resource"],
    findings: [
      "resource_mismatch",
      "resource_not_https",
      "resource_not_server_url",
      "resource_invalid",
      "resource_trailing_slash",
      "resource_is_parent",
      "resource_pinned",
    ],
    hasOwnSeverity: true,
    otherwise: '"resource" is the URL of this server',
  }),
  {
    id: "prm_resource_form",
    severity: "warning",
    requires: ["prm_resource"],
    findings: ["resource_has_query"],
    cost: { requests: 0 },
    run(audit) {
      audit.cite(audit.discovery.resource?.answer);
      const resource = stringMember(audit.discovery.resourceDocument, "resource") ?? "";
      const start = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/.exec(resource)?.[0] ?? "";
      if (start === "") return skipped("not_applicable", `${quoted(resource)} is not a URL`);
      const hasCase = start !== start.toLowerCase();
      // The check prm_resource_fits reports a slash that the URL of the server does not have.
      const isReported = findingsWith(audit, ["resource_trailing_slash"]).length > 0;
      const hasSlash = resource.endsWith("/") && !isReported;
      const faults = [
        hasCase ? "scheme or host in upper case" : "",
        resource.includes("?") ? "a query" : "",
        hasSlash ? "a slash at the end" : "",
      ].filter((it) => it !== "");
      return faults.length === 0
        ? passed(`${quoted(resource)} is in canonical form`)
        : deviates(`${quoted(resource)} has ${faults.join(" and ")}`);
    },
  },
  {
    id: "prm_servers",
    severity: "error",
    findings: ["authorization_servers_missing"],
    cost: { requests: 0 },
    run(audit) {
      const { resource, resourceDocument } = audit.discovery;
      audit.cite(resource?.answer);
      const listed = listMember(resourceDocument, "authorization_servers") ?? [];
      return listed.length > 0
        ? passed(listed.map((it) => quoted(it)).join(", "))
        : deviationFrom(audit, ["authorization_servers_missing", "authorization_servers_refused"], {
          step: "resource_metadata",
        }) ?? deviates('"authorization_servers" names no authorization server');
    },
  },
  {
    id: "prm_servers_form",
    severity: "error",
    attacker: "A2",
    requires: ["prm_servers"],
    findings: [
      "authorization_servers_refused",
      "authorization_server_invalid",
      "authorization_server_is_metadata_url",
      "authorization_servers_repeated",
      "authorization_servers_many",
    ],
    cost: { requests: 0 },
    run(audit) {
      audit.cite(audit.discovery.resource?.answer);
      return deviationFrom(audit, [
        "authorization_server_invalid",
        "authorization_server_is_metadata_url",
      ]) ?? deviationFrom(audit, ["authorization_servers_refused"]) ??
        deviationFrom(audit, ["authorization_servers_repeated", "authorization_servers_many"], {
          severity: "warning",
        }) ?? passed("each entry is an issuer");
    },
  },
  fromFindings({
    id: "prm_header_method",
    severity: "warning",
    findings: ["bearer_header_not_listed"],
    otherwise: '"bearer_methods_supported" is absent, or has "header"',
  }),
  fromFindings({
    id: "prm_types",
    severity: "warning",
    findings: [
      "member_type",
      "member_misspelt",
      "member_of_other_document",
      "member_empty",
      "json_member_repeated",
      "scope_malformed",
      "page_url_unsafe",
      "signing_alg_none",
    ],
    otherwise: "each member has the type that the standard requires",
  }),
  {
    id: "prm_scopes_known",
    severity: "warning",
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { resource, resourceDocument, server, serverDocument } = discovery;
      cite(resource?.answer, server?.answer);
      const published = listMember(resourceDocument, "scopes_supported") ?? [];
      const known = listMember(serverDocument, "scopes_supported") ?? [];
      if (server === undefined) {
        return skipped("needs_control", "there is no metadata to compare with", "asm_found");
      }
      if (published.length === 0) return passed("the resource lists no scopes");
      if (known.every((it) => IDENTITY_SCOPES.includes(it))) {
        const message = "the authorization server lists no scopes, or only those of OpenID Connect";
        return skipped("not_advertised", message);
      }
      const unknown = published.filter((it) => !known.includes(it));
      return unknown.length === 0
        ? passed("the authorization server lists each scope of the resource")
        : deviates(
          `the authorization server does not list ${unknown.map((it) => quoted(it)).join(", ")}; ` +
            "its list may be incomplete",
        );
    },
  },
  {
    id: "prm_scopes_modest",
    severity: "info",
    cost: { requests: 0 },
    run({ discovery, cite }) {
      cite(discovery.resource?.answer);
      const scopes = listMember(discovery.resourceDocument, "scopes_supported") ?? [];
      const omnibus = scopes.filter((it) => OMNIBUS_SCOPES.test(it));
      if (omnibus.length > 0) {
        return deviates(`"scopes_supported" lists ${omnibus.map((it) => quoted(it)).join(", ")}`);
      }
      return scopes.length > MANY_SCOPES
        ? deviates(`"scopes_supported" lists ${scopes.length} scopes`)
        : passed(counted(scopes.length, "scope"));
    },
  },
  fromFindings({
    id: "prm_no_offline",
    severity: "warning",
    since: "2026-07-28",
    findings: ["offline_access_published"],
    otherwise: "offline_access is not listed",
  }),
  {
    id: "prm_binding",
    severity: "warning",
    findings: ["dpop_required"],
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { resource, resourceDocument, server, serverDocument } = discovery;
      cite(resource?.answer, server?.answer);
      if (member(resourceDocument, "dpop_bound_access_tokens_required") !== true) {
        return passed("the metadata does not require DPoP");
      }
      const algorithms = stringListMember(serverDocument, "dpop_signing_alg_values_supported");
      return algorithms !== undefined && algorithms.length > 0
        ? passed(`the authorization server lists ${algorithms.join(", ")}`)
        : deviates(
          '"dpop_bound_access_tokens_required" is true, but the authorization server has no ' +
            '"dpop_signing_alg_values_supported"',
        );
    },
  },
];
