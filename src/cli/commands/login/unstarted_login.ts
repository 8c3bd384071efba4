/**
 * The document of a login that could not begin.
 *
 * @module
 */

import type { Failure } from "../../../core/failure.ts";
import type { LoginResult } from "../../../flow/context/login_result.ts";
import { errorMember } from "../../terminal/error_document.ts";

/** The result of a login that ended before it began. */
export function unstartedLogin(
  failure: Failure,
  known: Partial<Pick<LoginResult, "serverUrl" | "protocolVersion" | "authMode">> = {},
): LoginResult {
  return {
    completed: false,
    serverUrl: known.serverUrl ?? "",
    protocolVersion: known.protocolVersion ?? "auto",
    registrationStrategy: null,
    authMode: known.authMode ?? "interactive",
    redirectUrl: null,
    currentStep: "plan",
    steps: [],
    findings: [],
    credentials: null,
    verification: null,
    error: errorMember(failure),
  };
}
