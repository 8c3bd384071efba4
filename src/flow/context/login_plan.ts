/**
 * What a login was asked to do: argv, environment and answers as one validated value.
 *
 * @module
 */

import type { HeaderList } from "../../core/exchange.ts";
import type { Judgement } from "../../core/finding.ts";
import type { AuthMode } from "../../oauth/authorization/auth_mode.ts";
import type { ClientAuthMethod, SecretSource } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import { SHORTEST_SECRET } from "../../oauth/mcp/scope.ts";

export type { AuthMode } from "../../oauth/authorization/auth_mode.ts";

/** `auto` or a registration approach. */
export type RegistrationChoice = "auto" | "cimd" | "dcr" | "preregistered";

/** A token that was read from somewhere. */
export interface GivenToken {
  /** The token. */
  readonly text: string;
  /** Absolute path of its file, which is read again at each renewal; null for standard input. */
  readonly file: string | null;
}

/** The identity provider of `--auth-mode enterprise`. */
export interface IdentityProvider {
  /** Its issuer. */
  readonly issuer: string;
  /** The client that the ID token was issued to. */
  readonly clientId: string;
  /** Its secret there, when it has one. */
  readonly clientSecret?: string;
  /** Token endpoint; absent: as its metadata says. */
  readonly tokenEndpoint?: string;
  /** ID token of the person; absent: the person signs in there. */
  readonly idToken?: GivenToken;
}

/** A validated login. URLs are kept as the person typed them. */
export interface LoginPlan {
  /** MCP server URL: https, or http on loopback; no user info, no fragment. */
  readonly serverUrl: string;
  /** Revision whose checks apply. */
  readonly protocolVersion: RevisionId | "auto";
  /** Registration approach. */
  readonly registration: RegistrationChoice;
  /** Grant. */
  readonly authMode: AuthMode;
  /** Pre-registered client id. */
  readonly clientId?: string;
  /** Pre-registered client secret. */
  readonly clientSecret?: string;
  /** Client ID Metadata Document URL. */
  readonly clientMetadataUrl?: string;
  /** `client_name` in a dynamic registration. */
  readonly clientName: string;
  /** Loopback redirect URL; absent: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl?: string;
  /** Scopes in place of the computed ones. */
  readonly scopes?: readonly string[];
  /** Custom headers. */
  readonly headers: HeaderList;
  /** Milliseconds per request. */
  readonly stepTimeoutMs: number;
  /** Milliseconds to wait for the person. */
  readonly consentTimeoutMs: number;
  /** List the tools afterwards. */
  readonly verifyTools: boolean;
  /** Call this tool afterwards. */
  readonly verifyCallTool?: string;
  /** Arguments of that call. */
  readonly toolArgs: Readonly<Record<string, unknown>>;
  /** Discovery and the plan only. */
  readonly dryRun: boolean;
  /** The one override of an issuer mismatch: exact strings. */
  readonly trustIssuer?: { readonly expected: string; readonly announced: string };
  /** Issuer whose metadata may lack `code_challenge_methods_supported`. */
  readonly trustPkce?: string;
  /** `none`, or a value in place of the published one. */
  readonly resource?: string;
  /** Issuer to use when several are listed, or none is. */
  readonly authorizationServer?: string;
  /** Token endpoint authentication in place of the chosen one. */
  readonly tokenAuthMethod?: ClientAuthMethod;
  /** Private key of the client as a JWK in JSON. */
  readonly privateKey?: string;
  /** Certificate of the client (RFC 8705). */
  readonly certificate?: ClientCertificate;
  /** Initial access token (RFC 7591 §3), for the registration endpoint alone. */
  readonly registrationToken?: string;
  /** Software statement (RFC 7591 §2.3) to register with. */
  readonly softwareStatement?: string;
  /** The workload's JWT, for `jwt_bearer`. */
  readonly assertion?: GivenToken;
  /** What was noticed about the files that were given. */
  readonly inputFindings?: readonly Judgement[];
  /** For `enterprise`. */
  readonly identityProvider?: IdentityProvider;
  /** Bind the token to a key (RFC 9449), also where the server does not demand it. */
  readonly dpop?: true;
  /** Push the authorization request (RFC 9126), also where the server does not demand it. */
  readonly par?: true;
}

/** True for a plan with credentials that may be sent to one issuer only. */
export function hasGivenCredentials(plan: LoginPlan): boolean {
  const { assertion, certificate, clientSecret, identityProvider, privateKey } = plan;
  const { registrationToken, softwareStatement } = plan;
  return [
    assertion,
    certificate,
    clientSecret,
    identityProvider,
    privateKey,
    registrationToken,
    softwareStatement,
  ].some((credential) => credential !== undefined);
}

/** The id of a client that the person named; empty for none. */
export function givenClientId({ clientId, clientMetadataUrl }: LoginPlan): string {
  return clientId ?? clientMetadataUrl ?? "";
}

/** True for a plan whose client, or whose credentials, belong to one issuer. */
export function belongsToIssuer(plan: LoginPlan): boolean {
  return (plan.clientId ?? plan.clientMetadataUrl) !== undefined || hasGivenCredentials(plan);
}

/** Every secret that the person gave for a login. */
export function givenSecrets(plan: LoginPlan): readonly string[] {
  const { assertion, certificate, clientSecret, headers, identityProvider, privateKey } = plan;
  return [
    clientSecret,
    privateKey,
    assertion?.text,
    plan.registrationToken,
    plan.softwareStatement,
    identityProvider?.clientSecret,
    identityProvider?.idToken?.text,
    ...headers.map(([, value]) => value).filter((it) => it.length >= SHORTEST_SECRET),
    ...certificate?.secrets ?? [],
  ].filter((secret) => secret !== undefined);
}

/**
 * Where a secret in a response of the authorization server comes from. A server that only returns the
 * secret that it was sent did not issue it.
 */
export function secretSourceOf(secret: string | undefined, plan: LoginPlan): SecretSource {
  return secret !== undefined && givenSecrets(plan).includes(secret) ? "given" : "issued";
}
