/** Invented values: no server knows them. @module */

import { randomValue } from "../../oauth/authorization/authorization.ts";
import type { Audit } from "./audit.ts";
import type { AuditClient } from "./clients.ts";
import type { ParameterChanges } from "./grants.ts";

/** The host of resources and redirect URIs that nobody has registered (RFC 2606). */
export const INVENTED_ORIGIN = "https://mcpass-audit.invalid";

/** An exchange of a code that was never issued, valid in everything else. */
export function inventedExchange(
  { discovery }: Pick<Audit, "discovery">,
  { redirectUri }: AuditClient,
): ParameterChanges {
  return {
    grant_type: "authorization_code",
    code: randomValue(),
    redirect_uri: redirectUri,
    code_verifier: randomValue(),
    resource: discovery.resourceParameter,
  };
}
