/** What a failed refresh leaves in the store, and the failure to report. @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { TokenEndpointError, tokenEndpointError } from "../../oauth/common/issued_token.ts";
import { signInNeeded, signInRemedy } from "../context/sign_in_needed.ts";
import { isRefreshTokenInvalid, isTransientRefusal, permanentError } from "./refresh_refusals.ts";
import { endJournal, type RunningRefresh } from "./running_refresh.ts";
import { isUnanswered } from "./send_refresh.ts";
import { storeFailedRefresh, withoutJournal } from "./store_refreshed.ts";

/** Some servers answer 500 to a refresh token that they no longer know. */
function isFault({ cause }: Failure): boolean {
  return cause instanceof TokenEndpointError && cause.status === 500;
}

function withSignIn(failure: Failure): Failure {
  const remedy = [failure.remedy, "If that does not help, sign in again"].filter(Boolean).join(
    ". ",
  );
  const { code, message, cause } = failure;
  return new Failure(code, message, { ...failure, cause, remedy, loginFlags: {} });
}

/**
 * Updates the sign-in after a failed refresh.
 *
 * @returns The failure to report; undefined if another process has stored tokens meanwhile: then
 * those are to be used.
 */
export async function afterFailure(
  refresh: RunningRefresh,
  failure: Failure,
): Promise<Failure | undefined> {
  const { deps, repository, entry, lost } = refresh;
  const { issuer, client } = entry;
  const { message } = failure;
  const token = `token for ${quoted(entry.serverUrl)}`;
  const why = lost && `; ${lost}, so the server may have replaced the token or revoked it`;
  const error = tokenEndpointError(failure);
  const needed = (code: Code, text: string) => signInNeeded(code, text, entry);
  if (error === "invalid_client" && failure.code === "token_error") {
    await repository.remove("refresh_failed");
    const isByHand = client.approach === "preregistered";
    const text = `${quoted(issuer)} ${isByHand ? "refused" : "no longer knows"} the client ` +
      `${quoted(client.clientId, 60)} (${message}); the client and its tokens were removed`;
    if (!isByHand) return needed("client_refused", text);
    const intro =
      "Compare the client ID and its secret with what is registered there, and register " +
      "the client again if it no longer exists. Then sign in";
    return new Failure("client_refused", text, {
      kind: "sign_in_needed",
      remedy: signInRemedy(entry, intro),
    });
  }
  if (failure.kind === "sign_in_needed") return failure;
  if (isRefreshTokenInvalid(failure) && repeatsGrant(entry.authMode)) {
    const text = `the ${token} could not be obtained again by its grant: ${message}`;
    return needed("assertion_refused", text);
  }
  if (isRefreshTokenInvalid(failure)) {
    const gone = { ...withoutJournal(entry), tokens: null };
    if (!await storeFailedRefresh(refresh, gone)) return undefined;
    return needed(
      "refresh_token_refused",
      `the refresh ${token} was refused (${message})${why ?? ""}; the tokens were removed, the ` +
        "client is still stored",
    );
  }
  if (isUnanswered(failure)) {
    // Without it, another process waits a while for a result.
    await endJournal(refresh).catch(() => {});
    deps.note(
      "the refresh received no complete response; the stored tokens are unchanged, and the next run " +
        "tries the refresh token again",
    );
    return failure;
  }
  // After a lost response, a refusal does not show whether the refresh token is still valid.
  if (lost === undefined) {
    const refusedWith = repeatsGrant(entry.authMode) ? undefined : permanentError(failure);
    const after = {
      ...withoutJournal(entry),
      ...refusedWith === undefined ? {} : { refresh: { ...entry.refresh, refusedWith } },
    };
    if (!await storeFailedRefresh(refresh, after)) return undefined;
  }
  deps.note("the refresh failed; the stored tokens are unchanged");
  if (isTransientRefusal(failure)) return isFault(failure) ? withSignIn(failure) : failure;
  return needed("refresh_refused", `the ${token} could not be refreshed: ${message}${why ?? ""}`);
}
