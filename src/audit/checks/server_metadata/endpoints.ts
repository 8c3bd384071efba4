/** The endpoints in the metadata (RFC 8414 §2, RFC 6749 §3.1). @module */

import { stringMember } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import { sameRegistrableDomain } from "../../../oauth/metadata/issuer_binding.ts";
import type { AuditCheck } from "../../context/check.ts";
import { findingChecks } from "../../judge/finding_check.ts";
import { deviationFrom } from "../../judge/findings.ts";
import { deviates, passed } from "../../context/outcome.ts";

const fromFindings = findingChecks(
  "authorization_server_metadata",
  ({ server }) => server?.answer,
);

const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "registration_endpoint"] as const;

/** Parameters that a client adds itself. */
const PROTOCOL_PARAMETERS = [
  "client_id",
  "code",
  "code_challenge",
  "code_challenge_method",
  "grant_type",
  "redirect_uri",
  "resource",
  "response_type",
  "scope",
  "state",
];

export const ENDPOINT_CHECKS: readonly AuditCheck[] = [
  fromFindings({
    id: "asm_endpoints",
    severity: "error",
    findings: ["endpoint_missing"],
    otherwise: "the metadata has authorization_endpoint and token_endpoint",
  }),
  fromFindings({
    id: "asm_endpoints_https",
    severity: "error",
    attacker: "A2",
    findings: ["endpoint_insecure", "endpoint_invalid"],
    hasOwnSeverity: true,
    otherwise: "each endpoint is a valid https URL, or on loopback",
  }),
  {
    id: "asm_endpoint_query",
    severity: "warning",
    findings: ["authorization_endpoint_conflict"],
    cost: { requests: 0 },
    run(audit) {
      const { server, serverDocument } = audit.discovery;
      audit.cite(server?.answer);
      const found = deviationFrom(audit, ["authorization_endpoint_conflict"]);
      if (found !== undefined) return found;
      for (const name of ENDPOINTS) {
        const url = stringMember(serverDocument, name) ?? "";
        const own = URL.parse(url)?.searchParams.keys() ?? [];
        const parameter = [...own].find((it) => PROTOCOL_PARAMETERS.includes(it));
        if (parameter === undefined) continue;
        return deviates(`"${name}" is ${quoted(url)}, which has the parameter "${parameter}"`);
      }
      return passed("no endpoint has a parameter of the protocol");
    },
  },
  {
    id: "asm_hosts",
    severity: "info",
    findings: ["endpoint_on_other_host"],
    cost: { requests: 0 },
    async run({ discovery, cite }) {
      cite(discovery.server?.answer);
      const issuer = URL.parse(stringMember(discovery.serverDocument, "issuer") ?? "")?.hostname;
      if (issuer === undefined) return passed("there is no issuer");
      const elsewhere: string[] = [];
      for (const name of ENDPOINTS) {
        const host = URL.parse(stringMember(discovery.serverDocument, name) ?? "")?.hostname;
        if (host === undefined || host === issuer) continue;
        if (await sameRegistrableDomain(host, issuer)) continue;
        elsewhere.push(`"${name}" is on ${quoted(host)}`);
      }
      return elsewhere.length === 0
        ? passed(`all endpoints are on the site of ${quoted(issuer)}`)
        : deviates(`the issuer is on ${quoted(issuer)}, but ${elsewhere.join(", ")}`);
    },
  },
];
