/** Tokens that are bound to a client certificate (RFC 8705). @module */

import { isObject, member, stringMember } from "../../../core/json.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { skipCheck } from "../../context/end_check.ts";
import { bearer } from "../../judge/mcp_request.ts";
import { observed } from "../../judge/refusal.ts";
import { judgeAttempt, tryCredentials } from "../../judge/token_attempt.ts";
import { boundClient } from "./bound_client.ts";

const BOUND_TOKENS = "tls_client_certificate_bound_access_tokens";

/** @throws CheckEnd if there is no certificate, or no token that is bound to it. */
async function boundToken(audit: Audit) {
  const { discovery, grants, plan: { certificate } } = audit;
  if (member(discovery.serverDocument, BOUND_TOKENS) !== true) {
    const message = "the metadata does not announce certificate-bound access tokens";
    throw skipCheck("not_advertised", message);
  }
  if (certificate === undefined) {
    const message = "a client certificate is needed for a token that is bound to it";
    throw skipCheck("needs_config", message, "--client-cert");
  }
  const client = await boundClient(audit.clients, { [BOUND_TOKENS]: true });
  const reply = await grants.authorize({}, client);
  const response = await grants.exchange(reply, {}, { ...client, certificate });
  const { accessToken } = await grants.read(response, client, reply);
  const claims = unverifiedClaims(accessToken);
  if (isSuccess(response) && claims === undefined) {
    throw skipCheck("opaque_token", "the access token is opaque: its binding cannot be read");
  }
  const confirmation = claims === undefined ? undefined : member(claims, "cnf");
  const thumbprint = isObject(confirmation) ? stringMember(confirmation, "x5t#S256") : undefined;
  if (thumbprint !== certificate.facts.thumbprint) {
    const saw = isSuccess(response)
      ? 'the token has no "cnf" with its thumbprint'
      : observed(response);
    throw skipCheck("needs_control", `no token is bound to the certificate: ${saw}`);
  }
  return { accessToken, certificate };
}

export const MTLS_CHECKS: readonly AuditCheck[] = [
  {
    id: "mtls_bound",
    severity: "error",
    attacker: "A5",
    cost: { requests: 5, registrations: 1, consents: 1 },
    async run(audit) {
      const { accessToken, certificate } = await boundToken(audit);
      const control = await tryCredentials(audit, bearer(accessToken), { certificate });
      if (!control.isAccepted) {
        const saw = observed(control.response);
        throw skipCheck("needs_control", `the token with its certificate is refused: ${saw}`);
      }
      const attempt = await tryCredentials(audit, bearer(accessToken));
      return judgeAttempt(attempt, { what: "a bound token without its certificate" });
    },
  },
];
