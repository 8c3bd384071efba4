/** Real tokens that are not for this request: of another audience, kind or time (RFC 8707, RFC 9068). @module */

import { quoted } from "../../../core/text.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { audiencesOf, unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { timeOf } from "../../../oauth/token/access_token_claims.ts";
import type { Audit } from "../../context/audit.ts";
import type { Grant, ParameterChanges } from "../../context/grants.ts";
import type { AuditCheck } from "../../context/check.ts";
import { doubtCheck, skipCheck } from "../../context/end_check.ts";
import { bearer } from "../../judge/mcp_request.ts";
import { inconclusive, skipped } from "../../context/outcome.ts";
import { noJudgement, observed, redirectedError } from "../../judge/refusal.ts";
import {
  citeControl,
  judgeAttempt,
  refusesEach,
  tryCredentials,
} from "../../judge/token_attempt.ts";
import type { Outcome } from "../../context/verdict.ts";
import { INVENTED_RESOURCE } from "../../judge/invented.ts";

/** Servers may tolerate clocks that differ by a minute. */
const TOLERANCE_SECONDS = 61;

const audiencesIn = (token: string): readonly string[] =>
  audiencesOf(unverifiedClaims(token) ?? {});

const listed = (values: readonly string[]) => quoted(values.join(" "));

/** A grant for another resource, or why the authorization server issues no token. */
async function grantFor(
  { grants }: Audit,
  resource: string | undefined,
): Promise<Grant | string> {
  const changes: ParameterChanges = { resource };
  const reply = await grants.authorize(changes);
  if (reply.code === "") {
    const [, error = "none"] = reply.parameters.find(([name]) => name === "error") ?? [];
    return `the authorization response has no code; its error is ${quoted(error)}`;
  }
  const response = await grants.exchange(reply, changes);
  const nothing = noJudgement(response);
  if (nothing !== undefined) throw doubtCheck("rate_limited", nothing.message);
  const grant = await grants.read(response, reply.client, reply);
  return isSuccess(response) && grant.accessToken !== "" ? grant : observed(response);
}

/** Another protected resource of the same authorization server. */
function otherResource({ plan, discovery }: Audit): string | undefined {
  const known = listMember(discovery.serverDocument, "protected_resources") ?? [];
  return plan.otherResource ??
    known.find((it) => it !== discovery.resourceParameter && it !== plan.serverUrl);
}

async function otherAudience(audit: Audit): Promise<{ token: string; what: string }> {
  const { plan, secrets } = audit;
  const given = plan.tokens?.otherAudience;
  if (given !== undefined) {
    secrets.add(given);
    return { token: given, what: "the given token for another audience" };
  }
  const resource = otherResource(audit);
  if (resource === undefined) {
    const message = "no other resource of the authorization server is known";
    throw skipCheck("needs_config", message, "--other-resource");
  }
  const grant = await grantFor(audit, resource);
  if (typeof grant === "string") {
    const message = `no token is issued for ${quoted(resource)}: ${grant}`;
    throw skipCheck("needs_config", message, "--other-resource");
  }
  return { token: grant.accessToken, what: `a token for ${quoted(resource)}` };
}

/** True if the authorization server refuses a resource that does not exist. */
async function readsResource({ grants }: Audit): Promise<boolean> {
  const response = await grants.visit({ resource: INVENTED_RESOURCE });
  return response.status >= 400 || redirectedError(response) !== undefined;
}

/** @throws CheckEnd if the tokens have the same audience. */
function assertOtherAudience(token: string, valid: string): void {
  const [other, own] = [audiencesIn(token), audiencesIn(valid)];
  const shared = other.filter((it) => own.includes(it));
  if (shared.length === 0) return;
  throw doubtCheck(
    "indistinct",
    `the token for another resource has the same audience ${listed(shared)} as a valid one`,
  );
}

/** When a token expires, in milliseconds since the epoch. */
function endOf({ accessToken, expiresAt }: Grant): number {
  return timeOf(unverifiedClaims(accessToken) ?? null, "exp") ?? expiresAt;
}

async function expiredToken(audit: Audit): Promise<string> {
  const { plan, clock, grants, secrets } = audit;
  const given = plan.tokens?.expired;
  if (given !== undefined) {
    secrets.add(given);
    const end = timeOf(unverifiedClaims(given) ?? null, "exp");
    if (end === undefined || end + TOLERANCE_SECONDS * 1000 <= clock.now()) return given;
    const at = new Date(end).toISOString();
    const message = `the given token has not been expired for a minute: "exp" is ${at}`;
    throw doubtCheck("indistinct", message);
  }
  const grant = await grants.first();
  const { accessToken } = grant;
  const end = endOf(grant);
  if (!Number.isFinite(end)) {
    const message = "neither the token nor its response says when it expires";
    throw skipCheck("needs_config", message, "--expired-token-file");
  }
  const seconds = Math.ceil((end - clock.now()) / 1000) + TOLERANCE_SECONDS;
  if (seconds > 0) await audit.wait(seconds);
  return accessToken;
}

async function refuses(audit: Audit, what: string, token: string): Promise<Outcome> {
  return await refusesEach(audit, [{ what, credentials: bearer(token) }]);
}

export const OTHER_TOKEN_CHECKS: readonly AuditCheck[] = [
  {
    id: "rs_wrong_audience",
    severity: "error",
    since: "2025-06-18",
    attacker: "A5",
    cost: { requests: 5, consents: 1 },
    async run(audit) {
      const { accessToken } = await audit.grants.first();
      const { token, what } = await otherAudience(audit);
      assertOtherAudience(token, accessToken);
      const outcome = await refuses(audit, what, token);
      const isObtained = audit.plan.tokens?.otherAudience === undefined;
      const isUnclear = outcome.kind === "deviates" && outcome.severity === undefined &&
        isObtained && audiencesIn(token).length === 0 && !await readsResource(audit);
      return isUnclear
        ? inconclusive(
          "indistinct",
          `${outcome.message}; the authorization server ignores "resource", so the token may be for ` +
            "this server too",
        )
        : outcome;
    },
  },
  {
    id: "rs_no_audience",
    severity: "error",
    since: "2025-06-18",
    attacker: "A5",
    cost: { requests: 4, consents: 1 },
    async run(audit) {
      const { accessToken } = await audit.grants.first();
      if (unverifiedClaims(accessToken) === undefined) {
        return skipped("opaque_token", "the audience of an opaque token cannot be read");
      }
      // exchange_audience reports it.
      if (audiencesIn(accessToken).length === 0) {
        return skipped("not_applicable", "the token for this server has no audience either");
      }
      const grant = await grantFor(audit, undefined);
      if (typeof grant === "string") {
        return skipped("not_applicable", `no token is issued without a resource: ${grant}`);
      }
      if (unverifiedClaims(grant.accessToken) === undefined) {
        return skipped("opaque_token", "without a resource, the token is opaque");
      }
      const audience = audiencesIn(grant.accessToken);
      return audience.length === 0
        ? await refuses(audit, "a token without an audience", grant.accessToken)
        : skipped(
          "not_applicable",
          `without a resource, the token has the audience ${listed(audience)}`,
        );
    },
  },
  {
    id: "rs_id_token",
    severity: "error",
    attacker: "A5",
    cost: { requests: 1 },
    async run(audit) {
      const { idToken } = await audit.grants.first();
      return idToken === undefined
        ? skipped("needs_token", "no ID token was issued", "openid")
        : await refuses(audit, "an ID token", idToken);
    },
  },
  {
    id: "rs_refresh_token",
    severity: "error",
    attacker: "A5",
    cost: { requests: 1 },
    async run(audit) {
      const { refreshToken } = await audit.grants.first();
      return refreshToken === undefined
        ? skipped("needs_refresh_token", "no refresh token was issued")
        : await refuses(audit, "a refresh token", refreshToken);
    },
  },
  {
    id: "rs_query_token",
    severity: "error",
    attacker: "A5",
    unsafe: true,
    cost: { requests: 5, consents: 1 },
    async run(audit) {
      citeControl(audit);
      // URLs end up in logs: no other check uses this token, and it is revoked at the end.
      const { accessToken } = await audit.grants.open();
      const url = new URL(audit.plan.serverUrl);
      url.searchParams.set("access_token", accessToken);
      const attempt = await tryCredentials(audit, [], { url: url.href });
      return judgeAttempt(attempt, { what: "a token in the URL" });
    },
  },
  {
    id: "rs_expired",
    severity: "error",
    attacker: "A5",
    destroys: true,
    cost: { requests: 1, waits: TOLERANCE_SECONDS },
    run: async (audit) => await refuses(audit, "an expired token", await expiredToken(audit)),
  },
];
