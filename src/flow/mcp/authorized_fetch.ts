/**
 * The only `fetch` that speaks to an MCP server with a token.
 *
 * @module
 */

import type { StreamInit } from "../../http/http_client.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";

/** A `fetch`, as the MCP client takes it; this program's own also takes a client certificate. */
export type Fetch = (input: string | URL | Request, init?: StreamInit) => Promise<Response>;

/** Where a token comes from, and who mends it when the MCP server refuses it. */
export interface TokenHolder {
  /** The token to send now. */
  token(): Promise<string>;
  /** Makes the proofs that the token wants (RFC 9449); absent for a bearer token. */
  signer?(): DpopSigner | undefined;
  /** The certificate that the token is bound to (RFC 8705); absent for any other token. */
  certificate?(): ClientCertificate | undefined;
  /** Notes that the MCP server accepted this token. */
  accepted(token: string): void;
  /**
   * Answers a 401 or 403 of the MCP server.
   *
   * @returns True when there is another token to try the request with.
   */
  refused(response: Response, token: string): Promise<boolean>;
}

/** Sends the token as a bearer token, or with a proof; asked for a nonce, once more with it. */
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
  const once = async (request: string | URL | Request): Promise<[Response, boolean]> => {
    const proof = await signer.proof("resource_server", method, url, token);
    headers.set("dpop", proof.field);
    const response = await fetch(request, { ...init, headers });
    return [response, signer.learn("resource_server", url, response.headers, proof)];
  };
  const [response, learned] = await once(input instanceof Request ? input.clone() : input);
  const challenge = response.headers.get("www-authenticate") ?? "";
  if (response.status !== 401 || !learned || !/\buse_dpop_nonce\b/.test(challenge)) {
    return response;
  }
  await response.body?.cancel();
  return (await once(input))[0];
}

/**
 * Adds the holder's token to every request. A POST that is refused with 401 or 403, and so was not
 * executed, is sent again when the holder has another token.
 *
 * @param fetch The HTTP client's streaming fetch.
 */
export function authorizedFetch(fetch: Fetch, holder: TokenHolder): Fetch {
  return async (input, given) => {
    while (true) {
      const token = await holder.token();
      const init = { ...given, certificate: holder.certificate?.() };
      const response = await sendWith(fetch, input, init, token, holder.signer?.());
      if (response.status !== 401 && response.status !== 403) {
        if (response.ok) holder.accepted(token);
        return response;
      }
      const method = init?.method ?? (input instanceof Request ? input.method : "GET");
      if (method.toUpperCase() !== "POST" || !await holder.refused(response, token)) {
        return response;
      }
      await response.body?.cancel();
    }
  };
}
