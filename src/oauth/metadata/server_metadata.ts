/** Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3). @module */

import type { Judgement } from "../../core/finding.ts";
import { isObject, type JsonObject, member, stringMember } from "../../core/json.ts";
import { type EndpointResponse, judgeMembers } from "../common/endpoint_response.ts";
import {
  judgementMaker,
  missingText,
  ofAuthorizationServer,
  valueNotListed,
} from "../common/judgement.ts";
import { judgeWordLists, listMember } from "./list_member.ts";
import { judgeContentType } from "./resource_metadata.ts";
import {
  isExpectedIssuer,
  judgeEndpoint,
  judgeEndpointScopes,
  judgeIssuer,
  judgePkce,
  LOGIN_ENDPOINTS,
  type ServerMetadataExpectations,
  withEncodedSpaces,
} from "./server_metadata_judgements.ts";

export interface ServerMetadata {
  /** As announced; the origin if the endpoints are defaults. */
  readonly issuer: string;
  /** The issuer that the document was looked up for; undefined if the document announces that one. */
  readonly lookupIssuer?: string | undefined;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly registrationEndpoint: string | undefined;
  readonly revocationEndpoint?: string | undefined;
  readonly introspectionEndpoint?: string | undefined;
  readonly tokenEndpointAuthMethods: readonly string[] | undefined;
  /** `token_endpoint_auth_signing_alg_values_supported`. */
  readonly assertionAlgorithms?: readonly string[] | undefined;
  readonly dpopAlgorithms?: readonly string[] | undefined;
  readonly scopesSupported?: readonly string[] | undefined;
  /** `authorization_response_iss_parameter_supported` (RFC 9207 §3). */
  readonly issParameter: boolean;
  readonly clientIdMetadataDocument: boolean;
  readonly deviceEndpoint?: string | undefined;
  readonly grantTypes?: readonly string[] | undefined;
  readonly pushedRequestEndpoint?: string | undefined;
  readonly pushedRequestsRequired: boolean;
  readonly certificateBoundTokens?: boolean;
  readonly signedRequestsRequired?: boolean;
  readonly requestObjectAlgorithms?: readonly string[] | undefined;
}

/**
 * The document for a client with a certificate (RFC 8705 §5). The aliases do not count for a person's
 * browser, which has none.
 */
export function withAliases(document: JsonObject): JsonObject {
  const aliases = document["mtls_endpoint_aliases"];
  if (!isObject(aliases)) return document;
  const named = Object.entries(aliases).filter(([name, value]) =>
    /^[a-z_]+_endpoint$/.test(name) && name !== "authorization_endpoint" &&
    typeof value === "string"
  );
  return { ...document, ...Object.fromEntries(named) };
}

export interface KnownIssuer {
  readonly issuer: string;
  readonly tokenEndpoint?: string | undefined;
}

export function discoveredIssuer({ lookupIssuer, issuer }: ServerMetadata): string {
  return lookupIssuer ?? issuer;
}

/**
 * True for the issuer that was used before. A document that announces another issuer than the one it was
 * looked up for does not prove that it belongs to that issuer. Then the token endpoint must be the same,
 * and every other endpoint where a client authenticates must be at the origin of one of the two.
 */
export function isKnownIssuer(server: ServerMetadata, known: KnownIssuer): boolean {
  if (known.issuer === discoveredIssuer(server)) return true;
  if (known.issuer !== server.issuer || known.tokenEndpoint !== server.tokenEndpoint) return false;
  const origins = [known.issuer, known.tokenEndpoint ?? ""].map((url) => URL.parse(url)?.origin);
  const authenticated = [
    server.deviceEndpoint,
    server.introspectionEndpoint,
    server.pushedRequestEndpoint,
    server.registrationEndpoint,
    server.revocationEndpoint,
    server.tokenEndpoint,
  ];
  return authenticated
    .every((url) => url === undefined || origins.includes(URL.parse(url)?.origin));
}

/** A document with an `error` is not used. */
export function judgeServerMetadata(
  response: EndpointResponse,
  published: JsonObject,
  expected: ServerMetadataExpectations,
): { readonly metadata: ServerMetadata; readonly judgements: readonly Judgement[] } {
  const document = expected.certificate === true ? withAliases(published) : published;
  const text = (name: string) => stringMember(document, name);
  const endpoint = (name: typeof LOGIN_ENDPOINTS[number]) => {
    const url = text(name);
    return url === undefined ? undefined : withEncodedSpaces(url);
  };
  const list = (name: string) => listMember(document, name);
  const isTrue = (name: string) => member(document, name) === true;
  const announced = text("issuer") ?? "";
  const server = new URL(expected.serverUrl);
  const error = judgementMaker("error", "RFC 8414 §2");
  const found: (Judgement | undefined)[] = [
    judgeIssuer(announced, document, expected),
    ...[
      ...judgeContentType(response, "RFC 8414 §3.2"),
      ...judgeMembers(response),
      ...judgeWordLists(document),
    ].map(ofAuthorizationServer),
    ...LOGIN_ENDPOINTS.map((name) => judgeEndpoint(name, text(name), server)),
  ];
  const authorization = expected.codeGrant ? "authorization_endpoint" : undefined;
  for (const name of [authorization, expected.endpoint, "token_endpoint"]) {
    if (name === undefined || text(name) !== undefined) continue;
    const advice = name === expected.endpoint ? "\nSign in with another --auth-mode" : "";
    const remedy = `Authorization server: publish "${name}"${advice}`;
    found.push(error("endpoint_missing", `the metadata ${missingText(document, name)}`, remedy));
  }
  if (expected.codeGrant) {
    found.push(judgePkce(document, announced, expected));
    found.push(judgeEndpointScopes(endpoint("authorization_endpoint")));
    const fault = valueNotListed(document, "response_types_supported", "code");
    if (fault !== false) {
      const remedy = "Authorization server: support the authorization code grant";
      found.push(error("code_flow_not_supported", fault, remedy));
    }
  }
  return {
    metadata: {
      issuer: announced,
      lookupIssuer: isExpectedIssuer(announced, expected) ? undefined : expected.issuer,
      authorizationEndpoint: endpoint("authorization_endpoint"),
      tokenEndpoint: endpoint("token_endpoint"),
      registrationEndpoint: endpoint("registration_endpoint"),
      revocationEndpoint: endpoint("revocation_endpoint"),
      introspectionEndpoint: endpoint("introspection_endpoint"),
      tokenEndpointAuthMethods: list("token_endpoint_auth_methods_supported"),
      assertionAlgorithms: list("token_endpoint_auth_signing_alg_values_supported"),
      dpopAlgorithms: list("dpop_signing_alg_values_supported"),
      scopesSupported: list("scopes_supported"),
      issParameter: isTrue("authorization_response_iss_parameter_supported"),
      clientIdMetadataDocument: isTrue("client_id_metadata_document_supported"),
      deviceEndpoint: endpoint("device_authorization_endpoint"),
      grantTypes: list("grant_types_supported"),
      pushedRequestEndpoint: endpoint("pushed_authorization_request_endpoint"),
      pushedRequestsRequired: isTrue("require_pushed_authorization_requests"),
      certificateBoundTokens: isTrue("tls_client_certificate_bound_access_tokens"),
      signedRequestsRequired: isTrue("require_signed_request_object"),
      requestObjectAlgorithms: list("request_object_signing_alg_values_supported"),
    },
    judgements: found.filter((it) => it !== undefined),
  };
}

/** The endpoints of 2025-03-26 for a server without metadata. */
export function defaultServerMetadata(base: string): ServerMetadata {
  return {
    issuer: base,
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/token`,
    registrationEndpoint: `${base}/register`,
    tokenEndpointAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
    issParameter: false,
    clientIdMetadataDocument: false,
    pushedRequestsRequired: false,
  };
}
