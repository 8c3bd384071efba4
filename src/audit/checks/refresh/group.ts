/** Refresh tokens (RFC 6749 §6, RFC 8707 §2.2, RFC 9700 §4.14.2). @module */

import { quoted } from "../../../core/text.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import { audiencesOf, unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { sameScopes } from "../../../oauth/mcp/scope.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../../context/check.ts";
import { skipCheck } from "../../context/end_check.ts";
import { tryToken } from "../../judge/token_attempt.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, observed, succeeds } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { judgeClientAuth, judgeWrongClient } from "./clients.ts";
import { judgeBare, judgeNarrow, judgeOtherResource, judgeWidening } from "./parameters.ts";
import { ENDED, judgeOld, judgeRotation, requirePassed } from "./rotation.ts";

const OFFLINE = "offline_access";

async function judgeGood(audit: Audit): Promise<Outcome> {
  const { grants } = audit;
  const grant = await grants.first();
  const response = await grants.refresh(grant);
  if (!succeeds(response)) {
    return noJudgement(response) ?? deviates(`the refresh is refused: ${observed(response)}`);
  }
  if (audit.result("rs_good")?.verdict !== "passed") return passed("the refresh gives a new token");
  const { response: use, isAccepted } = await tryToken(audit, grant.accessToken);
  return isAccepted
    ? passed("the refresh gives a new token, which the server accepts")
    : noJudgement(use) ??
      deviates(`the server accepts the first token, but not the refreshed one: ${observed(use)}`);
}

async function judgeGiven({ plan, grants, discovery, cite }: Audit): Promise<Outcome> {
  const grant = await grants.first();
  cite(grant.response, discovery.server?.answer);
  if (grant.refreshToken !== undefined) return passed("a refresh token was issued");
  if (grant.reply === undefined && plan.authMode !== "device") {
    return skipped("needs_consent", "without a person, a grant needs no refresh token", "1");
  }
  const listed = listMember(discovery.serverDocument, "grant_types_supported") ?? [];
  const offered = listMember(discovery.serverDocument, "scopes_supported") ?? [];
  if (offered.includes(OFFLINE) && !grant.requestedScopes.includes(OFFLINE)) {
    return skipped(
      "not_advertised",
      "the server names no scopes, so no client requests one; a refresh token requires " +
        "offline_access, which the authorization server lists",
    );
  }
  const scope = quoted(grant.requestedScopes.join(" "));
  return listed.includes("refresh_token")
    ? deviates(
      `no refresh token was issued for the scope ${scope}, but the metadata lists the grant ` +
        "refresh_token",
    )
    : skipped("not_advertised", "the metadata does not list the grant refresh_token");
}

async function judgeAudience({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.first();
  const first = unverifiedClaims(String(grant.document["access_token"] ?? ""));
  await grants.live("first");
  const refreshed = unverifiedClaims(grant.accessToken);
  if (first === undefined || refreshed === undefined) {
    throw skipCheck("opaque_token", "the access token is not a JWT");
  }
  const [before, after] = [audiencesOf(first), audiencesOf(refreshed)];
  return sameScopes(before, after)
    ? passed(`after the refresh, aud is still ${quoted(after.join(" "))}`)
    : deviates(`aud was ${quoted(before.join(" "))}, and now is ${quoted(after.join(" "))}`);
}

const GRANT_CHECK = { grant: "first", requires: ["refresh_good"] } as const;
const OLDER = { "2025-03-26": "warning" } as const;

/**
 * The first grant is used by all, so what may end it comes last: some servers use up the refresh token
 * before they look at the resource.
 */
const CHECKS: readonly AuditCheck[] = [
  {
    id: "refresh_given",
    severity: "info",
    since: "2026-07-28",
    grant: "first",
    cost: { requests: 2 },
    run: judgeGiven,
  },
  { id: "refresh_good", severity: "error", grant: "first", cost: { requests: 8 }, run: judgeGood },
  {
    id: "refresh_bare",
    severity: "warning",
    ...GRANT_CHECK,
    cost: { requests: 4 },
    run: judgeBare,
  },
  {
    id: "refresh_invented",
    severity: "warning",
    ...GRANT_CHECK,
    cost: { requests: 1 },
    async run({ clients, grants }) {
      const invented = { ...await grants.first(), refreshToken: randomValue() };
      const response = await grants.refresh(invented, {}, await clients.forRefusals());
      const what = "a refresh token that was never issued";
      return errorResponse(response).error === "invalid_request" && response.status < 500
        ? deviates(`${what} is refused, expected invalid_grant: ${observed(response)}`)
        : judgeRefusal(response, { what, codes: ["invalid_grant"], statuses: [400] });
    },
  },
  {
    id: "refresh_rotates",
    severity: "error",
    severityIn: OLDER,
    attacker: "A5",
    ...GRANT_CHECK,
    cost: { requests: 1 },
    run: judgeRotation,
  },
  {
    id: "refresh_same_audience",
    severity: "warning",
    since: "2025-06-18",
    ...GRANT_CHECK,
    cost: { requests: 2 },
    run: judgeAudience,
  },
  {
    id: "refresh_narrow",
    severity: "warning",
    ...GRANT_CHECK,
    cost: { requests: 4 },
    run: judgeNarrow,
  },
  {
    id: "refresh_no_widening",
    severity: "error",
    attacker: "A1",
    ...GRANT_CHECK,
    cost: { requests: 4 },
    run: judgeWidening,
  },
  {
    id: "refresh_wrong_client",
    severity: "error",
    attacker: "A5",
    ...GRANT_CHECK,
    cost: { requests: 6 },
    run: judgeWrongClient,
  },
  {
    id: "refresh_other_resource",
    severity: "error",
    attacker: "A5",
    since: "2025-06-18",
    ...GRANT_CHECK,
    cost: { requests: 7 },
    run: judgeOtherResource,
  },
  {
    id: "refresh_client_auth",
    severity: "error",
    attacker: "A5",
    requires: ["refresh_good"],
    grant: "confidential",
    cost: { requests: 8, registrations: 1 },
    run: judgeClientAuth,
  },
  {
    id: "refresh_old_refused",
    severity: "error",
    severityIn: OLDER,
    attacker: "A5",
    grant: "first",
    requires: ["refresh_good", "refresh_rotates"],
    destroys: true,
    cost: { requests: 10, waits: 65 },
    run: judgeOld,
  },
  {
    id: "refresh_reuse_ends_family",
    severity: "warning",
    attacker: "A5",
    grant: "first",
    requires: ["refresh_good", "refresh_old_refused"],
    destroys: true,
    cost: { requests: 1 },
    async run(audit) {
      requirePassed(audit, "refresh_old_refused");
      const { grants } = audit;
      const response = await grants.refresh(await grants.first());
      return judgeRefusal(response, {
        what: "the newest refresh token, after the reuse of an old one,",
        codes: ENDED,
        anyForm: true,
      });
    },
  },
];

export const REFRESH_GROUP: CheckGroup = {
  id: "refresh",
  title: "Refresh",
  requires: ["asm_endpoints"],
  checks: CHECKS,
};
