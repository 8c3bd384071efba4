import type { StepId } from "../../core/step.ts";

/** As it follows "while"; with a capital it is the line of progress. */
export const STEP_TITLES: Readonly<Record<StepId, string>> = {
  plan: "planning",
  request_without_token: "asking the server without a token",
  resource_metadata: "reading the protected resource metadata",
  authorization_server_metadata: "reading the authorization server metadata",
  registration: "settling the client",
  identity_login: "signing in at the identity provider",
  identity_exchange: "asking the identity provider for an assertion",
  authorization: "asking for authorization",
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
