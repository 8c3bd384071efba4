/**
 * Names and numbers as a report writes them.
 *
 * @module
 */

import type { StepId } from "../core/step.ts";
import type { Told } from "./account.ts";

const STEPS: Readonly<Record<StepId, string>> = {
  plan: "Plan",
  request_without_token: "First request, without a token",
  resource_metadata: "Protected resource metadata",
  authorization_server_metadata: "Authorization server metadata",
  registration: "Client registration",
  identity_login: "Sign-in at the identity provider",
  identity_exchange: "Identity exchange",
  authorization: "Authorization",
  token: "Token",
  verify_list_tools: "Verification: list the tools",
  verify_call_tool: "Verification: call a tool",
  complete: "Complete",
  request: "Request",
};

/** A step in words. */
export function stepName(step: StepId): string {
  return STEPS[step] ?? step;
}

/** `12 ms`, `3.4 s`, `2 min 5 s`. */
export function took(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** `3 findings`, `1 finding`. */
export function counted(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}

/** The path that a request goes to, else the whole of what was asked. */
export function pathOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null || parsed.origin === "null" ? url : parsed.pathname;
}

/** What came back: `401 Unauthorized`, `no answer`. */
export function answerName({ exchange: { response } }: Told): string {
  return response === null ? "no answer" : `${response.status} ${response.statusText}`.trim();
}
