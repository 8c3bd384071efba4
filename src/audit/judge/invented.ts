/** Invented values: no server knows them. @module */

import { randomValue } from "../../oauth/authorization/authorization.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import type { ParameterChanges } from "../context/grants.ts";

/** A host that nobody can own (RFC 2606): no server knows its origin, redirect URIs and resources. */
export const INVENTED_HOST = "mcpass-audit.invalid";

export const INVENTED_ORIGIN = `https://${INVENTED_HOST}`;

export const INVENTED_REDIRECT_URI = `${INVENTED_ORIGIN}/callback`;

/** The URL of a resource that does not exist. */
export const INVENTED_RESOURCE = `${INVENTED_ORIGIN}/mcp`;

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
