/** A complete request under the SSRF guard, with limits for time and size, and its record. @module */

import type { ExchangeFault, HeaderList, NetworkFault } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import { faultOf, networkFailure, requestFault } from "../network_fault.ts";
import { startDeadline } from "../deadline.ts";
import { createExchangeLog, type ReceivedHead } from "../exchange_log.ts";
import {
  type GuardedRequest,
  type GuardOptions,
  nothingObserved,
  type Observed,
  openGuarded,
} from "./guarded_request.ts";
import type { HttpClientOptions } from "../http_client.ts";
import { learnRequestHeaders, learnResponseHeaders } from "../learn_secrets.ts";
import { POLICY } from "../policy.ts";
import { shownUrl } from "../request_url.ts";
import { contentOf, isEventStream } from "../response_body.ts";

export interface StreamReading {
  /** Milliseconds after the header of the response. */
  readonly timeoutMs: number;
  begin(): void;
  /** Reads a part; true if no more is needed. */
  enough(chunk: Uint8Array): boolean;
}

export type GuardedSendOptions =
  & GuardOptions
  & Pick<HttpClientOptions, "stepTimeoutMs" | "emit" | "secrets" | "clock" | "signal">
  & { readonly stream?: StreamReading | undefined };

/** Why the reading of a body ended. */
export type BodyEnd = "complete" | "enough" | "time";

export interface GuardedOutcome {
  readonly head: ReceivedHead | null;
  /** Body as received, still encoded; null when it is incomplete. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly content: Uint8Array<ArrayBuffer> | null;
  readonly ended: BodyEnd | null;
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

function captured(chunks: readonly Uint8Array[], bodyBytes: number, complete: boolean) {
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  return { body: complete ? text + decoder.decode() : text, bodyBytes, truncated: !complete };
}

const isStream = (headers: HeaderList): boolean => isEventStream({ headers: headersOf(headers) });

function streamWithoutEnd(what: string): Failure {
  const message = `${what}: the response is an event stream, and it did not end in time`;
  return new Failure("network_timeout", message, {
    remedy: "oauth proxy waits for a complete response; oauth debug-proxy shows the events. If " +
      "this is an MCP server with HTTP+SSE (2024-11-05), tools list and tools call use it",
  });
}

/** Sends a request. Faults of the server or the network are part of the outcome, not thrown. */
export async function sendGuarded(
  request: GuardedRequest,
  options: GuardedSendOptions,
): Promise<GuardedOutcome> {
  const { stepTimeoutMs, secrets, signal } = options;
  const { method, url } = request;
  const limit = POLICY.endpoint.maxBodyBytes;
  const tooLarge = faultOf("body_too_large", `limit ${limit} bytes`);
  const observed = nothingObserved();
  const began = performance.now();
  const deadline = startDeadline(stepTimeoutMs, signal);
  learnRequestHeaders(request.headers, secrets);
  const exchange = createExchangeLog(options)({
    purpose: "endpoint",
    step: "request",
    method,
    url,
    headers: request.headers,
    body: request.body === null ? null : new TextDecoder().decode(request.body),
    redirectOf: null,
  });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let head: GuardedOutcome["head"] = null;
  let streamTimer: ReturnType<typeof setTimeout> | undefined;
  const streamTimeout = Promise.withResolvers<"time">();

  function unfinished(fault: ExchangeFault, failure: Failure): GuardedOutcome {
    exchange.finish(head, captured(chunks, bytes, false), fault);
    return { head, body: null, content: null, ended: null, failure, observed };
  }
  function failed(fault: NetworkFault, cause?: unknown): GuardedOutcome {
    const what = `${method} ${shownUrl(url)}`;
    const isAborted = fault.code === "aborted";
    if (fault.code === "timeout" && head !== null && isStream(head.headers)) {
      return unfinished(fault, streamWithoutEnd(what));
    }
    return unfinished(fault, isAborted ? cancelledFailure() : networkFailure(what, fault, cause));
  }

  try {
    const response = await openGuarded(request, options, observed, deadline.signal);
    const { body: stream, ...received } = response;
    head = received;
    const plain = headersOf(received.headers);
    learnResponseHeaders([...plain], secrets);
    const reading = isEventStream({ headers: plain }) ? options.stream : undefined;
    if (reading !== undefined) {
      reading.begin();
      deadline.stopClock();
      const left = Math.min(reading.timeoutMs, began + stepTimeoutMs - performance.now());
      streamTimer = setTimeout(() => streamTimeout.resolve("time"), left);
    }
    const reader = stream.getReader();
    let ended: BodyEnd | undefined;
    while (ended === undefined) {
      const next = await Promise.race([reader.read(), streamTimeout.promise]);
      if (next === "time") ended = "time";
      else if (next.done) ended = "complete";
      else {
        bytes += next.value.byteLength;
        if (bytes > limit) {
          reader.cancel().catch(() => {});
          return failed(tooLarge);
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
    if (content === null) return failed(tooLarge);
    exchange.finish(head, captured([content], bytes, ended === "complete"), null);
    return { head, body, content, ended, failure: null, observed };
  } catch (error) {
    const ending = deadline.ending();
    return ending === undefined && error instanceof Failure
      ? unfinished({ code: error.code, message: error.message }, error)
      : failed(requestFault(error, ending, stepTimeoutMs), error);
  } finally {
    clearTimeout(streamTimer);
    deadline.release();
  }
}
