/** Claims a pending login in the store, and says how it ended. @module */

import { commandText, withCommand } from "../../../../core/command_text.ts";
import { Failure, usageFailure } from "../../../../core/failure.ts";
import { type BegunRecord, readBegunRecord } from "../../../../flow/login/begun_record.ts";
import type { LoginOutcome } from "../../../../flow/login/login.ts";
import { missingPart } from "../../../../oauth/authorization/authorization.ts";
import { TokenEndpointError } from "../../../../oauth/common/issued_token.ts";
import {
  openRecord,
  type PendingClaim,
  pendingKeys,
  type PendingLogins,
  type PendingOutcome,
} from "../../../../store/pending_logins.ts";
import type { FinishInput } from "./finish_input.ts";
import { parametersOf, stateOf } from "./finish_input.ts";

/** Without the record, the server is unknown. */
const BEGIN_AGAIN = "Begin again, with the same server and options: mcpass login <server> --begin";

const ENDINGS: Readonly<Record<Exclude<PendingOutcome, "expired">, string>> = {
  signed_in: "it was finished, and the sign-in was stored",
  refused: "the person refused the sign-in",
  failed: "it failed",
};

function whyNotOpen(claim: Exclude<PendingClaim, { readonly state: "open" }> | undefined): Failure {
  if (claim === undefined) {
    const message =
      "no pending login here has this handle and this URL: one of them belongs to another " +
      "login, or to another store";
    return new Failure("pending_login_unknown", message, {
      remedy: "Use the handle and the page of the same --begin, and the store where it began\n" +
        "If somebody else sent you the page, do not finish the sign-in",
    });
  }
  if (claim.state === "expired") {
    const message = `the login expired on ${claim.at}`;
    const kind = "sign_in_needed";
    return new Failure("pending_login_expired", message, { kind, remedy: BEGIN_AGAIN });
  }
  const message = claim.state === "claimed"
    ? "another process is finishing this login, or was killed before it recorded the result"
    : `this login ended on ${claim.at}: ${ENDINGS[claim.state]}`;
  const isOver = claim.state === "failed" || claim.state === "refused";
  const status = withCommand("Show the stored sign-ins", { line: commandText("status") });
  return new Failure("pending_login_used", message, { remedy: isOver ? BEGIN_AGAIN : status });
}

export interface ClaimedLogin {
  readonly record: BegunRecord;
  /** After the attempt: one more is possible if the code may be unused. True if that is so. */
  end(outcome: LoginOutcome | undefined, exitStatus: number): Promise<boolean>;
}

/** Failures that the authorization response itself has: another attempt would have the same. */
const REFUSALS: readonly string[] = [
  ...["authorization_error", "callback_invalid", "callback_repeated_parameter"],
  ...["iss_missing", "iss_mismatch", "state_mismatch"],
];

/** True if the authorization server may not have used the code. */
function isCodeUnused({ failure, result, session }: LoginOutcome): boolean {
  if (failure === null || session !== null || REFUSALS.includes(failure.code)) return false;
  const { code, kind, cause } = failure;
  if (result.currentStep !== "token") return true;
  if (kind === "cancelled" || code.startsWith("network_")) return true;
  return cause instanceof TokenEndpointError && cause.isTransient;
}

function outcomeOf(ended: LoginOutcome | undefined, exitStatus: number): PendingOutcome {
  if (ended?.failure?.detail === "access_denied") return "refused";
  const isStored = ended?.session && (ended.failure !== null || exitStatus === 0);
  return isStored ? "signed_in" : "failed";
}

/** The failure of an address that was not copied completely; undefined if that cannot be seen. */
function cutOff(address: string, { authorization }: BegunRecord): Failure | undefined {
  const missing = missingPart([...parametersOf(address)], authorization);
  return missing === undefined ? undefined : usageFailure(
    "invalid_value",
    `--finish: the URL may be cut off: ${missing}`,
    "Copy the complete URL from the browser's address bar, in quotes for the shell",
  );
}

/** @throws Failure `pending_login_…`, or `invalid_value` for an address that may be cut off. */
export async function claimLogin(
  pending: PendingLogins,
  { address, handle }: FinishInput,
): Promise<ClaimedLogin> {
  const keys = await pendingKeys(handle, stateOf(address));
  const claim = await pending.claim(keys.id);
  if (claim?.state !== "open") throw whyNotOpen(claim);
  const content = await openRecord(claim.record, keys);
  if (content === undefined) {
    await pending.close(keys.id, "failed");
    const message = "the stored record of the pending login was changed; mcpass does not use it";
    throw new Failure("pending_login_damaged", message, { remedy: BEGIN_AGAIN });
  }
  let record: BegunRecord;
  try {
    record = readBegunRecord(content);
  } catch (error) {
    await pending.release(keys.id);
    throw error;
  }
  const incomplete = cutOff(address, record);
  if (incomplete !== undefined && await pending.release(keys.id)) throw incomplete;
  return {
    record,
    async end(outcome, exitStatus) {
      if (outcome === undefined || isCodeUnused(outcome)) {
        if (await pending.release(keys.id)) return true;
      }
      await pending.close(keys.id, outcomeOf(outcome, exitStatus));
      return false;
    },
  };
}
