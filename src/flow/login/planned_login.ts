/** The plan of a login, for `--dry-run`. @module */

import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import {
  assertSignable,
  bindToIssuer,
  chooseApproach,
  givenClient,
} from "../client/client_registration.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { PlannedLogin } from "../context/login_result.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import { reportDifferentSites } from "../token/code_grant.ts";

export async function describePlan(
  context: LoginContext,
  discovery: Discovery,
  redirectUri: string | null,
): Promise<PlannedLogin> {
  const { plan } = context;
  const { server, resource } = discovery;
  const { codeGrant, endpoint } = AUTH_MODES[plan.authMode];
  await assertSignable(context, server);
  const approach = chooseApproach(context, server, redirectUri);
  await bindToIssuer(context, server, approach);
  if (codeGrant) await reportDifferentSites(context, server);
  const tokenAuthMethod = approach === "cimd" || approach === "preregistered"
    ? givenClient(plan, approach, server).method
    : approach === "none"
    ? "none"
    : null;
  const { authorizationEndpoint, deviceEndpoint, registrationEndpoint, tokenEndpoint } = server;
  return {
    issuer: server.issuer,
    registration: approach,
    tokenAuthMethod,
    scope: scopesFor(context, discovery)?.join(" ") ?? null,
    resource,
    endpoints: {
      authorization: (endpoint === undefined ? authorizationEndpoint : deviceEndpoint) ?? null,
      token: tokenEndpoint ?? "",
      registration: registrationEndpoint ?? null,
    },
  };
}
