/** Texts that several parts of a report use. @module */

import type { StepId } from "../core/step.ts";
import type { ReportEntry } from "./report_model.ts";

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

export function stepName(step: StepId): string {
  return STEPS[step] ?? step;
}

/** The path of a URL; for what is not an http URL, the complete text. */
export function urlPath(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null || parsed.origin === "null" ? url : parsed.pathname;
}

/** Status of the response: `401 Unauthorized`, `no answer`. */
export function responseName({ exchange: { response } }: ReportEntry): string {
  return response === null ? "no answer" : `${response.status} ${response.statusText}`.trim();
}
