/** What the authorization server announces: grants, PKCE, client authentication (RFC 8414 §2). @module */

import { member, stringListMember } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import { isSuccess, jsonObject } from "../../../oauth/common/endpoint_response.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { findingChecks } from "../../judge/finding_check.ts";
import { deviationFrom, findingsWith } from "../../judge/findings.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";

const fromFindings = findingChecks(
  "authorization_server_metadata",
  ({ server }) => server?.answer,
);

/** The token responses that the audit received, with the scope that was asked for. */
function tokenResponses({ exchanges }: Audit) {
  return exchanges().flatMap(({ id, purpose, request, response }) => {
    if (purpose !== "token" || response === null) return [];
    const { status, body } = response;
    const received = { url: request.url, status, headers: new Headers(), body };
    const document = isSuccess(received) ? jsonObject(received) : undefined;
    return document?.["access_token"] === undefined ? [] : [{ exchangeId: id, document }];
  });
}

export const CAPABILITY_CHECKS: readonly AuditCheck[] = [
  fromFindings({
    id: "asm_code_flow",
    severity: "error",
    findings: [
      "code_flow_not_supported",
      "response_types_missing",
      "response_mode_query_missing",
      "grant_code_not_listed",
    ],
    hasOwnSeverity: true,
    otherwise: "the authorization code flow is listed",
  }),
  {
    id: "asm_no_implicit",
    severity: "warning",
    requires: ["asm_code_flow"],
    findings: ["grant_withdrawn"],
    cost: { requests: 0 },
    run(audit) {
      const { server, serverDocument } = audit.discovery;
      audit.cite(server?.answer);
      const types = (stringListMember(serverDocument, "response_types_supported") ?? [])
        .filter((it) => it.split(" ").includes("token"));
      return deviationFrom(audit, ["grant_withdrawn"], { severity: "warning" }) ??
        (types.length === 0 ? passed("neither implicit nor password is listed") : deviates(
          `"response_types_supported" lists ${types.map((it) => quoted(it)).join(", ")}`,
        ));
    },
  },
  {
    id: "asm_s256",
    severity: "error",
    severityIn: { "2025-03-26": "warning", "2025-06-18": "warning" },
    findings: [
      "pkce_not_advertised",
      "pkce_s256_not_supported",
      "pkce_not_advertised_trusted",
      "pkce_not_advertised_tolerated",
    ],
    cost: { requests: 0 },
    run(audit) {
      audit.cite(audit.discovery.server?.answer);
      const outcome = deviationFrom(audit, [
        "pkce_not_advertised",
        "pkce_s256_not_supported",
        "pkce_not_advertised_trusted",
        "pkce_not_advertised_tolerated",
      ]);
      if (outcome === undefined) return passed("S256 is listed");
      const [finding] = findingsWith(audit, ["pkce_not_advertised", "pkce_s256_not_supported"]);
      const message = outcome.message +
        (finding?.code === "pkce_not_advertised"
          ? ". This concerns the metadata only: the check authorize_pkce tests PKCE itself"
          : "");
      return { ...outcome, message };
    },
  },
  fromFindings({
    id: "asm_no_plain",
    severity: "warning",
    attacker: "A4",
    findings: ["pkce_plain_listed"],
    otherwise: "plain is not listed",
  }),
  fromFindings({
    id: "asm_iss_flag",
    severity: "warning",
    since: "2026-07-28",
    attacker: "A1",
    findings: ["iss_not_advertised"],
    otherwise: '"authorization_response_iss_parameter_supported" is true',
  }),
  {
    id: "asm_public_clients",
    severity: "warning",
    findings: ["auth_methods_default", "public_clients_not_listed", "cimd_without_auth_method"],
    cost: { requests: 0 },
    run(audit) {
      const { metadata, serverDocument, server } = audit.discovery;
      if (server === undefined) return skipped("not_applicable", "there is no document");
      audit.cite(server.answer);
      const methods = listMember(serverDocument, "token_endpoint_auth_methods_supported");
      const hasDocuments = metadata?.clientIdMetadataDocument === true;
      if (methods?.includes("none") === true) return passed('"none" is listed');
      if (hasDocuments && methods?.includes("private_key_jwt") === true) {
        return passed("clients with a metadata document can use private_key_jwt");
      }
      // The operator who enters a client also chooses its method.
      const isByHand = !hasDocuments && metadata?.registrationEndpoint === undefined;
      const severity = isByHand ? "info" : "warning";
      return deviationFrom(audit, [
        "cimd_without_auth_method",
        "public_clients_not_listed",
        "auth_methods_default",
      ], { severity }) ?? deviates('"none" is not listed', { severity });
    },
  },
  fromFindings({
    id: "asm_auth_algs",
    severity: "warning",
    findings: ["auth_signing_algs_missing", "signing_alg_none"],
    otherwise: 'each listed JWT method has signing algorithms other than "none"',
  }),
  fromFindings({
    id: "asm_client_route",
    severity: "warning",
    findings: ["registration_unavailable"],
    otherwise: "clients can use a metadata document or register",
  }),
  {
    id: "asm_refresh_listed",
    severity: "info",
    findings: ["grant_refresh_not_listed"],
    last: true,
    cost: { requests: 0 },
    run(audit) {
      const { server, serverDocument } = audit.discovery;
      audit.cite(server?.answer);
      const isListed = listMember(serverDocument, "grant_types_supported")
        ?.includes("refresh_token") === true;
      const responses = tokenResponses(audit);
      if (responses.length === 0) {
        return skipped("needs_token", "no token was issued in this audit");
      }
      const issued = responses.find(({ document }) => member(document, "refresh_token"));
      audit.cite(issued);
      if (issued === undefined) {
        return isListed
          ? skipped("needs_refresh_token", "no refresh token was issued")
          : passed("no refresh token was issued, and the grant is not listed");
      }
      return isListed
        ? passed("the metadata lists the grant refresh_token")
        : deviates('a refresh token was issued, but "grant_types_supported" has no refresh_token');
    },
  },
  {
    id: "asm_offline_listed",
    severity: "info",
    since: "2026-07-28",
    last: true,
    cost: { requests: 0 },
    run(audit) {
      const { server, serverDocument } = audit.discovery;
      audit.cite(server?.answer);
      const scopes = listMember(serverDocument, "scopes_supported");
      if (scopes === undefined) return skipped("not_advertised", "the metadata lists no scopes");
      if (scopes.includes("offline_access")) return passed("offline_access is listed");
      const responses = tokenResponses(audit);
      if (responses.length === 0) {
        return skipped("needs_token", "no token was issued in this audit");
      }
      const issued = responses.find(({ document }) => member(document, "refresh_token"));
      audit.cite(issued);
      const isGrant = listMember(serverDocument, "grant_types_supported")
        ?.includes("refresh_token") === true;
      return issued === undefined && isGrant
        ? deviates(
          "no refresh token was issued without offline_access; the metadata lists the grant " +
            'refresh_token, but not offline_access in "scopes_supported"',
        )
        : passed(
          issued === undefined
            ? "no refresh token was issued, and the grant is not listed"
            : "a refresh token was issued, although the metadata does not list offline_access",
        );
    },
  },
  fromFindings({
    id: "asm_lists_resource",
    severity: "warning",
    since: "2025-06-18",
    findings: ["resource_not_listed_by_server"],
    otherwise: '"protected_resources" is absent, or has this resource',
  }),
];
