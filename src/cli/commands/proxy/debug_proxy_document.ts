import type { HeaderList } from "../../../core/exchange.ts";
import { toFailure } from "../../../core/failure.ts";
import { parseJson } from "../../../core/json.ts";
import type { Target } from "../../../http/guard/ssrf_guard.ts";
import type { Observed, Phase } from "../../../http/guard/guarded_request.ts";
import type { BodyEnd } from "../../../http/guard/guarded_send.ts";
import type { TlsFacts } from "../../../http/guard/tls_facts.ts";
import {
  type ErrorMeaning,
  explainBodyError,
  explainChallengeError,
  explainTextError,
} from "../../../oauth/token/error_meaning.ts";
import type { EventStreamReader, StreamEvent } from "../../../oauth/mcp/event_stream.ts";
import { type DecodedJwt, jwtsIn } from "../../../oauth/common/jwt_text.ts";
import { fieldValue, type ProxyDocument, proxyDocument } from "./proxy_response.ts";
import { isHarmless } from "./proxy_request.ts";
import type { ProxyResult } from "./run_proxy.ts";

/** The response and everything that was observed about it. Null: the stage was not reached. */
export interface DebugProxyDocument extends Partial<ProxyDocument> {
  readonly request: ReturnType<typeof requestAsSent>;
  readonly dns: Target | null;
  readonly connection: Pick<Observed, "address" | "attempts">;
  /** Null for http, and without a handshake. */
  readonly tls: TlsFacts | null;
  /** Milliseconds of each stage; null if it was not reached or not measured separately. */
  readonly timings: Readonly<Record<Phase | "total", number | null>>;
  readonly redirect: Awaited<ReturnType<typeof redirectReport>>;
  readonly explanations: readonly ErrorMeaning[];
  /** JWTs in the body. Decoded only: no signature was verified. */
  readonly jwts: readonly (DecodedJwt & { readonly signatureVerified: false })[];
  readonly stream: StreamReport | null;
}

export type StreamReport = ReturnType<typeof streamReport>;

const REDIRECT_LOOKUP_MS = 5000;

const toTenths = (milliseconds: number) => Math.round(milliseconds * 10) / 10;

function timings(ends: Observed["ends"], phases: readonly Phase[]): DebugProxyDocument["timings"] {
  let before = ends.start;
  const rows = phases.map((phase): [Phase, number | null] => {
    const end = ends[phase];
    if (end === undefined || before === undefined) return [phase, null];
    const took = toTenths(Math.max(0, end - before));
    before = Math.max(before, end);
    return [phase, took];
  });
  const total = ends.start === undefined || before === undefined
    ? null
    : toTenths(before - ends.start);
  return { ...Object.fromEntries(rows) as Record<Phase, number | null>, total };
}

function sentHeaders(head: string | null): HeaderList | null {
  if (head === null) return null;
  return head.split("\r\n").slice(1).filter((line) => line !== "").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}

function requestAsSent({ request, outcome, session, parts }: ProxyResult) {
  const secretFields = request.headers.map(([name]) => name).filter((name) => !isHarmless(name));
  const redactor = parts.createRedactor({ secrets: session.secrets, secretFields });
  const headers = sentHeaders(outcome.observed.sentHead);
  const [exchange] = session.recorder.exchanges();
  const shown = exchange && redactor.exchange({
    ...exchange,
    request: { ...exchange.request, headers: headers ?? [] },
    response: null,
  }).request;
  return {
    method: request.method,
    url: shown?.url ?? "",
    headers: headers && (shown?.headers ?? []),
    body: shown?.body ?? null,
    bodyBytes: request.body?.length ?? 0,
  };
}

/** The target of a redirect, and whether the same rules allow a request to it. None is sent. */
async function redirectReport({ outcome: { head, observed }, request, rules, parts }: ProxyResult) {
  const location = head === null ? undefined : fieldValue(head.headers, "location");
  if (head === null || head.status < 300 || head.status > 399 || location === undefined) {
    return null;
  }
  const url = URL.parse(location, request.url)?.href ?? null;
  const report = (reason: string | null, answers: Target["answers"] = []) => {
    return { location, url, allowed: reason === null, reason, answers };
  };
  try {
    if (url === null) return report("it is not a URL");
    const target = parts.guardedUrl(url, rules);
    const same = target.hostname === new URL(request.url).hostname ? observed.target : null;
    const signal = AbortSignal.timeout(REDIRECT_LOOKUP_MS);
    const { answers } = same ?? await parts.lookUp(target, rules, parts.resolver, signal);
    const refused = answers.find((answer) => answer.refused !== null);
    return report(refused === undefined ? null : `${refused.address}: ${refused.refused}`, answers);
  } catch (error) {
    return report(toFailure(error).message);
  }
}

function streamReport(
  reader: EventStreamReader,
  events: readonly StreamEvent[],
  ended: BodyEnd,
  url: string,
) {
  // The first event of the old HTTP+SSE transport names the endpoint for messages.
  const first = events.find(({ event }) => event === "endpoint");
  const endpoint = first === undefined ? null : URL.parse(first.data, url);
  return {
    events: events.map((event): StreamEvent & { readonly json?: unknown } => {
      const json = parseJson(event.data);
      return json === undefined ? event : { ...event, json };
    }),
    ended,
    retry: reader.retry() ?? null,
    lastEventId: reader.lastEventId(),
    comments: reader.comments(),
    unfinished: reader.unfinished(),
    endpoint: first === undefined ? null : {
      url: endpoint?.href ?? null,
      sameOrigin: endpoint?.origin === new URL(url).origin,
    },
  };
}

function explanations(
  { outcome: { head } }: ProxyResult,
  text: string,
  stream: StreamReport | null,
): ErrorMeaning[] {
  const challenges = (head?.headers ?? [])
    .filter(([name]) => name.toLowerCase() === "www-authenticate")
    .map(([, value]) => explainChallengeError(value));
  const found = stream === null
    ? [explainTextError(text)]
    : stream.events.map(({ json }) => explainBodyError(json));
  return [...challenges, ...found].filter((meaning) => meaning !== undefined);
}

/** @param reader Has read the event stream; undefined for another response. */
export async function debugProxyDocument(
  result: ProxyResult,
  reader: EventStreamReader | undefined,
  events: readonly StreamEvent[],
): Promise<DebugProxyDocument> {
  const { outcome, request } = result;
  const { observed, content, ended } = outcome;
  const url = new URL(request.url).href;
  const text = content === null ? "" : new TextDecoder().decode(content);
  const stream = reader === undefined || ended === null
    ? null
    : streamReport(reader, events, ended, url);
  return {
    ...proxyDocument(outcome, url),
    request: requestAsSent(result),
    dns: observed.target,
    connection: { address: observed.address, attempts: observed.attempts },
    tls: observed.tls,
    timings: timings(observed.ends, result.parts.PHASES),
    redirect: await redirectReport(result),
    explanations: explanations(result, text, stream),
    jwts: jwtsIn(text).map((jwt) => ({ ...jwt, signatureVerified: false })),
    stream,
  };
}
