/** The only `fetch` that sends a token to an MCP server. @module */

import type { StreamInit } from "../../http/http_client.ts";
import { locationOf, redirectRefused } from "../../http/request_url.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import { type AskWithoutToken, askWithoutToken } from "./without_token.ts";

export type Fetch = (input: string | URL | Request, init?: StreamInit) => Promise<Response>;

export interface TokenHolder {
  token(): Promise<string>;
  signer?(): DpopSigner | undefined;
  /** The certificate that the token is bound to (RFC 8705). */
  certificate?(): ClientCertificate | undefined;
  accepted?(token: string): void;
  /**
   * Handles 401 and 403. True if there is another token to send.
   *
   * @param ask Sends the same request without a token.
   */
  refused(response: Response, token: string, ask: AskWithoutToken): Promise<boolean>;
}

/** Sends a bound token with a proof; a second time if the server requires a nonce. */
async function sendWith(
  fetch: Fetch,
  input: string | URL | Request,
  init: RequestInit | undefined,
  token: string,
  signer: DpopSigner | undefined,
): Promise<Response> {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  if (signer === undefined) {
    headers.set("authorization", `Bearer ${token}`);
    return await fetch(input, { ...init, headers });
  }
  const url = input instanceof Request ? input.url : String(input);
  const method = (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
  headers.set("authorization", `DPoP ${token}`);
  let refused: Response | undefined;
  return await signer.send(
    { audience: "resource_server", method, url, accessToken: token },
    async (proof) => {
      await refused?.body?.cancel();
      headers.set("dpop", proof);
      const isFirst = refused === undefined && input instanceof Request;
      return refused = await fetch(isFirst ? input.clone() : input, { ...init, headers });
    },
    ({ status, headers }) =>
      status === 401 && /\buse_dpop_nonce\b/.test(headers.get("www-authenticate") ?? ""),
  );
}

/** @throws Failure `redirect_refused`: a redirect is never followed. */
export async function withoutRedirect(response: Response, method = "GET"): Promise<Response> {
  const { status, url } = response;
  const target = locationOf(response, url);
  if (target === undefined) return response;
  await response.body?.cancel();
  throw redirectRefused({ purpose: "mcp", method, url, status }, target);
}

/**
 * Adds the access token to every request. A POST that was refused with 401 or 403, and so was not
 * executed, is sent again if there is another token; so is a GET that opens a session.
 *
 * @throws Failure `redirect_refused`, and as the holder.
 */
export function authorizedFetch(fetch: Fetch, holder: TokenHolder): Fetch {
  return async (input, given) => {
    while (true) {
      const token = await holder.token();
      const init = { ...given, certificate: holder.certificate?.() };
      const response = await sendWith(fetch, input, init, token, holder.signer?.());
      const method = init?.method ?? (input instanceof Request ? input.method : "GET");
      if (response.status !== 401 && response.status !== 403) {
        if (response.ok) holder.accepted?.(token);
        return await withoutRedirect(response, method);
      }
      const ask = () => askWithoutToken(fetch, input, init);
      const isRepeatable = method.toUpperCase() === "POST" || init.opensSession === true;
      if (!isRepeatable || !await holder.refused(response, token, ask)) {
        return response;
      }
      await response.body?.cancel();
    }
  };
}
