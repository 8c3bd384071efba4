/** Registrations that a server has to accept, and its response to them (RFC 7591 §3.2.1). @module */

import type { JsonObject } from "../../../core/json.ts";
import { member, stringListMember, stringMember } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditClient } from "../../context/clients.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { registeredClient, tryRegistration } from "./attempt.ts";
import { INVENTED_REDIRECT_URI } from "../../judge/invented.ts";

/** Judges a registration that has to succeed. */
async function judgeAccepted(audit: Audit, changes: JsonObject, what: string): Promise<Outcome> {
  const { response, client } = await tryRegistration(audit, changes);
  if (client !== undefined) return passed(`${what} can register: ${observed(response)}`);
  return noJudgement(response) ?? deviates(`${what} cannot register: ${observed(response)}`);
}

function missingFrom({ registration, redirectUri }: AuditClient): string[] {
  const redirectUris = stringListMember(registration, "redirect_uris");
  const expires = member(registration, "client_secret_expires_at");
  return [
    ...redirectUris === undefined ? ["it has no redirect_uris"] : [],
    ...redirectUris?.includes(redirectUri) === false
      ? [`its redirect_uris do not have ${quoted(redirectUri)}`]
      : [],
    ...(stringMember(registration, "token_endpoint_auth_method") ?? "") === ""
      ? ["it has no token_endpoint_auth_method"]
      : [],
    ...stringListMember(registration, "grant_types") === undefined ? ["it has no grant_types"] : [],
    ...member(registration, "client_secret") !== undefined && typeof expires !== "number"
      ? ["it has client_secret, but no number client_secret_expires_at"]
      : [],
  ];
}

const hasSecrets = ({ registration }: AuditClient) =>
  ["client_secret", "registration_access_token"].some((it) => stringMember(registration, it));

export const ACCEPTED_CHECKS: readonly AuditCheck[] = [
  {
    id: "dcr_native",
    severity: "error",
    severityIn: { "2026-07-28": "warning" },
    cost: { requests: 1, registrations: 1 },
    async run({ clients, cite }) {
      const { response, client } = await clients.attempted();
      cite(response);
      if (client !== undefined) return passed(`the client is registered: ${observed(response)}`);
      return noJudgement(response) ?? deviates(
        isSuccess(response)
          ? `the response has no client_id that is a string: ${observed(response)}`
          : `a native client without a secret is refused: ${observed(response)}`,
      );
    },
  },
  {
    id: "dcr_status",
    severity: "warning",
    cost: { requests: 0 },
    async run(audit) {
      const { response } = await registeredClient(audit);
      audit.cite(response);
      return response?.status === 201
        ? passed("the registration gets HTTP 201")
        : deviates(`the registration gets HTTP ${response?.status}, expected HTTP 201`);
    },
  },
  {
    id: "dcr_answer",
    severity: "warning",
    cost: { requests: 0 },
    async run(audit) {
      const client = await registeredClient(audit);
      audit.cite(client.response);
      const missing = missingFrom(client);
      return missing.length === 0
        ? passed("the response has the registered metadata")
        : deviates(`the registration response is incomplete: ${missing.join("; ")}`);
    },
  },
  {
    id: "dcr_no_store",
    severity: "warning",
    cost: { requests: 1, registrations: 1 },
    async run(audit) {
      const first = await registeredClient(audit);
      const client = hasSecrets(first) ? first : await audit.clients.confidential();
      if (!hasSecrets(client)) {
        const message = "no response has a client secret or a registration access token";
        return skipped("not_applicable", message);
      }
      audit.cite(client.response);
      const caching = client.response?.headers.get("cache-control") ?? null;
      return caching !== null && /\bno-store\b/i.test(caching)
        ? passed(`Cache-Control: ${caching}`)
        : deviates(
          caching === null
            ? "the response has no Cache-Control"
            : `the response has Cache-Control: ${quoted(caching, 100)}, without no-store`,
        );
    },
  },
  {
    id: "dcr_needless_secret",
    severity: "warning",
    cost: { requests: 0 },
    async run(audit) {
      const { registration, response } = await registeredClient(audit);
      audit.cite(response);
      const method = stringMember(registration, "token_endpoint_auth_method") ?? "none";
      if (method !== "none") {
        return skipped("not_applicable", `the server registered the method ${quoted(method)}`);
      }
      return stringMember(registration, "client_secret") === undefined
        ? passed("the client has no secret")
        : deviates("the client is registered with the method none, but has a client_secret");
    },
  },
  {
    id: "dcr_loopback_names",
    severity: "warning",
    cost: { requests: 1, registrations: 1 },
    async run(audit) {
      const { redirectUri } = await registeredClient(audit);
      const { port, pathname } = new URL(redirectUri);
      const uris = ["localhost", "[::1]"].map((host) => `http://${host}:${port}${pathname}`);
      return await judgeAccepted(audit, { redirect_uris: uris }, `a client of ${uris.join(", ")}`);
    },
  },
  {
    id: "dcr_unknown_members",
    severity: "warning",
    cost: { requests: 1, registrations: 1 },
    run: (audit) => judgeAccepted(audit, { mcpass_audit: 1 }, "a client with an unknown member"),
  },
  {
    id: "dcr_web_client",
    severity: "warning",
    since: "2026-07-28",
    cost: { requests: 1, registrations: 1 },
    async run(audit) {
      const native = await registeredClient(audit);
      audit.cite(native.response);
      const type = stringMember(native.registration, "application_type") ?? "native";
      if (type !== "native") {
        return deviates(`a client with application_type "native" is registered as ${quoted(type)}`);
      }
      const changes = { application_type: "web", redirect_uris: [INVENTED_REDIRECT_URI] };
      const { response, client } = await tryRegistration(audit, changes);
      if (client === undefined) {
        return noJudgement(response) ??
          deviates(`a web client cannot register: ${observed(response)}`);
      }
      const registered = stringMember(client.registration, "application_type") ?? "web";
      return registered === "web"
        ? passed('the application types "native" and "web" are registered as requested')
        : deviates(`a client with application_type "web" is registered as ${quoted(registered)}`);
    },
  },
];
