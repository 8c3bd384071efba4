/** Scopes at the MCP server: a tool call that needs more than a first sign-in has (RFC 6750 §3.1). @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { unverifiedClaims } from "../../oauth/common/jwt_claims.ts";
import { parseScope, unionScopes } from "../../oauth/mcp/scope.ts";
import { claimedScopes } from "../../oauth/token/access_token_claims.ts";
import type { Audit, AuditPlan } from "../context/audit.ts";
import type { Grant } from "../context/grants.ts";
import { challengeOf, missingInChallenge } from "../judge/challenge.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { skipCheck } from "../context/end_check.ts";
import { callTool } from "../judge/mcp_request.ts";
import { deviates, inconclusive, passed, skipped } from "../context/outcome.ts";
import { noJudgement, observed } from "../judge/refusal.ts";
import { attemptOf, citeControl } from "../judge/token_attempt.ts";

type StepUp = NonNullable<AuditPlan["stepUp"]>;

/** @throws CheckEnd `needs_config`. */
function stepUpOf({ plan }: Audit): StepUp {
  if (plan.stepUp !== undefined) return plan.stepUp;
  throw skipCheck(
    "needs_config",
    "no tool is known that needs more scope than the first sign-in requests",
    "--step-up-tool",
  );
}

function grantedScopes({ accessToken, document, reply }: Grant): readonly string[] {
  const granted = stringMember(document, "scope");
  return granted === undefined
    ? claimedScopes(unverifiedClaims(accessToken) ?? null) ?? reply?.record.scopes ?? []
    : parseScope(granted);
}

/** Calls the tool with a token that does not have the scope. */
async function callWithoutScope(audit: Audit): Promise<HttpResponse> {
  const stepUp = stepUpOf(audit);
  const grant = await audit.grants.first();
  const { scope = "" } = stepUp;
  const granted = grantedScopes(grant);
  const needed = parseScope(scope);
  if (needed.length > 0 && needed.every((it) => granted.includes(it))) {
    const message = `the token already has the scope ${quoted(scope)}: name a tool that needs more`;
    throw skipCheck("needs_config", message, "--step-up-tool");
  }
  return await callTool(audit, stepUp, grant.accessToken);
}

const CALL = "a tool call without the required scope";

const CHECKS: readonly AuditCheck[] = [
  {
    id: "scope_enforced",
    severity: "error",
    attacker: "A5",
    cost: { requests: 4 },
    async run(audit) {
      citeControl(audit);
      const response = await callWithoutScope(audit);
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      const { isAccepted, verdict } = await attemptOf(audit, response);
      const saw = observed(response);
      if (response.status === 403) return passed(`${CALL} is refused: ${saw}`);
      if (response.status >= 500) {
        return deviates(`${CALL} causes a server error: ${saw}`, { severity: "warning" });
      }
      if (response.status === 401) {
        return deviates(`${CALL} gets ${saw}, expected HTTP 403`, { severity: "warning" });
      }
      if (isAccepted) return deviates(`${CALL} is accepted: HTTP ${response.status}`);
      return "errorCode" in verdict && verdict.errorCode !== undefined
        ? deviates(`${CALL} gets ${saw}, expected HTTP 403`, { severity: "warning" })
        : inconclusive("other_refusal", `${CALL} gets ${saw}, which is not about the scope`);
    },
  },
  {
    id: "scope_challenge",
    severity: "warning",
    since: "2025-11-25",
    requires: ["scope_enforced"],
    cost: { requests: 4 },
    async run(audit) {
      const response = await callWithoutScope(audit);
      if (response.status !== 403) {
        return noJudgement(response) ??
          deviates(`${CALL} gets ${observed(response)}, expected HTTP 403`);
      }
      const header = response.headers.get("www-authenticate");
      if (header === null) return deviates("the 403 has no WWW-Authenticate header");
      const missing = [
        ...missingInChallenge(audit, header, "insufficient_scope"),
        ...(challengeOf(header)?.scope ?? []).length === 0 ? ["scope"] : [],
      ];
      return missing.length === 0
        ? passed(`the 403 names the scope ${quoted(challengeOf(header)?.scope?.join(" ") ?? "")}`)
        : deviates(`the challenge ${quoted(header)} is missing ${missing.join(" and ")}`);
    },
  },
  {
    id: "scope_challenge_enough",
    severity: "warning",
    since: "2025-11-25",
    requires: ["scope_challenge"],
    cost: { requests: 8, consents: 1 },
    async run(audit) {
      const { grants } = audit;
      const refused = await callWithoutScope(audit);
      const challenged = challengeOf(refused.headers.get("www-authenticate"))?.scope ?? [];
      if (challenged.length === 0) {
        return skipped("needs_control", "the challenge names no scope", "scope_challenge");
      }
      const scopes = unionScopes(grantedScopes(await grants.first()), challenged);
      const grant = await grants.open({ scope: scopes.join(" ") });
      const granted = grantedScopes(grant);
      const denied = challenged.filter((it) => !granted.includes(it));
      if (denied.length > 0) {
        const names = quoted(denied.join(" "));
        return inconclusive("indistinct", `the authorization server does not grant ${names}`);
      }
      const response = await callTool(audit, stepUpOf(audit), grant.accessToken);
      const more = challengeOf(response.headers.get("www-authenticate"))?.scope ?? [];
      const asked = quoted(challenged.join(" "));
      if (response.status === 403 || response.status === 401) {
        return deviates(
          `with the scope ${asked} of the challenge, the call gets ${observed(response)}` +
            (more.length === 0 ? "" : ` with the scope ${quoted(more.join(" "))}`),
        );
      }
      return noJudgement(response) ?? passed(`the scope ${asked} of the challenge is enough`);
    },
  },
];

export const SCOPE_GROUP: CheckGroup = {
  id: "scope",
  title: "Scopes",
  requires: ["rs_good"],
  checks: CHECKS,
};
