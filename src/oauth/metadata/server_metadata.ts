/** Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3). @module */

import type { Judgement, Severity } from "../../core/finding.ts";
import {
  describeValue,
  isObject,
  type JsonObject,
  member,
  stringListMember,
  stringMember,
} from "../../core/json.ts";
import { describeDifference, quoted } from "../../core/text.ts";
import { isEndpointUrl, isIssuer, urlFault } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";
import { type EndpointResponse, judgeMembers } from "../common/endpoint_response.ts";
import { BEHIND_PROXY, judgementMaker, valueNotListed } from "../common/judgement.ts";
import { judgeContentType } from "./resource_metadata.ts";
import type { Revision } from "../mcp/revision.ts";
import { endpointScopes } from "../mcp/scope.ts";

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

/** A URL with spaces can mean only one thing. */
function withEncodedSpaces(url: string): string {
  return url.trim().replaceAll(" ", "%20");
}

/** http is accepted on loopback, for an MCP server on loopback. */
export function judgeEndpoint(
  name: string,
  value: string | undefined,
  server: URL,
): Judgement | undefined {
  if (value === undefined || isEndpointUrl(value, server)) return undefined;
  const shown = `"${name}" is ${quoted(value)}, which`;
  const fault = urlFault(value);
  if (fault === undefined) {
    return {
      code: "endpoint_insecure",
      severity: "error",
      message: `${shown} is not https`,
      remedy: `Server: serve every endpoint on https. ${BEHIND_PROXY}`,
      reference: "MCP authorization, Communication Security",
    };
  }
  const isReadable = isEndpointUrl(withEncodedSpaces(value), server);
  return {
    code: "endpoint_invalid",
    severity: isReadable ? "warning" : "error",
    message: `${shown} ${fault}${isReadable ? "; mcpass encodes them" : ""}`,
    remedy: "Server: publish an absolute https URL without user info, fragment and spaces",
    reference: "RFC 8414 §2",
  };
}

/** Microsoft's metadata for several tenants announces `…/{tenantid}/v2.0`. */
const isTemplate = (issuer: string) => /[{}]/.test(issuer);

function isExpectedIssuer(
  announced: string,
  { issuer, isDefault = false }: ServerMetadataExpectations,
): boolean {
  return announced === issuer || isDefault && announced === `${issuer}/`;
}

function judgeIssuer(
  announced: string,
  document: JsonObject,
  expectations: ServerMetadataExpectations,
): Judgement | undefined {
  const { issuer: expected, serverUrl, rules, trust } = expectations;
  if (announced === "") {
    const published = member(document, "issuer");
    const fault = published === undefined
      ? 'has no "issuer"'
      : `has "issuer": ${describeValue(published)}`;
    return {
      code: "issuer_missing",
      severity: "error",
      message: `the metadata ${fault}; expected ${quoted(expected)}`,
      remedy: `Server: publish "issuer": ${quoted(expected)}`,
      reference: "RFC 8414 §2",
    };
  }
  const proper = isIssuer(announced, new URL(serverUrl));
  if (isExpectedIssuer(announced, expectations) && proper) return undefined;
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
  if (!proper && (isExpectedIssuer(announced, expectations) || rules.issuerMismatch === "warn")) {
    const fault = urlFault(announced) ??
      (announced.includes("?") ? "has a query" : "is not https");
    const message = `the metadata's issuer is ${quoted(announced)}, which ${fault}`;
    const remedy = 'Server: publish an https URL as "issuer"';
    return { code: "issuer_invalid", severity: "error", message, remedy, reference: "RFC 8414 §2" };
  }
  if (rules.issuerMismatch === "warn") {
    const how = `, which ${rules.id} does not forbid`;
    return mismatch("issuer_mismatch_tolerated", "warning", how);
  }
  if (expected.replace(/^https:/, "http:") === announced.replace(/\/$/, "")) {
    return mismatch(
      "issuer_mismatch",
      "error",
      "",
      `${fix.replace(/, or .*/, "")}. ${BEHIND_PROXY}`,
    );
  }
  const trustAdvice = (trust.issuer === undefined ? "" : "--trust-issuer names another pair. ") +
    "If you know that both belong together, run";
  const loginFlags = { trustIssuer: `${expected}=${announced}` };
  if (isTemplate(announced)) {
    return {
      code: "issuer_template",
      severity: "error",
      message: `the metadata of ${quoted(expected)} announces the issuer ${quoted(announced)}, a ` +
        "template: each tenant has its own issuer",
      remedy: `Server: list the issuer of one tenant in "authorization_servers". ${trustAdvice}`,
      loginFlags,
      reference: "RFC 8414 §2",
    };
  }
  return { ...mismatch("issuer_mismatch", "error", "", `${fix}. ${trustAdvice}`), loginFlags };
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
  /** Nobody named the issuer: it is the origin of the MCP server, with or without a slash. */
  readonly isDefault?: boolean;
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
  const endpoint = (name: typeof LOGIN_ENDPOINTS[number]) => {
    const url = text(name);
    return url === undefined ? undefined : withEncodedSpaces(url);
  };
  const list = (name: string) => stringListMember(document, name);
  const isTrue = (name: string) => member(document, name) === true;
  const announced = text("issuer") ?? "";
  const server = new URL(expected.serverUrl);
  const error = judgementMaker("error", "RFC 8414 §2");
  const found: (Judgement | undefined)[] = [
    judgeIssuer(announced, document, expected),
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
    const own = endpointScopes(endpoint("authorization_endpoint") ?? "").join(" ");
    if (own !== "") {
      found.push({
        code: "authorization_endpoint_conflict",
        severity: "warning",
        message: `"authorization_endpoint" already has scope=${quoted(own)}; mcpass sends these ` +
          "scopes together with its own",
        remedy: 'Server: take "scope" out of the authorization endpoint',
        reference: "RFC 6749 §3.1",
      });
    }
    const fault = valueNotListed(document, "response_types_supported", "code");
    if (fault !== false) {
      const remedy = "Server: support the authorization code grant";
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
