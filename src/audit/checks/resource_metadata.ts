/** The protected resource metadata (RFC 9728). @module */

import { member, stringListMember, stringMember } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import { quoted } from "../../core/text.ts";
import { listMember } from "../../oauth/metadata/list_member.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import type { Discovery } from "../context/discovery.ts";
import { documentRequest, resourceMetadataCopies } from "../judge/documents.ts";
import { findingChecks } from "../judge/finding_check.ts";
import { deviationFrom, findingsWith } from "../judge/findings.ts";
import { notFound } from "../judge/not_found.ts";
import { deviates, inconclusive, passed, skipped } from "../context/outcome.ts";
import { noJudgement, observed } from "../judge/refusal.ts";
import { sendShared } from "../judge/shared_request.ts";
import type { Outcome } from "../context/verdict.ts";

const STEP = "resource_metadata";

const fromFindings = findingChecks(STEP, ({ resource }) => resource?.answer);

const tried = ({ attempts }: Discovery) => attempts.filter(({ kind }) => kind === STEP);

/** Scopes of OpenID Connect, which are not those of a resource. */
const OPENID_SCOPES = ["openid", "profile", "email", "phone", "address", "offline_access"];

const OMNIBUS_SCOPES = /^(\*|all|.*:\*|full[-_.]?access)$/i;

const MANY_SCOPES = 20;

const AT_THE_URLS: NonNullable<AuditCheck["findings"]> = [
  "metadata_is_web_page",
  "metadata_answer_unusable",
  "metadata_invalid",
  "metadata_unavailable",
  "metadata_kind_unexpected",
  "metadata_place_unusual",
];

function judgeFound(audit: Audit): Outcome {
  const { discovery, cite, result } = audit;
  const { resource } = discovery;
  const attempts = tried(discovery);
  cite(...attempts.map(({ answer }) => answer));
  if (resource !== undefined) {
    return deviationFrom(audit, AT_THE_URLS, { step: STEP, severity: "warning" }) ??
      passed(`found at ${resource.url}`);
  }
  if (result("challenge_names_metadata")?.verdict === "failed") {
    const message = "no URL of the resource metadata is known";
    return skipped("needs_control", message, "challenge_names_metadata");
  }
  return result("challenge_status")?.reason === "unavailable"
    ? inconclusive("unavailable", "a firewall or proxy refused the request without a token")
    : notFound("protected resource metadata", attempts);
}

/** Requests a document with a version that does not exist; undefined if it is available. */
async function requestWithUnknownVersion(
  audit: Audit,
  kind: "resource_metadata" | "authorization_server_metadata",
  url: string,
): Promise<Outcome | undefined> {
  const header = ["mcp-protocol-version", "1999-01-01"] as const;
  const response = await sendShared(audit, documentRequest(kind, url, [header]));
  return noJudgement(response) ?? (response.status === 200 ? undefined : deviates(
    `GET ${url} with MCP-Protocol-Version: 1999-01-01 gets ${observed(response)}`,
  ));
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "prm_public",
    severity: "error",
    findings: ["metadata_not_public"],
    cost: { requests: 0 },
    run(audit) {
      const attempts = tried(audit.discovery);
      audit.cite(...attempts.map(({ answer }) => answer));
      return deviationFrom(audit, ["metadata_not_public"], { step: STEP }) ??
        passed("no metadata URL requires a token");
    },
  },
  {
    id: "prm_found",
    severity: "error",
    findings: AT_THE_URLS,
    cost: { requests: 0 },
    run: judgeFound,
  },
  fromFindings({
    id: "prm_direct",
    severity: "warning",
    findings: ["metadata_redirected"],
    otherwise: "the document is at its URL",
  }),
  fromFindings({
    id: "prm_media_type",
    severity: "warning",
    findings: ["metadata_content_type"],
    otherwise: "the content type is JSON",
  }),
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
          step: STEP,
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
    otherwise: "each member has the type of the standard",
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
      if (known.every((it) => OPENID_SCOPES.includes(it))) {
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
    id: "prm_copies_agree",
    severity: "warning",
    requires: ["prm_servers"],
    cost: { requests: 2 },
    async run(audit) {
      const subject = stringMember(audit.discovery.resourceDocument, "resource");
      const copies = (await resourceMetadataCopies(audit))
        .filter(({ document }) => stringMember(document, "resource") === subject)
        .map(({ url, document }) => ({
          url,
          servers: listMember(document, "authorization_servers")?.toSorted().join(" ") ?? "",
        }));
      const servers = new Set(copies.map((it) => it.servers));
      return servers.size < 2
        ? passed(`${counted(copies.length, "document")} about this resource`)
        : deviates(copies.map((it) => `${it.url} lists ${quoted(it.servers)}`).join("; "));
    },
  },
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
  {
    id: "version_header_tolerated",
    severity: "warning",
    cost: { requests: 2 },
    async run(audit) {
      const { resource, server } = audit.discovery;
      if (resource !== undefined) {
        const outcome = await requestWithUnknownVersion(audit, STEP, resource.answer.url);
        if (outcome !== undefined) return outcome;
      }
      if (server !== undefined) {
        const kind = "authorization_server_metadata";
        const outcome = await requestWithUnknownVersion(audit, kind, server.answer.url);
        if (outcome !== undefined) return outcome;
      }
      return passed("the documents are available with MCP-Protocol-Version: 1999-01-01");
    },
  },
];

export const RESOURCE_METADATA_GROUP: CheckGroup = {
  id: "resource_metadata",
  title: "Resource metadata",
  since: "2025-06-18",
  requires: ["prm_public", "prm_found"],
  checks: CHECKS,
};
