/**
 * One request to a token endpoint, whatever the grant.
 *
 * @module
 */

import type { Http, HttpAnswer } from "../http/http.ts";
import { authenticateClient, type ClientAuthMethod } from "../oauth/client_auth.ts";
import { judgeTokenAnswer, type TokenAnswer } from "../oauth/token.ts";
import type { Secrets } from "../trace/secrets.ts";

/** The effects a token request needs. */
export interface TokenDeps {
  /** The door to the network. */
  readonly http: Http;
  /** Learns the tokens. */
  readonly secrets: Secrets;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A client and how it authenticates. */
export interface TokenClient {
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when it has one. */
  readonly clientSecret: string | undefined;
  /** Token endpoint authentication. */
  readonly method: ClientAuthMethod;
  /** True for the client of a kept sign-in, whose endpoints were judged at its login. */
  readonly kept?: boolean;
}

/** Characters that form-encoding leaves alone; others make servers disagree about Basic. */
const UNRESERVED = /^[A-Za-z0-9\-._*]*$/;

/**
 * Sends a form to an endpoint of the authorization server that wants the client to authenticate.
 *
 * @param endpoint URL of the endpoint.
 * @param body The parameters; client authentication is added to them.
 * @throws Failure `client_secret_missing`, `network_*`, `redirect_refused`, `cancelled`.
 */
export async function postAsClient(
  { http, secrets, signal }: TokenDeps,
  endpoint: string,
  client: TokenClient,
  body: URLSearchParams,
): Promise<HttpAnswer> {
  secrets.add(client.clientSecret);
  const headers = new Headers({
    "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    accept: "application/json",
  });
  await authenticateClient(client.method, client, body, headers);
  return await http.send({
    purpose: "token",
    step: "token",
    method: "POST",
    url: endpoint,
    headers: [...headers],
    body: body.toString(),
    kept: client.kept === true,
    signal,
  });
}

/**
 * Sends a token request and judges the answer.
 *
 * @param endpoint URL of the token endpoint.
 * @param body The grant's parameters; client authentication is added to it.
 * @throws Failure `token_error` (its cause is a `TokenEndpointError`), `token_answer_invalid`,
 * `token_type_unknown`, `client_secret_missing`, `network_*`, `redirect_refused`, `cancelled`.
 */
export async function requestToken(
  deps: TokenDeps,
  endpoint: string,
  client: TokenClient,
  body: URLSearchParams,
): Promise<TokenAnswer> {
  const answer = await postAsClient(deps, endpoint, client, body);
  const odd = client.method === "client_secret_basic" &&
    !(UNRESERVED.test(client.clientId) && UNRESERVED.test(client.clientSecret ?? ""));
  const token = judgeTokenAnswer(answer, odd, body.has("resource"));
  for (const value of [token.accessToken, token.refreshToken, token.idToken]) {
    deps.secrets.add(value);
  }
  return token;
}
