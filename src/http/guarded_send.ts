/**
 * A whole request through the guard: one time limit, one size limit, one record.
 *
 * @module
 */

import type { Clock } from "../core/deps.ts";
import type { Emit } from "../core/events.ts";
import type { HeaderList, NetworkFault } from "../core/exchange.ts";
import { cancelledFailure, Failure } from "../core/failure.ts";
import type { Secrets } from "../trace/secrets.ts";
import { createCapture } from "./capture.ts";
import { classify, type FaultCode, faultOf, networkFailure } from "./classify.ts";
import { startDeadline } from "./deadline.ts";
import { isEventStream } from "./event_stream.ts";
import { createExchangeLog } from "./exchange_log.ts";
import {
  type GuardedRequest,
  type GuardOptions,
  nothingObserved,
  type Observed,
  openGuarded,
} from "./guarded_request.ts";
import { learnRequestHeaders, learnResponseHeaders } from "./learn_secrets.ts";
import { POLICY } from "./policy.ts";
import { shownUrl } from "./request_url.ts";

/** How much of an event stream is read. */
export interface StreamReading {
  /** Milliseconds after the head of the answer. */
  readonly timeoutMs: number;
  /** Takes a part; true when it was the last that is needed. */
  enough(chunk: Uint8Array): boolean;
}

/** What a request is sent with. */
export interface GuardedDoor extends GuardOptions {
  /** Milliseconds for all of it. */
  readonly stepTimeoutMs: number;
  /** How much of an event stream is read; without it a stream is read to its end. */
  readonly stream?: StreamReading | undefined;
  /** Receives the exchange. */
  readonly emit: Emit;
  /** Learns credentials and cookies. */
  readonly secrets: Secrets;
  /** Time. */
  readonly clock: Clock;
  /** Ends it (Ctrl-C). */
  readonly signal: AbortSignal;
}

/** How the reading of a body ended: by itself, with enough of a stream, or with its time. */
export type BodyEnd = "complete" | "enough" | "time";

/** What became of a request. */
export interface GuardedOutcome {
  /** The head of the answer; null when none came. */
  readonly head: {
    readonly status: number;
    readonly statusText: string;
    readonly headers: HeaderList;
  } | null;
  /** Body as it came, content coding included; null when it is not whole. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** How the body ended; null when it failed. */
  readonly ended: BodyEnd | null;
  /** Why there is no (whole) answer. */
  readonly failure: Failure | null;
  /** What was seen on the way. */
  readonly observed: Observed;
}

/** What node's networking calls its errors. */
const NODE_ERRORS: readonly (readonly [RegExp, FaultCode])[] = [
  [/^HPE_|HTTP\/1\.1 protocol|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT/, "protocol"],
  [/ECONNREFUSED/, "connection_refused"],
  [/ECONNRESET|EPIPE|other side closed|UND_ERR_SOCKET/, "connection_reset"],
  [/ETIMEDOUT/, "timeout"],
  [/ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL/, "unreachable"],
];

function faultIn(error: unknown): NetworkFault {
  const { code = "", message = String(error) } = error instanceof Error
    ? error as Error & { code?: unknown }
    : {};
  const row = NODE_ERRORS.find(([words]) => words.test(String(code)) || words.test(message));
  return row === undefined ? classify(error) : faultOf(row[1], message);
}

function headersOf(fields: HeaderList): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) {
    try {
      headers.append(name, value);
    } catch {
      // A field that no client may send is of no use here.
    }
  }
  return headers;
}

/** Sends a request. Never throws for what a server or a network does. */
export async function sendGuarded(
  request: GuardedRequest,
  door: GuardedDoor,
): Promise<GuardedOutcome> {
  const { stepTimeoutMs, stream, emit, secrets, clock, signal } = door;
  const limit = POLICY.endpoint.maxBodyBytes;
  const observed = nothingObserved();
  const deadline = startDeadline(stepTimeoutMs, signal);
  learnRequestHeaders(request.headers, secrets);
  const exchange = createExchangeLog(clock, emit)({
    purpose: "endpoint",
    step: "request",
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: request.body === null ? null : new TextDecoder().decode(request.body),
    redirectOf: null,
  });
  const what = `${request.method} ${shownUrl(request.url)}`;
  const capture = createCapture(limit);
  const chunks: Uint8Array[] = [];
  let head: GuardedOutcome["head"] = null;
  let streamTimer: ReturnType<typeof setTimeout> | undefined;
  const streamOver = Promise.withResolvers<"time">();

  function failed(error: unknown): GuardedOutcome {
    const ending = deadline.ending();
    const fault = ending === "timeout"
      ? faultOf("timeout", `limit ${stepTimeoutMs} ms`)
      : ending !== undefined
      ? faultOf("aborted")
      : error instanceof Failure
      ? { code: error.code, message: error.message }
      : faultIn(error);
    const failure = ending === "cancelled"
      ? cancelledFailure()
      : ending === undefined && error instanceof Failure
      ? error
      : networkFailure(what, fault, error);
    exchange.finish(head, capture.captured(false), fault);
    return { head, body: null, ended: null, failure, observed };
  }

  try {
    const response = await openGuarded(request, door, observed, deadline.signal);
    const { status, statusText, headers } = response;
    head = { status, statusText, headers };
    const plain = headersOf(headers);
    learnResponseHeaders(plain, secrets);
    const reading = isEventStream({ headers: plain }) ? stream : undefined;
    if (reading !== undefined) {
      deadline.stopClock();
      const left = Math.min(reading.timeoutMs, stepTimeoutMs);
      streamTimer = setTimeout(() => streamOver.resolve("time"), left);
    }
    const reader = response.body.getReader();
    let ended: BodyEnd | undefined;
    while (ended === undefined) {
      const next = await Promise.race([reader.read(), streamOver.promise]);
      if (next === "time") ended = "time";
      else if (next.done) ended = "complete";
      else if (!capture.take(next.value)) {
        reader.cancel().catch(() => {});
        const fault = faultOf("body_too_large", `limit ${limit} bytes`);
        exchange.finish(head, capture.captured(false), fault);
        const failure = networkFailure(what, fault);
        return { head, body: null, ended: null, failure, observed };
      } else {
        chunks.push(next.value);
        if (reading?.enough(next.value)) ended = "enough";
      }
    }
    if (ended !== "complete") {
      reader.cancel().catch(() => {});
      observed.ends.body = performance.now();
    }
    exchange.finish(head, capture.captured(ended === "complete"), null);
    const body = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
    return { head, body, ended, failure: null, observed };
  } catch (error) {
    return failed(error);
  } finally {
    clearTimeout(streamTimer);
    deadline.release();
  }
}
