/** The plan of a login, for `--dry-run`. @module */

import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { chooseRegistration } from "../../oauth/client/registration.ts";
import { assertSignable, givenClient, registrationSources } from "../client/client_registration.ts";
import type { LoginContext } from "../context/login_context.ts";
import { belongsToIssuer } from "../context/login_plan.ts";
import type { PlannedLogin } from "../context/login_result.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import { reportDifferentSites } from "../token/code_grant.ts";

export async function describePlan(
  context: LoginContext,
  response: UnauthenticatedResponse,
  discovery: Discovery,
): Promise<PlannedLogin> {
  const { server } = discovery;
  await assertSignable(context, server);
  const approach = chooseRegistration(registrationSources(context), server, context.rules, null);
  if (belongsToIssuer(context.plan)) {
    const { confirmIssuer, moveToIssuer, otherStoredIssuer } = await import(
      "../client/confirm_issuer.ts"
    );
    await confirmIssuer(context, server, approach);
    const before = await otherStoredIssuer(context, server, approach);
    if (before !== undefined) await moveToIssuer(context, server, approach, before);
  }
  if (AUTH_MODES[context.plan.authMode].codeGrant) await reportDifferentSites(context, server);
  const method = approach === "cimd" || approach === "preregistered"
    ? givenClient(context.plan, approach, server).method
    : approach === "none"
    ? "none"
    : null;
  return {
    issuer: server.issuer,
    registration: approach,
    tokenAuthMethod: method,
    scope: scopesFor(context, response, discovery)?.join(" ") ?? null,
    resource: discovery.resource,
    endpoints: {
      authorization:
        (AUTH_MODES[context.plan.authMode].endpoint === undefined
          ? server.authorizationEndpoint
          : server.deviceEndpoint) ?? null,
      token: server.tokenEndpoint ?? "",
      registration: server.registrationEndpoint ?? null,
    },
  };
}
