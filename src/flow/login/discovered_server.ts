/**
 * What a login knows after discovery: what whoever decides the rest has to go by.
 *
 * @module
 */

import { toFailure } from "../../core/failure.ts";
import { chooseRegistration } from "../../oauth/client/registration.ts";
import type { RegistrationApproach, Revision } from "../../oauth/mcp/revision.ts";
import type { Client } from "../context/client.ts";
import { fits, registrationSources } from "../client/client_registration.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import type { Contact } from "../discovery/unauthenticated_response.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import type { Run } from "../context/login_context.ts";

/** The server as it was found. */
export interface Sight {
  /** What was asked for. */
  readonly plan: LoginPlan;
  /** The revision whose checks hold. */
  readonly rules: Revision;
  /** What the MCP server said to a request without a token. */
  readonly contact: Contact;
  /** The authorization server and the resource. */
  readonly discovery: Discovery;
  /** Redirect URI of this login; null for a grant without one. */
  readonly redirectUri: string | null;
  /** Scope that would be asked for; undefined leaves the parameter out. */
  readonly scopes: readonly string[] | undefined;
  /** How the plan comes to a client identifier; undefined when there is no way yet. */
  readonly approach: RegistrationApproach | undefined;
  /** The client that was registered before and can be used again. */
  readonly known: Client | undefined;
}

/** Decides what is open; the plan it returns is carried out. */
export type Decide = (sight: Sight) => Promise<LoginPlan>;

function approachOf(run: Run, { server }: Discovery, redirectUri: string | null) {
  try {
    return chooseRegistration(registrationSources(run), server, run.rules, redirectUri);
  } catch (error) {
    if (toFailure(error).code !== "registration_unavailable") throw error;
    return undefined;
  }
}

/** What was found, for whoever decides. */
export function sightOf(
  run: Run,
  contact: Contact,
  discovery: Discovery,
  redirectUri: string | null,
): Sight {
  const { plan, rules, deps: { knownClient } } = run;
  const known = knownClient && fits(run, knownClient, discovery.server, redirectUri)
    ? knownClient
    : undefined;
  return {
    ...{ plan, rules, contact, discovery, redirectUri, known },
    scopes: scopesFor(run, contact, discovery),
    approach: approachOf(run, discovery, redirectUri),
  };
}
