/** Refreshes by other clients than that of the token (RFC 6749 §6). @module */

import type { Audit } from "../../context/audit.ts";
import { deviates, skipped } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, observed, succeeds } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

export async function judgeWrongClient({ clients, grants }: Audit): Promise<Outcome> {
  const grant = await grants.live("first");
  const other = await clients.other(grant.client);
  const response = await grants.refresh(grant, {}, other);
  const outcome = judgeRefusal(response, {
    what: "a refresh token of another client",
    codes: [
      ...["invalid_grant", "unauthorized_client", "access_denied", "invalid_request"],
      "invalid_client",
    ],
    anyForm: true,
  });
  if (outcome.kind !== "passed") return outcome;
  const control = await grants.refresh(grant);
  if (succeeds(control)) return outcome;
  return noJudgement(control) ??
    deviates(`${outcome.message}; after that, its own client is refused: ${observed(control)}`, {
      severity: "warning",
    });
}

export async function judgeClientAuth({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.confidential();
  if (grant.client.clientSecret === undefined) {
    return skipped("needs_client", "the server issued no client secret");
  }
  const response = await grants.refresh(grant, {}, { ...grant.client, method: "none" });
  const outcome = judgeRefusal(response, {
    what: "a refresh of a confidential client without its secret",
    codes: ["invalid_client", "unauthorized_client", "invalid_request", "invalid_grant"],
    anyForm: true,
  });
  if (outcome.kind !== "passed") return outcome;
  const control = await grants.refresh(grant);
  return succeeds(control) ? outcome : noJudgement(control) ??
    skipped(
      "needs_control",
      `a refresh with the secret is refused too: ${observed(control)}`,
      "refresh_good",
    );
}
