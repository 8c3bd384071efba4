/** The members of metadata documents (RFC 9728 §2, RFC 8414 §2, OpenID Connect Discovery §3, IANA). @module */

import type { MetadataKind } from "./metadata_kind.ts";

/** `endpoint` is a URL that programs call, `page` one that people read; `any` is not checked. */
export type MemberType =
  | "endpoint"
  | "page"
  | "string"
  | "strings"
  | "boolean"
  | "object"
  | "any";

export interface Member {
  readonly type: MemberType;
  /** Its name may have a language tag: `resource_name#de`. */
  readonly localized?: boolean;
}

function rows(type: MemberType, names: string): [string, Member][] {
  return names.trim().split(/\s+/).map((name) => [name, { type }]);
}

const RESOURCE: ReadonlyMap<string, Member> = new Map([
  ...rows("string", "resource signed_metadata"),
  ...rows("endpoint", "jwks_uri"),
  ...rows(
    "strings",
    `authorization_servers scopes_supported bearer_methods_supported
     resource_signing_alg_values_supported authorization_details_types_supported
     dpop_signing_alg_values_supported`,
  ),
  ...rows(
    "boolean",
    "tls_client_certificate_bound_access_tokens dpop_bound_access_tokens_required",
  ),
  ["resource_name", { type: "string", localized: true }],
  ["resource_documentation", { type: "page", localized: true }],
  ["resource_policy_uri", { type: "page", localized: true }],
  ["resource_tos_uri", { type: "page", localized: true }],
]);

const SERVER: ReadonlyMap<string, Member> = new Map([
  ...rows("string", "issuer signed_metadata organization_name"),
  ...rows(
    "endpoint",
    `authorization_endpoint token_endpoint registration_endpoint jwks_uri revocation_endpoint
     introspection_endpoint pushed_authorization_request_endpoint device_authorization_endpoint
     userinfo_endpoint end_session_endpoint check_session_iframe
     backchannel_authentication_endpoint federation_registration_endpoint challenge_endpoint
     global_token_revocation_endpoint signed_jwks_uri`,
  ),
  ...rows("page", "service_documentation op_policy_uri op_tos_uri logo_uri"),
  ...rows(
    "strings",
    `scopes_supported response_types_supported response_modes_supported grant_types_supported
     token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
     revocation_endpoint_auth_methods_supported
     revocation_endpoint_auth_signing_alg_values_supported
     introspection_endpoint_auth_methods_supported
     introspection_endpoint_auth_signing_alg_values_supported
     code_challenge_methods_supported ui_locales_supported acr_values_supported
     subject_types_supported id_token_signing_alg_values_supported
     id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
     userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported
     userinfo_encryption_enc_values_supported request_object_signing_alg_values_supported
     request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported
     authorization_signing_alg_values_supported authorization_encryption_alg_values_supported
     authorization_encryption_enc_values_supported introspection_signing_alg_values_supported
     introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
     display_values_supported claim_types_supported claims_supported claims_locales_supported
     prompt_values_supported dpop_signing_alg_values_supported
     authorization_details_types_supported protected_resources
     authorization_grant_profiles_supported identity_chaining_requested_token_types_supported
     backchannel_token_delivery_modes_supported
     backchannel_authentication_request_signing_alg_values_supported
     client_registration_types_supported request_authentication_signing_alg_values_supported
     client_attestation_signing_alg_values_supported
     client_attestation_pop_signing_alg_values_supported contacts`,
  ),
  ...rows(
    "boolean",
    `authorization_response_iss_parameter_supported client_id_metadata_document_supported
     require_pushed_authorization_requests tls_client_certificate_bound_access_tokens
     require_signed_request_object claims_parameter_supported request_parameter_supported
     request_uri_parameter_supported require_request_uri_registration
     backchannel_user_code_parameter_supported backchannel_logout_supported
     backchannel_logout_session_supported frontchannel_logout_supported
     frontchannel_logout_session_supported`,
  ),
  ...rows("object", "mtls_endpoint_aliases jwks"),
  ...rows("any", "request_authentication_methods_supported verified_claims_supported"),
]);

export function membersOf(kind: MetadataKind): ReadonlyMap<string, Member> {
  return kind === "protected_resource" ? RESOURCE : SERVER;
}

export function membersOfOtherKind(kind: MetadataKind): ReadonlyMap<string, Member> {
  return kind === "protected_resource" ? SERVER : RESOURCE;
}
