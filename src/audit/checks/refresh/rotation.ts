/** Replaced refresh tokens (RFC 9700 §4.14.2). @module */

import { isBoundToKey } from "../../../oauth/common/issued_token.ts";
import type { Audit } from "../../context/audit.ts";
import { skipCheck } from "../../context/end_check.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, succeeds } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

/** Errors for a token that has ended: some servers use the second one for it. */
export const ENDED = ["invalid_grant", "invalid_request"];

/** Some servers accept a refresh token for 30 or 60 s after it was replaced. */
const GRACE_SECONDS = [0, 35, 65];

/** For a requirement whose deviation is only a warning in some revisions. */
export function requirePassed(
  { result }: Audit,
  id: "refresh_rotates" | "refresh_old_refused",
): void {
  if (result(id)?.verdict === "passed") return;
  throw skipCheck("needs_control", `${id} has not passed`, id);
}

export async function judgeOld(audit: Audit): Promise<Outcome> {
  const { grants, plan } = audit;
  requirePassed(audit, "refresh_rotates");
  const grant = await grants.live("first");
  const old = grant.refreshToken;
  await grants.refresh(grant);
  const newest = await grants.live("first");
  const what = "a refresh token that was replaced";
  let waited = 0;
  for (const seconds of GRACE_SECONDS) {
    if (seconds - waited > plan.maxWaitSeconds) {
      return inconclusive(
        "indistinct",
        `${what} is accepted after ${waited} s; to test whether it ends later: --max-wait ${
          seconds - waited
        }`,
      );
    }
    if (seconds > 0) await audit.wait(seconds - waited);
    waited = seconds;
    const response = await grants.refresh({ ...newest }, { refresh_token: old });
    if (succeeds(response)) continue;
    if (seconds > 0 && noJudgement(response) === undefined) {
      const message = `${what} is accepted at first, and refused only after ${seconds} s`;
      return deviates(message, { severity: "warning" });
    }
    return judgeRefusal(response, { what, codes: ENDED, anyForm: true });
  }
  return deviates(`${what} is still accepted after ${waited} s`);
}

export async function judgeRotation({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.first();
  if (grant.client.method !== "none") {
    return skipped("not_applicable", "the rule is only for public clients");
  }
  const { refreshToken: before } = grant;
  await grants.live("first");
  if (grant.refreshToken !== before) return passed("the refresh returns another refresh token");
  return isBoundToKey(String(grant.document["token_type"] ?? ""))
    ? passed("the refresh returns the same refresh token, which is bound to a key")
    : deviates("the refresh returns the same refresh token");
}
