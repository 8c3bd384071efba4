/** Codes that have expired or were used (RFC 6749 §4.1.2), and a verifier without a challenge. @module */

import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import type { AuditCheck } from "../../context/check.ts";
import { CheckEnd, skipCheck } from "../../context/end_check.ts";
import type { AuditGrants } from "../../context/grants.ts";
import { judgeAttempt, tryToken } from "../../judge/token_attempt.ts";
import { deviates, skipped } from "../../context/outcome.ts";
import { judgeRefusal, succeeds } from "../../judge/refusal.ts";

/** RFC 6749 §4.1.2: ten minutes at most. */
const CODE_LIFETIME = 600;

/** The response to a used code: that of a grant of its own, or of the first grant without consent. */
async function replayOf(grants: AuditGrants): Promise<HttpResponse> {
  try {
    return (await grants.replayed()).replay;
  } catch (error) {
    const isMissing = error instanceof CheckEnd && error.outcome.kind === "skipped" &&
      error.outcome.reason === "needs_consent";
    if (!isMissing) throw error;
  }
  const { reply, client } = await grants.first();
  if (reply === undefined) throw skipCheck("needs_consent", "no code was issued", "1");
  const response = await grants.exchange(reply);
  if (succeeds(response)) await grants.read(response, client, reply);
  return response;
}

export const DESTRUCTIVE_CHECKS: readonly AuditCheck[] = [
  {
    id: "exchange_unasked_verifier",
    severity: "warning",
    attacker: "A4",
    requires: ["exchange_good"],
    cost: { requests: 2, consents: 1 },
    async run({ grants }) {
      const none = { code_challenge: undefined, code_challenge_method: undefined };
      const page = await grants.visit(none);
      const isRefused = page.status >= 400 ||
        /[?&#]error=/.test(page.headers.get("location") ?? "");
      if (isRefused) return skipped("not_applicable", "the server requires a challenge");
      const reply = await grants.authorize(none);
      if (reply.code === "") return skipped("not_applicable", "the server requires a challenge");
      const response = await grants.exchange(reply);
      if (succeeds(response)) await grants.read(response, reply.client, reply);
      return judgeRefusal(response, {
        what: "a code verifier without a code challenge before",
        codes: ["invalid_grant", "invalid_request"],
        anyForm: true,
      });
    },
  },
  {
    id: "exchange_code_lifetime",
    severity: "warning",
    attacker: "A3",
    requires: ["exchange_good"],
    cost: { requests: 2, consents: 1, waits: CODE_LIFETIME + 1 },
    async run(audit) {
      const { grants, plan } = audit;
      // Ends the check before a person is asked to consent.
      if (plan.maxWaitSeconds <= CODE_LIFETIME) await audit.wait(CODE_LIFETIME + 1);
      const reply = await grants.authorize();
      await audit.wait(CODE_LIFETIME + 1);
      const response = await grants.exchange(reply);
      if (succeeds(response)) await grants.read(response, reply.client, reply);
      return judgeRefusal(response, {
        what: `a code that was issued ${CODE_LIFETIME + 1} s ago`,
        codes: ["invalid_grant"],
        anyForm: true,
      });
    },
  },
  {
    id: "exchange_single_use",
    severity: "error",
    attacker: "A3",
    requires: ["exchange_good"],
    grant: "replayed",
    destroys: "last",
    cost: { requests: 6 },
    run: async ({ grants }) =>
      judgeRefusal(await replayOf(grants), {
        what: "a code that was used before",
        codes: ["invalid_grant", "invalid_request"],
        anyForm: true,
      }),
  },
  {
    id: "exchange_replay_revokes",
    severity: "warning",
    attacker: "A3",
    requires: ["exchange_single_use", "rs_good"],
    grant: "replayed",
    destroys: "last",
    cost: { requests: 2 },
    async run(audit) {
      const { grant } = await audit.grants.replayed();
      const { accessToken, refreshToken } = grant;
      const attempt = await tryToken(audit, accessToken);
      const refresh = refreshToken === undefined ? undefined : await audit.grants.refresh(grant);
      if (refresh !== undefined && isSuccess(refresh)) {
        return deviates("a refresh token is still accepted after its code was sent again");
      }
      const isJwt = unverifiedClaims(accessToken) !== undefined;
      const what = "an access token whose code was sent again";
      return attempt.isAccepted && isJwt && refresh !== undefined
        ? deviates(`${what} is still accepted; it is a JWT`, { severity: "info" })
        : judgeAttempt(attempt, { what });
    },
  },
];
