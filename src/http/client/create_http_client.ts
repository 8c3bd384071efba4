import type { NetworkFault } from "../../core/exchange.ts";
import type { Deadline } from "../deadline.ts";
import type { HttpClient, HttpClientOptions, HttpRequest } from "../http_client.ts";
import { captureBody, isEventStream } from "../response_body.ts";
import { createPipeline, type ReceivedResponse, type RequestPipeline } from "./pipeline.ts";
import { type HttpPolicy, MAX_RECORDED_BYTES, MAX_REDIRECTS, POLICY } from "../policy.ts";
import { locationOf, NOT_FORWARDED, redirectObjection, redirectRefused } from "../request_url.ts";
import { withoutCredentials } from "./request_headers.ts";

/** Whether a body is of a length that may be read at once: that costs less than a stream. */
function hasKnownLength({ headers }: Response, limit: number): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= limit && !headers.has("content-encoding");
}

async function readBody(
  pipeline: RequestPipeline,
  request: HttpRequest,
  { exchange, response, head }: ReceivedResponse,
  deadline: Deadline,
  { keepsPartialBodies }: HttpClientOptions,
): Promise<string> {
  const { bytes: limit, isCut } = pipeline.limitOf(request.purpose, response.status);
  const enough = isEventStream(response) ? await request.enough?.() : undefined;
  const capture = captureBody(limit);
  const isWhole = enough === undefined && hasKnownLength(response, limit) &&
    keepsPartialBodies === false;
  const reader = isWhole ? undefined : response.body?.getReader();
  let fault: NetworkFault | null = null;
  let complete = reader === undefined && !isWhole;
  let cause: unknown;
  try {
    if (isWhole) {
      complete = capture.add(await response.bytes());
      if (!complete && !isCut) fault = (await pipeline.faults()).tooLarge(limit);
    }
    // True for an empty text: only the head of the response matters.
    while (
      reader !== undefined && fault === null && !enough?.(capture.captured(false).body)
    ) {
      const { done, value } = await reader.read();
      complete = done;
      if (done) break;
      const fits = capture.add(value);
      if (!fits && isCut) break;
      if (!fits) fault = (await pipeline.faults()).tooLarge(limit);
    }
  } catch (error) {
    fault = (await pipeline.faults()).of(error, deadline);
    cause = error;
  }
  if (!complete) reader?.cancel().catch(() => {});
  const captured = capture.captured(complete);
  const isLong = captured.body.length > MAX_RECORDED_BYTES;
  const recorded = isLong
    ? { ...captured, body: captured.body.slice(0, MAX_RECORDED_BYTES), truncated: true }
    : captured;
  exchange.finish(head, recorded, fault);
  if (fault !== null) throw (await pipeline.faults()).failure(request, fault, cause);
  return captured.body;
}

async function objectionTo(
  policy: HttpPolicy,
  target: URL | null,
  hops: readonly string[],
  { followRedirects, serverUrl }: HttpClientOptions,
): Promise<string | undefined> {
  if (followRedirects === false) return "mcpass follows no redirects with MCPASS_HOSTED=1";
  if (policy.redirects === "refuse") return NOT_FORWARDED;
  if (target === null) return "its Location is not a URL";
  if (hops.length > MAX_REDIRECTS) return `it is redirect ${hops.length} in a row`;
  return await redirectObjection(target, hops, serverUrl);
}

function createSend(pipeline: RequestPipeline, options: HttpClientOptions): HttpClient["send"] {
  return async (request) => {
    const { purpose, step, method, body = null } = request;
    const { namedHosts, withoutCookies, mayBePlain } = request;
    const policy = POLICY[purpose];
    const deadline = pipeline.start(request.signal, request.cancelGraceMs);
    const hops: string[] = [];
    let { headers = [], url, certificate } = request;
    let redirectOf: number | null = null;
    try {
      for (;;) {
        const received = await pipeline.attempt(
          {
            ...{ purpose, step, method, url, headers, body, redirectOf },
            ...{ certificate, namedHosts, withoutCookies, mayBePlain },
          },
          deadline,
        );
        const text = await readBody(pipeline, { ...request, url }, received, deadline, options);
        const { status, headers: fields } = received.response;
        const exchangeId: number = received.exchange.id;
        const target = locationOf(received.response, url);
        const isReturned = policy.redirects === "return" || request.returnsRedirect === true;
        if (target === undefined || isReturned) {
          const { maskForeign: mask } = options.secrets;
          return { exchangeId, url, status, headers: fields, body: text, mask };
        }
        hops.push(url);
        const objection = await objectionTo(policy, target, hops, options);
        if (target === null || objection !== undefined) {
          throw redirectRefused({ purpose, method, url, status }, target, objection);
        }
        if (target.origin !== new URL(url).origin) headers = withoutCredentials(headers);
        certificate = undefined;
        target.hash = "";
        url = target.href;
        redirectOf = exchangeId;
      }
    } finally {
      deadline.release();
    }
  };
}

/** @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage). */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const pipeline = createPipeline(options);
  let streaming: Promise<HttpClient["streaming"]> | undefined;
  return {
    maxResponseBytes: options.maxResponseBytes,
    send: createSend(pipeline, options),
    streaming: (step) => async (input, init) => {
      streaming ??= import("./streaming.ts").then(({ createStreaming }) =>
        createStreaming(pipeline, options.keepsPartialBodies)
      );
      return await (await streaming)(step)(input, init);
    },
    close: () => pipeline.close(),
  };
}
