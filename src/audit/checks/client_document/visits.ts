/** Authorization requests of clients that a metadata document identifies. @module */

import type { JsonObject } from "../../../core/json.ts";
import { member } from "../../../core/json.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditDocuments, PublishedDocument } from "../../context/client_documents.ts";
import { judgeVisit, type Visit, visit } from "../../judge/authorization_visit.ts";
import { skipCheck } from "../../context/end_check.ts";
import type { ParameterChanges } from "../../context/grants.ts";
import { deviates } from "../../context/outcome.ts";
import type { Outcome } from "../../context/verdict.ts";

/** @throws CheckEnd `not_advertised`, `needs_config`. */
export function documentsOf(audit: Audit): AuditDocuments {
  if (member(audit.discovery.serverDocument, "client_id_metadata_document_supported") !== true) {
    const message = "the metadata does not announce client ID metadata documents";
    throw skipCheck("not_advertised", message);
  }
  return audit.documents();
}

/** A valid document, with changes; undefined removes a member. */
export function documentAt(audit: Audit, url: string, changes: JsonObject = {}): JsonObject {
  return {
    client_id: url,
    client_name: "mcpass conformance audit",
    redirect_uris: [audit.clients.ofDocument(url).redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
    ...changes,
  };
}

export function visitDocument(
  audit: Audit,
  { url }: Pick<PublishedDocument, "url">,
  changes: ParameterChanges = {},
): Promise<Visit> {
  return visit(audit, changes, audit.clients.ofDocument(url));
}

const controls = new WeakMap<Audit, Promise<{ document: PublishedDocument; visited: Visit }>>();

/** The visit of a client with a valid document. */
export async function validDocument(
  audit: Audit,
): Promise<{ readonly document: PublishedDocument; readonly visited: Visit }> {
  let made = controls.get(audit);
  if (made === undefined) {
    const document = documentsOf(audit).publish((url) => documentAt(audit, url));
    made = visitDocument(audit, document).then((visited) => ({ document, visited }));
    controls.set(audit, made);
  }
  const control = await made;
  audit.cite(control.visited.response);
  return control;
}

/** Judges a document that has to be refused. */
export async function judgeDocument(
  audit: Audit,
  what: string,
  content: (url: string) => JsonObject | Response,
): Promise<Outcome> {
  const { visited: control } = await validDocument(audit);
  const visited = await visitDocument(audit, documentsOf(audit).publish(content));
  // Where a valid document leads to a sign-in page, such a page accepts the document.
  return visited.kind === control.kind && visited.kind !== "refused"
    ? deviates(`${what} is accepted: HTTP ${visited.response.status}`)
    : judgeVisit(visited, control, { what });
}
