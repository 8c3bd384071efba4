/** Revokes tokens that could not be stored: nobody could use or revoke them later. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RequestEffects } from "../context/effects.ts";
import { revokeTokens, type TokenRevocation } from "./revoke.ts";

export interface UnstoredTokensOutcome {
  /** The failure to store, with what was revoked and what was not. */
  readonly failure: Failure;
  /** True if every token was revoked. */
  readonly revoked: boolean;
}

const nameOf = ({ token }: TokenRevocation) => `the ${token.replace("_", " ")}`;

function outcomeText(revocations: readonly TokenRevocation[]): string {
  if (revocations.length === 0) {
    return "the authorization server has no revocation endpoint, so the tokens stay valid until " +
      "they expire";
  }
  const done = revocations.filter(({ outcome }) => outcome.revoked).map(nameOf);
  const left = revocations.flatMap((it) =>
    it.outcome.revoked ? [] : [`${nameOf(it)} was not revoked (${it.outcome.why})`]
  );
  const revoked = done.length === 0
    ? []
    : [`mcpass revoked ${done.join(" and ")}, which it could not store`];
  return [...revoked, ...left].join("; ");
}

/** Revokes the tokens of a sign-in that could not be stored (RFC 7009). Never throws. */
export async function revokeUnstoredTokens(
  deps: RequestEffects,
  entry: StoredEntry,
  failure: Failure,
): Promise<UnstoredTokensOutcome> {
  const { code, kind, message, remedy, reference, detail, cause } = failure;
  const ending = await revokeTokens(deps, entry).then(
    (revocations) => ({
      text: outcomeText(revocations),
      revoked: revocations.length > 0 && revocations.every(({ outcome }) => outcome.revoked),
    }),
    (error) => ({
      text: `the tokens were not revoked (${toFailure(error).message})`,
      revoked: false,
    }),
  );
  const parts = { kind, remedy, reference, detail, cause };
  return {
    failure: new Failure(code, `${message}; ${ending.text}`, parts),
    revoked: ending.revoked,
  };
}
