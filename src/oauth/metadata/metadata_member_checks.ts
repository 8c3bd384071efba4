/** The members of metadata documents (RFC 9728 §2, RFC 8414 §2, OpenID Connect Discovery §3, IANA), and checks of their types, names and URLs. @module */

import type { Judgement } from "../../core/finding.ts";
import { isWordList } from "./list_member.ts";
import { editDistance } from "../../core/edit_distance.ts";
import { describeValue, isObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { parsePlainUrl } from "../../core/url.ts";
import { type Checks, info, warning } from "../common/judgement.ts";
import type { MetadataSubject } from "./metadata_response_checks.ts";
import { judgeEndpoint, LOGIN_ENDPOINTS } from "./server_metadata_judgements.ts";

/** `endpoint` is a URL that programs call, `page` one that people read; `any` is not checked. */
type MemberType = "endpoint" | "page" | "string" | "strings" | "boolean" | "object" | "any";

function membersByName(
  names: Readonly<Partial<Record<MemberType, string>>>,
): ReadonlyMap<string, MemberType> {
  return new Map(
    Object.entries(names).flatMap(([type, text]) =>
      text.split(/\s+/).map((name) => [name, type as MemberType] as const)
    ),
  );
}

const RESOURCE = membersByName({
  string: "resource signed_metadata resource_name",
  endpoint: "jwks_uri",
  strings: `authorization_servers scopes_supported bearer_methods_supported
     resource_signing_alg_values_supported authorization_details_types_supported
     dpop_signing_alg_values_supported`,
  boolean: "tls_client_certificate_bound_access_tokens dpop_bound_access_tokens_required",
  page: "resource_documentation resource_policy_uri resource_tos_uri",
});

/** Their names may have a language tag: `resource_name#de`. */
const LOCALIZED = /^resource_(name|documentation|policy_uri|tos_uri)$/;

const SERVER = membersByName({
  string: "issuer signed_metadata organization_name",
  endpoint:
    `authorization_endpoint token_endpoint registration_endpoint jwks_uri revocation_endpoint
     introspection_endpoint pushed_authorization_request_endpoint device_authorization_endpoint
     userinfo_endpoint end_session_endpoint check_session_iframe
     backchannel_authentication_endpoint federation_registration_endpoint challenge_endpoint
     global_token_revocation_endpoint signed_jwks_uri`,
  page: "service_documentation op_policy_uri op_tos_uri logo_uri",
  strings: `scopes_supported response_types_supported response_modes_supported grant_types_supported
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
  boolean: `authorization_response_iss_parameter_supported client_id_metadata_document_supported
     require_pushed_authorization_requests tls_client_certificate_bound_access_tokens
     require_signed_request_object claims_parameter_supported request_parameter_supported
     request_uri_parameter_supported require_request_uri_registration
     backchannel_user_code_parameter_supported backchannel_logout_supported
     backchannel_logout_session_supported frontchannel_logout_supported
     frontchannel_logout_session_supported`,
  object: "mtls_endpoint_aliases jwks",
  any: "request_authentication_methods_supported verified_claims_supported",
});

function membersOf({ kind }: MetadataSubject): ReadonlyMap<string, MemberType> {
  return kind === "protected_resource" ? RESOURCE : SERVER;
}

function membersOfOtherKind({ kind }: MetadataSubject): ReadonlyMap<string, MemberType> {
  return kind === "protected_resource" ? SERVER : RESOURCE;
}

const isString = (value: unknown): value is string => typeof value === "string" && value !== "";

type TypeRow = readonly [name: string, fits: (value: unknown) => boolean];

const STRING: TypeRow = ["a string", isString];

const TYPES: Readonly<Record<MemberType, TypeRow>> = {
  endpoint: STRING,
  page: STRING,
  string: STRING,
  strings: ["a list of strings", (value) => Array.isArray(value) && value.every(isString)],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  object: ["an object", isObject],
  any: ["anything", () => true],
};

/** The type of a member of this document; undefined if the document has no such member. */
function typeOf(name: string, subject: MetadataSubject): MemberType | undefined {
  const [base = "", tag] = name.split(/#(.*)/s);
  const tagged = tag !== undefined && /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(tag);
  return membersOf(subject).get(tagged && LOCALIZED.test(base) ? base : name);
}

function knownMembers(
  subject: MetadataSubject,
): { readonly name: string; readonly type: MemberType; readonly value: unknown }[] {
  return Object.entries(subject.document).flatMap(([name, value]) => {
    const type = typeOf(name, subject);
    return type === undefined ? [] : [{ name, type, value }];
  });
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

function probableName(name: string, subject: MetadataSubject): string | undefined {
  const names = [...membersOf(subject).keys()];
  const same = names.find((it) =>
    plain(it) === plain(name) || plain(it) === `${plain(name)}supported`
  );
  if (same !== undefined || name.length > 80) return same;
  const most = name.length < 8 ? 1 : 2;
  return names.find((it) => editDistance(name.toLowerCase(), it) <= most);
}

function unknownNames(subject: MetadataSubject): string[] {
  return Object.keys(subject.document).filter((name) =>
    typeOf(name, subject) === undefined && !membersOfOtherKind(subject).has(name)
  );
}

const listed = (names: readonly string[]) =>
  names.slice(0, 12).map((name) => quoted(name, 60)).join(", ") +
  (names.length > 12 ? ` and ${names.length - 12} more` : "");

export const MEMBER_CHECKS: Checks<MetadataSubject> = {
  member_misspelt: warning(
    "RFC 9728 §2; RFC 8414 §2",
    "Server: use the name of the standard; clients ignore other names",
    (subject) =>
      unknownNames(subject).map((name) => {
        const right = probableName(name, subject);
        return right !== undefined &&
          `${quoted(name, 60)} is not a member of this document; did you mean "${right}"?`;
      }),
  ),
  member_unknown: info(
    "RFC 9728 §2; RFC 8414 §2",
    "Nothing to fix if they are extensions that your clients know",
    (subject) => {
      const names = unknownNames(subject)
        .filter((name) => probableName(name, subject) === undefined);
      return names.length > 0 &&
        `members that no known standard has, which clients ignore: ${listed(names)}`;
    },
  ),
  member_of_other_document: warning(
    "RFC 9728 §2; RFC 8414 §2",
    "Server: publish them in the other document; clients ignore them here",
    (subject) => {
      const names = Object.keys(subject.document).filter((name) =>
        typeOf(name, subject) === undefined && membersOfOtherKind(subject).has(name)
      );
      const other = subject.kind === "protected_resource"
        ? "authorization server metadata"
        : "protected resource metadata";
      return names.length > 0 && `members of ${other} are in this document: ${listed(names)}`;
    },
  ),
  member_type: warning(
    "RFC 9728 §2; RFC 8414 §2",
    "Server: publish the type that the standard requires, or leave the member out",
    (subject) =>
      knownMembers(subject).map(({ name, type, value }) => {
        const [due, fits] = TYPES[type];
        return !fits(value) && !isWordList(name, value) &&
          `${quoted(name, 60)} is ${describeItems(value)}, expected ${due}`;
      }),
  ),
  member_empty: warning(
    "RFC 9728 §3.2; RFC 8414 §3.2",
    "Server: leave out members that have no values",
    (subject) =>
      knownMembers(subject).map(({ name, value }) =>
        // An empty list of authorization servers is a finding of its own.
        name !== "authorization_servers" && Array.isArray(value) && value.length === 0 &&
        `${quoted(name, 60)} is an empty list`
      ),
  ),
  page_url_unsafe: warning(
    "RFC 9728 §2; RFC 8414 §2",
    "Server: publish an https URL that people can open",
    (subject) =>
      knownMembers(subject).map(({ name, type, value }) =>
        type === "page" && isString(value) &&
        !/^https?:/.test(parsePlainUrl(value)?.protocol ?? "") &&
        `${quoted(name, 60)} is ${quoted(value)}, which is not a web address`
      ),
  ),
  signed_metadata_not_verified: info(
    "RFC 9728 §2.2; RFC 8414 §2.1",
    "Server: publish the same values as plain members, which clients read",
    ({ document }) =>
      document["signed_metadata"] !== undefined &&
      'the document has "signed_metadata", which mcpass does not verify and ignores',
  ),
};

/** The endpoints that a login does not use, and those for clients with a certificate. */
export function judgeOtherEndpoints(subject: MetadataSubject): Judgement[] {
  const { mtls_endpoint_aliases: aliases } = subject.document;
  const own = Object.entries(subject.document).filter(([name]) =>
    typeOf(name, subject) === "endpoint" && !LOGIN_ENDPOINTS.some((it) => it === name)
  );
  const mutual = isObject(aliases) ? Object.entries(aliases) : [];
  const server = new URL(subject.serverUrl);
  return [...own, ...mutual]
    .map(([name, value]) => isString(value) ? judgeEndpoint(name, value, server) : undefined)
    .filter((it) => it !== undefined);
}

function describeItems(value: unknown): string {
  if (typeof value === "boolean") return `the boolean ${value}`;
  if (typeof value === "string") return value === "" ? "empty" : `the string ${quoted(value, 60)}`;
  if (!Array.isArray(value)) return describeValue(value);
  const odd = value.find((item) => !isString(item));
  return odd === undefined ? "a list" : `a list with ${describeValue(odd)} in it`;
}
