/** Every copy of the metadata documents, and the key set. @module */

import type { HeaderList } from "../../core/exchange.ts";
import { isObject, type JsonObject, stringMember } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { jsonObject } from "../../oauth/common/endpoint_response.ts";
import { LATEST } from "../../oauth/mcp/revision.ts";
import {
  authorizationServerCandidates,
  resourceMetadataCandidates,
} from "../../oauth/mcp/well_known.ts";
import {
  judgeMetadataResponse,
  type SoughtDocument,
} from "../../oauth/metadata/metadata_response.ts";
import type { Audit, AuditRequest } from "../context/audit.ts";
import { skipCheck } from "../context/end_check.ts";
import { sendShared } from "./shared_request.ts";

type Sender = Pick<Audit, "discovery" | "plan" | "send" | "cite">;

export interface DocumentCopy {
  readonly url: string;
  readonly answer: HttpResponse;
  readonly document: JsonObject;
}

const ACCEPT_JSON: HeaderList = [["accept", "application/json"]];

/** A request for a document, with further header fields. */
export function documentRequest(
  purpose: SoughtDocument,
  url: string,
  headers: HeaderList = [],
): AuditRequest {
  return { purpose, url, headers: [...ACCEPT_JSON, ...headers] };
}

/** The documents at these URLs; those that the discovery read are not requested again. */
async function copiesAt(
  audit: Sender,
  kind: SoughtDocument,
  urls: readonly string[],
): Promise<readonly DocumentCopy[]> {
  const copies: DocumentCopy[] = [];
  for (const url of new Set(urls)) {
    const attempt = audit.discovery.attempts.find((it) => it.kind === kind && it.url === url);
    const answer = attempt?.answer ?? await sendShared(audit, documentRequest(kind, url));
    audit.cite(answer);
    const read = judgeMetadataResponse(answer, kind, url);
    if (read.verdict === "found") copies.push({ url, answer, document: read.document });
  }
  return copies;
}

/** The resource metadata that the challenge names, and that at each well-known URL. */
export function resourceMetadataCopies(audit: Sender): Promise<readonly DocumentCopy[]> {
  const { attempts, serverUrl } = audit.discovery;
  return copiesAt(audit, "resource_metadata", [
    ...attempts.filter(({ kind }) => kind === "resource_metadata").map(({ url }) => url),
    ...resourceMetadataCandidates(serverUrl).map(({ url }) => url),
  ]);
}

/** The metadata of the authorization server at each URL where a client of any revision looks. */
export function serverMetadataCopies(audit: Sender): Promise<readonly DocumentCopy[]> {
  const { server } = audit.discovery;
  return server === undefined ? Promise.resolve([]) : copiesAt(
    audit,
    "authorization_server_metadata",
    [server.url, ...authorizationServerCandidates(server.identifier, LATEST)],
  );
}

/** @throws CheckEnd `not_advertised`, `needs_control`. */
export async function requestKeySet(
  audit: Sender,
  headers: HeaderList = [],
): Promise<HttpResponse> {
  const { server, serverDocument } = audit.discovery;
  if (server === undefined) throw skipCheck("needs_control", "there is no metadata", "asm_found");
  const url = stringMember(serverDocument, "jwks_uri");
  if (url === undefined) throw skipCheck("not_advertised", 'the metadata has no "jwks_uri"');
  return await sendShared(audit, documentRequest("authorization_server_metadata", url, headers));
}

/** The keys of a response; undefined if it is not a key set (RFC 7517 §5). */
export function keysIn(response: HttpResponse): readonly JsonObject[] | undefined {
  const keys = response.status === 200 ? jsonObject(response)?.["keys"] : undefined;
  return Array.isArray(keys) ? keys.filter(isObject) : undefined;
}
