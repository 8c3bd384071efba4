/** Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3). @module */

import type { Judgement } from "../../core/finding.ts";
import { isObject, type JsonObject, stringListMember, stringMember } from "../../core/json.ts";
import { commandArgument, difference, quoted } from "../../core/text.ts";
import { isEndpointUrl, isIssuer } from "../../core/url.ts";
import { type EndpointResponse, judgeMembers } from "../common/endpoint_response.ts";
import { judgeContentType } from "./resource_metadata.ts";
import type { Revision } from "../mcp/revision.ts";

export interface ServerMetadata {
  /** As announced; the origin if the endpoints are defaults. */
  readonly issuer: string;
  /** The issuer that the document was looked up for; absent if the document announces that one. */
  readonly lookupIssuer?: string;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly registrationEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  readonly introspectionEndpoint: string | undefined;
  /** `token_endpoint_auth_methods_supported`; undefined when absent. */
  readonly tokenEndpointAuthMethods: readonly string[] | undefined;
  /** `token_endpoint_auth_signing_alg_values_supported`; undefined when absent. */
  readonly assertionAlgorithms?: readonly string[] | undefined;
  /** `dpop_signing_alg_values_supported` (RFC 9449 §5.1); undefined when absent. */
  readonly dpopAlgorithms?: readonly string[] | undefined;
  readonly scopesSupported: readonly string[] | undefined;
  /** `authorization_response_iss_parameter_supported` (RFC 9207 §3). */
  readonly issParameter: boolean;
  /** `client_id_metadata_document_supported`. */
  readonly clientIdMetadataDocument: boolean;
  readonly deviceEndpoint?: string | undefined;
  readonly grantTypes?: readonly string[] | undefined;
  readonly pushedRequestEndpoint?: string | undefined;
  /** `require_pushed_authorization_requests` (RFC 9126 §5). */
  readonly pushedRequestsRequired: boolean;
  /** `tls_client_certificate_bound_access_tokens` (RFC 8705 §3.3). */
  readonly certificateBoundTokens?: true;
  /** `require_signed_request_object` (RFC 9101 §10.5). */
  readonly signedRequestsRequired?: boolean;
  /** `request_object_signing_alg_values_supported`; undefined when absent. */
  readonly requestObjectAlgorithms?: readonly string[] | undefined;
}

export interface MetadataTrust {
  /** `--trust-issuer`. */
  readonly issuer?: { readonly expected: string; readonly announced: string } | undefined;
  /** `--trust-pkce`. */
  readonly pkce?: string | undefined;
}

export const LOGIN_ENDPOINTS = [
  "authorization_endpoint",
  "token_endpoint",
  "registration_endpoint",
  "revocation_endpoint",
  "introspection_endpoint",
  "device_authorization_endpoint",
  "pushed_authorization_request_endpoint",
] as const;

/** http is accepted on loopback, for an MCP server on loopback. */
export function judgeEndpoint(name: string, value: string, server: URL): Judgement | undefined {
  if (isEndpointUrl(value, server)) return undefined;
  return {
    code: "endpoint_insecure",
    severity: "error",
    message: `"${name}" is ${quoted(value)}, which is no https URL without fragment and user info`,
    remedy: "Server: serve every endpoint on https",
    reference: "MCP authorization, Communication Security",
  };
}

function judgeIssuer(
  announced: string,
  { issuer: expected, serverUrl, rules, trust }: ServerMetadataExpectations,
): Judgement | undefined {
  const proper = isIssuer(announced, new URL(serverUrl));
  if (announced === expected && proper) return undefined;
  const pair = `expected ${quoted(expected)}, announced ${quoted(announced)}: ` +
    difference(expected, announced);
  const reference = "RFC 8414 §3.3";
  const remedy = `Server: publish "issuer": ${quoted(expected)}, or name ${quoted(announced)} in ` +
    '"authorization_servers"';
  if (trust.issuer?.expected === expected && trust.issuer.announced === announced) {
    return {
      code: "issuer_mismatch_trusted",
      severity: "warning",
      message:
        `the metadata's issuer is not the expected one and was trusted by --trust-issuer: ${pair}`,
      remedy,
      reference,
    };
  }
  if (!proper && (announced === expected || rules.issuerMismatch === "warn")) {
    return {
      code: "issuer_invalid",
      severity: "error",
      message:
        `the metadata's issuer is ${quoted(announced)}, which is no https URL without user ` +
        "info, query and fragment",
      remedy: 'Server: publish an https URL as "issuer"',
      reference: "RFC 8414 §2",
    };
  }
  if (rules.issuerMismatch === "warn") {
    return {
      code: "issuer_mismatch_tolerated",
      severity: "warning",
      message:
        `the metadata's issuer is not the expected one, which ${rules.id} does not forbid: ${pair}`,
      remedy,
      reference,
    };
  }
  return {
    code: "issuer_mismatch",
    severity: "error",
    message: `the metadata's issuer is not the expected one: ${pair}`,
    remedy: `${remedy}. ` +
      (trust.issuer === undefined ? "" : "--trust-issuer names another pair. ") +
      "If you know that both belong together: --trust-issuer " +
      commandArgument(`${expected}=${announced}`),
    reference,
  };
}

function judgePkce(
  document: JsonObject,
  expected: string,
  announced: string,
  rules: Revision,
  trust: MetadataTrust,
): Judgement | undefined {
  const methods = stringListMember(document, "code_challenge_methods_supported");
  if (methods?.includes("S256")) return undefined;
  const reference = "MCP authorization, Authorization Code Protection; RFC 8414 §2";
  const remedy = 'Server: publish "code_challenge_methods_supported": ["S256"]';
  const said = methods === undefined
    ? 'PKCE is not announced: no "code_challenge_methods_supported"'
    : `"code_challenge_methods_supported" lists ${quoted(methods.join(", "))} and not S256`;
  if (rules.pkceAdvertisement === "unchecked") {
    return {
      code: "pkce_not_advertised_tolerated",
      severity: "warning",
      message: `${said}; S256 is sent all the same, as ${rules.id} allows`,
      remedy,
      reference,
    };
  }
  if (methods !== undefined) {
    return {
      code: "pkce_s256_not_supported",
      severity: "error",
      message: said,
      remedy: `${remedy}; there is no flag to go on without S256`,
      reference,
    };
  }
  if (trust.pkce !== undefined && (trust.pkce === announced || trust.pkce === expected)) {
    return {
      code: "pkce_not_advertised_trusted",
      severity: "warning",
      message: `${said}; S256 is sent all the same because --trust-pkce names this issuer`,
      remedy,
      reference,
    };
  }
  return {
    code: "pkce_not_advertised",
    severity: "error",
    message: said,
    remedy: `${remedy}. If you know that it checks S256 (Entra and Cognito do): --trust-pkce ` +
      (announced === "" ? "<issuer>" : commandArgument(announced)),
    reference,
  };
}

/** A document with an `error` is not used. */
export interface ServerMetadataJudgement {
  readonly metadata: ServerMetadata;
  readonly judgements: readonly Judgement[];
}

export interface ServerMetadataExpectations {
  readonly issuer: string;
  readonly serverUrl: string;
  readonly rules: Revision;
  readonly trust: MetadataTrust;
  readonly codeGrant: boolean;
  readonly endpoint?: "device_authorization_endpoint" | undefined;
  /** With a client certificate, `mtls_endpoint_aliases` apply (RFC 8705 §5). */
  readonly certificate?: boolean;
}

/** Members that `mtls_endpoint_aliases` cannot name: a person's browser has no client certificate. */
const NO_ALIAS: readonly string[] = ["authorization_endpoint"];

/** The document with the endpoints for client certificates instead of the others. */
function withAliases(document: JsonObject): JsonObject {
  const aliases = document["mtls_endpoint_aliases"];
  if (!isObject(aliases)) return document;
  const named = Object.entries(aliases).filter(([name, value]) =>
    /^[a-z_]+_endpoint$/.test(name) && typeof value === "string" && !NO_ALIAS.includes(name)
  );
  return { ...document, ...Object.fromEntries(named) };
}

export interface KnownIssuer {
  readonly issuer: string;
  readonly tokenEndpoint?: string | undefined;
}

/** The issuer that the metadata document was looked up for. */
export function discoveredIssuer(
  { lookupIssuer, issuer }: Pick<ServerMetadata, "lookupIssuer" | "issuer">,
): string {
  return lookupIssuer ?? issuer;
}

function authenticatedEndpoints(server: ServerMetadata): readonly (string | undefined)[] {
  const { deviceEndpoint, introspectionEndpoint, pushedRequestEndpoint } = server;
  const { registrationEndpoint, revocationEndpoint, tokenEndpoint } = server;
  return [
    deviceEndpoint,
    introspectionEndpoint,
    pushedRequestEndpoint,
    registrationEndpoint,
    revocationEndpoint,
    tokenEndpoint,
  ];
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
  return authenticatedEndpoints(server)
    .every((url) => url === undefined || origins.includes(URL.parse(url)?.origin));
}

export function judgeServerMetadata(
  response: EndpointResponse,
  published: JsonObject,
  expected: ServerMetadataExpectations,
): ServerMetadataJudgement {
  const document = expected.certificate === true ? withAliases(published) : published;
  const announced = stringMember(document, "issuer") ?? "";
  const server = new URL(expected.serverUrl);
  const found: (Judgement | undefined)[] = [
    judgeIssuer(announced, expected),
    ...judgeContentType(response, "RFC 8414 §3.2"),
    ...judgeMembers(response),
    ...LOGIN_ENDPOINTS.map((name) => {
      const value = stringMember(document, name);
      return value === undefined ? undefined : judgeEndpoint(name, value, server);
    }),
  ];
  const needed = [
    ...expected.codeGrant ? ["authorization_endpoint"] : [],
    ...expected.endpoint === undefined ? [] : [expected.endpoint],
    "token_endpoint",
  ];
  for (const name of needed) {
    if (stringMember(document, name) !== undefined) continue;
    found.push({
      code: "endpoint_missing",
      severity: "error",
      message: `the metadata has no "${name}"`,
      remedy: `Server: publish "${name}"` +
        (name === expected.endpoint ? ". Meanwhile sign in with another --auth-mode" : ""),
      reference: "RFC 8414 §2",
    });
  }
  if (expected.codeGrant) {
    found.push(judgePkce(document, expected.issuer, announced, expected.rules, expected.trust));
    const types = stringListMember(document, "response_types_supported");
    if (types !== undefined && !types.includes("code")) {
      found.push({
        code: "code_flow_not_supported",
        severity: "error",
        message: `"response_types_supported" lists ${quoted(types.join(", "))} and not "code"`,
        remedy: "Server: support the authorization code grant",
        reference: "RFC 8414 §2",
      });
    }
  }
  return {
    metadata: {
      issuer: announced,
      ...(announced === expected.issuer ? {} : { lookupIssuer: expected.issuer }),
      authorizationEndpoint: stringMember(document, "authorization_endpoint"),
      tokenEndpoint: stringMember(document, "token_endpoint"),
      registrationEndpoint: stringMember(document, "registration_endpoint"),
      revocationEndpoint: stringMember(document, "revocation_endpoint"),
      introspectionEndpoint: stringMember(document, "introspection_endpoint"),
      tokenEndpointAuthMethods: stringListMember(document, "token_endpoint_auth_methods_supported"),
      assertionAlgorithms: stringListMember(
        document,
        "token_endpoint_auth_signing_alg_values_supported",
      ),
      dpopAlgorithms: stringListMember(document, "dpop_signing_alg_values_supported"),
      scopesSupported: stringListMember(document, "scopes_supported"),
      issParameter: document["authorization_response_iss_parameter_supported"] === true,
      clientIdMetadataDocument: document["client_id_metadata_document_supported"] === true,
      deviceEndpoint: stringMember(document, "device_authorization_endpoint"),
      grantTypes: stringListMember(document, "grant_types_supported"),
      pushedRequestEndpoint: stringMember(document, "pushed_authorization_request_endpoint"),
      pushedRequestsRequired: document["require_pushed_authorization_requests"] === true,
      ...(document["tls_client_certificate_bound_access_tokens"] === true
        ? { certificateBoundTokens: true }
        : {}),
      signedRequestsRequired: document["require_signed_request_object"] === true,
      requestObjectAlgorithms: stringListMember(
        document,
        "request_object_signing_alg_values_supported",
      ),
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
    revocationEndpoint: undefined,
    introspectionEndpoint: undefined,
    tokenEndpointAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
    scopesSupported: undefined,
    issParameter: false,
    clientIdMetadataDocument: false,
    pushedRequestsRequired: false,
  };
}
