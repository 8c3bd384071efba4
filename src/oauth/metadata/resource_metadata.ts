/** Protected resource metadata (RFC 9728 §2). @module */

import type { Judgement } from "../../core/finding.ts";
import { describeValue, type JsonObject, stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { isSecureFrom, parsePlainUrl } from "../../core/url.ts";
import {
  type EndpointResponse,
  isJsonType,
  judgeMembers,
  mediaType,
} from "../common/endpoint_response.ts";
import { canonicalResource } from "../mcp/resource.ts";

export interface ResourceMetadata {
  /** Byte for byte. */
  readonly resource: string | undefined;
  /** Usable entries of `authorization_servers`, byte for byte. */
  readonly authorizationServers: readonly string[];
  readonly scopesSupported: readonly string[] | undefined;
  /** `dpop_signing_alg_values_supported`; undefined when absent. */
  readonly dpopAlgorithms?: readonly string[];
  /** `dpop_bound_access_tokens_required`. */
  readonly dpopRequired?: true;
  /** `tls_client_certificate_bound_access_tokens`. */
  readonly certificateBoundTokens?: true;
}

export interface ResourceMetadataExpectations {
  readonly serverUrl: string;
  /** The person named the authorization server, so the list is not used. */
  readonly pinned?: boolean;
}

export interface ResourceMetadataJudgement {
  readonly metadata: ResourceMetadata;
  readonly judgements: Judgement[];
}

/** The warning for JSON under another content type; empty when it is right. */
export function judgeContentType(response: EndpointResponse, reference: string): Judgement[] {
  const header = response.headers.get("content-type") ?? "";
  if (isJsonType(mediaType(response)) && !header.includes(",")) return [];
  return [{
    code: "metadata_content_type",
    severity: "warning",
    message: `${quoted(response.url)} holds JSON under content type ${quoted(header)}`,
    remedy: "Server: send Content-Type: application/json",
    reference,
  }];
}

const MOST_SERVERS = 10;

function judgeIssuerEntry(entry: unknown, server: URL): Judgement | undefined {
  const url = typeof entry === "string" ? parsePlainUrl(entry) : undefined;
  const remedy = (what: string) => `Server: list the issuer of the authorization server, ${what}`;
  if (url === undefined || !isSecureFrom(url, server)) {
    return {
      code: "authorization_server_invalid",
      severity: "warning",
      message: `"authorization_servers" lists ${
        describeValue(entry)
      }, which is no https URL without user info; it is skipped`,
      remedy: remedy("an https URL"),
      reference: "RFC 9728 §2",
    };
  }
  if (/[?#]/.test(String(entry))) {
    return {
      code: "authorization_server_invalid",
      severity: "warning",
      message:
        `"authorization_servers" lists ${describeValue(entry)}, which has a query or a fragment; ` +
        "it is skipped",
      remedy: remedy("without query and fragment"),
      reference: "RFC 8414 §2",
    };
  }
  if (!url.pathname.includes("/.well-known/")) return undefined;
  const issuer = url.origin +
    url.pathname.replace(
      /\/?\.well-known\/(oauth-authorization-server|openid-configuration)\/?/,
      "/",
    )
      .replace(/\/$/, "");
  return {
    code: "authorization_server_is_metadata_url",
    severity: "warning",
    message: `"authorization_servers" lists the metadata URL ${
      describeValue(entry)
    } in place of an issuer`,
    remedy: remedy(`which is probably "${issuer}"`),
    reference: "RFC 9728 §2",
  };
}

/** Judges the `document` in the body of `response`. */
export function judgeResourceMetadata(
  response: EndpointResponse,
  document: JsonObject,
  { serverUrl, pinned = false }: ResourceMetadataExpectations,
): ResourceMetadataJudgement {
  const resource = stringMember(document, "resource");
  const servers = document["authorization_servers"] ?? [];
  const listed: readonly unknown[] = Array.isArray(servers) ? servers : [];
  const judgements: Judgement[] = [
    ...judgeContentType(response, "RFC 9728 §3.2"),
    ...judgeMembers(response),
  ];
  if (resource === undefined && (document["resource"] ?? undefined) !== undefined) {
    judgements.push({
      code: "resource_invalid",
      severity: "error",
      message: `the protected resource metadata says resource ${
        describeValue(document["resource"])
      }, which is no URL`,
      remedy: `Server: publish "resource": "${canonicalResource(serverUrl)}"`,
      reference: "RFC 9728 §2",
    });
  }
  const server = new URL(serverUrl);
  const usable: string[] = [];
  const entries = [...new Set(listed)];
  for (const entry of entries.slice(0, MOST_SERVERS)) {
    const judgement = judgeIssuerEntry(entry, server);
    if (judgement !== undefined) judgements.push(judgement);
    if (typeof entry === "string" && judgement?.code !== "authorization_server_invalid") {
      usable.push(entry);
    }
  }
  if (usable.length === 0 && (entries.length > 0 || !Array.isArray(servers))) {
    judgements.push({
      code: "authorization_servers_refused",
      severity: pinned ? "warning" : "error",
      message: `${quoted(response.url)} returned protected resource metadata in which ` +
        (Array.isArray(servers)
          ? `no entry of "authorization_servers" is a usable issuer: ${
            entries.slice(0, MOST_SERVERS).map(describeValue).join(", ")
          }`
          : `"authorization_servers" is ${describeValue(servers)} instead of a list`),
      remedy: 'Server: list the issuer of each authorization server in "authorization_servers", ' +
        "an https URL. If you know the issuer, sign in with --authorization-server <issuer>",
      reference: "RFC 9728 §2",
    });
  }
  if (entries.length > MOST_SERVERS) {
    judgements.push({
      code: "authorization_servers_many",
      severity: "warning",
      message: `"authorization_servers" lists ${entries.length} entries; only the first ` +
        `${MOST_SERVERS} are looked at`,
      remedy: "Server: list only authorization servers that clients need",
      reference: "RFC 9728 §7.6",
    });
  }
  const dpopAlgorithms = stringListMember(document, "dpop_signing_alg_values_supported");
  const methods = stringListMember(document, "bearer_methods_supported");
  if (methods !== undefined && !methods.includes("header")) {
    judgements.push({
      code: "bearer_header_not_listed",
      severity: "warning",
      message:
        '"bearer_methods_supported" lacks "header"; the token goes into the header all the same',
      remedy: 'Server: list "header", the only method of MCP',
      reference: "MCP authorization, Access Token Usage",
    });
  }
  return {
    metadata: {
      resource,
      authorizationServers: usable,
      scopesSupported: stringListMember(document, "scopes_supported"),
      ...(dpopAlgorithms === undefined ? {} : { dpopAlgorithms }),
      ...(document["dpop_bound_access_tokens_required"] === true ? { dpopRequired: true } : {}),
      ...(document["tls_client_certificate_bound_access_tokens"] === true
        ? { certificateBoundTokens: true }
        : {}),
    },
    judgements,
  };
}
