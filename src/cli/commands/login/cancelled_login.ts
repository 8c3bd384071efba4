import { cancelledFailure, type Failure } from "../../../core/failure.ts";

/** Says what a cancelled login left behind. */
export function cancelledLogin(
  { message }: Failure,
  isSignInStored: boolean,
  isClientStored: boolean,
): Failure {
  const left = isSignInStored
    ? "the sign-in is stored"
    : isClientStored
    ? "only the registered client is stored, for the next sign-in"
    : "nothing was stored";
  const what = message === "cancelled" ? "sign-in cancelled" : `sign-in ${message}`;
  return cancelledFailure(`${what}; ${left}`);
}
