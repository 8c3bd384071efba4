import { printable } from "../../core/text.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { StepId } from "../../core/step.ts";

const MAX_HOSTS = 2;

/** A text of another party: masked, made safe to print, and cut. */
export function progressText(text: string, secrets: Secrets): string {
  return printable(secrets.mask(text), 500);
}

export function hostsText(hosts: ReadonlySet<string>): string {
  const named = [...hosts].slice(0, MAX_HOSTS).join(", ");
  const more = hosts.size - MAX_HOSTS;
  return more > 0 ? `${named} and ${more} more` : named;
}

/** They follow "while"; with a capital letter they are lines of progress. */
export const STEP_TITLES: Readonly<Record<StepId, string>> = {
  plan: "planning",
  request_without_token: "sending a request without a token",
  resource_metadata: "reading the protected resource metadata",
  authorization_server_metadata: "reading the authorization server metadata",
  registration: "obtaining a client ID",
  identity_login: "signing in at the identity provider",
  identity_exchange: "requesting an assertion from the identity provider",
  authorization: "requesting authorization",
  token: "requesting the token",
  verify_list_tools: "listing the tools",
  verify_call_tool: "calling the tool",
  complete: "finishing",
  request: "sending the request",
};

export function stepLine(step: StepId): string {
  const title = STEP_TITLES[step];
  return title.charAt(0).toUpperCase() + title.slice(1);
}
