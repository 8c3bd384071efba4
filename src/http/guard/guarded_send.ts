/**
 * A whole request through the guard: one time limit, one size limit, one record.
 *
 * @module
 */

import type { Clock } from "../../core/deps.ts";
import type { Emit } from "../../core/events.ts";
import type { ExchangeFault, HeaderList } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import type { Secrets } from "../../trace/secrets.ts";
import { faultOf, networkFailure, requestFault } from "../network_fault.ts";
import { contentOf } from "./content_coding.ts";
import { startDeadline } from "../deadline.ts";
import { isEventStream } from "../event_stream.ts";
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

/** How much of an event stream is read. */
export interface StreamReading {
  /** Milliseconds after the head of the answer. */
  readonly timeoutMs: number;
  /** Called when the answer turns out to be an event stream. */
  begin(): void;
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
  /** The body without its content coding. */
  readonly content: Uint8Array<ArrayBuffer> | null;
  /** How the body ended; null when it failed. */
  readonly ended: BodyEnd | null;
  /** Why there is no (whole) answer. */
  readonly failure: Failure | null;
  /** What was seen on the way. */
  readonly observed: Observed;
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

function captured(chunks: readonly Uint8Array[], bytes: number, whole: boolean): Captured {
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  return { text: whole ? text + decoder.decode() : text, bytes, truncated: !whole };
}

/** Sends a request. Never throws for what a server or a network does. */
export async function sendGuarded(
  request: GuardedRequest,
  door: GuardedDoor,
): Promise<GuardedOutcome> {
  const { stepTimeoutMs, stream, emit, secrets, clock, signal } = door;
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
  const streamOver = Promise.withResolvers<"time">();

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
    const response = await openGuarded(request, door, observed, deadline.signal);
    const { status, statusText, headers } = response;
    head = { status, statusText, headers };
    const plain = headersOf(headers);
    learnResponseHeaders([...plain], secrets);
    const reading = isEventStream({ headers: plain }) ? stream : undefined;
    if (reading !== undefined) {
      reading.begin();
      deadline.stopClock();
      const left = Math.min(reading.timeoutMs, began + stepTimeoutMs - performance.now());
      streamTimer = setTimeout(() => streamOver.resolve("time"), left);
    }
    const reader = response.body.getReader();
    let ended: BodyEnd | undefined;
    while (ended === undefined) {
      const next = await Promise.race([reader.read(), streamOver.promise]);
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
