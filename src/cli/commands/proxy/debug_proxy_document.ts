/**
 * The JSON document of `oauth debug-proxy`: the response and everything that was observed about it.
 * @module
 */

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
import { fieldValue, type ProxyDocument, proxyDocument } from "./proxy_document.ts";
import { isHarmless } from "./proxy_request.ts";
import type { ProxyResult } from "./run_proxy.ts";

/** The request as it was written to the connection; secrets masked. */
export interface RequestAsSent {
  readonly method: string;
  readonly url: string;
  /** Header fields in order; null when nothing was sent. */
  readonly headers: HeaderList | null;
  /** Body as text; null without one. */
  readonly body: string | null;
  /** Bytes of body. */
  readonly bodyBytes: number;
}

/** Where a redirect would lead. */
export interface RedirectReport {
  readonly location: string;
  /** The resolved URL; null if it is not a URL. */
  readonly url: string | null;
  /** True if the same rules allow a request to it. None was sent. */
  readonly allowed: boolean;
  /** Why not, or null. */
  readonly reason: string | null;
  /** The addresses of its host, if they were looked up. */
  readonly answers: Target["answers"];
}

export interface StreamReport {
  /** The events in order; `json` is the parsed data, if it is JSON. */
  readonly events: readonly (StreamEvent & { readonly json?: unknown })[];
  readonly ended: BodyEnd;
  /** Milliseconds to wait before reconnecting, or null. */
  readonly retry: number | null;
  /** Last event ID; empty without one. */
  readonly lastEventId: string;
  readonly comments: number;
  /** True when the stream stopped within an event. */
  readonly unfinished: boolean;
  /** The endpoint that the first event of the old HTTP+SSE transport names, or null. */
  readonly endpoint: { readonly url: string | null; readonly sameOrigin: boolean } | null;
}

/** The document; a stage that was not reached is null. */
export interface DebugProxyDocument extends Partial<ProxyDocument> {
  readonly request: RequestAsSent;
  /** The guard's judgement of the addresses, before the request. */
  readonly dns: Target | null;
  readonly connection: {
    readonly address: string | null;
    readonly attempts: Observed["attempts"];
  };
  /** Null for http, and without a handshake. */
  readonly tls: TlsFacts | null;
  /** Milliseconds of each stage; null if it was not reached or not measured separately. */
  readonly timings: Readonly<Record<Phase | "total", number | null>>;
  /** Target of a redirect. */
  readonly redirect: RedirectReport | null;
  readonly explanations: readonly ErrorMeaning[];
  /** JWTs in the body. Decoded only: no signature was verified. */
  readonly jwts: readonly (DecodedJwt & { readonly signatureVerified: false })[];
  readonly stream: StreamReport | null;
}

/** Time limit for looking up the host of a redirect. */
const REDIRECT_LOOKUP_MS = 5000;

/** Milliseconds, rounded to a tenth. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

function timings(
  ends: Observed["ends"],
  phases: readonly Phase[],
): DebugProxyDocument["timings"] {
  let before = ends.start;
  const rows = phases.map((phase): [Phase, number | null] => {
    const end = ends[phase];
    if (end === undefined || before === undefined) return [phase, null];
    const took = rounded(Math.max(0, end - before));
    before = Math.max(before, end);
    return [phase, took];
  });
  const total = ends.start === undefined || before === undefined ? null : before - ends.start;
  return {
    ...Object.fromEntries(rows) as Record<Phase, number | null>,
    total: total === null ? null : rounded(total),
  };
}

function sentHeaders(head: string | null): HeaderList | null {
  if (head === null) return null;
  return head.split("\r\n").slice(1).filter((line) => line !== "").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}

function requestAsSent({ request, outcome, recorder, secrets, parts }: ProxyResult): RequestAsSent {
  const personal = request.headers.map(([name]) => name).filter((name) => !isHarmless(name));
  const redactor = parts.createRedactor({ secrets, secretFields: personal });
  const headers = sentHeaders(outcome.observed.sentHead);
  const [exchange] = recorder.exchanges();
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

async function redirectReport(result: ProxyResult): Promise<RedirectReport | null> {
  const { outcome: { head, observed }, request, rules, parts } = result;
  const location = head === null ? undefined : fieldValue(head.headers, "location");
  if (head === null || head.status < 300 || head.status > 399 || location === undefined) {
    return null;
  }
  const url = URL.parse(location, request.url)?.href ?? null;
  const report = { location, url, allowed: false, reason: null, answers: [] };
  try {
    if (url === null) return { ...report, reason: "it is no URL" };
    const target = parts.guardedUrl(url, rules);
    const same = target.hostname === new URL(request.url).hostname ? observed.target : null;
    const signal = AbortSignal.timeout(REDIRECT_LOOKUP_MS);
    const { answers } = same ?? await parts.lookUp(target, rules, parts.resolver, signal);
    const refused = answers.find((answer) => answer.refused !== null);
    return refused === undefined
      ? { ...report, allowed: true, answers }
      : { ...report, reason: `${refused.address}: ${refused.refused}`, answers };
  } catch (error) {
    return { ...report, reason: toFailure(error).message };
  }
}

function streamReport(
  reader: EventStreamReader,
  events: readonly StreamEvent[],
  ended: BodyEnd,
  url: string,
): StreamReport {
  const first = events.find(({ event }) => event === "endpoint");
  const endpoint = first === undefined ? null : URL.parse(first.data, url);
  return {
    events: events.map((event) => {
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

export interface ReadStream {
  /** The reader, after the last byte. */
  readonly reader: EventStreamReader;
  readonly events: readonly StreamEvent[];
  /** True when the answer was an event stream. */
  readonly used: boolean;
}

export async function debugProxyDocument(
  result: ProxyResult,
  read: ReadStream,
): Promise<DebugProxyDocument> {
  const { outcome, request } = result;
  const { observed, content, ended } = outcome;
  const url = new URL(request.url).href;
  const text = content === null ? "" : new TextDecoder().decode(content);
  const stream = read.used && ended !== null
    ? streamReport(read.reader, read.events, ended, url)
    : null;
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
