/** Protected resource metadata (RFC 9728 §2). @module */

import type { Judgement } from "../../core/finding.ts";
import { describeValue, type JsonObject, stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { isSecureFrom, parsePlainUrl, urlFault } from "../../core/url.ts";
import {
  type EndpointResponse,
  isJsonType,
  judgeMembers,
  mediaType,
} from "../common/endpoint_response.ts";
import {
  BEHIND_PROXY,
  type Checks,
  judgementMaker,
  runChecks,
  warning,
} from "../common/judgement.ts";
import { canonicalResource } from "../mcp/resource.ts";
import { judgeWordLists, listMember } from "./list_member.ts";
import { isTemplate } from "./issuer_template.ts";

export interface ResourceMetadata {
  /** Byte for byte. */
  readonly resource: string | undefined;
  /** Usable entries of `authorization_servers`, byte for byte. */
  readonly authorizationServers: readonly string[];
  readonly scopesSupported: readonly string[] | undefined;
  readonly dpopAlgorithms?: readonly string[] | undefined;
  readonly dpopRequired?: boolean;
  readonly certificateBoundTokens?: boolean;
}

export function judgeContentType(response: EndpointResponse, reference: string): Judgement[] {
  const header = response.headers.get("content-type") ?? "";
  if (isJsonType(mediaType(response)) && !header.includes(",")) return [];
  const message = `${quoted(response.url)} returned JSON with the content type ${quoted(header)}`;
  const remedy = "Server: send Content-Type: application/json";
  return [{ code: "metadata_content_type", severity: "warning", message, remedy, reference }];
}

/** What keeps an entry from being an issuer. */
function issuerFault(entry: unknown): string {
  return typeof entry === "string" ? urlFault(entry) ?? "is not https" : "is not a string";
}

const MAX_SERVERS = 10;

const warn = judgementMaker("warning", "RFC 9728 §2");

function judgeIssuerEntry(entry: unknown, server: URL): Judgement | undefined {
  const url = typeof entry === "string" ? parsePlainUrl(entry) : undefined;
  const listed = `"authorization_servers" lists`;
  const remedy = "Server: list the issuer of the authorization server,";
  if (typeof entry === "string" && isTemplate(entry)) {
    return warn(
      "authorization_server_invalid",
      `${listed} ${
        describeValue(entry)
      }, a template: each tenant has its own issuer; mcpass skips it`,
      `${remedy} with the id of the tenant\nIf you know the tenant, sign in with --authorization-server`,
    );
  }
  if (url === undefined || !isSecureFrom(url, server)) {
    return warn(
      "authorization_server_invalid",
      `${listed} ${describeValue(entry)}, which ${issuerFault(entry)}; mcpass skips it`,
      `${remedy} an https URL${url === undefined ? "" : `. ${BEHIND_PROXY}`}`,
    );
  }
  if (/[?#]/.test(String(entry))) {
    return {
      code: "authorization_server_invalid",
      severity: "warning",
      message: `${listed} ${
        describeValue(entry)
      }, which has a query or a fragment; mcpass skips it`,
      remedy: `${remedy} without query and fragment`,
      reference: "RFC 8414 §2",
    };
  }
  if (!url.pathname.includes("/.well-known/")) return undefined;
  const path = url.pathname
    .replace(/\/?\.well-known\/(oauth-authorization-server|openid-configuration)\/?/, "/")
    .replace(/\/$/, "");
  return warn(
    "authorization_server_is_metadata_url",
    `${listed} the metadata URL ${describeValue(entry)} instead of an issuer`,
    `${remedy} which is probably "${url.origin}${path}"`,
  );
}

const CHECKS: Checks<JsonObject> = {
  authorization_servers_many: warning(
    "RFC 9728 §7.6",
    "Server: list only the authorization servers that clients need",
    ({ authorization_servers: servers }) => {
      const { size } = new Set(Array.isArray(servers) ? servers : []);
      return size > MAX_SERVERS &&
        `"authorization_servers" lists ${size} entries; mcpass tries the ` +
          `first ${MAX_SERVERS} only`;
    },
  ),
  bearer_header_not_listed: warning(
    "MCP authorization, Access Token Usage",
    'Server: list "header", the only method of MCP',
    (document) =>
      stringListMember(document, "bearer_methods_supported")?.includes("header") === false &&
      '"bearer_methods_supported" does not list "header"; mcpass still sends the token in the header',
  ),
};

export function judgeResourceMetadata(
  response: EndpointResponse,
  document: JsonObject,
  /** `pinned`: the person named the authorization server, so the list is not used. */
  { serverUrl, pinned = false }: { readonly serverUrl: string; readonly pinned?: boolean },
): { readonly metadata: ResourceMetadata; readonly judgements: readonly Judgement[] } {
  const resource = stringMember(document, "resource");
  const published = document["authorization_servers"] ?? [];
  const servers = typeof published === "string"
    ? listMember(document, "authorization_servers")
    : published;
  const judgements: Judgement[] = [
    ...judgeContentType(response, "RFC 9728 §3.2"),
    ...judgeMembers(response),
    ...judgeWordLists(document),
  ];
  if (resource === undefined && (document["resource"] ?? undefined) !== undefined) {
    const said = describeValue(document["resource"]);
    judgements.push({
      code: "resource_invalid",
      severity: "error",
      message: `"resource" of the protected resource metadata is ${said}, which is not a string`,
      remedy: `Server: publish "resource": "${canonicalResource(serverUrl)}"`,
      reference: "RFC 9728 §2",
    });
  }
  const server = new URL(serverUrl);
  const usable: string[] = [];
  const entries: readonly unknown[] = Array.isArray(servers) ? [...new Set(servers)] : [];
  const tried = entries.slice(0, MAX_SERVERS);
  for (const entry of tried) {
    const judgement = judgeIssuerEntry(entry, server);
    if (judgement !== undefined) judgements.push(judgement);
    if (typeof entry === "string" && judgement?.code !== "authorization_server_invalid") {
      usable.push(entry);
    }
  }
  if (usable.length === 0 && (entries.length > 0 || !Array.isArray(servers))) {
    const isInsecure = tried.some((entry) => parsePlainUrl(String(entry))?.protocol === "http:");
    const fault = Array.isArray(servers)
      ? 'no entry of "authorization_servers" is a usable issuer: ' +
        tried.map(describeValue).join(", ")
      : `"authorization_servers" is ${describeValue(servers)} instead of a list`;
    judgements.push({
      code: "authorization_servers_refused",
      severity: pinned ? "warning" : "error",
      message: `${quoted(response.url)} returned protected resource metadata in which ${fault}`,
      remedy: 'Server: list the issuer of each authorization server in "authorization_servers", ' +
        `an https URL${isInsecure ? `. ${BEHIND_PROXY}` : ""}\nIf you know the issuer, specify it`,
      loginFlags: { authorizationServer: "<issuer>" },
      reference: "RFC 9728 §2",
    });
  }
  return {
    metadata: {
      resource,
      authorizationServers: usable,
      scopesSupported: listMember(document, "scopes_supported"),
      dpopAlgorithms: listMember(document, "dpop_signing_alg_values_supported"),
      dpopRequired: document["dpop_bound_access_tokens_required"] === true,
      certificateBoundTokens: document["tls_client_certificate_bound_access_tokens"] === true,
    },
    judgements: [...judgements, ...runChecks(CHECKS, document)],
  };
}
