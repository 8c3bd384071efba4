/**
 * Protected resource metadata (RFC 9728 §2).
 *
 * @module
 */

import type { Judgement } from "../core/finding.ts";
import { stringListMember, stringMember } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import { isSecureFrom, parseUrl } from "../core/url.ts";
import { type Answer, describeAnswer, isJsonType, jsonObject, mediaType } from "./answer.ts";

/** The members that a client uses. */
export interface ResourceMetadata {
  /** `resource`, byte for byte; undefined when missing. */
  readonly resource: string | undefined;
  /** Usable entries of `authorization_servers`, byte for byte. */
  readonly authorizationServers: readonly string[];
  /** `scopes_supported`. */
  readonly scopesSupported: readonly string[] | undefined;
}

/** A document, or why there is none at that URL. */
export type ResourceMetadataJudgement =
  | { readonly found: true; readonly metadata: ResourceMetadata; readonly judgements: Judgement[] }
  | { readonly found: false; readonly reason: string };

const REFERENCE = "RFC 9728 §3.2";

/** The warning for JSON under a content type other than JSON's; undefined when it is right. */
export function judgeContentType(answer: Answer, reference: string): Judgement | undefined {
  const header = answer.headers.get("content-type") ?? "";
  if (isJsonType(mediaType(answer)) && !header.includes(",")) return undefined;
  return {
    code: "metadata_content_type",
    severity: "warning",
    message: `${quoted(answer.url)} holds JSON under content type ${quoted(header)}`,
    remedy: "Server: send Content-Type: application/json",
    reference,
  };
}

function judgeIssuerEntry(entry: string, server: URL): Judgement | undefined {
  const url = parseUrl(entry);
  const remedy = (what: string) => `Server: list the issuer of the authorization server, ${what}`;
  if (url === undefined || !isSecureFrom(url, server)) {
    return {
      code: "authorization_server_invalid",
      severity: "warning",
      message: `"authorization_servers" lists ${
        quoted(entry)
      }, which is no https URL; it is skipped`,
      remedy: remedy("an https URL"),
      reference: "RFC 9728 §2",
    };
  }
  if (url.search !== "" || url.hash !== "") {
    return {
      code: "authorization_server_invalid",
      severity: "warning",
      message: `"authorization_servers" lists ${quoted(entry)}, which has a query or a fragment; ` +
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
      quoted(entry)
    } in place of an issuer`,
    remedy: remedy(`which is probably "${issuer}"`),
    reference: "RFC 9728 §2",
  };
}

/** Judges what came back from a protected resource metadata URL. */
export function judgeResourceMetadata(
  answer: Answer,
  serverUrl: string,
): ResourceMetadataJudgement {
  if (answer.status !== 200) return { found: false, reason: `HTTP ${describeAnswer(answer)}` };
  const document = jsonObject(answer);
  if (document === undefined) {
    return { found: false, reason: `HTTP ${describeAnswer(answer)}, which is no JSON object` };
  }
  const resource = stringMember(document, "resource");
  const listed = stringListMember(document, "authorization_servers");
  if (resource === undefined && listed === undefined) {
    return { found: false, reason: 'JSON without "resource" and "authorization_servers"' };
  }
  const judgements: Judgement[] = [];
  const contentType = judgeContentType(answer, REFERENCE);
  if (contentType !== undefined) judgements.push(contentType);
  const server = new URL(serverUrl);
  const usable: string[] = [];
  for (const entry of listed ?? []) {
    const judgement = judgeIssuerEntry(entry, server);
    if (judgement !== undefined) judgements.push(judgement);
    if (judgement?.code !== "authorization_server_invalid") usable.push(entry);
  }
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
    found: true,
    metadata: {
      resource,
      authorizationServers: usable,
      scopesSupported: stringListMember(document, "scopes_supported"),
    },
    judgements,
  };
}
