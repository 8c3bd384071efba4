/**
 * Fetching metadata documents, and finding the metadata of one issuer.
 *
 * @module
 */

import type { HeaderList } from "../core/exchange.ts";
import { Failure, toFailure } from "../core/failure.ts";
import type { Judgement } from "../core/finding.ts";
import { quoted } from "../core/text.ts";
import type { HttpAnswer } from "../http/http.ts";
import { AUTH_MODES } from "../oauth/auth_mode.ts";
import { judgeAbsent } from "../oauth/metadata_absent.ts";
import type { Revision } from "../oauth/revision.ts";
import {
  findDocument,
  judgeServerMetadata,
  type ServerMetadata,
} from "../oauth/server_metadata.ts";
import { authorizationServerCandidates } from "../oauth/well_known.ts";
import { failureOf, type Run } from "./run.ts";

/** The header fields of a request for a document. */
export const ACCEPT_JSON: HeaderList = [["accept", "application/json"]];

/** A URL that was tried and what came of it. */
export interface Attempt {
  /** The URL. */
  readonly url: string;
  /** What came of it, in words. */
  readonly outcome: string;
}

/** What was tried, in words. */
export function listAttempts(attempts: readonly Attempt[]): string {
  return attempts.map(({ url, outcome }) => `${quoted(url)}: ${outcome}`).join("; ");
}

/** Fetches a document, once more after a server error. */
export async function getDocument(
  run: Run,
  purpose: "resource_metadata" | "authorization_server_metadata",
  url: string,
  headers: HeaderList,
): Promise<HttpAnswer> {
  const { http, signal } = run.deps;
  const certificate = run.certificateAt(url);
  const asked = { purpose, step: purpose, method: "GET", url, headers, signal } as const;
  const request = { ...asked, certificate };
  const answer = await http.send(request);
  return answer.status >= 500 ? await http.send(request) : answer;
}

/** Faults of one place that say nothing about the next: an answer that is no document. */
const NO_DOCUMENT: readonly string[] = ["response_too_large", "redirect_refused"];

/** {@link getDocument}, or why the answer is no document. */
export async function tryDocument(
  run: Run,
  purpose: "resource_metadata" | "authorization_server_metadata",
  url: string,
  headers: HeaderList,
): Promise<HttpAnswer | string> {
  try {
    return await getDocument(run, purpose, url, headers);
  } catch (error) {
    const failure = toFailure(error);
    if (!NO_DOCUMENT.includes(failure.code)) throw error;
    run.judge([{
      code: "metadata_answer_unusable",
      severity: "warning",
      message: failure.message,
      remedy: "Server: answer 404 where there is no document, and a document without a redirect",
      reference: "RFC 9728 §3.2; RFC 8414 §3.2",
    }]);
    return failure.message;
  }
}

/** Says what is to be said of an answer without a document. */
export function judgeAbsence(run: Run, answer: HttpAnswer): void {
  const judgement = judgeAbsent(answer);
  if (judgement !== undefined) run.judge([judgement]);
}

/**
 * Finds the metadata of one issuer.
 *
 * @returns The first acceptable document, with the judgements to report.
 * @throws Failure `issuer_mismatch` and other codes of the first document that was not acceptable,
 * `server_metadata_missing` when there was no document at all.
 */
export async function findServerMetadata(
  run: Run,
  issuer: string,
  rows: { readonly checks: Revision; readonly sequence: Revision },
): Promise<{ server: ServerMetadata; judgements: readonly Judgement[] }> {
  const attempts: Attempt[] = [];
  let unacceptable: Judgement | undefined;
  const headers: HeaderList = rows.sequence.versionHeaderOnMetadata
    ? [...ACCEPT_JSON, ["mcp-protocol-version", rows.sequence.id]]
    : ACCEPT_JSON;
  for (const url of authorizationServerCandidates(issuer, rows.sequence)) {
    const answer = await tryDocument(run, "authorization_server_metadata", url, headers);
    if (typeof answer === "string") {
      attempts.push({ url, outcome: answer });
      continue;
    }
    const found = findDocument(answer);
    const tried = {
      kind: "authorization_server_metadata",
      identifier: issuer,
      source: "issuer",
      ...{ url, answer },
    } as const;
    if (!found.found) {
      run.tried?.({ ...tried, document: undefined, objection: found.reason });
      attempts.push({ url, outcome: found.reason });
      judgeAbsence(run, answer);
      continue;
    }
    const { metadata, judgements } = judgeServerMetadata(answer, found.document, {
      issuer,
      serverUrl: run.plan.serverUrl,
      rules: rows.checks,
      trust: { issuer: run.plan.trustIssuer, pkce: run.plan.trustPkce },
      codeGrant: AUTH_MODES[run.plan.authMode].codeGrant,
      endpoint: AUTH_MODES[run.plan.authMode].endpoint,
      certificate: run.plan.certificate !== undefined,
    });
    const fatal = judgements.find((judgement) => judgement.severity === "error");
    run.tried?.({ ...tried, document: found.document, objection: fatal?.message });
    if (fatal === undefined) return { server: metadata, judgements };
    unacceptable ??= fatal;
  }
  if (unacceptable !== undefined) throw failureOf(unacceptable);
  throw new Failure(
    "server_metadata_missing",
    `no metadata of the authorization server ${quoted(issuer)} was found (${
      listAttempts(attempts)
    })`,
    {
      remedy: "Server: publish the metadata at one of these URLs, or name the right issuer in " +
        '"authorization_servers"',
      reference: "RFC 8414 §3; MCP authorization, Authorization Server Metadata Discovery",
    },
  );
}
