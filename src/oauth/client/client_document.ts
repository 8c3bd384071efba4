/** Making a Client ID Metadata Document for a native application (RFC 7591 §2, RFC 8252). @module */

import { FIXED_REDIRECT_URI } from "../common/redirect_uri.ts";
import {
  algorithmsOf,
  keyIdOf,
  keyThumbprint,
  type PrivateJwk,
  publicJwk,
} from "../common/signing.ts";

/** A login with such a document uses this port, so servers that compare URIs literally accept it. */
export const FIXED_PORT = Number(new URL(FIXED_REDIRECT_URI).port);

export interface ClientDocumentOptions {
  /** The URL of the document is the client identifier, character by character. */
  readonly url: string;
  readonly clientName: string;
  readonly clientUri?: string | undefined;
  readonly logoUri?: string | undefined;
  readonly tosUri?: string | undefined;
  readonly policyUri?: string | undefined;
  readonly contacts?: readonly string[];
  /** `redirect_uris`; empty: {@link loopbackRedirects}. */
  readonly redirectUris?: readonly string[];
  readonly port?: number | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Makes the client confidential: `jwks` has its public half, the method is `private_key_jwt`. */
  readonly privateKey?: PrivateJwk | undefined;
  readonly dpop?: boolean;
}

/** Without a port (RFC 8252 §7.3), and with one for servers that compare URIs literally. */
function loopbackRedirects(port: number): string[] {
  return ["", `:${port}`].flatMap((suffix) =>
    ["127.0.0.1", "localhost"].map((host) => `http://${host}${suffix}/callback`)
  );
}

async function keyMembers(key: PrivateJwk): Promise<Record<string, unknown>> {
  const [alg] = algorithmsOf(key);
  const kid = keyIdOf(key) ?? await keyThumbprint(key);
  return {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [{ ...publicJwk(key), kid, use: "sig", alg }] },
  };
}

export async function clientDocument(
  options: ClientDocumentOptions,
): Promise<Record<string, unknown>> {
  const { redirectUris = [], contacts = [], privateKey, scopes, port = FIXED_PORT } = options;
  const document = {
    client_id: options.url,
    client_name: options.clientName,
    redirect_uris: redirectUris.length > 0 ? redirectUris : loopbackRedirects(port),
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
    ...privateKey === undefined
      ? { token_endpoint_auth_method: "none" }
      : await keyMembers(privateKey),
    client_uri: options.clientUri,
    logo_uri: options.logoUri,
    tos_uri: options.tosUri,
    policy_uri: options.policyUri,
    scope: scopes?.join(" "),
    contacts: contacts.length > 0 ? contacts : undefined,
    dpop_bound_access_tokens: options.dpop || undefined,
  };
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}
