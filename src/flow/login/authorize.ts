/**
 * The authorizations of one login: the client, the token request, and one more attempt with another
 * registration if the authorization server refuses the client or its scope.
 * @module
 */

import type { Consent } from "../../consent/consent.ts";
import { type Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { isBoundToKey, TokenEndpointError } from "../../oauth/common/issued_token.ts";
import type { Client } from "../context/client.ts";
import { obtainClientFor } from "../client/client_registration.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import { obtainToken } from "../token/grant.ts";
import type { Identity } from "../token/identity_provider.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { Session } from "./session.ts";
import { MAX_AUTHORIZATIONS } from "./session_decisions.ts";
import {
  certificateForToken,
  judgeUnboundToken,
  keyBindingFor,
  newKeyBinding,
  requiresKeyBinding,
} from "./token_binding.ts";

/** What a login remembers between its authorizations. Every change replaces it. */
export interface AuthorizationState {
  /** Authorizations with the current registration of the client. */
  readonly authorizations: number;
  /** True after the registration of the client was expanded; that happens once. */
  readonly isExpanded: boolean;
  readonly acceptedToken: string | undefined;
  /** True if the MCP server accepts only tokens that are bound to a key. */
  readonly isBindingRequired: boolean;
  readonly signer: DpopSigner | undefined;
  /** Who is signed in at the identity provider. */
  readonly identity: Identity | undefined;
}

export interface ConsentResult {
  readonly context: LoginContext;
  /** The response that asked for a token first. */
  readonly response: UnauthenticatedResponse;
  readonly consent: Consent | undefined;
  state: AuthorizationState;
}

export async function startSignIn(
  context: LoginContext,
  response: UnauthenticatedResponse,
  discovery: Discovery,
  consent: Consent | undefined,
): Promise<ConsentResult> {
  const state: AuthorizationState = {
    authorizations: 0,
    isExpanded: false,
    acceptedToken: undefined,
    isBindingRequired: requiresKeyBinding(response, discovery),
    signer: await keyBindingFor(context, response, discovery),
    identity: undefined,
  };
  return { context, response, consent, state };
}

export function update(signIn: ConsentResult, changes: Partial<AuthorizationState>): void {
  signIn.state = { ...signIn.state, ...changes };
}

async function authorizeOnce(
  signIn: ConsentResult,
  discovery: Discovery,
  client: Client,
  scopes: readonly string[] | undefined,
): Promise<Session> {
  const { context, response, consent, state } = signIn;
  // A client that is registered for bound tokens receives no others.
  const signer = state.signer ??
    (client.dpop === true ? await newKeyBinding(context, response, discovery) : undefined);
  update(signIn, { authorizations: state.authorizations + 1, signer });
  const { identity: known, isBindingRequired } = state;
  const request = { discovery, client, scopes, consent, signer, identity: known };
  const { token, identity } = await obtainToken(context, request);
  update(signIn, { identity });
  const obtainedAt = context.deps.clock.now();
  const isBound = isBoundToKey(token.tokenType);
  if (signer !== undefined && !isBound) {
    context.judge([judgeUnboundToken(discovery, isBindingRequired)]);
  }
  return {
    discovery,
    client,
    requested: scopes,
    token,
    obtainedAt,
    signer: isBound ? signer : undefined,
    certificate: await certificateForToken(context, discovery, client, token.accessToken),
    identity,
  };
}

/** The client with a registration for these scopes; undefined if there is none, or for a second one. */
export async function expandRegistration(
  signIn: ConsentResult,
  { server }: Discovery,
  client: Client,
  scopes: readonly string[] | undefined,
): Promise<Client | undefined> {
  const { context, state: { isExpanded, signer } } = signIn;
  if (isExpanded || scopes === undefined) return undefined;
  update(signIn, { isExpanded: true });
  const { expandScope } = await import("../client/expand_scope.ts");
  return await expandScope(context, server, client, scopes, signer !== undefined);
}

/** Obtains a token. If the registration of the client excludes the scope, it is expanded once. */
export async function authorize(
  signIn: ConsentResult,
  discovery: Discovery,
  client: Client,
  scopes: readonly string[] | undefined,
): Promise<Session> {
  try {
    return await authorizeOnce(signIn, discovery, client, scopes);
  } catch (error) {
    const isLast = signIn.state.authorizations >= MAX_AUTHORIZATIONS;
    if (client.approach !== "dcr" || isLast) throw error;
    const { isBoundScope } = await import("../client/expand_scope.ts");
    if (!isBoundScope(error, client, scopes)) throw error;
    const expanded = await expandRegistration(signIn, discovery, client, scopes);
    if (expanded === undefined) throw error;
    return await authorizeOnce(signIn, discovery, expanded, scopes);
  }
}

/** Failures of an authorization in which a server refuses a client that it no longer knows. */
const CLIENT_REFUSALS: readonly string[] = [
  "authorization_request_rejected",
  "authorization_refused",
];

function isClientRefused({ code, cause, message }: Failure): boolean {
  if (CLIENT_REFUSALS.includes(code)) return !/"invalid_scope"/.test(message);
  if (code === "authorization_error") return /"(invalid|unauthorized)_client"/.test(message);
  return cause instanceof TokenEndpointError &&
    ["invalid_client", "unauthorized_client"].includes(cause.error);
}

async function obtainClientAt(
  { context, consent, state: { signer } }: ConsentResult,
  { server }: Discovery,
  scopes: readonly string[] | undefined,
  anew = false,
): Promise<Client> {
  return await obtainClientFor(context, server, consent, scopes, {
    anew,
    dpop: signer !== undefined,
  });
}

export async function signInAt(
  signIn: ConsentResult,
  response: UnauthenticatedResponse,
  discovery: Discovery,
): Promise<Session> {
  const scopes = scopesFor(signIn.context, response, discovery);
  const client = await obtainClientAt(signIn, discovery, scopes);
  return await authorize(signIn, discovery, client, scopes);
}

/** The first session. If the server refuses a stored registration, another client is registered. */
export async function firstSession(signIn: ConsentResult, discovery: Discovery): Promise<Session> {
  const { context, response } = signIn;
  const scopes = scopesFor(context, response, discovery);
  const client = await obtainClientAt(signIn, discovery, scopes);
  try {
    return await authorize(signIn, discovery, client, scopes);
  } catch (error) {
    const failure = toFailure(error);
    if (!client.isStored || !isClientRefused(failure)) throw error;
    context.judge([{
      code: "registration_renewed",
      severity: "info",
      message: `the authorization server refused the client ${quoted(client.clientId, 60)}, ` +
        `which was registered before (${failure.message}); another one is registered`,
      remedy: "Server: keep registrations, or say with client_secret_expires_at how long",
      reference: "RFC 7591 §3.2.1",
    }]);
  }
  update(signIn, { authorizations: 0 });
  const fresh = await obtainClientAt(signIn, discovery, scopes, true);
  return await authorize(signIn, discovery, fresh, scopes);
}
