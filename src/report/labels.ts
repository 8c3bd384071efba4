import type { StepId } from "../core/step.ts";
import type { Artifact } from "../trace/artifact.ts";
import type { ReportEntry } from "./report_model.ts";

export const STEP_NAMES: Readonly<Record<StepId, string>> = {
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

/** How the command ended, in one line: `oauth login failed at token`. */
export function headline({ outcome: { completed, error }, command, steps }: Artifact): string {
  if (completed) return `${command.name} completed`;
  if (error?.code === "cancelled") return `${command.name} was cancelled`;
  const last = steps.findLast(({ status }) => status === "failed" || status === "running");
  const place = last === undefined ? "" : ` at ${STEP_NAMES[last.step].toLowerCase()}`;
  return `${command.name} failed${place}`;
}

/** The path of an http URL; other texts unchanged. */
export function urlPath(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null || parsed.origin === "null" ? url : parsed.pathname;
}

/** `401 Unauthorized`, `no answer`. */
export function responseName({ exchange: { response } }: ReportEntry): string {
  return response === null ? "no response" : `${response.status} ${response.statusText}`.trim();
}
