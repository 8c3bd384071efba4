/**
 * What is kept of one login: everything that using, refreshing and revoking its token needs, so that
 * nothing has to be discovered, guessed or asked for again.
 *
 * @module
 */

import type { CertificateFiles } from "../oauth/client/client_certificate.ts";
import type { ClientAuthMethod, SecretSource } from "../oauth/client/client_auth.ts";
import type { RegistrationApproach } from "../oauth/mcp/revision.ts";

/** The label of an account that was given none. */
export const DEFAULT_ACCOUNT = "default";

/** The client that the tokens were issued to; good at the entry's issuer only. */
export interface StoredClient {
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when it has one. */
  readonly clientSecret?: string;
  /** Where that secret comes from; a given one is never printed. */
  readonly clientSecretSource?: SecretSource;
  /** How it was come by. */
  readonly approach: RegistrationApproach;
  /** Token endpoint authentication; never guessed again. */
  readonly tokenAuthMethod: ClientAuthMethod;
  /** Private key as a JWK in JSON, when it authenticates with one. */
  readonly privateKey?: string;
  /** Algorithm of its assertions, when it makes any. */
  readonly assertionAlgorithm?: string;
  /** Files of its certificate (RFC 8705); what is in them is not kept. */
  readonly certificate?: CertificateFiles;
  /** Redirect URI that was registered or used; null when the grant has none. */
  readonly redirectUri: string | null;
  /** `scope` as registered, when something is known about it. */
  readonly registeredScope?: string;
  /** `registration_client_uri` (RFC 7592 §3). */
  readonly registrationUri?: string;
  /** `registration_access_token` (RFC 7592 §3). */
  readonly registrationToken?: string;
}

/** What the token endpoint gave. */
export interface StoredTokens {
  /** The access token. */
  readonly accessToken: string;
  /** The refresh token, or null. */
  readonly refreshToken: string | null;
  /** The OpenID Connect ID token, when one came. */
  readonly idToken?: string;
  /** As the server spelled it. */
  readonly tokenType: string;
  /** When the answer arrived, ISO 8601. */
  readonly obtainedAt: string;
  /** ISO 8601, or null when unknown. */
  readonly expiresAt: string | null;
}

/** The endpoints of the issuer that a stored token is sent to. */
export interface StoredEndpoints {
  /** Token endpoint. */
  readonly token: string;
  /** Revocation endpoint (RFC 7009). */
  readonly revocation?: string;
  /** Introspection endpoint (RFC 7662). */
  readonly introspection?: string;
}

/** What a grant that is repeated starts from. */
export interface StoredGrant {
  /** File of the workload's assertion or of the ID token; absent when it came by standard input. */
  readonly file?: string;
  /** The identity provider that the ID token is exchanged at. */
  readonly identityProvider?: {
    /** Its issuer. */
    readonly issuer: string;
    /** The client that the ID token was issued to. */
    readonly clientId: string;
    /** Token endpoint; absent: as its metadata says. */
    readonly tokenEndpoint?: string;
  };
}

/** The relaxations that a login was allowed; a refresh needs them again. */
export interface StoredRelaxations {
  /** `--trust-issuer`. */
  readonly trustIssuer?: { readonly expected: string; readonly announced: string };
  /** `--trust-pkce`. */
  readonly trustPkce?: string;
  /** `--resource`. */
  readonly resource?: string;
}

/** A refresh that was begun; still there when its process died before the answer was kept. */
export interface RefreshJournal {
  /** When the request was about to be sent, ISO 8601. */
  readonly startedAt: string;
  /** Fingerprint of the refresh token that was sent, never the token itself. */
  readonly refreshTokenFingerprint: string;
}

/** What makes an entry: one server, issuer, client and account have one entry. */
export interface EntryIdentity {
  /** MCP server URL, as typed; compared in its canonical form. */
  readonly serverUrl: string;
  /** Label of the account; {@link DEFAULT_ACCOUNT} when none was given. */
  readonly account: string;
  /** Issuer of the authorization server, as announced. */
  readonly issuer: string;
  /** The client. */
  readonly client: Pick<StoredClient, "clientId">;
}

/** One login. */
export interface StoredEntry extends EntryIdentity {
  /** The client; kept when only the tokens have become useless. */
  readonly client: StoredClient;
  /** The tokens; null when they were revoked or refused. */
  readonly tokens: StoredTokens | null;
  /** How the grant was obtained, e.g. `client_credentials`, which is repeated and not refreshed. */
  readonly authMode: string;
  /** Scopes last asked for; null when the parameter was left out. */
  readonly requestedScopes: readonly string[] | null;
  /** Scope granted, as the server said it (the requested one when it said nothing), or null. */
  readonly grantedScope: string | null;
  /** Value of the `resource` parameter, or null when none was sent. */
  readonly resource: string | null;
  /** Where the tokens may be sent beside the MCP server. */
  readonly endpoints: StoredEndpoints;
  /** MCP revision whose checks applied. */
  readonly protocolVersion: string;
  /** The relaxations that produced it. */
  readonly relaxations: StoredRelaxations;
  /** Names of the custom headers of the login; their values are not kept. */
  readonly headerNames: readonly string[];
  /** Hosts that the person named at the login: the sign-in may reach them in any network. */
  readonly namedHosts?: readonly string[];
  /** What the grant starts from, for one that is repeated. */
  readonly grant?: StoredGrant;
  /** Client secret at the identity provider. */
  readonly idpClientSecret?: string;
  /** ID token of a sign-in at the identity provider. */
  readonly idpIdToken?: string;
  /** Its refresh token, when one was issued. */
  readonly idpRefreshToken?: string;
  /** Private key of the token's DPoP binding as a JWK in JSON (RFC 9449). */
  readonly dpopKey?: string;
  /** True when the MCP server is presented the client's certificate: the token is bound to it. */
  readonly certificateAtServer?: boolean;
  /** Set while a refresh is under way. */
  readonly journal?: RefreshJournal;
}

/** A secret member of an entry, by its path. */
export type SecretName =
  | "client.clientSecret"
  | "client.registrationToken"
  | "client.privateKey"
  | "idpClientSecret"
  | "idpIdToken"
  | "idpRefreshToken"
  | "tokens.accessToken"
  | "tokens.refreshToken"
  | "tokens.idToken"
  | "dpopKey";

/** Everything of an entry that may be shown. */
export interface EntrySummary extends
  Omit<
    StoredEntry,
    "client" | "tokens" | "dpopKey" | "idpClientSecret" | "idpIdToken" | "idpRefreshToken"
  > {
  /** Where it is filed: what `read`, `remove` and `lock` take. */
  readonly key: string;
  /** The client, without its secrets. */
  readonly client: Omit<StoredClient, "clientSecret" | "registrationToken" | "privateKey">;
  /** The tokens, without the tokens; null when there are none. */
  readonly tokens: Omit<StoredTokens, "accessToken" | "refreshToken" | "idToken"> | null;
  /** Names of the secrets that the entry has. */
  readonly holds: readonly SecretName[];
  /** Where its secrets are. */
  readonly place: SecretPlace;
}

/** Where secrets are kept: in the entry's file, or sealed there by a key in the OS keyring. */
export type SecretPlace = "file" | "keyring";
