/** A `fetch` that records each response while its body is read. @module */

import type { NetworkFault } from "../../core/exchange.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { faultOf } from "../network_fault.ts";
import type { Deadline } from "../deadline.ts";
import { captureBody, isEventStream, readerOf } from "../response_body.ts";
import type { Attempt } from "../exchange_log.ts";
import type { HttpClient, StreamInit } from "../http_client.ts";
import type { ReceivedResponse, RequestPipeline } from "./pipeline.ts";
import type { RequestFaults } from "./request_faults.ts";
import { MAX_RECORDED_BYTES } from "../policy.ts";

async function fetchCall(
  input: string | URL | Request,
  { certificate, withoutCookies, isRepeatable, onSent, isTimed: _, isMeasured: _m, ...init }:
    StreamInit = {},
) {
  const { method = "GET", body, signal } = init;
  const own = { certificate, withoutCookies, isRepeatable, onSent };
  if (!(input instanceof Request) && (body === undefined || typeof body === "string")) {
    const headers = [...new Headers(init.headers)];
    return { method, url: String(input), headers, body: body ?? null, signal, ...own };
  }
  const request = new Request(input, init);
  return {
    method: request.method,
    url: request.url,
    headers: [...request.headers],
    body: request.body === null ? null : await request.text(),
    signal: request.signal,
    ...own,
  };
}

interface BodyLimits extends Pick<StreamInit, "signal" | "isMeasured"> {
  /** Bytes that are recorded. */
  readonly kept: number;
}

/** The body is captured while it is read, and recorded when it ends for any reason. */
function recordedResponse(
  pipeline: RequestPipeline,
  faults: RequestFaults,
  request: Attempt,
  { exchange, response, head }: ReceivedResponse,
  deadline: Deadline,
  { signal: caller, isMeasured, kept }: BodyLimits,
): Response {
  const { status, statusText, headers } = response;
  const { bytes: limit, isCut } = isMeasured === true && status < 300
    ? { bytes: Infinity, isCut: false }
    : pipeline.limitOf(request.purpose, status);
  const capture = captureBody(limit, kept);
  const empty = headers.get("content-length") === "0";
  const reader = empty || response.body === null ? undefined : readerOf(response.body);

  function record(complete: boolean, fault: NetworkFault | null): void {
    exchange.finish(head, capture.captured(complete), fault);
    deadline.signal.removeEventListener("abort", onEnding);
    deadline.release();
  }
  function fail(fault: NetworkFault, cause?: unknown): void {
    record(false, fault);
    reader?.cancel().catch(() => {});
    stream?.error(caller?.aborted ? caller.reason : faults.failure(request, fault, cause));
  }
  function onEnding(): void {
    fail(faults.of(undefined, deadline));
  }

  /** A constructed response has no URL. */
  function respond(body: ReadableStream | null): Response {
    const made = new Response(body, { status, statusText, headers });
    return Object.defineProperty(made, "url", { value: request.url });
  }

  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  if (reader === undefined) {
    record(true, null);
    response.body?.cancel().catch(() => {});
    return respond(null);
  }
  deadline.signal.addEventListener("abort", onEnding);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (stream = controller),
    async pull(controller) {
      try {
        const { value } = await reader.read();
        if (deadline.ending() !== undefined) return;
        const fits = value !== undefined && capture.add(value);
        if (value === undefined || !fits && isCut) {
          record(value === undefined, null);
          controller.close();
          if (value !== undefined) await reader.cancel().catch(() => {});
        } else if (fits) controller.enqueue(value.slice());
        else fail(faults.tooLarge(limit));
      } catch (error) {
        if (deadline.ending() === undefined) fail(faults.of(error, deadline), error);
      }
    },
    async cancel() {
      record(false, faultOf("aborted"));
      await reader.cancel().catch(() => {});
    },
  });
  return respond(body);
}

/** True when an event stream may stay open: for GET, and for a JSON-RPC request. */
function awaitsMessages({ method, body }: Attempt): boolean {
  if (method === "GET") return true;
  const message = body === null ? undefined : parseJson(body);
  return isObject(message) && message["id"] !== undefined;
}

/** @param keepsBodies False if nobody reads the recorded bodies of streams that their caller measures. */
export async function createStreaming(
  pipeline: RequestPipeline,
  keepsBodies = true,
): Promise<HttpClient["streaming"]> {
  const faults = await pipeline.faults();
  return (step) => async (input, init) => {
    const { signal, ...rest } = await fetchCall(input, init);
    const deadline = pipeline.start(signal);
    if (init?.isTimed === true) deadline.stopClock();
    const request: Attempt = { purpose: "mcp", step: step(), redirectOf: null, ...rest };
    try {
      const received = await pipeline.attempt(request, deadline);
      const { exchange, response, head } = received;
      if (response.status < 200 || response.status > 599) {
        const fault = faultOf("protocol", `status ${response.status}`);
        await response.body?.cancel();
        exchange.finish(head, null, fault);
        throw faults.failure(request, fault);
      }
      const isOpen = init?.isTimed !== true && response.ok && isEventStream(response) &&
        awaitsMessages(request);
      if (isOpen) deadline.stopClock();
      // A caller with a time of its own waits for results, not for the rest of an error.
      if (init?.isTimed === true && !response.ok) deadline.startClock();
      const { isMeasured } = init ?? {};
      const kept = isMeasured === true && !keepsBodies ? 0 : MAX_RECORDED_BYTES;
      const limits = { signal: signal ?? null, isMeasured, kept };
      return recordedResponse(pipeline, faults, request, received, deadline, limits);
    } catch (error) {
      deadline.release();
      throw signal?.aborted ? signal.reason : error;
    }
  };
}
