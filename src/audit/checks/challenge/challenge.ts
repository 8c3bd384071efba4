/** What a request without a token receives (RFC 9110 §11, RFC 6750 §3). @module */

import { quoted } from "../../../core/text.ts";
import { CLIENT_INFO } from "../../../flow/discovery/unauthenticated_request.ts";
import { locationOf } from "../../../http/request_url.ts";
import { chooseChallenge, parseChallenges } from "../../../oauth/mcp/challenge.ts";
import { sessionRequest, statelessRequest } from "../../../oauth/mcp/first_request.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { findingChecks } from "../../judge/finding_check.ts";
import { deviationFrom } from "../../judge/findings.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import { sendShared } from "../../judge/shared_request.ts";

const fromFindings = findingChecks("request_without_token", ({ challenged }) => challenged);

/** `tools/list` as the first request of a client. */
function sendToolsList(audit: Audit) {
  const { rules, plan } = audit;
  const request = rules.era === "stateless"
    ? statelessRequest("tools/list", {}, rules.id, CLIENT_INFO)
    : sessionRequest({ id: 1, method: "tools/list", params: {} }, { version: rules.id, id: null });
  return sendShared(audit, { purpose: "mcp", url: plan.serverUrl, ...request });
}

/** The metadata URLs that a 401 names. */
function namedIn(header: string | null): string {
  const challenge = chooseChallenge(parseChallenges(header ?? "").challenges);
  if (challenge === undefined) return "no challenge";
  return challenge.resourceMetadata.map((url) => quoted(url)).join(", ") || "no metadata URL";
}

export const CHALLENGE_CHECKS: readonly AuditCheck[] = [
  {
    id: "challenge_status",
    severity: "error",
    findings: ["challenge_expected"],
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { opening, challenged } = discovery;
      cite(opening?.answer, challenged);
      if (opening === undefined) return inconclusive("network", "no response was received");
      const { answer, summary, verdict } = opening;
      const request = `a request of MCP ${summary.asked} without a token`;
      if (answer.status === 401) return passed(`${request} gets HTTP 401`);
      if (challenged?.status === 401) {
        return verdict.kind === "open"
          ? passed("the first requests need no token; a later one gets HTTP 401")
          : passed(`${request} gets ${observed(answer)}; another one gets HTTP 401`);
      }
      const saw = observed(answer);
      if (verdict.kind === "open") {
        const open = "no request needs a token, but resource metadata is published";
        return deviates(open, { severity: "warning" });
      }
      const also = challenged === answer ? " and a challenge" : "";
      return noJudgement(answer) ??
        deviates(`${request} gets ${saw}${also}, expected HTTP 401`);
    },
  },
  {
    id: "challenge_present",
    severity: "error",
    findings: ["challenge_missing"],
    cost: { requests: 0 },
    run(audit) {
      const { challenged, opening } = audit.discovery;
      const answer = challenged ?? opening?.answer;
      audit.cite(answer);
      if (challenged === undefined) {
        return skipped("not_applicable", "no request without a token was refused");
      }
      if (challenged.headers.has("www-authenticate")) return passed("the 401 has WWW-Authenticate");
      const remapped = challenged.headers.get("x-amzn-remapped-www-authenticate");
      const found = deviationFrom(audit, ["challenge_missing"]) ??
        deviates("the 401 has no WWW-Authenticate header");
      if (remapped === null) return found;
      const message = `${found.message}; it has x-amzn-remapped-www-authenticate: ` +
        quoted(remapped);
      return { ...found, message };
    },
  },
  {
    id: "challenge_scheme",
    severity: "error",
    requires: ["challenge_present"],
    findings: ["challenge_not_oauth"],
    cost: { requests: 0 },
    run(audit) {
      const { challenges, challenged } = audit.discovery;
      audit.cite(challenged);
      const schemes = challenges.map(({ scheme }) => scheme);
      const accepted = schemes.find((it) => /^(bearer|dpop)$/i.test(it));
      if (accepted !== undefined) return passed(`the challenge offers ${accepted}`);
      const offered = schemes.filter((it) => it !== "").map((it) => quoted(it)).join(", ");
      return deviationFrom(audit, ["challenge_not_oauth"]) ??
        deviates(`the challenge offers ${offered || "no scheme"}, expected Bearer or DPoP`);
    },
  },
  {
    id: "challenge_syntax",
    severity: "warning",
    requires: ["challenge_present"],
    findings: ["challenge_malformed", "challenge_repeats_metadata", "challenge_scope_commas"],
    cost: { requests: 0 },
    run(audit) {
      const { challenges, challenged } = audit.discovery;
      audit.cite(challenged);
      const found = deviationFrom(audit, [
        "challenge_malformed",
        "challenge_repeats_metadata",
        "challenge_scope_commas",
      ]);
      if (found !== undefined) return found;
      for (const { scheme, parameters } of challenges) {
        const names = parameters.map(([name]) => name);
        const repeated = names.find((name, at) => names.indexOf(name) < at);
        if (repeated === undefined) continue;
        return deviates(`the ${scheme} challenge has the parameter ${quoted(repeated)} twice`);
      }
      return passed("the challenge can be parsed");
    },
  },
  fromFindings({
    id: "challenge_no_error",
    severity: "info",
    requires: ["challenge_present"],
    findings: ["challenge_error_without_token"],
    otherwise: "the challenge has no error code",
  }),
  {
    id: "challenge_scope",
    severity: "info",
    since: "2025-11-25",
    requires: ["challenge_present"],
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { challenge, challenged, resource, resourceDocument } = discovery;
      cite(challenged, resource?.answer);
      const scope = challenge?.scope?.join(" ") ?? "";
      if (scope !== "") return passed(`the challenge has scope=${quoted(scope)}`);
      return Object.hasOwn(resourceDocument, "scopes_supported")
        ? passed('the resource metadata has "scopes_supported"')
        : deviates('neither the challenge has "scope", nor the metadata "scopes_supported"');
    },
  },
  {
    id: "challenge_no_offline",
    severity: "warning",
    since: "2026-07-28",
    requires: ["challenge_present"],
    cost: { requests: 0 },
    run({ discovery: { challenge, challenged }, cite }) {
      cite(challenged);
      return challenge?.scope?.includes("offline_access") === true
        ? deviates(`the challenge has scope=${quoted(challenge.scope.join(" "))}`)
        : passed("the challenge does not name offline_access");
    },
  },
  {
    id: "challenge_uniform",
    severity: "warning",
    requires: ["challenge_present"],
    cost: { requests: 1 },
    async run(audit) {
      const { responses } = audit.discovery;
      const list = await sendToolsList(audit);
      audit.cite(...responses.map(({ answer }) => answer));
      const nothing = noJudgement(list);
      if (nothing !== undefined) return nothing;
      const rows = [
        ...responses.map(({ answer, summary }) => ({
          request: summary.era === "stateless" ? "server/discover" : "initialize",
          answer,
        })),
        { request: "tools/list", answer: list },
      ]
        .filter(({ answer }) => answer.status === 401)
        .map(({ request, answer }) => ({
          request,
          named: namedIn(answer.headers.get("www-authenticate")),
        }));
      const texts = new Set(rows.map(({ named }) => named));
      return texts.size < 2
        ? passed(`${rows.map(({ request }) => request).join(", ")}: ${[...texts].join()}`)
        : deviates(rows.map(({ request, named }) => `${request}: ${named}`).join("; "));
    },
  },
  {
    id: "endpoint_direct",
    severity: "warning",
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { redirect, responses, serverUrl } = discovery;
      cite(redirect);
      if (redirect !== undefined) {
        return deviates(
          `POST ${redirect.url} is redirected to ${quoted(serverUrl)} with HTTP ` +
            `${redirect.status}; the audit uses that URL`,
        );
      }
      for (const { answer } of responses) {
        const target = locationOf(answer, answer.url);
        if (target === undefined) continue;
        cite(answer);
        return deviates(`POST ${answer.url} gets ${observed(answer)}`, { severity: "error" });
      }
      return passed("POST is not redirected");
    },
  },
];
