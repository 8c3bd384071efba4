/**
 * What a login would do, for `--dry-run`.
 *
 * @module
 */

import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { chooseAuthMethod } from "../../oauth/client/client_auth.ts";
import { chooseRegistration } from "../../oauth/client/registration.ts";
import { assertSignable, registrationSources } from "../client/client_registration.ts";
import { reportDifferentSites } from "../token/code_grant.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import type { Contact } from "../discovery/unauthenticated_response.ts";
import { belongsToIssuer } from "../context/login_plan.ts";
import type { PlannedLogin } from "../context/login_result.ts";
import type { Run } from "../context/login_context.ts";

/** What a login would do from here. */
export async function describePlan(
  run: Run,
  contact: Contact,
  discovery: Discovery,
): Promise<PlannedLogin> {
  const { server } = discovery;
  await assertSignable(run, server);
  const approach = chooseRegistration(registrationSources(run), server, run.rules, null);
  if (belongsToIssuer(run.plan)) {
    const { confirmIssuer, moveToIssuer, otherStoredIssuer } = await import(
      "../client/confirm_issuer.ts"
    );
    await confirmIssuer(run, server, approach);
    const before = await otherStoredIssuer(run, server, approach);
    if (before !== undefined) await moveToIssuer(run, server, approach, before);
  }
  if (AUTH_MODES[run.plan.authMode].codeGrant) await reportDifferentSites(run, server);
  const { clientId = "", clientSecret, privateKey, certificate } = run.plan;
  const keyless = (privateKey ?? certificate) === undefined;
  const method = approach === "dcr"
    ? null
    : approach === "cimd" && keyless
    ? "none"
    : chooseAuthMethod(
      { clientId, clientSecret, privateKey, certificate },
      server.tokenEndpointAuthMethods,
      run.plan.tokenAuthMethod,
    );
  return {
    issuer: server.issuer,
    registration: approach,
    tokenAuthMethod: method,
    scope: scopesFor(run, contact, discovery)?.join(" ") ?? null,
    resource: discovery.resource,
    endpoints: {
      authorization:
        (AUTH_MODES[run.plan.authMode].endpoint === undefined
          ? server.authorizationEndpoint
          : server.deviceEndpoint) ?? null,
      token: server.tokenEndpoint ?? "",
      registration: server.registrationEndpoint ?? null,
    },
  };
}
