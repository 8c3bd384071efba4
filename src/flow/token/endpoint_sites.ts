/**
 * Endpoints of one authorization server at different sites. Without `iss` in the authorization
 * response, mcpass cannot know that the server where the user signed in is the one that receives
 * the code (RFC 9207). @module
 */

import { quoted } from "../../core/text.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { isSameParty } from "../../oauth/metadata/issuer_binding.ts";
import type { LoginContext } from "../context/login_context.ts";

export async function judgeEndpointSites(
  context: LoginContext,
  { authorizationEndpoint, issuer, tokenEndpoint }: ServerMetadata,
): Promise<void> {
  if (authorizationEndpoint === undefined || tokenEndpoint === undefined) return;
  if (await isSameParty(authorizationEndpoint, tokenEndpoint)) return;
  const [first, second] = [quoted(authorizationEndpoint), quoted(tokenEndpoint)];
  context.judge([{
    code: "endpoints_at_different_sites",
    severity: "warning",
    message: `${quoted(issuer)} has its authorization endpoint (${first}) and its token endpoint ` +
      `(${second}) at different sites, and does not announce "iss" in the authorization response: ` +
      "mcpass could not detect a mix-up of two servers",
    remedy: 'Authorization server: send "iss" in the authorization response and announce ' +
      '"authorization_response_iss_parameter_supported": true\n' +
      "Before you consent, check that both sites belong to the same organization",
    reference: "RFC 9207 §2; RFC 9700 §4.4",
  }]);
}
