import type { HttpResponse } from "../../http/http_client.ts";
import { parseScope, withoutSecrets } from "../../oauth/mcp/scope.ts";
import { judgeTokenResponse } from "../../oauth/token/token_response.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { RequestEffects } from "../context/effects.ts";
import { postAsClient, type TokenClient } from "./post_as_client.ts";

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
      message: '"scope" of the token response repeats a secret; that part is left out',
      remedy: "Server: return the granted scopes alone",
      reference: "RFC 6749 §3.3",
    }],
  };
}

/**
 * Judges a token response.
 *
 * @throws Failure `token_error` (its cause is a `TokenEndpointError`), `token_answer_invalid`,
 * `token_type_unknown`.
 */
export function readTokenResponse(
  { secrets }: RequestEffects,
  client: TokenClient,
  body: URLSearchParams,
  answer: HttpResponse,
): TokenResponse {
  const judged = judgeTokenResponse(answer, {
    encodingMatters: client.method === "client_secret_basic" &&
      !(UNRESERVED.test(client.clientId) && UNRESERVED.test(client.clientSecret ?? "")),
    resourceSent: body.has("resource"),
    assertion: body.has("assertion"),
    bound: client.signer !== undefined,
  });
  const token = withoutEcho(judged, secrets);
  for (const value of [token.accessToken, token.refreshToken, token.idToken]) secrets.add(value);
  return token;
}

/**
 * Sends a token request and judges the response.
 *
 * @throws Failure as {@link postAsClient} and {@link readTokenResponse}.
 */
export async function requestToken(
  deps: RequestEffects,
  endpoint: string,
  client: TokenClient,
  body: URLSearchParams,
): Promise<TokenResponse> {
  return readTokenResponse(deps, client, body, await postAsClient(deps, endpoint, client, body));
}
