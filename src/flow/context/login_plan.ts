/** A login as validated input: argv, environment and answers as one value. @module */

import type { GivenCredential } from "../../oauth/metadata/issuer_binding.ts";
import type { HeaderList } from "../../core/exchange.ts";
import type { Judgement } from "../../core/finding.ts";
import type { AuthMode } from "../../oauth/authorization/auth_mode.ts";
import type { ClientAuthMethod, SecretSource } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import { MIN_SECRET } from "../../oauth/mcp/scope.ts";
import { isSecretName } from "../../trace/secret_names.ts";

export type { AuthMode } from "../../oauth/authorization/auth_mode.ts";

export type RegistrationChoice = "auto" | "cimd" | "dcr" | "preregistered";

export interface GivenToken {
  readonly text: string;
  /** Absolute path, because each refresh reads the file again; null for standard input. */
  readonly file: string | null;
}

/** The identity provider of `--auth-mode enterprise`. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** Absent: as in its metadata. */
  readonly tokenEndpoint?: string | undefined;
  /** Absent: the user signs in there. */
  readonly idToken?: GivenToken | undefined;
}

/** `--authorization-server-metadata`. */
export interface GivenMetadata {
  /** An https URL, or the file URL of a file. */
  readonly source: string;
  /** The content of the file; absent for a URL. */
  readonly text?: string | undefined;
  /** The issuer of the metadata, as far as known before it is read. */
  readonly issuer?: string | undefined;
}

/** A validated login. URLs are as typed. */
export interface LoginPlan {
  /** https, or http on loopback; without user info and fragment. */
  readonly serverUrl: string;
  /** The revision whose checks apply. */
  readonly protocolVersion: RevisionId | "auto";
  readonly registration: RegistrationChoice;
  readonly authMode: AuthMode;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly clientMetadataUrl?: string | undefined;
  /** `client_name` for a dynamic registration. */
  readonly clientName: string;
  /** Absent: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly headers: HeaderList;
  readonly stepTimeoutMs: number;
  readonly consentTimeoutMs: number;
  readonly verifyTools: boolean;
  readonly verifyCallTool?: string | undefined;
  readonly toolArgs: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  /** `--trust-issuer`: exact strings. */
  readonly trustIssuer?: { readonly expected: string; readonly announced: string } | undefined;
  /** The issuer whose metadata may lack `code_challenge_methods_supported`. */
  readonly trustPkce?: string | undefined;
  /** `none`, or the value to send instead of the published one. */
  readonly resource?: string | undefined;
  /** The only URL where resource metadata is read; the checks stay. */
  readonly resourceMetadata?: string | undefined;
  /** The issuer to use if the resource metadata lists several or none. */
  readonly authorizationServer?: string | undefined;
  /** Metadata that is used instead of the published one. */
  readonly serverMetadata?: GivenMetadata | undefined;
  /** Parameters that the authorization request has in addition. */
  readonly authorizeParams?: readonly (readonly [name: string, value: string])[] | undefined;
  readonly tokenAuthMethod?: ClientAuthMethod | undefined;
  /** A JWK in JSON. */
  readonly privateKey?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
  /** The initial access token (RFC 7591 §3); sent to the registration endpoint only. */
  readonly registrationToken?: string | undefined;
  /** RFC 7591 §2.3. */
  readonly softwareStatement?: string | undefined;
  /** The JWT of the workload, for `jwt_bearer`. */
  readonly assertion?: GivenToken | undefined;
  readonly inputFindings?: readonly Judgement[] | undefined;
  readonly identityProvider?: IdentityProvider | undefined;
  /** Request a token that is bound to a key (RFC 9449) even if the server does not require one. */
  readonly dpop?: true | undefined;
  /** Push the authorization request (RFC 9126) even if the server does not require it. */
  readonly par?: true | undefined;
}

/** What a person decided about the discovery; a stored sign-in has the decisions of its login. */
export type DiscoveryChoices = Pick<
  LoginPlan,
  | "authorizationServer"
  | "resource"
  | "resourceMetadata"
  | "serverMetadata"
  | "trustIssuer"
  | "trustPkce"
>;

/**
 * The credentials that may be sent to one issuer only. The rules for options exclude those that the
 * login would not send.
 */
export function givenCredentials(plan: LoginPlan): GivenCredential[] {
  const given: readonly (readonly [GivenCredential, unknown])[] = [
    ["client secret", plan.clientSecret],
    ["client certificate", plan.certificate],
    ["assertion", plan.assertion],
    ["identity assertion", plan.identityProvider],
    ["initial access token", plan.registrationToken],
    ["software statement", plan.softwareStatement],
    ["private key", plan.privateKey],
  ];
  return given.filter(([, value]) => value !== undefined).map(([name]) => name);
}

/** Empty without a client ID. */
export function givenClientId({ clientId, clientMetadataUrl }: LoginPlan): string {
  return clientId ?? clientMetadataUrl ?? "";
}

/** True if the client or the credentials of the plan belong to one issuer. */
export function belongsToIssuer(plan: LoginPlan): boolean {
  return (plan.clientId ?? plan.clientMetadataUrl) !== undefined ||
    givenCredentials(plan).length > 0;
}

export function givenSecrets(plan: LoginPlan): readonly string[] {
  const { assertion, authorizeParams = [], certificate, clientSecret, headers } = plan;
  const { identityProvider, privateKey } = plan;
  const hints = authorizeParams.filter(([name]) => isSecretName(name));
  return [
    clientSecret,
    privateKey,
    assertion?.text,
    plan.registrationToken,
    plan.softwareStatement,
    identityProvider?.clientSecret,
    identityProvider?.idToken?.text,
    ...[...headers, ...hints].map(([, value]) => value).filter((it) => it.length >= MIN_SECRET),
    ...certificate?.secrets ?? [],
  ].filter((secret) => secret !== undefined);
}

/**
 * Where a secret in a response comes from. A server that returns the secret that it received did
 * not issue it.
 */
export function secretSourceOf(secret: string | undefined, plan: LoginPlan): SecretSource {
  return secret !== undefined && givenSecrets(plan).includes(secret) ? "given" : "issued";
}
