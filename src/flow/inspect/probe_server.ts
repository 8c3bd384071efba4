/** What a server offers to a client without credentials. @module */

import { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import { type JsonObject, stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import type { HttpClient } from "../../http/http_client.ts";
import { LATEST, LATEST_INITIALIZE } from "../../oauth/mcp/revision.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { LoginContext } from "../context/login_context.ts";
import {
  judgeUnauthenticatedResponse,
  type UnauthenticatedResponse,
} from "../discovery/unauthenticated_response.ts";
import type { MetadataAttempt } from "../context/metadata_attempt.ts";
import {
  type EraResponse,
  type EraSummary,
  opensEventStream,
  probeInitialize,
  probeStateless,
} from "./era_probe.ts";
import { summarizeWalk } from "./inspect_chain.ts";
import type { InspectDeps } from "./inspect_run.ts";
import { walkServer } from "./inspect_walk.ts";
import type { InspectPlan } from "./inspection.ts";

export interface ProbeDeps extends Omit<InspectDeps, "send"> {
  readonly http: Pick<HttpClient, "send">;
}

/** The challenge of a 401 or 403. */
export interface ChallengeSummary {
  /** `Bearer`, `DPoP`, another scheme, or empty. */
  readonly scheme: string;
  readonly resourceMetadata: readonly string[];
  readonly scope: readonly string[] | null;
  readonly error: string | null;
}

/** The protected resource metadata that is used. */
export interface ResourceSummary {
  readonly url: string;
  readonly resource: string | null;
  readonly authorizationServers: readonly string[];
  readonly scopesSupported: readonly string[] | null;
  readonly document: JsonObject;
}

export interface RegistrationSummary {
  readonly dcr: boolean;
  readonly cimd: boolean;
  readonly preregistered: true;
}

/** The authorization server that a login would use. */
export interface AuthorizationServerSummary {
  readonly issuer: string;
  /** Null if default endpoints are used without metadata. */
  readonly url: string | null;
  readonly registration: RegistrationSummary;
  readonly grantTypes: readonly string[] | null;
  readonly scopesSupported: readonly string[] | null;
  readonly document: JsonObject | null;
}

export interface MetadataAttemptSummary {
  readonly kind: MetadataAttempt["kind"];
  readonly url: string;
  readonly status: number;
  /** Why the document is not used. */
  readonly objection: string | null;
}

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
  /** `sse` is HTTP+SSE (2024-11-05), which mcpass does not support. */
  readonly transport: "streamable_http" | "sse" | null;
  readonly wires: readonly EraSummary[];
  /** Whether listing the tools requires a token; null if unknown. */
  readonly authorizationRequired: boolean | null;
  readonly challenge: ChallengeSummary | null;
  readonly resourceMetadata: ResourceSummary | null;
  readonly authorizationServer: AuthorizationServerSummary | null;
  /** The URLs where metadata was expected, in order. */
  readonly places: readonly MetadataAttemptSummary[];
  readonly findings: readonly Finding[];
  readonly error: {
    readonly code: Code;
    readonly message: string;
    readonly remedy: string | null;
  } | null;
}

function errorOf({ code, message, remedy }: Failure): NonNullable<ProbeResult["error"]> {
  return { code, message, remedy: remedy ?? null };
}

function summarizeResource(attempt: MetadataAttempt | undefined): ResourceSummary | null {
  if (attempt?.document === undefined) return null;
  const { document, url } = attempt;
  return {
    url,
    resource: stringMember(document, "resource") ?? null,
    authorizationServers: stringListMember(document, "authorization_servers") ?? [],
    scopesSupported: stringListMember(document, "scopes_supported") ?? null,
    document,
  };
}

function summarizeServer(metadata: ServerMetadata, attempt: MetadataAttempt | undefined) {
  const document = attempt?.objection === undefined ? attempt?.document ?? null : null;
  return {
    issuer: metadata.issuer,
    url: document === null ? null : attempt?.url ?? null,
    registration: {
      dcr: metadata.registrationEndpoint !== undefined,
      cimd: metadata.clientIdMetadataDocument,
      preregistered: true,
    },
    grantTypes: document && (stringListMember(document, "grant_types_supported") ?? null),
    scopesSupported: metadata.scopesSupported ?? null,
    document,
  } as const;
}

/** In this order, the first response says most about authorization. */
const DECISIVE = ["unauthorized", "open", "forbidden", "other_era", "unexpected"] as const;

function mostTelling(responses: readonly EraResponse[]): EraResponse | undefined {
  const rank = ({ verdict }: EraResponse) => DECISIVE.indexOf(verdict.kind);
  return responses.toSorted((a, b) => rank(a) - rank(b)).at(0);
}

function oldTransport(serverUrl: string): Failure {
  return new Failure(
    "transport_not_supported",
    `${
      quoted(serverUrl)
    } uses HTTP+SSE, the transport of 2024-11-05, which mcpass does not support`,
    {
      remedy: "Ask the operator for the Streamable HTTP address (often /mcp instead of /sse)",
      reference: "MCP transports, Backward Compatibility",
    },
  );
}

interface Observed {
  readonly responses: EraResponse[];
  transport: ProbeResult["transport"];
  response: UnauthenticatedResponse | undefined;
}

/** Sends the requests of both eras; a login sends those that it needs. */
async function requestInBothEras(
  context: LoginContext,
  observed: Observed,
): Promise<UnauthenticatedResponse> {
  const { serverUrl } = context.plan;
  return await context.step("request_without_token", async (detail) => {
    const { responses } = observed;
    responses.push(await probeStateless(context));
    responses.push(await probeInitialize(context));
    const isMcp = responses.some(({ summary }) => summary.spoken !== false);
    if (isMcp) observed.transport = "streamable_http";
    else if (responses.some(({ answer }) => [400, 404, 405].includes(answer.status))) {
      if (await opensEventStream(context).catch(() => false)) observed.transport = "sse";
    }
    detail(responses.map(({ summary }) => `${summary.asked} ${summary.detail}`).join("; "));
    const best = mostTelling(responses);
    if (observed.transport === "sse" || best === undefined) throw oldTransport(serverUrl);
    const protocol = best.summary.wire === "stateless" ? LATEST : LATEST_INITIALIZE;
    const judged = judgeUnauthenticatedResponse(
      serverUrl,
      protocol,
      best.answer,
      best.verdict,
      undefined,
    );
    if (!isMcp) throw judged.response.blockedBy;
    context.judge(judged.judgements);
    observed.response = judged.response;
    return judged.response;
  });
}

function challengeSummary(challenge: BearerChallenge | undefined): ChallengeSummary | null {
  return challenge === undefined ? null : {
    scheme: challenge.scheme,
    resourceMetadata: challenge.resourceMetadata,
    scope: challenge.scope ?? null,
    error: challenge.error ?? null,
  };
}

/** @param failure Why no authorization server was found. */
function statusOf(
  { responses, response }: Observed,
  failure: Failure | null,
): ProbeResult["status"] {
  if (response === undefined) {
    // A connection that fails later says nothing about what the server is.
    const isLost = responses.length === 0 || failure?.code.startsWith("network_") === true;
    return isLost ? "unreachable" : "not_mcp";
  }
  if (mostTelling(responses)?.summary.tokenRequired === false) return "open";
  if (failure === null) return "authorization_required";
  return failure.code === "access_refused" ? "refused" : "authorization_unclear";
}

/**
 * Sends requests without a token, and reads the metadata that they lead to. Registers nothing and
 * signs nobody in. Failures are part of the result.
 *
 * @throws Failure `cancelled`.
 */
export async function probe(serverUrl: string, deps: ProbeDeps): Promise<ProbeResult> {
  const plan: InspectPlan = {
    url: serverUrl,
    protocolVersion: undefined,
    headers: [],
    stepTimeoutMs: 0,
  };
  const observed: Observed = { responses: [], transport: null, response: undefined };
  const walk = await walkServer(
    plan,
    { ...deps, send: (request) => deps.http.send(request) },
    LATEST,
    true,
    (context) => requestInBothEras(context, observed),
  );
  const { responses, transport, response } = observed;
  const status = statusOf(observed, walk.failure);
  const failure = walk.failure?.code === "authorization_not_required" ? null : walk.failure;
  const { resource, findings } = summarizeWalk({ ...walk, failure }, plan, LATEST);
  for (const finding of findings) deps.emit({ type: "finding", finding });
  return {
    serverUrl,
    status,
    transport,
    wires: responses.map(({ summary }) => summary),
    authorizationRequired: response === undefined
      ? null
      : mostTelling(responses)?.summary.tokenRequired ?? null,
    challenge: challengeSummary(response?.challenge),
    resourceMetadata: summarizeResource(resource),
    authorizationServer: walk.server === undefined ? null : summarizeServer(
      walk.server,
      walk.attempts.findLast((it) => it.kind === "authorization_server_metadata"),
    ),
    places: walk.attempts.map(({ kind, url, answer, objection }) => ({
      kind,
      url,
      status: answer.status,
      objection: objection ?? null,
    })),
    findings,
    error: failure === null ? null : errorOf(failure),
  };
}
