/**
 * The authorization code grant: a plain, pushed or signed authorization request, and the code in
 * its response. @module
 */

import type { Consent } from "../../consent/consent.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import {
  authorizationParameters,
  type AuthorizationRecord,
  createAuthorization,
  hasOurState,
  judgeCallback,
  missingPart,
  parametersUrl,
} from "../../oauth/authorization/authorization.ts";
import { judgePreflight } from "../../oauth/authorization/preflight.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { codeGrant } from "../../oauth/token/token_grant.ts";
import type { LoginContext } from "../context/login_context.ts";
import { postAsClient, type TokenClient } from "./post_as_client.ts";

interface CodeRequest {
  readonly server: ServerMetadata;
  readonly client: TokenClient & { readonly clientName?: string | undefined };
  readonly consent: Consent;
  readonly resource: string | null;
  readonly scopes: readonly string[] | undefined;
  /** Absent: the redirect URI of the consent. */
  readonly redirectUri?: string | undefined;
  /** For an OpenID Connect sign-in. */
  readonly nonce?: string;
}

type RequestParameters = readonly (readonly [name: string, value: string])[];

/** The parameters to send; as one signed object if the server requires that. */
async function requestParameters(
  { server, client }: CodeRequest,
  record: AuthorizationRecord,
): Promise<RequestParameters> {
  const parameters = authorizationParameters(record);
  if (server.signedRequestsRequired !== true) return parameters;
  const { signedRequest } = await import("../../oauth/authorization/request_object.ts");
  return await signedRequest(parameters, {
    clientId: client.clientId,
    issuer: server.issuer,
    key: client.privateKey,
    algorithms: server.requestObjectAlgorithms,
  });
}

/** An authorization request that a browser can open. */
export interface PreparedRequest {
  readonly authorization: AuthorizationRecord;
  readonly url: string;
  /** Milliseconds since the epoch until which the server accepts the URL; absent if it does not say. */
  readonly urlExpiresAt?: number | undefined;
}

/** Sends the parameters beforehand (RFC 9126); returns the URL with the one that replaces them. */
async function pushRequest(
  { deps, state }: LoginContext,
  { server, client }: CodeRequest,
  parameters: RequestParameters,
  redirectUri: string,
): Promise<Pick<PreparedRequest, "url" | "urlExpiresAt">> {
  const { issuer, pushedRequestEndpoint, pushedRequestsRequired } = server;
  if (pushedRequestEndpoint === undefined) {
    throw new Failure(
      "pushed_request_endpoint_missing",
      `${quoted(issuer)} has no pushed_authorization_request_endpoint`,
      {
        remedy: pushedRequestsRequired
          ? "Authorization server: publish pushed_authorization_request_endpoint"
          : "Omit --par",
        reference: "RFC 9126 §5",
      },
    );
  }
  const { judgePushedRequest } = await import("../../oauth/token/pushed_request.ts");
  const body = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
  const answer = await postAsClient(deps, pushedRequestEndpoint, client, body, state.step);
  const resourceSent = body.has("resource");
  const pushed = judgePushedRequest(answer, { redirectUri, resourceSent });
  const { requestUri, expiresIn } = pushed;
  deps.secrets.add(requestUri);
  const replaced = [["client_id", client.clientId], ["request_uri", requestUri]] as const;
  return {
    url: parametersUrl(server.authorizationEndpoint ?? "", replaced),
    urlExpiresAt: expiresIn === null ? undefined : deps.clock.now() + expiresIn * 1000,
  };
}

/**
 * Sends the request once before the browser, so that mcpass reports a rejected client instead of an
 * error page. It has a `state` and a challenge of its own. An unclear response is a note.
 *
 * @throws Failure `authorization_request_rejected`.
 */
async function preflight(
  context: LoginContext,
  request: CodeRequest,
  endpoint: string,
  record: AuthorizationRecord,
): Promise<void> {
  const { deps: { http, secrets }, state } = context;
  const throwaway = await createAuthorization(record);
  secrets.add(throwaway.state);
  const parameters = await requestParameters(request, throwaway);
  let note: string | undefined;
  try {
    const answer = await http.send({
      purpose: "authorization_preflight",
      step: state.step,
      method: "GET",
      url: parametersUrl(endpoint, parameters),
      headers: [["accept", "text/html,*/*"]],
    });
    const target = URL.parse(answer.headers.get("location") ?? "", answer.url);
    secrets.add(target?.searchParams.get("code"));
    note = judgePreflight(answer, throwaway);
  } catch (error) {
    const { code, message } = toFailure(error);
    const unanswered = code.startsWith("network_") || code === "response_too_large";
    if (!unanswered) throw error;
    note = `the trial request to the authorization endpoint failed: ${message}`;
  }
  if (note !== undefined) context.note(note);
}

/** Waits for the authorization response, and judges it. */
async function consentedCode(
  context: LoginContext,
  { consent, client: { clientName } }: CodeRequest,
  authorizationUrl: string,
  record: AuthorizationRecord,
): Promise<string> {
  const { secrets, signal } = context.deps;
  const { bare, parameters } = await consent.obtain({
    authorizationUrl,
    clientName,
    redirectUri: record.redirectUri,
    judge: (parameters, bare) =>
      (bare ? !record.issParameter : hasOurState(parameters, record)) ? "accept" : "ignore",
    incomplete: (parameters) => missingPart(parameters, record),
    timeoutMs: context.plan.consentTimeoutMs,
    signal,
  });
  for (const [name, value] of parameters) {
    if (name === "code") secrets.add(value);
  }
  if (bare) {
    context.judge([{
      code: "state_unchecked",
      severity: "warning",
      message: "a bare code was pasted, so state could not be checked",
      remedy: "Paste the full URL of the final page in the browser",
      reference: "RFC 6749 §10.12",
    }]);
  }
  return judgeCallback(parameters, record, bare);
}

/** The check is loaded only if the hosts differ. */
export async function reportDifferentSites(
  context: LoginContext,
  server: ServerMetadata,
): Promise<void> {
  const { authorizationEndpoint = "", issParameter, tokenEndpoint = "" } = server;
  const [first, second] = [authorizationEndpoint, tokenEndpoint].map((url) => URL.parse(url)?.host);
  if (issParameter || first === second) return;
  await (await import("./endpoint_sites.ts")).judgeEndpointSites(context, server);
}

/**
 * Prepares the authorization request; one that is in a browser already is found again.
 *
 * @throws Failure `authorization_request_rejected`, `pushed_request_refused`, `private_key_missing`.
 */
export async function prepareRequest(
  context: LoginContext,
  request: CodeRequest,
): Promise<PreparedRequest> {
  const { deps, plan } = context;
  const { server, client, consent, resource, scopes, nonce } = request;
  const { redirectUri = consent.redirectUri } = request;
  const { authorizationEndpoint: endpoint, issParameter, issuer } = server;
  if (endpoint === undefined) throw new RangeError("the code grant needs an endpoint");
  await reportDifferentSites(context, server);
  const { clientId, signer } = client;
  const dpopJkt = signer &&
    await (await import("../../oauth/common/signing.ts")).keyThumbprint(signer.key);
  const added = plan.authorizeParams;
  const bound = { issuer, issParameter, redirectUri, clientId, resource };
  const parts = { ...bound, scopes, dpopJkt, nonce, added };
  const begun = deps.pending?.find(parts);
  const authorization = begun?.authorization ?? await createAuthorization(parts);
  const { state, codeVerifier } = authorization;
  for (const secret of [state, codeVerifier, nonce]) deps.secrets.add(secret);
  if (begun !== undefined) return { authorization, url: begun.url };
  const parameters = await requestParameters(request, authorization);
  if (plan.par === true || server.pushedRequestsRequired) {
    return { authorization, ...await pushRequest(context, request, parameters, redirectUri) };
  }
  const url = parametersUrl(endpoint, parameters);
  // The server judged a pushed request already, and its URL can be used once.
  if (plan.authMode !== "headless") await preflight(context, request, endpoint, authorization);
  return { authorization, url };
}

function announceRequest(
  { deps, note, plan, state }: LoginContext,
  { clientId, redirectUri, resource, scopes }: AuthorizationRecord,
): void {
  const scope = scopes === undefined ? "default scope" : `scope ${scopes.join(" ")}`;
  const target = resource === null ? "no resource" : `resource ${resource}`;
  const parts = [scope, target, `client ${clientId}`, `redirect ${redirectUri}`];
  if (state.repeatReason !== undefined) note(`signing in again: ${state.repeatReason}`);
  note(`requesting: ${parts.join(" · ")}`);
  const at = deps.clock.now();
  deps.emit({ type: "waiting", at, until: at + plan.consentTimeoutMs });
}

/**
 * @returns The parameters of the token request.
 * @throws Failure as {@link prepareRequest}, the consent and `judgeCallback`.
 */
export async function obtainCode(
  context: LoginContext,
  request: CodeRequest,
): Promise<URLSearchParams> {
  const { deps: { pending }, plan } = context;
  const { authorization, url } = await prepareRequest(context, request);
  const isAnswered = pending?.isAnswered === true;
  if (plan.authMode !== "headless" && !isAnswered) announceRequest(context, authorization);
  await pending?.begin(authorization, url, context.rules.id, context.state.registered);
  return codeGrant(authorization, await consentedCode(context, request, url, authorization));
}
