/**
 * Token exchange at the real authorization server: it gives an ID-JAG for an ID token or a refresh
 * token of its own (RFC 8693).
 *
 * @module
 */

import { createLocalJWKSet, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import type { Jwks } from "./bearer.ts";
import type { OidcModule, OidcProvider } from "./oidc.ts";

/** `grant_type` of an exchange. */
export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

const TYPE = "urn:ietf:params:oauth:token-type:";

/** How a server exchanges. */
export interface ExchangeOptions {
  /** Kinds of subject tokens that are taken; default both. */
  readonly subjects?: readonly ("id_token" | "refresh_token")[];
  /** Client that an ID-JAG is made out to, at the other server. */
  readonly clientId: string;
  /** An `error` in place of an exchange. */
  readonly error?: () => string | undefined;
  /** Last word on the claims. */
  readonly claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
}

/** What the exchange needs of the server. */
export interface ExchangeSurroundings {
  /** Issuer identifier. */
  readonly issuer: string;
  /** Signs. */
  readonly signingKey: JsonWebKey;
  /** Its public part. */
  readonly jwks: Jwks;
}

/** Adds the grant. */
export function addTokenExchange(
  provider: OidcProvider,
  { errors }: OidcModule,
  options: ExchangeOptions,
  { issuer, signingKey, jwks }: ExchangeSurroundings,
): void {
  const keys = createLocalJWKSet({ keys: [...jwks.keys] as JWK[] });
  const parameters = [
    ...["subject_token", "subject_token_type", "requested_token_type"],
    ...["audience", "resource", "scope"],
  ];
  provider.registerGrantType(TOKEN_EXCHANGE, async (ctx) => {
    const { params, client } = ctx.oidc;
    const refuse = (error: string, why: string) => {
      const { CustomOIDCProviderError } = errors;
      return CustomOIDCProviderError ? new CustomOIDCProviderError(error, why) : new Error(error);
    };
    const error = options.error?.();
    if (error !== undefined) throw refuse(error, "the policy says no");
    const { subjects = ["id_token", "refresh_token"] } = options;
    const type = String(params["subject_token_type"]).replace(TYPE, "");
    if (!subjects.some((it) => it === type)) throw refuse("invalid_request", `no ${type} here`);
    const token = String(params["subject_token"]);
    let sub: string | undefined;
    if (type === "refresh_token") {
      const found = await provider.RefreshToken.find(token);
      if (found?.clientId === client.clientId) sub = found.accountId;
    } else {
      const verified = await jwtVerify(token, keys, { issuer, audience: client.clientId })
        .catch(() => undefined);
      sub = verified?.payload.sub;
    }
    if (sub === undefined) throw refuse("invalid_request", "the subject token is not good");
    const claims = {
      ...{ iss: issuer, sub, aud: String(params["audience"]), client_id: options.clientId },
      ...{ resource: params["resource"], scope: params["scope"], jti: crypto.randomUUID() },
    };
    const assertion = await new SignJWT(options.claims?.(claims) ?? claims)
      .setProtectedHeader({ alg: "ES256", typ: "oauth-id-jag+jwt", kid: "lab" })
      .setIssuedAt().setExpirationTime("5m")
      .sign(await importJWK(signingKey as JWK, "ES256"));
    ctx.body = {
      issued_token_type: `${TYPE}id-jag`,
      access_token: assertion,
      token_type: "N_A",
      expires_in: 300,
    };
  }, parameters);
}
