/**
 * The credentials file of `--credentials-out` and `--credentials-file`.
 *
 * @module
 */

import { usageFailure } from "../core/failure.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import { isSecureUrl, parsePlainUrl } from "../core/url.ts";
import type { CertificateFiles } from "../oauth/client_certificate.ts";
import { isClientAuthMethod, type SecretSource } from "../oauth/client_auth.ts";
import type { RegistrationApproach } from "../oauth/revision.ts";
import {
  DEFAULT_ACCOUNT,
  type RefreshJournal,
  type StoredEntry,
  type StoredGrant,
  type StoredRelaxations,
} from "../store/entry.ts";

/**
 * Version 1 of the file: one sign-in, with everything that using, renewing and revoking its token
 * needs. Only `version`, `serverUrl` and `accessToken` have to be there; a token without
 * `tokenEndpoint` is used as long as it lasts. Members that are not named here stay in the file.
 */
export interface CredentialsFile {
  /** Version of this shape. */
  readonly version: 1;
  /** MCP server URL, as typed; the credentials are sent to no other. */
  readonly serverUrl: string;
  /** Issuer of the authorization server. */
  readonly issuer: string;
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when there is one. */
  readonly clientSecret?: string;
  /** Where that secret comes from: `given` by the person or `issued` by the server. */
  readonly clientSecretSource?: SecretSource;
  /** How the client was come by: `dcr`, `cimd`, `preregistered` or `none`. */
  readonly registration: RegistrationApproach;
  /** Redirect URI that was registered or used; null when the grant has none. */
  readonly redirectUrl: string | null;
  /** The access token; null when it was refused or revoked. */
  readonly accessToken: string | null;
  /** The refresh token, or null. */
  readonly refreshToken: string | null;
  /** The ID token, when one came. */
  readonly idToken?: string;
  /** `Bearer`, as the server spelled it. */
  readonly tokenType: string;
  /** When the tokens arrived, ISO 8601. */
  readonly obtainedAt: string;
  /** ISO 8601, or null when unknown. */
  readonly expiresAt: string | null;
  /** Granted scope, or null. */
  readonly scope: string | null;
  /** Scopes last asked for, or null when the parameter was left out. */
  readonly requestedScopes: readonly string[] | null;
  /** Value of the `resource` parameter, or null. */
  readonly resource: string | null;
  /** Token endpoint, where a refresh goes. */
  readonly tokenEndpoint: string;
  /** Revocation endpoint (RFC 7009), where there is one. */
  readonly revocationEndpoint?: string;
  /** Introspection endpoint (RFC 7662), where there is one. */
  readonly introspectionEndpoint?: string;
  /** How the client authenticates at them. */
  readonly tokenAuthMethod: string;
  /** Private key of the client as a JWK in JSON, when it authenticates with one. */
  readonly privateKey?: string;
  /** Algorithm of its assertions, when it makes any. */
  readonly assertionAlgorithm?: string;
  /** `scope` as the client was registered, when something is known about it. */
  readonly registeredScope?: string;
  /** `registration_client_uri` (RFC 7592), where this program registered the client. */
  readonly registrationClientUri?: string;
  /** `registration_access_token` for it. */
  readonly registrationAccessToken?: string;
  /** Files of the client's certificate (RFC 8705): their paths, not what is in them. */
  readonly clientCertificate?: CertificateFiles;
  /** True when the MCP server is presented that certificate: the token is bound to it. */
  readonly certificateAtServer?: boolean;
  /** Private key that the tokens are bound to (RFC 9449) as a JWK in JSON. */
  readonly dpopKey?: string;
  /** What the grant starts from, for one that is repeated. */
  readonly grant?: StoredGrant;
  /** Client secret at the identity provider of that grant. */
  readonly idpClientSecret?: string;
  /** ID token of a sign-in there. */
  readonly idpIdToken?: string;
  /** Its refresh token. */
  readonly idpRefreshToken?: string;
  /** `--auth-mode` of the login. */
  readonly authMode: string;
  /** MCP revision whose checks applied. */
  readonly protocolVersion: string;
  /** Names of the custom headers of the login; their values are not kept. */
  readonly headerNames: readonly string[];
  /** Hosts that the person named at the login: the sign-in may reach them in any network. */
  readonly namedHosts?: readonly string[];
  /** The relaxations that this login used; a refresh needs them again. */
  readonly relaxed?: StoredRelaxations;
  /** Set while a refresh is under way. */
  readonly refreshBegun?: RefreshJournal;
}

/** An entry as the file's content. */
export function credentialsFile(entry: StoredEntry): CredentialsFile {
  const { client, tokens, endpoints, relaxations, journal } = entry;
  const optional = <T>(name: string, value: T | undefined) =>
    value === undefined ? {} : { [name]: value };
  return {
    version: 1,
    serverUrl: entry.serverUrl,
    issuer: entry.issuer,
    clientId: client.clientId,
    ...optional("clientSecret", client.clientSecret),
    ...optional("clientSecretSource", client.clientSecretSource),
    registration: client.approach,
    redirectUrl: client.redirectUri,
    accessToken: tokens?.accessToken ?? null,
    refreshToken: tokens?.refreshToken ?? null,
    ...optional("idToken", tokens?.idToken),
    tokenType: tokens?.tokenType ?? "Bearer",
    obtainedAt: tokens?.obtainedAt ?? new Date(0).toISOString(),
    expiresAt: tokens?.expiresAt ?? null,
    scope: entry.grantedScope,
    requestedScopes: entry.requestedScopes,
    resource: entry.resource,
    tokenEndpoint: endpoints.token,
    ...optional("revocationEndpoint", endpoints.revocation),
    ...optional("introspectionEndpoint", endpoints.introspection),
    tokenAuthMethod: client.tokenAuthMethod,
    ...optional("privateKey", client.privateKey),
    ...optional("assertionAlgorithm", client.assertionAlgorithm),
    ...optional("registeredScope", client.registeredScope),
    ...optional("registrationClientUri", client.registrationUri),
    ...optional("registrationAccessToken", client.registrationToken),
    ...optional("clientCertificate", client.certificate),
    ...optional("certificateAtServer", entry.certificateAtServer),
    ...optional("dpopKey", entry.dpopKey),
    ...optional("grant", entry.grant),
    ...optional("idpClientSecret", entry.idpClientSecret),
    ...optional("idpIdToken", entry.idpIdToken),
    ...optional("idpRefreshToken", entry.idpRefreshToken),
    authMode: entry.authMode,
    protocolVersion: entry.protocolVersion,
    headerNames: entry.headerNames,
    ...optional("namedHosts", entry.namedHosts),
    ...(Object.keys(relaxations).length === 0 ? {} : { relaxed: relaxations }),
    ...optional("refreshBegun", journal),
  };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
/** https, or http on loopback: where a token or a secret may go. */
const url: Check = (value) => {
  const parsed = typeof value === "string" ? parsePlainUrl(value) : undefined;
  return parsed !== undefined && isSecureUrl(parsed);
};
const time: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const optional = (check: Check): Check => (value) =>
  value === undefined || value === null || check(value);

/** What each member has to be. */
const MEMBERS: Readonly<Record<string, Check>> = {
  serverUrl: url,
  accessToken: (value) => value === null || (typeof value === "string" && value !== ""),
  issuer: optional(text),
  clientId: optional(text),
  clientSecret: optional(text),
  clientSecretSource: optional((value) => value === "given" || value === "issued"),
  registration: optional((value) =>
    ["dcr", "cimd", "preregistered", "none"].includes(String(value))
  ),
  redirectUrl: optional(text),
  refreshToken: optional(text),
  idToken: optional(text),
  tokenType: optional(text),
  obtainedAt: optional(time),
  expiresAt: optional(time),
  scope: optional(text),
  requestedScopes: optional(texts),
  resource: optional(text),
  tokenEndpoint: optional((value) => value === "" || url(value)),
  revocationEndpoint: optional(url),
  introspectionEndpoint: optional(url),
  tokenAuthMethod: optional(isClientAuthMethod),
  privateKey: optional(text),
  assertionAlgorithm: optional(text),
  registeredScope: optional(text),
  registrationClientUri: optional(url),
  registrationAccessToken: optional(text),
  clientCertificate: optional((value) =>
    isObject(value) && text(value.certFile) && text(value.keyFile) &&
    optional(text)(value.passphraseFile)
  ),
  certificateAtServer: optional((value) => typeof value === "boolean"),
  dpopKey: optional(text),
  grant: optional((value) =>
    isObject(value) && optional(text)(value.file) &&
    optional((provider) =>
      isObject(provider) && text(provider.issuer) && text(provider.clientId) &&
      optional(url)(provider.tokenEndpoint)
    )(value.identityProvider)
  ),
  idpClientSecret: optional(text),
  idpIdToken: optional(text),
  idpRefreshToken: optional(text),
  authMode: optional(text),
  protocolVersion: optional(text),
  headerNames: optional(texts),
  namedHosts: optional(texts),
  relaxed: optional(isObject),
  refreshBegun: optional((value) =>
    isObject(value) && time(value.startedAt) && text(value.refreshTokenFingerprint)
  ),
};

function unusable(path: string, reason: string, remedy: string): Error {
  return usageFailure(
    "credentials_file_invalid",
    `the credentials file ${quoted(path, 4096)} cannot be used: ${reason}`,
    remedy,
  );
}

const WRITTEN_BY = "Write one with mcpass login --credentials-out <path>";

/**
 * Reads the text of a credentials file.
 *
 * @returns The parsed document, all members, and what it says as an entry.
 * @throws Failure `credentials_file_invalid` of kind `usage`.
 */
export function readCredentials(
  content: string,
  path: string,
): { readonly document: JsonObject; readonly entry: StoredEntry } {
  const document = parseJson(content);
  if (!isObject(document)) throw unusable(path, "it is no JSON object", WRITTEN_BY);
  if (document.version !== 1) {
    const newer = typeof document.version === "number" && document.version > 1;
    throw unusable(
      path,
      newer
        ? `it has version ${document.version}, and this mcpass knows version 1`
        : 'it has no "version": 1',
      newer ? "Use the newer mcpass that wrote it" : WRITTEN_BY,
    );
  }
  const unfit = Object.entries(MEMBERS).find(([name, check]) => !check(document[name]))?.[0];
  if (unfit !== undefined) {
    throw unusable(path, `"${unfit}" is missing or not what it should be`, WRITTEN_BY);
  }
  return { document, entry: entryOfDocument(document as Partial<CredentialsFile>) };
}

function entryOfDocument(file: Partial<CredentialsFile>): StoredEntry {
  const given = <T>(name: string, value: T | null | undefined) =>
    value === undefined || value === null ? {} : { [name]: value };
  const { accessToken } = file;
  return {
    serverUrl: file.serverUrl ?? "",
    account: DEFAULT_ACCOUNT,
    issuer: file.issuer ?? "",
    client: {
      clientId: file.clientId ?? "",
      ...given("clientSecret", file.clientSecret),
      ...given("clientSecretSource", file.clientSecretSource),
      ...given("privateKey", file.privateKey),
      ...given("assertionAlgorithm", file.assertionAlgorithm),
      ...given("registeredScope", file.registeredScope),
      ...given("registrationUri", file.registrationClientUri),
      ...given("registrationToken", file.registrationAccessToken),
      ...given("certificate", file.clientCertificate),
      approach: file.registration ?? "preregistered",
      tokenAuthMethod: isClientAuthMethod(file.tokenAuthMethod)
        ? file.tokenAuthMethod
        : file.clientSecret
        ? "client_secret_basic"
        : "none",
      redirectUri: file.redirectUrl ?? null,
    },
    tokens: accessToken === null || accessToken === undefined ? null : {
      accessToken,
      refreshToken: file.refreshToken ?? null,
      ...given("idToken", file.idToken),
      tokenType: file.tokenType ?? "Bearer",
      obtainedAt: file.obtainedAt ?? new Date(0).toISOString(),
      expiresAt: file.expiresAt ?? null,
    },
    authMode: file.authMode ?? "interactive",
    ...given("grant", file.grant),
    ...given("idpClientSecret", file.idpClientSecret),
    ...given("idpIdToken", file.idpIdToken),
    ...given("idpRefreshToken", file.idpRefreshToken),
    ...given("dpopKey", file.dpopKey),
    ...given("certificateAtServer", file.certificateAtServer),
    requestedScopes: file.requestedScopes ?? null,
    grantedScope: file.scope ?? null,
    resource: file.resource ?? null,
    endpoints: {
      token: file.tokenEndpoint ?? "",
      ...given("revocation", file.revocationEndpoint),
      ...given("introspection", file.introspectionEndpoint),
    },
    protocolVersion: file.protocolVersion ?? "auto",
    relaxations: file.relaxed ?? {},
    headerNames: file.headerNames ?? [],
    ...given("namedHosts", file.namedHosts),
    ...given("journal", file.refreshBegun),
  };
}
