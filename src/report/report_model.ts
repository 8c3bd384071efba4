import type { Exchange, HeaderList } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { isObject, parseJson } from "../core/json.ts";
import type { StepRecord } from "../core/step.ts";
import { mapWork, type Work } from "../core/work.ts";
import type { Artifact } from "../trace/artifact.ts";
import type { DecodedToken } from "../trace/decoded_tokens.ts";

export interface Lane {
  readonly title: string;
  /** Absent for the person and the client. */
  readonly origin?: string;
  readonly kind: "person" | "client" | "mcp" | "as";
}

export interface ReportEntry {
  readonly exchange: Exchange;
  readonly lane: number;
  /** The JSON-RPC method or the grant type, else empty. */
  readonly purpose: string;
  readonly findings: readonly Finding[];
  /** The tokens that were seen first in it. */
  readonly tokens: readonly DecodedToken[];
  readonly expected: string;
  readonly received: string;
  /** `error`: no response, or an error finding; `refused`: by the HTTP status. */
  readonly outcome: "error" | "warning" | "refused" | "good";
  /** Milliseconds between the first request of the artifact and this one. */
  readonly offsetMs: number;
}

/** Exchanges in their lanes, each with its findings. */
export interface ExchangeModel {
  /** The parties; 0 is the person, 1 the client. */
  readonly lanes: readonly Lane[];
  readonly entries: readonly ReportEntry[];
  /** Runs of steps; empty if none were recorded. */
  readonly steps: readonly StepRecord[];
}

/** An artifact with each exchange in its lane and each finding at its exchange. */
export interface ReportModel extends ExchangeModel {
  readonly artifact: Artifact;
  /** Findings that belong to no exchange. */
  readonly unassigned: readonly Finding[];
}

const EXPECTED: Readonly<Record<Exchange["purpose"], string>> = {
  mcp: "200 with a valid token; without one 401 and WWW-Authenticate: Bearer resource_metadata=…",
  resource_metadata: "200, application/json, resource and authorization_servers (RFC 9728 §3.2)",
  authorization_server_metadata:
    "200, application/json, the issuer that was requested, S256 (RFC 8414 §3)",
  registration: "201, application/json, client_id (RFC 7591 §3.2.1)",
  authorization_preflight: "a redirect or a page for a person (RFC 6749 §4.1)",
  authorization:
    "redirects, the last one to the redirect URI with code, state and iss (RFC 6749 §4.1.2)",
  token: "200, application/json, no-store, access_token and token_type (RFC 6749 §5.1)",
  endpoint: "a 2xx response",
};

/** A request or a response. */
export interface Message {
  readonly headers: HeaderList;
  readonly body: string | null;
  readonly truncated?: boolean;
}

function originOf(url: string): string {
  const origin = URL.parse(url)?.origin;
  return origin === undefined || origin === "null" ? url : origin;
}

/** The value of a header field; `wanted` is in lower case. */
export function headerValue({ headers }: Message, fieldName: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === fieldName)?.[1];
}

function describeResponse({ response, fault }: Exchange): string {
  if (response === null) return fault === null ? "no response" : `no response: ${fault.message}`;
  const type = headerValue(response, "content-type");
  return [`HTTP ${response.status}`, type, `${response.bodyBytes} bytes`, fault?.message]
    .filter((part) => part !== undefined).join(", ");
}

function laneOf({ purpose, request }: Exchange): Lane {
  const origin = originOf(request.url);
  if (purpose === "mcp" || purpose === "resource_metadata") {
    return { title: "MCP server", kind: "mcp", origin };
  }
  const title = purpose === "endpoint" ? "Server" : "Authorization server";
  return { title, kind: "as", origin };
}

/** The method that a verification step is about; later requests end the session. */
const METHODS: Readonly<Partial<Record<Exchange["step"], string>>> = {
  verify_list_tools: "tools/list",
  verify_call_tool: "tools/call",
};

/**
 * The exchange at which a finding is shown. Of those of its step: the one whose URL it quotes, else the
 * last that failed, else the one that the step is about, else the last.
 */
function exchangeOf(finding: Finding, own: readonly Exchange[]): number | undefined {
  const quotes = own.findLast(({ request }) => finding.message.includes(`"${request.url}"`));
  const bad = own.findLast(({ response }) => response === null || response.status >= 400);
  const method = METHODS[finding.step];
  const about = quotes ?? bad ?? own.findLast((exchange) => purposeOf(exchange) === method);
  return (about ?? own.at(-1))?.id;
}

function outcomeOf(
  { request, response, purpose }: Exchange,
  findings: readonly Finding[],
): ReportEntry["outcome"] {
  const severities = findings.map(({ severity }) => severity);
  if (response === null || severities.includes("error")) return "error";
  if (severities.includes("warning")) return "warning";
  const isChallenge = purpose === "mcp" && response.status === 401 &&
    headerValue(request, "authorization") === undefined;
  return response.status >= 400 && !isChallenge ? "refused" : "good";
}

function purposeOf({ request: { body }, purpose }: Exchange): string {
  if (body === null) return "";
  if (purpose === "token") return new URLSearchParams(body).get("grant_type") ?? "";
  const parsed = purpose === "mcp" ? parseJson(body) : undefined;
  const { method } = isObject(parsed) ? parsed : {};
  return typeof method === "string" ? method : "";
}

/** @param findingsOf The findings at an exchange. */
export function* buildExchangeModel(
  exchanges: readonly Exchange[],
  findingsOf: (id: number) => readonly Finding[],
  { tokens = [], steps = [] }: Partial<Pick<Artifact, "tokens" | "steps">> = {},
): Work<ExchangeModel> {
  const seen = Map.groupBy(tokens, ({ exchange }) => exchange);
  const start = Math.min(...exchanges.map(({ startedAt }) => Date.parse(startedAt)));
  const lanes: Lane[] = [{ title: "Person", kind: "person" }, { title: "Client", kind: "client" }];
  const entries = yield* mapWork(exchanges, (exchange): ReportEntry => {
    const own = findingsOf(exchange.id);
    const lane = laneOf(exchange);
    const index = lanes.findIndex(({ kind, origin }) =>
      kind === lane.kind && origin === lane.origin
    );
    return {
      exchange,
      lane: index === -1 ? lanes.push(lane) - 1 : index,
      purpose: purposeOf(exchange),
      findings: own,
      tokens: seen.get(exchange.id) ?? [],
      expected: EXPECTED[exchange.purpose],
      received: describeResponse(exchange),
      outcome: outcomeOf(exchange, own),
      offsetMs: Date.parse(exchange.startedAt) - start,
    };
  });
  return { lanes, entries, steps };
}

export function* buildReportModel(artifact: Artifact): Work<ReportModel> {
  const { exchanges, findings } = artifact;
  const exchangesOfStep = Map.groupBy(exchanges, ({ step }) => step);
  const pins = yield* mapWork(findings, (finding) => ({
    finding,
    id: exchangeOf(finding, exchangesOfStep.get(finding.step) ?? []),
  }));
  const pinned = Map.groupBy(pins, ({ id }) => id);
  const findingsOf = (id?: number) => (pinned.get(id) ?? []).map(({ finding }) => finding);
  const model = yield* buildExchangeModel(exchanges, findingsOf, artifact);
  return { artifact, ...model, unassigned: findingsOf() };
}
