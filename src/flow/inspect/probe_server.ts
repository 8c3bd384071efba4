/** What a server offers to a client without credentials. @module */

import { listMember } from "../../oauth/metadata/list_member.ts";
import type { McpTransport } from "../../oauth/mcp/http_sse.ts";
import type { OptionTexts } from "../../core/command_text.ts";
import type { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import { stringMember } from "../../core/json.ts";
import type { Code } from "../../findings/mod.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { LATEST, LATEST_INITIALIZE, type RevisionId } from "../../oauth/mcp/revision.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { DiscoveryChoices } from "../context/login_plan.ts";
import type { LoginContext, MetadataAttempt } from "../context/login_context.ts";
import {
  judgeUnauthenticatedResponse,
  type UnauthenticatedResponse,
} from "../discovery/unauthenticated_response.ts";
import { requestEventStream } from "../discovery/event_stream_request.ts";
import { type EraResponse, type EraSummary, probeInitialize, probeStateless } from "./era_probe.ts";
import { summarizeWalk } from "./inspect.ts";
import { type InspectDeps, type Walk, walkServer } from "./inspect_walk.ts";

export interface ProbeResult {
  readonly serverUrl: string;
  /**
   * `open`: no token required; `authorization_required`: a login can be tried;
   * `authorization_unclear`: a token is required, and the authorization server could not be
   * discovered; `refused`: 403 to everything; `not_mcp`: not an MCP server; `unreachable`: no
   * response.
   */
  readonly status:
    | "open"
    | "authorization_required"
    | "authorization_unclear"
    | "refused"
    | "not_mcp"
    | "unreachable";
  /** `sse` is HTTP+SSE (2024-11-05); null if it is unknown without a token. */
  readonly transport: McpTransport | null;
  readonly eras: readonly EraSummary[];
  /** Whether listing the tools requires a token; null if unknown. */
  readonly authorizationRequired: boolean | null;
  readonly challenge: ReturnType<typeof summarizeChallenge> | null;
  readonly resourceMetadata: ReturnType<typeof summarizeResource>;
  readonly authorizationServer: ReturnType<typeof summarizeServer> | null;
  /** The URLs where metadata was expected, in order. */
  readonly metadataAttempts: readonly ReturnType<typeof summarizeAttempt>[];
  readonly findings: readonly Finding[];
  readonly error: {
    readonly code: Code;
    readonly message: string;
    readonly remedy: string | null;
  } | null;
}

/** The challenge of a 401 or 403. The scheme is `Bearer`, `DPoP`, another one, or empty. */
function summarizeChallenge({ scheme, resourceMetadata, scope, error }: BearerChallenge) {
  return { scheme, resourceMetadata, scope: scope ?? null, error: error ?? null };
}

function summarizeResource(attempt: MetadataAttempt | undefined) {
  if (attempt?.document === undefined) return null;
  const { document, url } = attempt;
  return {
    url,
    resource: stringMember(document, "resource") ?? null,
    authorizationServers: listMember(document, "authorization_servers") ?? [],
    scopesSupported: listMember(document, "scopes_supported") ?? null,
    document,
  };
}

/** The authorization server that a login would use; its URL is null for default endpoints. */
function summarizeServer(metadata: ServerMetadata, attempt: MetadataAttempt | undefined) {
  const document = attempt?.objection === undefined ? attempt?.document ?? null : null;
  return {
    issuer: metadata.issuer,
    url: document && (attempt?.url ?? null),
    registration: {
      dcr: metadata.registrationEndpoint !== undefined,
      cimd: metadata.clientIdMetadataDocument,
      preregistered: true,
    },
    grantTypes: document && (listMember(document, "grant_types_supported") ?? null),
    scopesSupported: metadata.scopesSupported ?? null,
    document,
  };
}

function summarizeAttempt({ kind, url, answer, objection }: MetadataAttempt) {
  return { kind, url, status: answer.status, objection: objection ?? null };
}

/** In this order, the first response says most about authorization. */
const DECISIVE = ["unauthorized", "open", "forbidden", "other_era", "unexpected"] as const;

function mostTelling(first: EraResponse, second: EraResponse): EraResponse {
  const rank = ({ verdict }: EraResponse) => DECISIVE.indexOf(verdict.kind);
  return rank(second) < rank(first) ? second : first;
}

interface ProbeFacts {
  readonly responses: EraResponse[];
  transport: ProbeResult["transport"];
  response: UnauthenticatedResponse | undefined;
  tokenRequired: boolean | null;
}

/** Sends the requests of both eras; a login sends those that it needs. */
async function requestInBothEras(context: LoginContext, observed: ProbeFacts) {
  return await context.step("request_without_token", async (detail) => {
    const { responses } = observed;
    const stateless = await probeStateless(context);
    responses.push(stateless);
    const initialize = await probeInitialize(context);
    responses.push(initialize);
    const isMcp = responses.some(({ summary }) => summary.spoken !== false);
    detail(responses.map(({ summary }) => `${summary.asked} ${summary.detail}`).join("; "));
    const { answer, summary, verdict } = mostTelling(stateless, initialize);
    const found = isMcp ? undefined : await requestEventStream(context, answer);
    observed.transport = responses.some(({ summary }) => summary.spoken === true)
      ? "streamable_http"
      : found?.transport ?? null;
    const protocol = summary.era === "stateless" ? LATEST : LATEST_INITIALIZE;
    const judged = found === undefined
      ? judgeUnauthenticatedResponse(context, protocol, answer, verdict)
      : judgeUnauthenticatedResponse(context, found.protocol, found.answer, found.verdict);
    observed.tokenRequired = found === undefined
      ? summary.tokenRequired
      : found.verdict.kind === "unauthorized";
    context.judge(judged.judgements);
    return observed.response = judged.response;
  });
}

/** @param failure Why no authorization server was found. */
function statusOf({ responses, response, tokenRequired }: ProbeFacts, failure: Failure | null) {
  if (response === undefined) {
    // A connection that fails later says nothing about what the server is.
    const isLost = responses.length === 0 || failure?.code.startsWith("network_") === true;
    return isLost ? "unreachable" : "not_mcp";
  }
  if (tokenRequired === false) return "open";
  if (failure === null) return "authorization_required";
  if (failure.code === "access_refused") return "refused";
  return failure.code === response.blockedBy?.code ? "not_mcp" : "authorization_unclear";
}

export interface ProbeChoices extends DiscoveryChoices {
  /** The revision whose checks apply. */
  readonly protocolVersion?: RevisionId | "auto" | undefined;
}

export interface Probe {
  readonly result: ProbeResult;
  /** What a login needs for this server. */
  readonly loginFlags: OptionTexts;
  /** False if no flag accepts what a login refuses. */
  readonly canSignIn: boolean;
  /** The discovery, with every document and response. */
  readonly walk: Walk;
  /** The responses to the requests without a token. */
  readonly responses: readonly EraResponse[];
}

/**
 * Registers nothing and signs nobody in. Failures are part of the result.
 *
 * @throws Failure `cancelled`.
 */
export async function probe(
  serverUrl: string,
  deps: InspectDeps,
  { protocolVersion = "auto", ...choices }: ProbeChoices = {},
): Promise<Probe> {
  const base = { url: serverUrl, protocolVersion: undefined, headers: [], stepTimeoutMs: 0 };
  const plan = { ...base, ...choices };
  const observed: ProbeFacts = {
    responses: [],
    transport: null,
    response: undefined,
    tokenRequired: null,
  };
  const respond = (context: LoginContext) => requestInBothEras(context, observed);
  const walk = await walkServer(plan, deps, protocolVersion, { respond });
  const { responses, transport, response } = observed;
  const { attempts, server } = walk;
  const blocking = walk.failure?.code === "authorization_not_required" ? null : walk.failure;
  const status = statusOf(observed, walk.failure);
  const summary = summarizeWalk({ ...walk, failure: blocking });
  const { resource, findings, loginFlags, canSignIn, failure } = summary;
  for (const finding of findings) deps.emit({ type: "finding", finding });
  const used = attempts.findLast((it) => it.kind === "authorization_server_metadata");
  const result: ProbeResult = {
    serverUrl,
    status,
    transport,
    eras: responses.map(({ summary }) => summary),
    authorizationRequired: status === "authorization_required" ? true : observed.tokenRequired,
    challenge: response?.challenge === undefined ? null : summarizeChallenge(response.challenge),
    resourceMetadata: summarizeResource(resource),
    authorizationServer: server === undefined ? null : summarizeServer(server, used),
    metadataAttempts: attempts.map(summarizeAttempt),
    findings,
    error: failure && {
      code: failure.code,
      message: failure.message,
      remedy: failure.remedy ?? null,
    },
  };
  return { result, loginFlags, canSignIn, walk, responses };
}
