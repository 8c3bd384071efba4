/** Judgements about authorization server metadata that decide about a login (RFC 8414 §2, §3.3). @module */

import type { Judgement, Severity } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import { describeDifference, quoted } from "../../core/text.ts";
import { isEndpointUrl, isIssuer, urlFault } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";
import { BEHIND_PROXY, missingText } from "../common/judgement.ts";
import type { Revision } from "../mcp/revision.ts";
import { endpointScopes } from "../mcp/scope.ts";
import { listMember } from "./list_member.ts";
import { isTemplate } from "./issuer_template.ts";

/** The values of `--trust-issuer` and `--trust-pkce`. */
export interface MetadataTrust {
  readonly issuer?: { readonly expected: string; readonly announced: string } | undefined;
  readonly pkce?: string | undefined;
}

export interface ServerMetadataExpectations {
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
export function withEncodedSpaces(url: string): string {
  return url.trim().replaceAll(" ", "%20");
}

/** http is accepted on loopback, for an MCP server on loopback. */
export function judgeEndpoint(
  name: string,
  value: string | undefined,
  server: URL,
): Judgement | undefined {
  if (value === undefined) return undefined;
  const shown = `"${name}" is ${quoted(value)}, which`;
  if (isTemplate(value)) {
    return {
      code: "endpoint_invalid",
      severity: name === "authorization_endpoint" || name === "token_endpoint"
        ? "error"
        : "warning",
      message: `${shown} is a template: mcpass does not know its values`,
      remedy:
        "Authorization server: publish the endpoints of one tenant, or endpoints for all tenants",
      reference: "RFC 8414 §2",
    };
  }
  if (isEndpointUrl(value, server)) return undefined;
  const fault = urlFault(value);
  if (fault === undefined) {
    return {
      code: "endpoint_insecure",
      severity: "error",
      message: `${shown} is not https`,
      remedy: `Authorization server: serve every endpoint by https. ${BEHIND_PROXY}`,
      reference: "MCP authorization, Communication Security",
    };
  }
  const isReadable = isEndpointUrl(withEncodedSpaces(value), server);
  return {
    code: "endpoint_invalid",
    severity: isReadable ? "warning" : "error",
    message: `${shown} ${fault}${isReadable ? "; mcpass encodes or removes them" : ""}`,
    remedy:
      "Authorization server: publish an absolute https URL without user info, fragment and spaces",
    reference: "RFC 8414 §2",
  };
}

export function isExpectedIssuer(
  announced: string,
  { issuer, isDefault = false }: ServerMetadataExpectations,
): boolean {
  return announced === issuer || isDefault && announced === `${issuer}/`;
}

export function judgeIssuer(
  announced: string,
  document: JsonObject,
  expectations: ServerMetadataExpectations,
): Judgement | undefined {
  const { issuer: expected, serverUrl, rules, trust } = expectations;
  if (announced === "") {
    return {
      code: "issuer_missing",
      severity: "error",
      message: `the metadata ${missingText(document, "issuer")}; expected ${quoted(expected)}`,
      observed: `the document ${missingText(document, "issuer")}; expected ${quoted(expected)}`,
      remedy: `Authorization server: publish "issuer": ${quoted(expected)}`,
      reference: "RFC 8414 §2",
    };
  }
  const proper = isIssuer(announced, new URL(serverUrl));
  if (isExpectedIssuer(announced, expectations) && proper) return undefined;
  const fix = isTemplate(announced)
    ? 'Server: list the issuer of one tenant in "authorization_servers"'
    : `Authorization server: publish "issuer": ${quoted(expected)}\n` +
      `Server: if ${quoted(announced)} is the right issuer, list it in "authorization_servers"`;
  const mismatch = (code: Code, severity: Severity, how: string, remedy = fix): Judgement => ({
    code,
    severity,
    message: `the metadata has another issuer${how}: expected ${quoted(expected)}, received ` +
      `${quoted(announced)}; ${describeDifference(expected, announced)}`,
    remedy,
    reference: "RFC 8414 §3.3",
  });
  if (trust.issuer?.expected === expected && trust.issuer.announced === announced) {
    return mismatch("issuer_mismatch_trusted", "warning", ", accepted by --trust-issuer");
  }
  if (!proper && (isExpectedIssuer(announced, expectations) || rules.issuerMismatch === "warn")) {
    const fault = urlFault(announced) ??
      (announced.includes("?") ? "has a query" : "is not https");
    const message = `the metadata's issuer is ${quoted(announced)}, which ${fault}`;
    const remedy = 'Authorization server: publish an https URL as "issuer"';
    return { code: "issuer_invalid", severity: "error", message, remedy, reference: "RFC 8414 §2" };
  }
  if (rules.issuerMismatch === "warn") {
    const how = `, which ${rules.id} allows`;
    return mismatch("issuer_mismatch_tolerated", "warning", how);
  }
  if (
    announced.startsWith("http:") && expected === announced.replace(/^http:(.*?)\/?$/, "https:$1")
  ) {
    return mismatch(
      "issuer_mismatch",
      "error",
      "",
      `${fix.replace(/\n.*/, "")}. ${BEHIND_PROXY}`,
    );
  }
  const trustAdvice = (trust.issuer === undefined ? "" : "--trust-issuer names another pair. ") +
    "If you know that both belong together, accept the pair";
  const loginFlags = { trustIssuer: `${expected}=${announced}` };
  if (isTemplate(announced)) {
    return {
      code: "issuer_template",
      severity: "error",
      message: `the metadata of ${quoted(expected)} has the issuer ${quoted(announced)}, a ` +
        "template: each tenant has its own issuer",
      remedy: `${fix}\n${trustAdvice}`,
      loginFlags,
      reference: "RFC 8414 §2",
    };
  }
  return { ...mismatch("issuer_mismatch", "error", "", `${fix}\n${trustAdvice}`), loginFlags };
}

export function judgePkce(
  document: JsonObject,
  announced: string,
  { issuer: expected, rules, trust }: ServerMetadataExpectations,
): Judgement | undefined {
  const methods = listMember(document, "code_challenge_methods_supported");
  if (methods?.includes("S256")) return undefined;
  const said = methods === undefined
    ? 'PKCE is not announced: no "code_challenge_methods_supported"'
    : `"code_challenge_methods_supported" lists ${quoted(methods.join(", "))} and not S256`;
  const judgement = (code: Code, severity: Severity, more: string, advice: string): Judgement => ({
    code,
    severity,
    message: said + more,
    remedy: `Authorization server: publish "code_challenge_methods_supported": ["S256"]${advice}`,
    reference: "MCP authorization, Authorization Code Protection; RFC 8414 §2",
  });
  if (rules.pkceAdvertisement === "unchecked") {
    const why = `; mcpass still sends S256, as ${rules.id} allows`;
    return judgement("pkce_not_advertised_tolerated", "warning", why, "");
  }
  if (methods !== undefined) {
    const advice = "; MCP requires S256";
    return judgement("pkce_s256_not_supported", "error", "", advice);
  }
  if (trust.pkce !== undefined && (trust.pkce === announced || trust.pkce === expected)) {
    const why = "; mcpass still sends S256 because --trust-pkce names this issuer";
    return judgement("pkce_not_advertised_trusted", "warning", why, "");
  }
  const advice = "\nIf you know that the server checks S256 (Entra and Cognito do), accept it";
  return {
    ...judgement("pkce_not_advertised", "error", "", advice),
    observed: `the metadata of ${quoted(announced)} has no "code_challenge_methods_supported"`,
    loginFlags: { trustPkce: announced === "" ? "<issuer>" : announced },
  };
}

export function judgeEndpointScopes(endpoint = ""): Judgement | undefined {
  const own = endpointScopes(endpoint).join(" ");
  if (own === "") return undefined;
  return {
    code: "authorization_endpoint_conflict",
    severity: "warning",
    message:
      `"authorization_endpoint" already has scope=${quoted(own)}; mcpass sends these scopes ` +
      "together with its own",
    remedy: 'Authorization server: remove "scope" from the authorization endpoint',
    reference: "RFC 6749 §3.1",
  };
}
