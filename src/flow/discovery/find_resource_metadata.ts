/** Finds the protected resource metadata of an MCP server (RFC 9728). @module */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { isIssuer } from "../../core/url.ts";
import { judgeResource } from "../../oauth/mcp/resource.ts";
import { resourceMetadataCandidates } from "../../oauth/mcp/well_known.ts";
import {
  judgeResourceMetadata,
  type ResourceMetadata,
} from "../../oauth/metadata/resource_metadata.ts";
import { failureOf, type LoginContext, type StepJudgement } from "../context/login_context.ts";
import { challengeCandidates, givenCandidate, givenMetadataMissing } from "./challenge_findings.ts";
import {
  ACCEPT_JSON,
  metadataUnavailable,
  type MissingDocument,
  readDocument,
} from "./fetch_metadata.ts";
import type { UnauthenticatedResponse } from "./unauthenticated_response.ts";

export interface ResourceSearch {
  readonly response: UnauthenticatedResponse;
  readonly metadata: ResourceMetadata | undefined;
  readonly url?: string;
  readonly attempts: readonly MissingDocument[];
  /** The issuer whose metadata the challenge names instead of resource metadata. */
  readonly issuer?: string | undefined;
  /** Why a document was not read that may exist. */
  readonly failure?: Failure | undefined;
}

const challengeNamesServer = (url: string, issuer: string): Judgement => ({
  code: "challenge_names_server_metadata",
  severity: "warning",
  message:
    `the challenge names ${quoted(url)}, which is the metadata of the authorization server ` +
    `${quoted(issuer)}, and not resource metadata`,
  remedy:
    "Server: publish protected resource metadata at its well-known URL, and name that URL in " +
    "the challenge: most clients look only there",
  reference: "RFC 9728 §5.1",
});

/** What a login would refuse later, with a resource that the person accepts. */
export type LaterRefusals = (resource: string) => Promise<readonly StepJudgement[]>;

/** Only the URL of `--resource-metadata`, else those of the challenge and the well-known ones. */
function candidatesFor(context: LoginContext, { challenge, url }: UnauthenticatedResponse) {
  const { serverUrl, resourceMetadata } = context.plan;
  if (resourceMetadata !== undefined) return [givenCandidate(resourceMetadata, serverUrl)];
  return [
    ...challengeCandidates(context, challenge, url),
    ...resourceMetadataCandidates(serverUrl),
  ];
}

/**
 * @param missing Documents that were already searched.
 * @throws Failure `authorization_servers_refused`, the codes of a refused resource, `cancelled`.
 */
async function findResourceMetadata(
  context: LoginContext,
  response: UnauthenticatedResponse,
  later: LaterRefusals,
  missing: readonly MissingDocument[] = [],
): Promise<ResourceSearch> {
  const { serverUrl, authorizationServer, resource, resourceMetadata } = context.plan;
  const attempts = [...missing];
  let isUnavailable = false;
  let issuer: string | undefined;
  for (const candidate of candidatesFor(context, response)) {
    const { url, source } = candidate;
    if (attempts.some((attempt) => attempt.url === url)) continue;
    const place = { kind: "resource_metadata", identifier: serverUrl, ...candidate } as const;
    const read = await readDocument(context, place, ACCEPT_JSON).catch((error: unknown) => {
      const mayContinue = resourceMetadata === undefined;
      if (mayContinue && error instanceof Failure && error.kind === "operation") return error;
      throw error;
    });
    if (read instanceof Failure) return { response, metadata: undefined, attempts, failure: read };
    if (read.verdict !== "found") {
      attempts.push({ url, outcome: read.reason });
      isUnavailable ||= read.verdict === "unavailable";
      if (resourceMetadata !== undefined) throw givenMetadataMissing(url, read.reason);
      const named = read.serverMetadata && stringMember(read.serverMetadata, "issuer");
      if (source === "challenge" && named !== undefined && isIssuer(named, new URL(serverUrl))) {
        issuer ??= named;
        context.judge([challengeNamesServer(url, named)]);
      } else if (source === "challenge" && read.verdict === "absent") {
        const naming = `the challenge names ${quoted(url)} as resource metadata`;
        context.judge([{
          code: "challenge_metadata_missing",
          severity: "warning",
          message: `${naming}, and there is none: ${read.reason}`,
          remedy: "Server: serve the document at the URL that the challenge names",
          reference: "RFC 9728 §5.1",
        }]);
      }
      continue;
    }
    const { answer, document } = read;
    const pinned = authorizationServer !== undefined;
    const { metadata, judgements } = judgeResourceMetadata(answer, document, { serverUrl, pinned });
    context.recordAttempt?.({ ...place, answer, document, objection: undefined });
    context.judge(judgements);
    // An inspection reports an error, and does not throw it.
    const refused = judgements.find(({ code, severity }) =>
      code === "authorization_servers_refused" && severity === "error"
    );
    if (refused !== undefined) throw failureOf(refused);
    const judgement = judgeResource(metadata.resource, serverUrl, source, resource);
    if (judgement !== undefined) {
      const accepted = judgement.loginFlags?.["resource"];
      const isAcceptable = judgement.severity === "error" && typeof accepted === "string";
      const others = isAcceptable && !context.plan.dryRun ? await later(accepted) : [];
      context.judge([judgement, ...others]);
    }
    return { response, metadata, url, attempts };
  }
  const failure = isUnavailable ? metadataUnavailable(attempts) : undefined;
  return { response, metadata: undefined, attempts, issuer, failure };
}

/** {@link findResourceMetadata}; if no request needs a token so far, also from a tool call. */
async function searchResourceMetadata(
  context: LoginContext,
  response: UnauthenticatedResponse,
  later: LaterRefusals,
): Promise<ResourceSearch> {
  const found = await findResourceMetadata(context, response, later);
  const isOpen = response.blockedBy?.code === "authorization_not_required";
  if (found.metadata !== undefined || !isOpen) return found;
  const { requestToolCall } = await import("./tool_call_challenge.ts");
  const challenged = await requestToolCall(context, response);
  return challenged === undefined
    ? found
    : await findResourceMetadata(context, challenged, later, found.attempts);
}

/**
 * {@link findResourceMetadata} as a step. If a document cannot be read, the login ends. Exceptions:
 * the document is not needed because of `--authorization-server`, or the server did not return 401,
 * which is a better reason to end.
 */
export async function resourceMetadataStep(
  context: LoginContext,
  response: UnauthenticatedResponse,
  later: LaterRefusals,
): Promise<ResourceSearch> {
  return await context.step("resource_metadata", async (detail) => {
    const found = await searchResourceMetadata(context, response, later);
    const { failure, metadata } = found;
    if (failure !== undefined) {
      const isPinned = context.plan.authorizationServer !== undefined;
      if (found.response.blockedBy === undefined && !isPinned) throw failure;
      const {
        code,
        message,
        remedy = "Server: publish protected resource metadata for every client",
        reference = "RFC 9728 §3.2",
      } = failure;
      context.judge([{ code, severity: "warning", message, remedy, reference }]);
    }
    const servers = metadata?.authorizationServers.join(", ") || "none";
    detail(metadata === undefined ? "none found" : `authorization servers: ${servers}`);
    return found;
  });
}
