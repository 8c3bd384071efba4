import type { Judgement } from "../../core/finding.ts";
import { type JsonObject, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { isAccessToken } from "../common/issued_token.ts";
import { judgeEndpoint } from "../metadata/server_metadata_judgements.ts";

export interface ManagementAccess {
  readonly registrationUri: string;
  /** It is sent to `registrationUri` only. */
  readonly registrationToken: string;
}

/** Reads the access to a registration from a document of `base`; an insecure URI is not used. */
export function managementAccess(
  document: JsonObject,
  base: string,
): { readonly access?: ManagementAccess; readonly judgements: readonly Judgement[] } {
  const registrationUri = stringMember(document, "registration_client_uri");
  const registrationToken = stringMember(document, "registration_access_token");
  if (registrationUri === undefined && registrationToken === undefined) return { judgements: [] };
  const insecure = judgeEndpoint("registration_client_uri", registrationUri, new URL(base));
  const isSendable = registrationToken === undefined || isAccessToken(registrationToken);
  if (registrationUri !== undefined && registrationToken !== undefined && !insecure && isSendable) {
    return { access: { registrationUri, registrationToken }, judgements: [] };
  }
  const missing = registrationUri === undefined
    ? "has no registration_client_uri"
    : isSendable
    ? "has no registration_access_token"
    : "has a registration_access_token with characters that an Authorization header must not have";
  const fault = insecure?.message ?? `the response of ${quoted(base)} ${missing}`;
  return {
    judgements: [{
      code: "registration_management_unusable",
      severity: "warning",
      message: `the registration cannot be managed later: ${fault}`,
      remedy: "Authorization server: return both registration_client_uri, an https URL, and " +
        "registration_access_token, or neither",
      reference: "RFC 7592 §3",
    }],
  };
}
