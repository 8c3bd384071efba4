/** Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3). @module */

import type { Judgement, Severity } from "../../core/finding.ts";
import {
  isObject,
  type JsonObject,
  member,
  stringListMember,
  stringMember,
} from "../../core/json.ts";
import { describeDifference, quoted } from "../../core/text.ts";
import { isEndpointUrl, isIssuer } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";
import { type EndpointResponse, judgeMembers } from "../common/endpoint_response.ts";
import { judgementMaker, valueNotListed } from "../common/judgement.ts";
import { judgeContentType } from "./resource_metadata.ts";
import type { Revision } from "../mcp/revision.ts";

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

/** The values of `--trust-issuer` and `--trust-pkce`. */
export interface MetadataTrust {
  readonly issuer?: { readonly expected: string; readonly announced: string } | undefined;
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
export function judgeEndpoint(
  name: string,
  value: string | undefined,
  server: URL,
): Judgement | undefined {
  if (value === undefined || isEndpointUrl(value, server)) return undefined;
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
  const fix = `Server: publish "issuer": ${quoted(expected)}, or name ${quoted(announced)} in ` +
    '"authorization_servers"';
  const mismatch = (code: Code, severity: Severity, how: string, remedy = fix): Judgement => ({
    code,
    severity,
    message: `the metadata's issuer is not the expected one${how}: expected ${quoted(expected)}, ` +
      `announced ${quoted(announced)}: ${describeDifference(expected, announced)}`,
    remedy,
    reference: "RFC 8414 §3.3",
  });
  if (trust.issuer?.expected === expected && trust.issuer.announced === announced) {
    return mismatch("issuer_mismatch_trusted", "warning", " and was trusted by --trust-issuer");
  }
  if (!proper && (announced === expected || rules.issuerMismatch === "warn")) {
    const message =
      `the metadata's issuer is ${quoted(announced)}, which is no https URL without user ` +
      "info, query and fragment";
    const remedy = 'Server: publish an https URL as "issuer"';
    return { code: "issuer_invalid", severity: "error", message, remedy, reference: "RFC 8414 §2" };
  }
  if (rules.issuerMismatch === "warn") {
    const how = `, which ${rules.id} does not forbid`;
    return mismatch("issuer_mismatch_tolerated", "warning", how);
  }
  const trustAdvice = (trust.issuer === undefined ? "" : "--trust-issuer names another pair. ") +
    "If you know that both belong together, run";
  return {
    ...mismatch("issuer_mismatch", "error", "", `${fix}. ${trustAdvice}`),
    loginFlags: { trustIssuer: `${expected}=${announced}` },
  };
}

function judgePkce(
  document: JsonObject,
  announced: string,
  { issuer: expected, rules, trust }: ServerMetadataExpectations,
): Judgement | undefined {
  const methods = stringListMember(document, "code_challenge_methods_supported");
  if (methods?.includes("S256")) return undefined;
  const said = methods === undefined
    ? 'PKCE is not announced: no "code_challenge_methods_supported"'
    : `"code_challenge_methods_supported" lists ${quoted(methods.join(", "))} and not S256`;
  const judgement = (code: Code, severity: Severity, more: string, advice: string): Judgement => ({
    code,
    severity,
    message: said + more,
    remedy: `Server: publish "code_challenge_methods_supported": ["S256"]${advice}`,
    reference: "MCP authorization, Authorization Code Protection; RFC 8414 §2",
  });
  if (rules.pkceAdvertisement === "unchecked") {
    const why = `; S256 is sent all the same, as ${rules.id} allows`;
    return judgement("pkce_not_advertised_tolerated", "warning", why, "");
  }
  if (methods !== undefined) {
    const advice = "; there is no flag to go on without S256";
    return judgement("pkce_s256_not_supported", "error", "", advice);
  }
  if (trust.pkce !== undefined && (trust.pkce === announced || trust.pkce === expected)) {
    const why = "; S256 is sent all the same because --trust-pkce names this issuer";
    return judgement("pkce_not_advertised_trusted", "warning", why, "");
  }
  const advice = ". If you know that it checks S256 (Entra and Cognito do), run";
  return {
    ...judgement("pkce_not_advertised", "error", "", advice),
    loginFlags: { trustPkce: announced === "" ? "<issuer>" : announced },
  };
}

interface ServerMetadataExpectations {
  readonly issuer: string;
  readonly serverUrl: string;
  readonly rules: Revision;
  readonly trust: MetadataTrust;
  readonly codeGrant: boolean;
  readonly endpoint?: "device_authorization_endpoint" | undefined;
  /** With a client certificate, `mtls_endpoint_aliases` apply (RFC 8705 §5). */
  readonly certificate?: boolean;
}

/** The aliases do not count for a person's browser, which has no client certificate. */
function withAliases(document: JsonObject): JsonObject {
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
  const list = (name: string) => stringListMember(document, name);
  const isTrue = (name: string) => member(document, name) === true;
  const announced = text("issuer") ?? "";
  const server = new URL(expected.serverUrl);
  const error = judgementMaker("error", "RFC 8414 §2");
  const found: (Judgement | undefined)[] = [
    judgeIssuer(announced, expected),
    ...judgeContentType(response, "RFC 8414 §3.2"),
    ...judgeMembers(response),
    ...LOGIN_ENDPOINTS.map((name) => judgeEndpoint(name, text(name), server)),
  ];
  const authorization = expected.codeGrant ? "authorization_endpoint" : undefined;
  for (const name of [authorization, expected.endpoint, "token_endpoint"]) {
    if (name === undefined || text(name) !== undefined) continue;
    const advice = name === expected.endpoint ? ". Meanwhile sign in with another --auth-mode" : "";
    const remedy = `Server: publish "${name}"${advice}`;
    found.push(error("endpoint_missing", `the metadata has no "${name}"`, remedy));
  }
  if (expected.codeGrant) {
    found.push(judgePkce(document, announced, expected));
    const fault = valueNotListed(document, "response_types_supported", "code");
    if (fault !== false) {
      const remedy = "Server: support the authorization code grant";
      found.push(error("code_flow_not_supported", fault, remedy));
    }
  }
  return {
    metadata: {
      issuer: announced,
      lookupIssuer: announced === expected.issuer ? undefined : expected.issuer,
      authorizationEndpoint: text("authorization_endpoint"),
      tokenEndpoint: text("token_endpoint"),
      registrationEndpoint: text("registration_endpoint"),
      revocationEndpoint: text("revocation_endpoint"),
      introspectionEndpoint: text("introspection_endpoint"),
      tokenEndpointAuthMethods: list("token_endpoint_auth_methods_supported"),
      assertionAlgorithms: list("token_endpoint_auth_signing_alg_values_supported"),
      dpopAlgorithms: list("dpop_signing_alg_values_supported"),
      scopesSupported: list("scopes_supported"),
      issParameter: isTrue("authorization_response_iss_parameter_supported"),
      clientIdMetadataDocument: isTrue("client_id_metadata_document_supported"),
      deviceEndpoint: text("device_authorization_endpoint"),
      grantTypes: list("grant_types_supported"),
      pushedRequestEndpoint: text("pushed_authorization_request_endpoint"),
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
