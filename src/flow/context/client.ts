/**
 * A client at one authorization server.
 *
 * @module
 */

import type { ClientAuthMethod, SecretSource } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";

/** A client at one issuer; never used at another. */
export interface Client {
  /** The issuer it belongs to. */
  readonly issuer: string;
  /** How the client id was obtained. */
  readonly approach: RegistrationApproach;
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when it has one. */
  readonly clientSecret: string | undefined;
  /** Where that secret comes from. */
  readonly clientSecretSource?: SecretSource | undefined;
  /** Private key as a JWK in JSON, when it has one. */
  readonly privateKey?: string | undefined;
  /** Certificate, when it has one. */
  readonly certificate?: ClientCertificate | undefined;
  /** Algorithm of its assertions, when it makes any. */
  readonly assertionAlgorithm?: string | undefined;
  /** Token endpoint authentication. */
  readonly method: ClientAuthMethod;
  /** Redirect URI it was registered or is used with; null for a grant without one. */
  readonly redirectUri: string | null;
  /** `scope` as registered; undefined when nothing is known about it. */
  readonly registeredScope?: string | undefined;
  /** Where its registration is managed (RFC 7592). */
  readonly registrationUri?: string | undefined;
  /** Access token for that. */
  readonly registrationToken?: string | undefined;
  /** True for a client that is registered for tokens bound to a key (RFC 9449 §5.2). */
  readonly dpop?: true;
  /** Token endpoint of the login that registered it, for a stored client. */
  readonly tokenEndpoint?: string | undefined;
  /** True for a stored registration; the server may no longer know it. */
  readonly kept?: boolean;
}

/** True if the registration may be the reason why a client does not get these scopes. */
export function isOutsideRegistration(
  { approach, registeredScope }: Pick<Client, "approach" | "registeredScope">,
  scopes: readonly string[] | undefined,
): boolean {
  if (approach !== "dcr" || scopes === undefined) return false;
  const registered = parseScope(registeredScope ?? "");
  return !scopes.every((scope) => registered.includes(scope));
}
