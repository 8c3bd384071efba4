/**
 * What a login knows after discovery: what whoever decides the rest has to go by.
 *
 * @module
 */

import { toFailure } from "../../core/failure.ts";
import { chooseRegistration } from "../../oauth/client/registration.ts";
import type { RegistrationApproach, Revision } from "../../oauth/mcp/revision.ts";
import type { Client } from "../context/client.ts";
import { isReusable, registrationSources } from "../client/client_registration.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";

/** The server as it was found. */
export interface DiscoveredServer {
  /** What was asked for. */
  readonly plan: LoginPlan;
  /** The revision whose checks hold. */
  readonly rules: Revision;
  /** What the MCP server said to a request without a token. */
  readonly response: UnauthenticatedResponse;
  /** The authorization server and the resource. */
  readonly discovery: Discovery;
  /** Redirect URI of this login; null for a grant without one. */
  readonly redirectUri: string | null;
  /** Scope that would be asked for; undefined leaves the parameter out. */
  readonly scopes: readonly string[] | undefined;
  /** How the plan comes to a client identifier; undefined when there is no way yet. */
  readonly approach: RegistrationApproach | undefined;
  /** The client that was registered before and can be used again. */
  readonly storedClient: Client | undefined;
}

/** Decides what is open; the plan it returns is carried out. */
export type ChooseOptions = (sight: DiscoveredServer) => Promise<LoginPlan>;

function approachOf(context: LoginContext, { server }: Discovery, redirectUri: string | null) {
  try {
    return chooseRegistration(registrationSources(context), server, context.rules, redirectUri);
  } catch (error) {
    if (toFailure(error).code !== "registration_unavailable") throw error;
    return undefined;
  }
}

/** What was found, for whoever decides. */
export function discoveredServer(
  context: LoginContext,
  response: UnauthenticatedResponse,
  discovery: Discovery,
  redirectUri: string | null,
): DiscoveredServer {
  const { plan, rules, deps: { storedClient: storedClient } } = context;
  const known = storedClient && isReusable(context, storedClient, discovery.server, redirectUri)
    ? storedClient
    : undefined;
  return {
    ...{ plan, rules, response: response, discovery, redirectUri, storedClient: known },
    scopes: scopesFor(context, response, discovery),
    approach: approachOf(context, discovery, redirectUri),
  };
}
