import type { ClientAuthMethod, SecretSource } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";

/** A client at one issuer; it is never used at another one. */
export interface Client {
  readonly issuer: string;
  readonly approach: RegistrationApproach;
  readonly clientId: string;
  /** `client_name` as registered; undefined if unknown. */
  readonly clientName?: string | undefined;
  readonly clientSecret: string | undefined;
  readonly clientSecretSource?: SecretSource | undefined;
  /** As a JWK in JSON. */
  readonly privateKey?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
  /** The algorithm of its assertions, if it authenticates with any. */
  readonly assertionAlgorithm?: string | undefined;
  readonly method: ClientAuthMethod;
  readonly clientIdInForm?: boolean | undefined;
  readonly audienceIsEndpoint?: boolean | undefined;
  /** Null for a grant without one. */
  readonly redirectUri: string | null;
  /** `scope` as registered; undefined if unknown. */
  readonly registeredScope?: string | undefined;
  /** The client configuration endpoint (RFC 7592). */
  readonly registrationUri?: string | undefined;
  readonly registrationToken?: string | undefined;
  /** True if it is registered for tokens that are bound to a key (RFC 9449 §5.2). */
  readonly dpop?: true;
  /** The token endpoint of the login that registered it, for a stored client. */
  readonly tokenEndpoint?: string | undefined;
  /** The account under which it is stored. */
  readonly account?: string | undefined;
  /** True if nobody signed in with it yet. */
  readonly registeredOnly?: boolean | undefined;
  /** True if it was registered by an earlier login; the server may no longer know it. */
  readonly isStored?: boolean;
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
