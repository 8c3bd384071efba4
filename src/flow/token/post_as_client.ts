import { Failure } from "../../core/failure.ts";
import { isObject, parseJson } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  authenticateClient,
  type ClientAuthMethod,
  type ClientCredentials,
  isAssertion,
  needsCertificate,
} from "../../oauth/client/client_auth.ts";
import {
  anotherAuthentication,
  type MethodChoice,
} from "../../oauth/client/another_authentication.ts";
import { errorResponse, refusesClient } from "../../oauth/common/error_response.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import { parseScope, withoutSecrets } from "../../oauth/mcp/scope.ts";
import { judgeTokenResponse } from "../../oauth/token/token_response.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { RequestEffects } from "../context/effects.ts";
import type { DpopSigner } from "./dpop_signer.ts";

export interface TokenClient extends ClientCredentials {
  readonly method: ClientAuthMethod;
  readonly signer?: DpopSigner | undefined;
  /** Hosts that the user named in the login: requests may reach them in any network. */
  readonly namedHosts?: readonly string[] | undefined;
  /** Absent: the client authenticates in one way. */
  readonly attempts?: AuthenticationAttempts | undefined;
}

export function authenticationText(
  { audienceIsEndpoint, method, clientIdInForm, hasEmptySecret }: TokenClient,
): string {
  const more = hasEmptySecret
    ? " and an empty client_secret in the form"
    : clientIdInForm
    ? " and client_id in the form"
    : audienceIsEndpoint
    ? ' with the URL of the endpoint as "aud"'
    : "";
  return method + more;
}

/** What the requests of one client learn about its authentication. */
export interface AuthenticationAttempts extends MethodChoice {
  /** The client as a server accepted it, after it had refused the first way. */
  accepted?: TokenClient | undefined;
  /** The method that a server accepted after it had used up the code at a refusal. */
  acceptedLate?: ClientAuthMethod;
  /** True if a server refused the client. */
  isRefused?: boolean;
  readonly note: (message: string) => void;
}

const SECRET_PARAMETERS: readonly string[] = ["assertion", "client_assertion", "subject_token"];

/** True if the server refused a request without its nonce (RFC 9449 §8). */
export function requiresNonce({ status, body }: HttpResponse): boolean {
  if (status !== 400 && status !== 401) return false;
  const document = parseJson(body);
  return isObject(document) && document["error"] === "use_dpop_nonce";
}

/** Some servers answer 403 without an error to an assertion with another audience. */
function isRefusal(client: TokenClient, response: HttpResponse): boolean {
  return refusesClient(response) || response.status === 403 && isAssertion(client.method);
}

/**
 * Sends the form. If the server refuses the client, sends it again with another authentication: the
 * server refused before it looked at the rest of the form.
 *
 * @throws Failure as {@link postOnce}.
 */
export async function postAsClient(
  deps: RequestEffects,
  endpoint: string,
  client: TokenClient,
  body: URLSearchParams,
  step: StepId = "token",
): Promise<HttpResponse> {
  const { attempts } = client;
  const first = await postOnce(deps, endpoint, attempts?.accepted ?? client, body, step);
  if (attempts === undefined || attempts.accepted !== undefined || !isRefusal(client, first)) {
    return first;
  }
  attempts.isRefused = true;
  let [refused, refusal, shown] = [client, first, first];
  for (;;) {
    const change = anotherAuthentication(client.method, refused, attempts, refusal);
    if (change === undefined) return shown;
    const next = { ...refused, ...change };
    const way = authenticationText(next);
    attempts.note(`authenticating again with ${way}: ${errorResponse(refusal).summary}`);
    const response = await postOnce(deps, endpoint, next, body, step);
    const { error, summary } = errorResponse(response);
    const isRefused = isRefusal(next, response);
    // After a first refusal, invalid_grant may mean that the server used up the code then.
    if (!isRefused && error !== "invalid_grant") {
      attempts.accepted = next;
      return response;
    }
    if (!isRefused) {
      attempts.acceptedLate = next.method;
      attempts.note(`${way} is accepted, but not the grant: ${summary}`);
      return shown;
    }
    attempts.note(`${way} was refused too: ${summary}`);
    // With a complete form, the server says what else it refuses.
    if (next.method === client.method && !next.audienceIsEndpoint) shown = response;
    [refused, refusal] = [next, response];
  }
}

/**
 * If the server requires a DPoP nonce (RFC 9449 §8), sends the form a second time.
 *
 * @throws Failure `client_secret_missing`, `private_key_missing`, `client_certificate_missing`,
 * `client_certificate_without_tls`, `network_*`, `redirect_refused`, `cancelled`.
 */
async function postOnce(
  { http, secrets }: RequestEffects,
  endpoint: string,
  client: TokenClient,
  body: URLSearchParams,
  step: StepId,
): Promise<HttpResponse> {
  const { certificate, method, namedHosts, signer } = client;
  secrets.add(client.clientSecret);
  if (client.privateKey !== undefined) {
    const { keySecrets } = await import("../../oauth/common/signing.ts");
    for (const secret of keySecrets(client.privateKey)) secrets.add(secret);
  }
  for (const secret of certificate?.secrets ?? []) secrets.add(secret);
  if (certificate !== undefined && !endpoint.startsWith("https:") && needsCertificate(method)) {
    throw new Failure(
      "client_certificate_without_tls",
      `the client must authenticate with ${method} at ${quoted(endpoint)}, which does not use TLS`,
      {
        remedy:
          "Authorization server: serve the endpoint on https, and name it in mtls_endpoint_aliases",
        reference: "RFC 8705 §2",
      },
    );
  }
  const send = async (proof?: string): Promise<HttpResponse> => {
    const form = new URLSearchParams(body);
    const headers = new Headers({
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
      accept: "application/json",
    });
    const sender = client.audienceIsEndpoint ? { ...client, issuer: endpoint } : client;
    await authenticateClient(method, sender, form, headers);
    for (const name of SECRET_PARAMETERS) secrets.add(form.get(name));
    if (proof !== undefined) headers.set("dpop", proof);
    return await http.send({
      purpose: "token",
      step,
      method: "POST",
      url: endpoint,
      headers: [...headers],
      body: form.toString(),
      namedHosts,
      certificate,
    });
  };
  if (signer === undefined) return await send();
  const target = { audience: "authorization_server", method: "POST", url: endpoint } as const;
  return await signer.send(target, send, requiresNonce);
}

/** Characters that form-encoding does not change; servers disagree about others in Basic. */
const UNRESERVED = /^[A-Za-z0-9\-._*]*$/;

/** A token without scopes that repeat a secret of the request. */
function withoutEcho(token: TokenResponse, secrets: Secrets): TokenResponse {
  const issued = parseScope(token.scope ?? "");
  const scopes = withoutSecrets(issued, secrets);
  if (scopes.length === issued.length) return token;
  return {
    ...token,
    scope: scopes.join(" "),
    judgements: [...token.judgements, {
      code: "token_scope_form",
      severity: "warning",
      message: '"scope" of the token response contains a secret; mcpass omits that part',
      remedy: "Authorization server: return only the granted scopes",
      reference: "RFC 6749 §3.3",
    }],
  };
}

/**
 * @param send Sends it until the server decides; absent: once.
 * @throws Failure as {@link postAsClient}, and `token_error` (its cause is a `TokenEndpointError`),
 * `token_answer_invalid`, `token_type_unknown`.
 */
export async function requestToken(
  deps: RequestEffects,
  endpoint: string,
  client: TokenClient,
  body: URLSearchParams,
  send = (post: () => Promise<HttpResponse>) => post(),
): Promise<TokenResponse> {
  const answer = await send(() => postAsClient(deps, endpoint, client, body));
  const { clientId, clientSecret = "", method, signer } = client.attempts?.accepted ?? client;
  const encodingMatters = method === "client_secret_basic" &&
    !(UNRESERVED.test(clientId) && UNRESERVED.test(clientSecret));
  const judged = judgeTokenResponse(answer, {
    encodingMatters,
    resourceSent: body.has("resource"),
    assertion: body.has("assertion"),
    bound: signer !== undefined,
  });
  const token = withoutEcho(judged, deps.secrets);
  for (const value of [token.accessToken, token.refreshToken, token.idToken]) {
    deps.secrets.add(value);
  }
  return token;
}
