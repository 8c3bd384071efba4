import type { Audit } from "../../context/audit.ts";
import { controlVisit, isRefusedVisit, type Visit } from "../../judge/authorization_visit.ts";
import { skipped } from "../../context/outcome.ts";
import { observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

/** Runs a check with the visit of a valid request; without one, a refusal proves nothing. */
export function withControl(
  run: (audit: Audit, control: Visit) => Promise<Outcome> | Outcome,
): (audit: Audit) => Promise<Outcome> {
  return async (audit) => {
    const control = await controlVisit(audit);
    if (isRefusedVisit(control)) {
      const message = `a valid authorization request is refused: ${observed(control.response)}`;
      return skipped("needs_control", message, "authorize_scopes");
    }
    return await run(audit, control);
  };
}
