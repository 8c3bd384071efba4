/** Revocation (RFC 7009) and introspection (RFC 7662). @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import { refusesClient } from "../../oauth/common/error_response.ts";
import { unverifiedClaims } from "../../oauth/common/jwt_claims.ts";
import { judgeIntrospection, judgeRevocation } from "../../oauth/token/revocation.ts";
import type { TokenTypeHint } from "../../oauth/token/revocation.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { doubtCheck, skipCheck } from "../context/end_check.ts";
import type { Grant } from "../context/grants.ts";
import { judgeAttempt, tryToken } from "../judge/token_attempt.ts";
import { deviates, inconclusive, passed, skipped } from "../context/outcome.ts";
import { judgeRefusal, noJudgement, observed, succeeds } from "../judge/refusal.ts";
import type { Outcome } from "../context/verdict.ts";

async function revoke(
  { discovery, grants }: Audit,
  token: string,
  hint: TokenTypeHint,
  client: AuditClient,
): Promise<HttpResponse> {
  const endpoint = discovery.metadata?.revocationEndpoint;
  if (endpoint === undefined) {
    throw skipCheck("not_advertised", "the metadata has no revocation_endpoint");
  }
  const response = await grants.post(endpoint, { token, token_type_hint: hint }, client);
  const nothing = noJudgement(response);
  if (nothing !== undefined) throw doubtCheck("rate_limited", nothing.message);
  return response;
}

async function introspect(
  { discovery, grants }: Audit,
  token: string,
  client: AuditClient | null,
): Promise<HttpResponse> {
  const endpoint = discovery.metadata?.introspectionEndpoint;
  if (endpoint === undefined) {
    throw skipCheck("not_advertised", "the metadata has no introspection_endpoint");
  }
  const response = await grants.post(endpoint, { token, token_type_hint: "access_token" }, client);
  const nothing = noJudgement(response);
  if (nothing !== undefined) throw doubtCheck("rate_limited", nothing.message);
  return response;
}

const isJwt = ({ accessToken }: Grant) => unverifiedClaims(accessToken) !== undefined;

/** Inconclusive if the client is refused: some servers let only confidential clients revoke. */
function clientRefused(response: HttpResponse): Outcome | undefined {
  return refusesClient(response)
    ? inconclusive(
      "other_refusal",
      `the revocation is refused to this client: ${observed(response)}`,
    )
    : undefined;
}

/** Undefined if the response confirms the revocation. */
function notRevoked(response: HttpResponse, what: string): Outcome | undefined {
  const result = judgeRevocation(response);
  if (result.revoked) return undefined;
  const refused = clientRefused(response);
  if (refused !== undefined) return refused;
  return result.unsupported
    ? passed(`the revocation of ${what} is reported as unsupported: ${result.why}`)
    : deviates(`the revocation of ${what} is refused: ${result.why}`);
}

async function judgeAccess(audit: Audit): Promise<Outcome> {
  const grant = await audit.grants.second();
  const response = await revoke(audit, grant.accessToken, "access_token", grant.client);
  const refused = notRevoked(response, "access tokens");
  if (refused !== undefined) return refused;
  const attempt = await tryToken(audit, grant.accessToken);
  return judgeAttempt(attempt, { what: "a revoked access token" });
}

async function judgeForeign(audit: Audit): Promise<Outcome> {
  const { clients, grants } = audit;
  const grant = await grants.live("second");
  const other = await clients.other(grant.client);
  const response = await revoke(audit, grant.refreshToken ?? "", "refresh_token", other);
  const control = await grants.refresh(grant);
  if (succeeds(control)) {
    const sent = `another client tried to revoke it (${observed(response)})`;
    return passed(`the refresh token is still accepted after ${sent}`);
  }
  return noJudgement(control) ??
    deviates(`after a revocation by another client, the refresh token gets ${observed(control)}`);
}

async function judgeRefresh(audit: Audit): Promise<Outcome> {
  const { grants } = audit;
  const grant = await grants.live("second");
  const response = await revoke(audit, grant.refreshToken ?? "", "refresh_token", grant.client);
  const result = judgeRevocation(response);
  if (!result.revoked) {
    return clientRefused(response) ??
      deviates(`the revocation of a refresh token is refused: ${result.why}`);
  }
  const { accessToken } = grant;
  const after = await grants.refresh(grant);
  const outcome = judgeRefusal(after, {
    what: "a revoked refresh token",
    codes: ["invalid_grant", "invalid_request"],
    anyForm: true,
  });
  Object.assign(grant, { accessToken });
  return outcome;
}

async function judgeCascade(audit: Audit): Promise<Outcome> {
  const grant = await audit.grants.second();
  const attempt = await tryToken(audit, grant.accessToken);
  const what = "an access token of a revoked refresh token";
  return attempt.isAccepted && isJwt(grant)
    ? deviates(`${what} is still accepted; it is a JWT`, { severity: "info" })
    : judgeAttempt(attempt, { what });
}

async function judgeClientAuth(audit: Audit): Promise<Outcome> {
  const { clients, grants } = audit;
  if (audit.discovery.metadata?.revocationEndpoint === undefined) {
    return skipped("not_advertised", "the metadata has no revocation_endpoint");
  }
  const client = await clients.confidential();
  if (client.clientSecret === undefined) {
    return skipped("needs_client", "the server issued no client secret");
  }
  const what = "a revocation of a confidential client without its secret";
  const bare: AuditClient = { ...client, method: "none" };
  const invented = await revoke(audit, randomValue(), "refresh_token", bare);
  if (!succeeds(invented)) {
    const control = await revoke(audit, randomValue(), "refresh_token", client);
    return succeeds(control) || !refusesClient(control)
      ? judgeRefusal(invented, { what, codes: ["invalid_client", "unauthorized_client"] })
      : skipped(
        "needs_control",
        `a revocation with the secret is refused too: ${observed(control)}`,
        "exchange_methods",
      );
  }
  // HTTP 200 is also right for an invented token: only a real one shows whether it was revoked.
  const grant = await grants.confidential();
  if (grant.refreshToken === undefined) {
    return skipped("needs_refresh_token", "the grant has no refresh token");
  }
  const response = await revoke(audit, grant.refreshToken, "refresh_token", bare);
  const refresh = await grants.refresh(grant);
  if (succeeds(refresh)) return passed(`${what} has no effect: ${observed(response)}`);
  return noJudgement(refresh) ??
    deviates(`${what} is accepted; then its refresh token gets ${observed(refresh)}`);
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "revoke_unknown",
    severity: "warning",
    cost: { requests: 1 },
    async run(audit) {
      const client = await audit.clients.forRefusals();
      const response = await revoke(audit, randomValue(), "refresh_token", client);
      return notRevoked(response, "an invented token") ??
        passed("the revocation of an invented token gets HTTP 200");
    },
  },
  {
    id: "introspect_protected",
    severity: "error",
    attacker: "A5",
    grant: "first",
    cost: { requests: 1 },
    async run(audit) {
      const { accessToken } = await audit.grants.first();
      const response = await introspect(audit, accessToken, null);
      const { active } = judgeIntrospection(response);
      const what = "introspection without credentials";
      if (active === false) return passed(`${what} gets "active": false`);
      return judgeRefusal(response, { what, accepts: () => active === true });
    },
  },
  {
    id: "introspect_inactive",
    severity: "warning",
    cost: { requests: 1, registrations: 1 },
    async run(audit) {
      if (audit.discovery.metadata?.introspectionEndpoint === undefined) {
        return skipped("not_advertised", "the metadata has no introspection_endpoint");
      }
      const client = await audit.clients.confidential();
      const response = await introspect(audit, randomValue(), client);
      const saw = `introspection of an invented token gets ${observed(response)}`;
      if (judgeIntrospection(response).active === false) return passed(saw);
      return refusesClient(response) || response.status === 403
        ? skipped("needs_client", `${saw}: another client is needed`)
        : deviates(saw);
    },
  },
  {
    id: "revoke_client_auth",
    severity: "error",
    attacker: "A5",
    grant: "confidential",
    cost: { requests: 6, registrations: 1 },
    run: judgeClientAuth,
  },
  {
    id: "revoke_foreign",
    severity: "error",
    attacker: "A5",
    grant: "second",
    requires: ["refresh_good"],
    cost: { requests: 6 },
    run: judgeForeign,
  },
  {
    id: "revoke_access",
    severity: "warning",
    attacker: "A5",
    grant: "second",
    requires: ["rs_good"],
    cost: { requests: 2 },
    run: judgeAccess,
  },
  {
    id: "revoke_refresh",
    severity: "error",
    attacker: "A5",
    grant: "second",
    requires: ["refresh_good"],
    destroys: true,
    cost: { requests: 5 },
    run: judgeRefresh,
  },
  {
    id: "revoke_cascades",
    severity: "warning",
    attacker: "A5",
    grant: "second",
    requires: ["revoke_refresh", "rs_good"],
    destroys: true,
    cost: { requests: 1 },
    run: judgeCascade,
  },
];

export const REVOCATION_GROUP: CheckGroup = {
  id: "revocation",
  title: "Revocation and introspection",
  requires: ["asm_endpoints"],
  checks: CHECKS,
};
