/** The metadata URL in the challenge (RFC 9728 §5.1). @module */

import { quoted } from "../../../core/text.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import type { Discovery } from "../../context/discovery.ts";
import { deviationFrom } from "../../judge/findings.ts";
import { notFound } from "../../judge/not_found.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { noJudgement } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

const namedUrls = ({ challenge }: Discovery) => challenge?.resourceMetadata ?? [];

function unnamed({ result }: Audit): Outcome {
  const said = "the challenge names no resource metadata";
  const cause = "challenge_names_metadata";
  return result(cause)?.verdict === "failed"
    ? skipped("needs_control", said, cause)
    : skipped("not_advertised", said);
}

export const METADATA_URL_CHECKS: readonly AuditCheck[] = [
  {
    id: "challenge_names_metadata",
    severity: "error",
    since: "2025-06-18",
    requires: ["challenge_present"],
    cost: { requests: 0 },
    run({ discovery, rules, cite }) {
      const { attempts, challenged, resource } = discovery;
      cite(challenged, resource?.answer);
      const [url] = namedUrls(discovery);
      if (url !== undefined) return passed(`resource_metadata=${quoted(url)}`);
      // Later revisions also look at the well-known URLs.
      if (resource !== undefined && rules.metadataDocuments === "oauth_and_openid") {
        return passed(`the challenge has no resource_metadata; the document is at ${resource.url}`);
      }
      if (resource !== undefined) {
        return deviates(
          `the challenge has no resource_metadata, which clients of MCP ${rules.id} need`,
        );
      }
      const tried = attempts.filter(({ kind }) => kind === "resource_metadata");
      const isClosed = tried.some(({ answer: { status } }) => status === 401 || status === 403);
      if (isClosed && rules.metadataDocuments === "oauth_and_openid") {
        const said =
          "the challenge has no resource_metadata, and the well-known URLs are not public";
        return skipped("needs_control", said, "prm_public");
      }
      const outcome = notFound("protected resource metadata", tried);
      const said = "the challenge has no resource_metadata, and no well-known URL has the document";
      return outcome.kind === "deviates" ? deviates(said) : outcome;
    },
  },
  {
    id: "challenge_metadata_absolute",
    severity: "error",
    since: "2025-06-18",
    attacker: "A2",
    requires: ["challenge_present"],
    findings: [
      "challenge_metadata_url_invalid",
      "challenge_metadata_url_relative",
      "challenge_names_server_metadata",
    ],
    cost: { requests: 0 },
    run(audit) {
      audit.cite(audit.discovery.challenged);
      if (namedUrls(audit.discovery).length === 0) return unnamed(audit);
      return deviationFrom(audit, [
        "challenge_metadata_url_invalid",
        "challenge_metadata_url_relative",
        "challenge_names_server_metadata",
      ]) ?? passed("resource_metadata is an absolute URL");
    },
  },
  {
    id: "challenge_metadata_live",
    severity: "error",
    since: "2025-06-18",
    requires: ["challenge_present"],
    findings: ["challenge_metadata_missing"],
    cost: { requests: 0 },
    run(audit) {
      const { discovery, cite } = audit;
      if (namedUrls(discovery).length === 0) return unnamed(audit);
      const { attempts, resource, findings } = discovery;
      const named = attempts.find(({ source }) => source === "challenge");
      cite(discovery.challenged, named?.answer);
      if (named === undefined) {
        const said = "the challenge names no URL that can be requested";
        return skipped("needs_control", said, "challenge_metadata_absolute");
      }
      const { answer, document, objection = "" } = named;
      if (document !== undefined) return passed(`${named.url} has the document`);
      const isServers = findings.some(({ code }) => code === "challenge_names_server_metadata");
      if (isServers) {
        const said = "the URL in the challenge is that of authorization server metadata";
        return skipped("needs_control", said, "challenge_metadata_absolute");
      }
      if (answer.status === 401 || answer.status === 403) {
        return skipped("needs_control", `${named.url} gets HTTP ${answer.status}`, "prm_public");
      }
      const nothing = noJudgement(answer);
      if (nothing !== undefined) return nothing;
      return resource === undefined
        ? skipped(
          "needs_control",
          `no URL has the document; ${named.url}: ${objection}`,
          "prm_found",
        )
        : deviates(`${quoted(named.url)}: ${objection}; the document is at ${resource.url}`);
    },
  },
];
