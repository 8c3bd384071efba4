/**
 * The authorization code grant: a plain, pushed or signed authorization request, and the code in
 * its response. @module
 */

import type { Consent } from "../../consent/consent.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import {
  type AuthorizationRecord,
  createAuthorization,
  hasOurState,
  judgeCallback,
  parametersUrl,
} from "../../oauth/authorization/authorization.ts";
import { codeGrant } from "../../oauth/token/token_grant.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { type CodeRequest, type RequestParameters, requestParameters } from "./code_request.ts";
import type { LoginContext } from "../context/login_context.ts";
import { postAsClient } from "./post_as_client.ts";

/** Sends the parameters beforehand (RFC 9126); returns those that replace them. */
async function pushRequest(
  context: LoginContext,
  { server, client }: CodeRequest,
  parameters: RequestParameters,
): Promise<RequestParameters> {
  const { pushedRequestEndpoint } = server;
  if (pushedRequestEndpoint === undefined) {
    throw new Failure(
      "pushed_request_endpoint_missing",
      `${quoted(server.issuer)} names no pushed_authorization_request_endpoint`,
      {
        remedy: server.pushedRequestsRequired
          ? "Server: publish the endpoint whose use it requires"
          : "Leave --par out",
        reference: "RFC 9126 §5",
      },
    );
  }
  const { judgePushedRequest } = await import("../../oauth/token/pushed_request.ts");
  const body = new URLSearchParams(parameters.map(([n, v]) => [n, v]));
  const answer = await postAsClient(
    context.deps,
    pushedRequestEndpoint,
    client,
    body,
    context.state.step,
  );
  const requestUri = judgePushedRequest(answer);
  context.deps.secrets.add(requestUri);
  return [["client_id", client.clientId], ["request_uri", requestUri]];
}

/** Waits for the authorization response, and judges it. */
async function consentedCode(
  context: LoginContext,
  consent: Consent,
  url: string,
  record: AuthorizationRecord,
): Promise<string> {
  const { secrets, signal } = context.deps;
  const consented = await consent.obtain({
    authorizationUrl: url,
    redirectUri: record.redirectUri,
    judge: (parameters, bare) =>
      (bare ? !record.issParameter : hasOurState(parameters, record)) ? "accept" : "ignore",
    timeoutMs: context.plan.consentTimeoutMs,
    signal,
  });
  for (const [name, value] of consented.parameters) {
    if (name === "code") secrets.add(value);
  }
  if (consented.bare) {
    context.judge([{
      code: "state_unchecked",
      severity: "warning",
      message: "a bare code was pasted, so state could not be checked",
      remedy: "Paste the full URL of the last page in the browser",
      reference: "RFC 6749 §10.12",
    }]);
  }
  return judgeCallback(consented.parameters, record, consented.bare);
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
 * Obtains an authorization code.
 *
 * @returns The parameters of the token request.
 * @throws Failure `authorization_request_rejected`, `pushed_request_refused`,
 * `private_key_missing`, and as the consent and `judgeCallback`.
 */
export async function obtainCode(
  context: LoginContext,
  request: CodeRequest,
): Promise<URLSearchParams> {
  const { server, client, consent, resource, scopes, nonce } = request;
  const { redirectUri = consent.redirectUri } = request;
  const endpoint = server.authorizationEndpoint;
  if (endpoint === undefined) throw new RangeError("the code grant needs an endpoint");
  const { secrets } = context.deps;
  await reportDifferentSites(context, server);
  const { signer } = client;
  const dpopJkt = signer &&
    await (await import("../../oauth/token/dpop.ts")).dpopThumbprint(signer.key);
  const record = await createAuthorization({
    issuer: server.issuer,
    issParameter: server.issParameter,
    redirectUri,
    clientId: client.clientId,
    resource,
    scopes,
    dpopJkt,
    nonce,
  });
  for (const secret of [record.state, record.codeVerifier, nonce]) secrets.add(secret);
  const pushed = context.plan.par === true || server.pushedRequestsRequired;
  let parameters = await requestParameters(request, record);
  if (pushed) parameters = await pushRequest(context, request, parameters);
  // The server judged a pushed request already, and its URL can be used once.
  if (context.plan.authMode !== "headless") {
    if (!pushed) {
      const { preflight } = await import("./send_preflight.ts");
      await preflight(context, request, endpoint, record);
    }
    context.note(
      `asking ${record.issuer} for ` +
        (scopes === undefined ? "its default scope" : `the scope "${scopes.join(" ")}"`) +
        (record.resource === null ? "" : `, for ${record.resource}`) +
        `, as client ${client.clientId}, back to ${record.redirectUri}`,
    );
  }
  if (context.plan.authMode !== "headless") {
    const at = context.deps.clock.now();
    context.deps.emit({ type: "waiting", at, until: at + context.plan.consentTimeoutMs });
  }
  const url = parametersUrl(endpoint, parameters);
  return codeGrant(record, await consentedCode(context, consent, url, record));
}
