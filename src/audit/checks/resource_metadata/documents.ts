/** Where the resource metadata is published, and its copies (RFC 9728 §3). @module */

import { stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import type { Discovery } from "../../context/discovery.ts";
import { documentRequest, resourceMetadataCopies } from "../../judge/documents.ts";
import { findingChecks } from "../../judge/finding_check.ts";
import { deviationFrom } from "../../judge/findings.ts";
import { notFound } from "../../judge/not_found.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import { sendShared } from "../../judge/shared_request.ts";
import type { Outcome } from "../../context/verdict.ts";

const STEP = "resource_metadata";

const fromFindings = findingChecks(STEP, ({ resource }) => resource?.answer);

const tried = ({ attempts }: Discovery) => attempts.filter(({ kind }) => kind === STEP);

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

export const DOCUMENT_CHECKS: readonly AuditCheck[] = [
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
    otherwise: "the document is served without a redirect",
  }),
  fromFindings({
    id: "prm_media_type",
    severity: "warning",
    findings: ["metadata_content_type"],
    otherwise: "the content type is JSON",
  }),
];

/** They run after the checks of the members. */
export const COPY_CHECKS: readonly AuditCheck[] = [
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
