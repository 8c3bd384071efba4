/**
 * What a test can say about an authorization server.
 *
 * @module
 */

import type { Jwks } from "./bearer.ts";
import type { ExchangeOptions } from "./identity_exchange.ts";
import type { LabServerOptions } from "./scripted_server.ts";

/** How a client authenticates at the token endpoint. */
export type LabAuthMethod =
  | "none"
  | "client_secret_basic"
  | "client_secret_post"
  | "client_secret_jwt"
  | "private_key_jwt"
  | "client_secret_jwt"
  | "self_signed_tls_client_auth"
  | "tls_client_auth";

/** A client known beforehand. */
export interface LabClient {
  /** `client_id`. */
  readonly clientId: string;
  /** `client_secret`. */
  readonly clientSecret?: string;
  /** Default: `client_secret_basic` with a secret, `none` without. */
  readonly authMethod?: LabAuthMethod;
  /** Default `http://127.0.0.1/callback` (any port). */
  readonly redirectUris?: readonly string[];
  /** Default `authorization_code` and `refresh_token`. */
  readonly grantTypes?: readonly string[];
  /** Public keys, for `private_key_jwt`. */
  readonly jwks?: Jwks;
  /** Further members, as they are registered. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Dynamic client registration. */
export interface RegistrationOptions {
  /** Bearer token that registering needs. */
  readonly initialAccessToken?: string;
  /** Reading, updating and deleting a registration (RFC 7592); default true. */
  readonly management?: boolean;
}

/** A document at a well-known URL: RFC 8414, OpenID Connect inserted, OpenID Connect appended. */
export type WellKnown = "oauth" | "oidc" | "oidc_appended";

/** Options of {@link startAuthorizationServer}. */
export interface AuthorizationServerOptions extends LabServerOptions {
  /** Path of the issuer, e.g. `/tenant1`; `/` gives an issuer that ends in a slash. Default none. */
  readonly issuerPath?: string;
  /** Default all three. */
  readonly wellKnown?: readonly WellKnown[];
  /** Last word on the metadata document. */
  readonly metadata?: (document: Record<string, unknown>) => Record<string, unknown>;
  /** Default true. */
  readonly registration?: boolean | RegistrationOptions;
  /** Clients known beforehand. */
  readonly clients?: readonly LabClient[];
  /**
   * Client ID metadata documents by URL: turns CIMD on. A text is where the document is fetched from
   * in place of its URL, as through a tunnel; nothing else is fetched.
   */
  readonly clientDocuments?: Readonly<Record<string, object | string>>;
  /** Token endpoint authentication offered; default `none`, basic and post. */
  readonly authMethods?: readonly LabAuthMethod[];
  /** `scopes_supported`; default `openid`, `offline_access`, `mcp:read`, `mcp:write`, `mcp:admin`. */
  readonly scopes?: readonly string[];
  /** Scope of a request that asks for none; default `mcp:read`. */
  readonly defaultScope?: string;
  /** Which of the requested scopes are granted; default all. */
  readonly grantScopes?: (requested: readonly string[]) => readonly string[];
  /** `auto` consents by itself, `page` shows a page with a button, `deny` refuses. Default `auto`. */
  readonly consent?: "auto" | "page" | "deny";
  /** Resources that tokens can be asked for; more by `addResource`. */
  readonly resources?: readonly string[];
  /** Resource of requests that name none; default none, which gives a token without audience. */
  readonly defaultResource?: string;
  /** Form of access tokens; default `jwt`. */
  readonly accessTokens?: "jwt" | "opaque";
  /** Seconds an access token lives; default 3600. */
  readonly accessTokenTtl?: number;
  /** When a refresh token is issued to a client that may have one; default `always`. */
  readonly refreshTokens?: "always" | "offline_access" | "never";
  /** Whether each use of a refresh token replaces it; default true. */
  readonly rotateRefreshTokens?: boolean;
  /** Default true. */
  readonly clientCredentials?: boolean;
  /** Default true. */
  readonly revocation?: boolean;
  /** Default true. */
  readonly introspection?: boolean;
  /** Pushed authorization requests; default false. */
  readonly par?: boolean | "required";
  /** Pushed requests have expired before they can be used; default false. */
  readonly pushedRequestsExpire?: boolean;
  /** Takes only signed authorization requests (RFC 9101); default false. */
  readonly signedRequests?: boolean;
  /** DPoP; `nonce` also demands the server's nonce. Default false. */
  readonly dpop?: boolean | "nonce";
  /**
   * Mutual TLS (needs `tls`): a second origin, named in `mtls_endpoint_aliases`, asks for certificates of
   * this authority; the first one asks for none.
   */
  readonly mtls?: { readonly clientCa: string; readonly requireClient?: boolean };
  /** Exchanges identities for ID-JAGs; default not. */
  readonly exchange?: ExchangeOptions;
  /** Device authorization grant; default false. */
  readonly device?: boolean;
  /** Settings of `oidc-provider` that replace those above, member by member. */
  readonly settings?: Readonly<Record<string, unknown>>;
}
