import { toFailure } from "../../core/failure.ts";
import type { RegistrationApproach, Revision } from "../../oauth/mcp/revision.ts";
import type { Client } from "../context/client.ts";
import { chooseApproach, reusableClient } from "../client/client_registration.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";

/** The discovered server: input for choosing the remaining login options. */
export interface DiscoveredServer {
  readonly plan: LoginPlan;
  readonly rules: Revision;
  readonly discovery: Discovery;
  readonly redirectUri: string | null;
  /** The scope to request; undefined omits the parameter. */
  readonly scopes: readonly string[] | undefined;
  /** Undefined if there is no way to obtain a client ID yet. */
  readonly approach: RegistrationApproach | undefined;
  readonly storedClient: Client | undefined;
}

/**
 * Chooses the remaining options; the login continues with the plan that it returns.
 *
 * @param fixRedirectUri Moves to the redirect URI for clients that are registered by hand, if its port
 * is free; returns the one in use.
 */
export type ChooseOptions = (
  discovered: DiscoveredServer,
  fixRedirectUri: () => Promise<string | null>,
) => Promise<LoginPlan>;

export function discoveredServer(
  context: LoginContext,
  discovery: Discovery,
  redirectUri: string | null,
): DiscoveredServer {
  const { plan, rules } = context;
  const { server } = discovery;
  let approach: RegistrationApproach | undefined;
  try {
    approach = chooseApproach(context, server, redirectUri);
  } catch (error) {
    if (toFailure(error).code !== "registration_unavailable") throw error;
  }
  return {
    plan,
    rules,
    discovery,
    redirectUri,
    storedClient: reusableClient(context, server, redirectUri),
    scopes: scopesFor(context, discovery),
    approach,
  };
}
