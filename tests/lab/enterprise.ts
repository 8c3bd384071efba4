/**
 * A lab of a company: an identity provider on `oidc-provider`, and an MCP server whose authorization
 * server takes its ID-JAGs.
 *
 * @module
 */

import { startAuthorizationServer } from "./authorization_server.ts";
import type { AuthorizationServerOptions, LabAuthorizationServer } from "./authorization_server.ts";
import { JWT_BEARER } from "./fake_assertions.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "./fake_lab.ts";
import { type ExchangeOptions, TOKEN_EXCHANGE } from "./identity_exchange.ts";

/** Options of {@link startEnterpriseLab}. */
export interface EnterpriseOptions {
  /** The identity provider's. */
  readonly idp?: AuthorizationServerOptions;
  /** Its exchange. */
  readonly exchange?: Partial<ExchangeOptions>;
  /** The MCP server's and its authorization server's. */
  readonly fake?: FakeLabOptions;
}

/** A running lab of a company. */
export interface EnterpriseLab extends FakeLab {
  /** The identity provider. */
  readonly idp: LabAuthorizationServer;
}

/** The client at the identity provider, and its secret. */
export const IDP_CLIENT = { clientId: "at-idp", clientSecret: "idp-secret-0123456789" } as const;

/** The client at the MCP server's authorization server. */
export const AS_CLIENT = { clientId: "at-as", clientSecret: "as-secret-0123456789" } as const;

/** Starts one. */
export async function startEnterpriseLab(options: EnterpriseOptions = {}): Promise<EnterpriseLab> {
  const idp = await startAuthorizationServer({
    name: "idp",
    clients: [{
      ...IDP_CLIENT,
      grantTypes: ["authorization_code", "refresh_token", TOKEN_EXCHANGE],
    }],
    exchange: { clientId: AS_CLIENT.clientId, ...options.exchange },
    ...options.idp,
  });
  const lab = await startFakeLab({
    clients: [{ ...AS_CLIENT, grantTypes: [JWT_BEARER] }],
    trustedIssuer: { issuer: idp.issuer, jwks: idp.jwks },
    ...options.fake,
  });
  const close = async () => {
    await Promise.all([idp.close(), lab.close()]);
  };
  return { ...lab, idp, close, [Symbol.asyncDispose]: close };
}
