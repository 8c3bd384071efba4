/** A stored sign-in: what mcpass needs to use, refresh and revoke its token. Times are ISO 8601. @module */

import type { CertificateFiles } from "../oauth/client/client_certificate.ts";
import type { ClientAuthMethod, SecretSource } from "../oauth/client/client_auth.ts";
import type { RegistrationApproach } from "../oauth/mcp/revision.ts";
import type { EntryIdentity } from "./entry_key.ts";
import type { SecretName } from "./entry_rules.ts";

export const DEFAULT_ACCOUNT = "default";

/** The value of `--account` in a command line, which leaves the default out. */
export function accountFlag(account: string | null | undefined): string | undefined {
  return account === DEFAULT_ACCOUNT ? undefined : account ?? undefined;
}

/** The client that the tokens were issued to; valid only at the entry's issuer. */
export interface StoredClient {
  readonly clientId: string;
  /** `client_name` as registered. */
  readonly clientName?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** A given secret is never printed. */
  readonly clientSecretSource?: SecretSource | undefined;
  readonly approach: RegistrationApproach;
  readonly tokenAuthMethod: ClientAuthMethod;
  /** True if the server requires `client_id` in the form with Basic too. */
  readonly clientIdInForm?: boolean | undefined;
  /** True if the server requires its own URL as the audience of assertions. */
  readonly audienceIsEndpoint?: boolean | undefined;
  /** A JWK in JSON. */
  readonly privateKey?: string | undefined;
  readonly assertionAlgorithm?: string | undefined;
  /** The paths of its certificate's files (RFC 8705); their content is not stored. */
  readonly certificate?: CertificateFiles | undefined;
  readonly redirectUri: string | null;
  readonly registeredScope?: string | undefined;
  /** `registration_client_uri` and `registration_access_token` (RFC 7592 §3). */
  readonly registrationUri?: string | undefined;
  readonly registrationToken?: string | undefined;
}

export interface StoredTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken?: string | undefined;
  readonly tokenType: string;
  readonly obtainedAt: string;
  /** Null if unknown. */
  readonly expiresAt: string | null;
}

export interface StoredGrant {
  /** The file of the workload's assertion or of the ID token; absent if it was standard input. */
  readonly file?: string | undefined;
  readonly identityProvider?: {
    readonly issuer: string;
    readonly clientId: string;
    readonly tokenEndpoint?: string | undefined;
  } | undefined;
}

/** The relaxations of the login; they apply to every later request. */
export interface StoredRelaxations {
  readonly trustIssuer?: { readonly expected: string; readonly announced: string } | undefined;
  readonly trustPkce?: string | undefined;
  readonly resource?: string | undefined;
}

/**
 * Flags of a login by option (`clientName` is `--client-name`): those that no other member implies
 * and a later login needs again. Never a secret; a path is absolute.
 */
export type StoredFlags = Readonly<Record<string, string | readonly string[] | true>>;

/** What a refresh has to be like here, learned from refusals. */
export interface StoredRefresh {
  /** True if the granted scope has to be sent. */
  readonly withScope?: boolean | undefined;
  readonly withoutResource?: boolean | undefined;
  /** The error with which the server refuses this grant altogether. */
  readonly refusedWith?: string | undefined;
}

export interface StoredEntry extends EntryIdentity {
  /** The short name of this server and account; absent in an entry of an older version. */
  readonly name?: string | undefined;
  readonly client: StoredClient;
  /** Null if they were revoked or refused, or if nobody signed in. */
  readonly tokens: StoredTokens | null;
  /** True if a login failed after it had registered the client: nobody signed in with it yet. */
  readonly registeredOnly?: boolean | undefined;
  /** How the ID token names the person; absent without one. Unverified. */
  readonly subject?: string | undefined;
  /** Some grants, such as `client_credentials`, are repeated and not refreshed. */
  readonly authMode: string;
  /** Null if the parameter was not sent. */
  readonly requestedScopes: readonly string[] | null;
  /** As the server sent it, else the requested one; null if unknown. */
  readonly grantedScope: string | null;
  /** Null if the parameter was not sent. */
  readonly resource: string | null;
  readonly endpoints: {
    readonly token: string;
    readonly revocation?: string | undefined;
    readonly introspection?: string | undefined;
  };
  readonly protocolVersion: string;
  readonly relaxations: StoredRelaxations;
  readonly loginFlags?: StoredFlags | undefined;
  /** The names of the login's custom headers; their values are not stored. */
  readonly headerNames: readonly string[];
  /** The hosts that the user named: requests may reach them in any network. */
  readonly namedHosts?: readonly string[] | undefined;
  readonly grant?: StoredGrant | undefined;
  readonly refresh?: StoredRefresh | undefined;
  readonly idpClientSecret?: string | undefined;
  readonly idpIdToken?: string | undefined;
  readonly idpRefreshToken?: string | undefined;
  /** A JWK in JSON (RFC 9449). */
  readonly dpopKey?: string | undefined;
  /** True if the token is bound to the client's certificate, which the MCP server must receive. */
  readonly certificateAtServer?: boolean | undefined;
  /** A refresh that was started. It remains if the process ends before it stores the response. */
  readonly journal?: {
    readonly startedAt: string;
    readonly refreshTokenFingerprint: string;
    /** The process that started it: the machine's name and a process ID, for people. */
    readonly by?: string | undefined;
    /** Random: a process recognizes its own refresh by it. */
    readonly id?: string | undefined;
  } | undefined;
  /** The tokens were moved to another store; `tokens` is null then. */
  readonly moved?: {
    readonly at: string;
    /** As people call it, e.g. `postgres`. */
    readonly to: string;
  } | undefined;
  /** The token with which it arrived from another machine or store: it must not arrive again. */
  readonly received?: {
    readonly at: string;
    readonly from: string;
    readonly fingerprint: string;
    /** How often the sign-in has been moved. A later arrival of the same token has a higher number. */
    readonly moves?: number | undefined;
  } | undefined;
}

/** An entry without its secrets. */
export interface PublicEntry extends Omit<StoredEntry, "client" | "tokens" | SecretName> {
  readonly client: Omit<StoredClient, "clientSecret" | "registrationToken" | "privateKey">;
  readonly tokens: Omit<StoredTokens, "accessToken" | "refreshToken" | "idToken"> | null;
}

/** The part of an entry that may be shown. */
export interface EntrySummary extends PublicEntry {
  readonly key: string;
  readonly holds: readonly SecretName[];
  readonly secretsIn: SecretLocation;
  /** Who wrote the entry last: machine and process ID. Absent in the file engine. */
  readonly written?: { readonly by: string; readonly at: string } | undefined;
  /** Which event stored the tokens, e.g. `refreshed`, and who; absent in the file engine. */
  readonly obtained?:
    | { readonly event: string; readonly by: string; readonly at: string }
    | undefined;
}

/**
 * The secrets are in the entry's file, sealed there by a key in the OS keyring, or in a database,
 * sealed by a key from a file.
 */
export type SecretLocation = "file" | "keyring" | "postgres";

export type SecretValues = Partial<Readonly<Record<SecretName, string>>>;
