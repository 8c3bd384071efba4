/**
 * The authorizations of one login: the client, the token request, and one more attempt with another
 * registration if the authorization server refuses the client or its scope. @module
 */

import type { Consent } from "../../consent/consent.ts";
import { commandText, withCommand } from "../../core/command_text.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import {
  expiryOf,
  isBoundToKey,
  isClientRefused,
  judgeClaimedExpiry,
  lifetimeOf,
  tokenEndpointError,
} from "../../oauth/common/issued_token.ts";
import { CHOSEN_SCOPES } from "../../oauth/common/error_remedies.ts";
import { unionScopes } from "../../oauth/mcp/scope.ts";
import { isAboutRequest } from "../../oauth/authorization/authorization_refusal.ts";
import { accountFlag } from "../../store/stored_entry.ts";
import { type Client, isOutsideRegistration } from "../context/client.ts";
import { obtainClientFor } from "../client/client_registration.ts";
import { type Discovery, scopesFor } from "../discovery/discover.ts";
import { type Authentication, obtainToken } from "../token/grant.ts";
import { completeFailure, type LoginContext, type Repeats } from "../context/login_context.ts";
import { type AuthorizationState, MAX_AUTHORIZATIONS, type Session } from "./session.ts";
import { certificateForToken, judgeUnboundToken, newKeyBinding } from "./token_binding.ts";

export interface RunningLogin {
  readonly context: LoginContext;
  readonly consent: Consent | undefined;
  readonly state: AuthorizationState;
}

/** What a token is requested for. */
export interface AuthorizationRequest {
  readonly discovery: Discovery;
  readonly client: Client;
  readonly scopes: readonly string[] | undefined;
  readonly repeats?: Repeats | undefined;
}

/** One authorization: obtains a token, or only begins. */
type Once<T> = (login: RunningLogin, request: AuthorizationRequest) => Promise<T>;

/** Without a secret that was issued although none was asked for, unless the server required it. */
function authenticatedBy(client: Client, way: Authentication): Client {
  const isUnused = way.method === "none" && client.approach === "dcr";
  return isUnused
    ? { ...client, clientSecret: undefined, clientSecretSource: undefined }
    : { ...client, ...way };
}

export async function authorizeOnce(
  login: RunningLogin,
  request: AuthorizationRequest,
): Promise<Session> {
  const { context, consent, state } = login;
  const { discovery, scopes, repeats } = request;
  // A client that is registered for bound tokens receives no others.
  if (request.client.dpop === true) state.signer ??= await newKeyBinding(context, discovery);
  const { signer, isBindingRequired } = state;
  state.authorizations += 1;
  const { token, authentication, identity } = await obtainToken(context, {
    discovery,
    client: { ...request.client, signer },
    scopes,
    consent,
    identity: state.identity,
    repeats,
  });
  const client = authenticatedBy(request.client, authentication);
  state.identity = identity;
  const obtainedAt = context.deps.clock.now();
  context.judge(judgeClaimedExpiry(token, obtainedAt));
  const isBound = isBoundToKey(token.tokenType);
  if (signer !== undefined && !isBound) {
    context.judge([judgeUnboundToken(discovery, isBindingRequired)]);
  }
  return {
    discovery,
    client,
    requested: scopes,
    token: { ...token, expiresIn: lifetimeOf(token, obtainedAt) },
    obtainedAt,
    expiresAt: expiryOf(token, obtainedAt),
    signer: isBound ? signer : undefined,
    certificate: await certificateForToken(context, discovery, client, token.accessToken),
    identity,
  };
}

/** The client with a registration for these scopes; undefined if there is none, or for a second one. */
export async function expandRegistration(
  { context, state }: RunningLogin,
  { discovery: { server }, client, scopes }: AuthorizationRequest,
): Promise<Client | undefined> {
  if (state.isExpanded || scopes === undefined) return undefined;
  state.isExpanded = true;
  const { expandScope } = await import("../client/expand_scope.ts");
  return await expandScope(context, server, client, scopes, state.signer !== undefined);
}

const AT_AUTHORIZATION: readonly string[] = [
  "authorization_error",
  "authorization_refused",
  "authorization_request_rejected",
];

/** True if the server refused the scope, and the registration of the client does not have it. */
function isBoundScope(
  failure: Failure,
  client: Client,
  scopes: readonly string[] | undefined,
): boolean {
  if (!isOutsideRegistration(client, scopes)) return false;
  const { code, message } = failure;
  return AT_AUTHORIZATION.includes(code)
    ? /"invalid_scope[":]/.test(message)
    : tokenEndpointError(failure) === "invalid_scope";
}

/** Authorizes. If the registration of the client excludes the scope, it is expanded once. */
async function authorizeBy<T>(
  login: RunningLogin,
  request: AuthorizationRequest,
  once: Once<T>,
): Promise<T> {
  const { client, scopes } = request;
  const { state } = login;
  let expanded: Client | undefined;
  const expand: Repeats = async (failure) => {
    const mayExpand = client.approach === "dcr" && !state.isExpanded &&
      state.authorizations < MAX_AUTHORIZATIONS && isBoundScope(failure, client, scopes);
    if (mayExpand) expanded = await expandRegistration(login, request);
    return expanded && `${failure.message}; repeated after a change of the registration`;
  };
  const repeats: Repeats = async (failure) =>
    await expand(failure) ?? await request.repeats?.(failure);
  try {
    return await once(login, { ...request, repeats });
  } catch (error) {
    if (expanded === undefined) throw error;
    return await once(login, { ...request, client: expanded });
  }
}

/** Obtains a token. */
export async function authorize(
  login: RunningLogin,
  request: AuthorizationRequest,
): Promise<Session> {
  return await authorizeBy(login, request, authorizeOnce);
}

/** In the message about a refusal by a page: only the text of the page shows what it is about. */
const BY_PAGE = /\bHTTP 4(?!29)\d\d\b|\bredirects to the error page\b/;

/**
 * True if the server may no longer know a stored client. A redirect back shows that it does, unless
 * the error is about the client. A page may be about anything: for a client that never signed in, it
 * has to name the client.
 */
function isUnknownClient(failure: Failure, { registeredOnly }: Client): boolean {
  const { code, message } = failure;
  if (AT_AUTHORIZATION.includes(code)) {
    if (!BY_PAGE.test(message)) return /"(?:invalid|unauthorized)_client"/.test(message);
    const [, words = ""] = message.split(BY_PAGE);
    if (isAboutRequest(/"([a-z_]+)[":]/.exec(words)?.[1])) return false;
    return !registeredOnly || /\b(?:client|app|application)\b|client_id/i.test(words);
  }
  return isClientRefused(failure) || tokenEndpointError(failure) === "unauthorized_client";
}

/** Failures of a login whose browser may have shown that the client is unknown. */
const UNANSWERED: readonly string[] = ["consent_timeout", "page_needs_person"];

/** More scopes would ask for too much. */
const MAX_SUGGESTED_SCOPES = 5;

/** Scopes to ask for, if none was: some pages do not continue without one. */
function suggestedScopes({ discovery: { server }, scopes }: AuthorizationRequest) {
  const supported = scopes === undefined ? server.scopesSupported ?? [] : [];
  return supported.length > MAX_SUGGESTED_SCOPES ? CHOSEN_SCOPES : supported.join(" ");
}

/** What a person can choose from, if the server refused the scopes. */
function publishedScopes({ resourceMetadata, server }: Discovery): string {
  const names = unionScopes(resourceMetadata?.scopesSupported ?? [], server.scopesSupported ?? []);
  return names.length === 0 ? "" : `Published scopes: ${quoted(names.join(" "), 300)}. `;
}

/** Failures of a request without a scope, at a server that may require one. */
function mayRequireScope({ code, message }: Failure): boolean {
  return code === "consent_timeout" ||
    AT_AUTHORIZATION.includes(code) && /"(?:access_denied|invalid_scope)[":]/.test(message);
}

/** Adds remedies for other possible reasons. */
function withOtherReasons(
  failure: Failure,
  request: AuthorizationRequest,
  { plan: { serverUrl }, command }: LoginContext,
): Failure {
  const { client } = request;
  if (request.scopes !== undefined && failure.loginFlags?.["scopes"] === CHOSEN_SCOPES) {
    const remedy = publishedScopes(request.discovery) + (failure.remedy ?? "");
    return new Failure(failure.code, failure.message, { ...failure, cause: failure.cause, remedy });
  }
  const lines: string[] = [];
  const scopes = suggestedScopes(request);
  if (scopes !== "" && mayRequireScope(failure)) {
    const intro = "If the server requires a scope, request one";
    lines.push(withCommand(intro, command({ scopes })));
  }
  if (client.isStored && UNANSWERED.includes(failure.code)) {
    const account = accountFlag(client.account);
    const line = commandText("logout", { url: serverUrl, account });
    const intro =
      "If the page says that the client or the app is unknown, the server may have deleted the " +
      "registration of an earlier login. Remove it, and sign in again";
    lines.push(withCommand(intro, { line }));
  }
  if (lines.length === 0) return failure;
  const complete = completeFailure(failure, command);
  const remedy = [complete.remedy, ...lines].filter((it) => it !== undefined).join("\n");
  return new Failure(failure.code, failure.message, { ...complete, cause: failure.cause, remedy });
}

/** @param anew True if the server refused the stored registration. */
async function requestAt(login: RunningLogin, discovery: Discovery, anew = false) {
  const { context, consent, state } = login;
  const scopes = scopesFor(context, discovery);
  const demand = { server: discovery.server, scopes, dpop: state.signer !== undefined, anew };
  const client = await obtainClientFor(context, demand, consent);
  return { discovery, client, scopes };
}

export async function signInAt(login: RunningLogin, discovery: Discovery): Promise<Session> {
  return await authorize(login, await requestAt(login, discovery));
}

/** The first authorization. If the server refuses a stored registration, another client is registered. */
export async function firstAuthorization<T>(
  login: RunningLogin,
  discovery: Discovery,
  once: Once<T>,
): Promise<T> {
  const request = await requestAt(login, discovery);
  const { client } = request;
  const repeats = (failure: Failure) =>
    client.isStored && isUnknownClient(failure, client)
      ? `${failure.message}; mcpass registers another client`
      : undefined;
  try {
    return await authorizeBy(login, { ...request, repeats }, once);
  } catch (error) {
    const failure = toFailure(error);
    if (repeats(failure) === undefined) {
      throw withOtherReasons(failure, request, login.context);
    }
    login.context.judge([{
      code: "registration_renewed",
      severity: "info",
      message: `the authorization server refused the client ${quoted(client.clientId, 60)}, ` +
        `which was registered before (${failure.message}); mcpass registers another one`,
      remedy: "Authorization server: store registrations, or announce client_secret_expires_at",
      reference: "RFC 7591 §3.2.1",
    }]);
  }
  login.state.authorizations = 0;
  return await authorizeBy(login, await requestAt(login, discovery, true), once);
}
