/** Where the authorization server metadata is, and to which issuer it belongs (RFC 8414 §3). @module */

import { member, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { isIssuer, urlFault } from "../../../core/url.ts";
import type { AuditCheckId } from "../../../findings/mod.ts";
import { AUTHORIZATION_SERVER } from "../../../oauth/mcp/well_known.ts";
import { isTemplate } from "../../../oauth/metadata/issuer_template.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { serverMetadataCopies } from "../../judge/documents.ts";
import { findingChecks } from "../../judge/finding_check.ts";
import { deviationFrom } from "../../judge/findings.ts";
import { notFound } from "../../judge/not_found.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import type { Outcome } from "../../context/verdict.ts";

const STEP = "authorization_server_metadata";

const fromFindings = findingChecks(STEP, ({ server }) => server?.answer);

/** Checks without which the URL of the document is unknown. */
const NAMES_THE_ISSUER: readonly AuditCheckId[] = [
  "challenge_status",
  "challenge_names_metadata",
  "prm_public",
  "prm_found",
  "prm_servers",
  "prm_servers_form",
];

const AT_THE_URLS: NonNullable<AuditCheck["findings"]> = [
  "server_metadata_missing",
  "discovery_failed",
  "default_endpoints",
  "metadata_is_web_page",
  "metadata_answer_unusable",
  "metadata_invalid",
  "metadata_not_public",
  "metadata_unavailable",
  "metadata_kind_unexpected",
  "metadata_place_unusual",
];

function judgeFound(audit: Audit): Outcome {
  const { discovery, cite, result, rules } = audit;
  const { server, metadata, attempts } = discovery;
  const tried = attempts.filter(({ kind }) => kind === STEP);
  cite(...tried.map(({ answer }) => answer));
  if (server !== undefined) return passed(`found at ${server.url}`);
  const cause = NAMES_THE_ISSUER.find((id) =>
    ["failed", "inconclusive"].includes(result(id)?.verdict ?? "")
  );
  if (cause !== undefined && rules.resourceMetadata) {
    return skipped("needs_control", "no resource metadata names the issuer", cause);
  }
  const outcome = notFound("authorization server metadata", tried);
  return metadata === undefined || outcome.kind !== "deviates" ? outcome : {
    ...outcome,
    severity: "warning",
    remedy: "Authorization server: publish metadata. Only clients of revision 2025-03-26 use the " +
      "default endpoints",
  };
}

/** How two issuers differ. */
function differenceOf(expected: string, announced: string): string {
  if (expected.replace(/\/$/, "") === announced.replace(/\/$/, "")) {
    return "they differ in the slash at the end";
  }
  const [one, other] = [URL.parse(expected), URL.parse(announced)];
  if (one === null || other === null) return "one of them is not a URL";
  if (one.host !== other.host) return "they are on different hosts";
  return one.protocol === other.protocol ? "the paths differ" : "the schemes differ";
}

function judgeIssuerForm({ discovery, cite }: Audit): Outcome {
  const { server, serverDocument, serverUrl } = discovery;
  cite(server?.answer);
  const issuer = stringMember(serverDocument, "issuer") ?? "";
  const isSecured = `https${issuer.replace(/^http/, "")}`.replace(/\/$/, "");
  const expected = server?.identifier.replace(/\/$/, "");
  const isForm = issuer === "" || isIssuer(issuer, new URL(serverUrl)) || isSecured === expected;
  if (isForm) return passed(`issuer: ${quoted(issuer)}`);
  const fault = urlFault(issuer) ?? (issuer.includes("?") ? "has a query" : "is not https");
  return deviates(`the issuer ${quoted(issuer)} ${fault}`);
}

/** Members that both documents have to share. */
const SHARED_MEMBERS = [
  "issuer",
  "authorization_endpoint",
  "token_endpoint",
  "registration_endpoint",
  "jwks_uri",
  "code_challenge_methods_supported",
  "token_endpoint_auth_methods_supported",
];

export const DOCUMENT_CHECKS: readonly AuditCheck[] = [
  {
    id: "asm_found",
    severity: "error",
    findings: AT_THE_URLS,
    cost: { requests: 0 },
    run: judgeFound,
  },
  {
    id: "asm_oauth_document",
    severity: "error",
    since: "2025-06-18",
    until: "2025-06-18",
    cost: { requests: 0 },
    run({ discovery: { server }, cite }) {
      cite(server?.answer);
      return server?.url.includes(AUTHORIZATION_SERVER) === true
        ? passed(`found at ${server.url}`)
        : deviates(`only ${server?.url} has metadata`);
    },
  },
  fromFindings({
    id: "asm_media_type",
    severity: "warning",
    findings: ["metadata_content_type"],
    otherwise: "the content type is JSON",
  }),
  {
    id: "asm_issuer_form",
    severity: "error",
    cost: { requests: 0 },
    findings: ["issuer_invalid"],
    run: judgeIssuerForm,
  },
  {
    id: "asm_issuer_identical",
    severity: "error",
    severityIn: { "2025-03-26": "warning", "2025-06-18": "warning" },
    attacker: "A1",
    requires: ["asm_issuer_form"],
    findings: [
      "issuer_missing",
      "issuer_mismatch",
      "issuer_template",
      "issuer_mismatch_trusted",
      "issuer_mismatch_tolerated",
    ],
    cost: { requests: 0 },
    run(audit) {
      const { server, serverDocument } = audit.discovery;
      audit.cite(audit.discovery.resource?.answer, server?.answer);
      const found = deviationFrom(audit, ["issuer_missing"]);
      if (found !== undefined || server === undefined) return found ?? passed("");
      const announced = stringMember(serverDocument, "issuer") ?? "";
      const isDefault = server.source === "origin" && announced === `${server.identifier}/`;
      if (announced === server.identifier || isDefault) {
        return passed(`the issuer is ${quoted(announced)}, as expected`);
      }
      const outcome = deviationFrom(audit, [
        "issuer_mismatch",
        "issuer_template",
        "issuer_mismatch_trusted",
        "issuer_mismatch_tolerated",
      ]) ?? deviates(`the issuer is ${quoted(announced)}, expected ${quoted(server.identifier)}`);
      if (isTemplate(announced)) return outcome;
      const difference = differenceOf(server.identifier, announced);
      return { ...outcome, message: `${outcome.message} (${difference})` };
    },
  },
  {
    id: "asm_documents_agree",
    severity: "warning",
    cost: { requests: 2 },
    async run(audit) {
      const copies = await serverMetadataCopies(audit);
      const [first, ...others] = copies;
      if (first === undefined || others.length === 0) return passed("there is only one document");
      for (const { url, document } of others) {
        const name = SHARED_MEMBERS.find((it) => {
          const [one, other] = [first.document, document].map((of) => member(of, it));
          return one !== undefined && other !== undefined &&
            JSON.stringify(one) !== JSON.stringify(other);
        });
        if (name === undefined) continue;
        const shown = (of: typeof document) => quoted(JSON.stringify(member(of, name)), 200);
        return deviates(
          `${first.url} has ${quoted(name)}: ${shown(first.document)}, and ${url}: ` +
            shown(document),
        );
      }
      return passed(`${counted(copies.length, "document")} with the same endpoints and methods`);
    },
  },
  fromFindings({
    id: "asm_types",
    severity: "warning",
    findings: [
      "member_type",
      "member_misspelt",
      "member_of_other_document",
      "member_empty",
      "json_member_repeated",
      "page_url_unsafe",
    ],
    otherwise: "each member has the type that the standard requires",
  }),
];
