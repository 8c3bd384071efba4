/** A complete request under the SSRF guard: one time limit, one size limit, one record. @module */

import type { Clock } from "../../core/deps.ts";
import type { Emit } from "../../core/events.ts";
import type { ExchangeFault, HeaderList } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import type { Secrets } from "../../trace/secrets.ts";
import { faultOf, networkFailure, requestFault } from "../network_fault.ts";
import { startDeadline } from "../deadline.ts";
import { type Captured, createExchangeLog } from "../exchange_log.ts";
import {
  type GuardedRequest,
  type GuardOptions,
  nothingObserved,
  type Observed,
  openGuarded,
} from "./guarded_request.ts";
import { learnRequestHeaders, learnResponseHeaders } from "../learn_secrets.ts";
import { POLICY } from "../policy.ts";
import { shownUrl } from "../request_url.ts";
import { contentOf, isEventStream } from "../response_body.ts";

export interface StreamReading {
  /** Milliseconds after the head of the response. */
  readonly timeoutMs: number;
  /** Called when the response is an event stream. */
  begin(): void;
  /** Reads a part; true when no more is needed. */
  enough(chunk: Uint8Array): boolean;
}

export interface GuardedSendOptions extends GuardOptions {
  /** Milliseconds for the complete request. */
  readonly stepTimeoutMs: number;
  /** How much of an event stream is read; everything by default. */
  readonly stream?: StreamReading | undefined;
  readonly emit: Emit;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How the reading of a body ended: at its end, with enough of a stream, or at the time limit. */
export type BodyEnd = "complete" | "enough" | "time";

export interface GuardedOutcome {
  /** The head of the response; null without one. */
  readonly head: {
    readonly status: number;
    readonly statusText: string;
    readonly headers: HeaderList;
  } | null;
  /** Body as received, still encoded; null when it is incomplete. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** The body without its content coding. */
  readonly content: Uint8Array<ArrayBuffer> | null;
  /** How the body ended; null when it failed. */
  readonly ended: BodyEnd | null;
  /** Why there is no complete response. */
  readonly failure: Failure | null;
  readonly observed: Observed;
}

function headersOf(fields: HeaderList): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) {
    try {
      headers.append(name, value);
    } catch {
      // An invalid field is not needed here.
    }
  }
  return headers;
}

function captured(chunks: readonly Uint8Array[], bytes: number, complete: boolean): Captured {
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  return { text: complete ? text + decoder.decode() : text, bytes, truncated: !complete };
}

/** Sends a request. Faults of the server or the network are part of the outcome, not thrown. */
export async function sendGuarded(
  request: GuardedRequest,
  options: GuardedSendOptions,
): Promise<GuardedOutcome> {
  const { stepTimeoutMs, stream, emit, secrets, clock, signal } = options;
  const limit = POLICY.endpoint.maxBodyBytes;
  const observed = nothingObserved();
  const began = performance.now();
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
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let head: GuardedOutcome["head"] = null;
  let streamTimer: ReturnType<typeof setTimeout> | undefined;
  const streamTimeout = Promise.withResolvers<"time">();

  function failed(error: unknown): GuardedOutcome {
    const ending = deadline.ending();
    if (ending === undefined && error instanceof Failure) {
      return unfinished({ code: error.code, message: error.message }, error);
    }
    const fault = requestFault(error, ending, stepTimeoutMs);
    const failure = fault.code === "aborted"
      ? cancelledFailure()
      : networkFailure(what, fault, error);
    return unfinished(fault, failure);
  }
  function unfinished(fault: ExchangeFault, failure: Failure): GuardedOutcome {
    exchange.finish(head, captured(chunks, bytes, false), fault);
    return { head, body: null, content: null, ended: null, failure, observed };
  }
  function tooLarge(): GuardedOutcome {
    const fault = faultOf("body_too_large", `limit ${limit} bytes`);
    return unfinished(fault, networkFailure(what, fault));
  }

  try {
    const response = await openGuarded(request, options, observed, deadline.signal);
    const { status, statusText, headers } = response;
    head = { status, statusText, headers };
    const plain = headersOf(headers);
    learnResponseHeaders([...plain], secrets);
    const reading = isEventStream({ headers: plain }) ? stream : undefined;
    if (reading !== undefined) {
      reading.begin();
      deadline.stopClock();
      const left = Math.min(reading.timeoutMs, began + stepTimeoutMs - performance.now());
      streamTimer = setTimeout(() => streamTimeout.resolve("time"), left);
    }
    const reader = response.body.getReader();
    let ended: BodyEnd | undefined;
    while (ended === undefined) {
      const next = await Promise.race([reader.read(), streamTimeout.promise]);
      if (next === "time") ended = "time";
      else if (next.done) ended = "complete";
      else {
        bytes += next.value.byteLength;
        if (bytes > limit) {
          reader.cancel().catch(() => {});
          return tooLarge();
        }
        chunks.push(next.value);
        if (reading?.enough(next.value)) ended = "enough";
      }
    }
    if (ended !== "complete") {
      reader.cancel().catch(() => {});
      observed.ends.body = performance.now();
    }
    const body = await new Blob(chunks).bytes();
    const content = await contentOf(body, plain.get("content-encoding"), limit);
    if (content === null) return tooLarge();
    exchange.finish(head, captured([content], bytes, ended === "complete"), null);
    return { head, body, content, ended, failure: null, observed };
  } catch (error) {
    return failed(error);
  } finally {
    clearTimeout(streamTimer);
    deadline.release();
  }
}
