/** Complete requests: the complete body, and permitted redirects. @module */

import type { NetworkFault } from "../../core/exchange.ts";
import { faultOf } from "../network_fault.ts";
import type { Deadline } from "../deadline.ts";
import type { HttpClient, HttpClientOptions, HttpRequest } from "../http_client.ts";
import { captureBody, isEventStream } from "../response_body.ts";
import type { ReceivedResponse, RequestPipeline } from "./pipeline.ts";
import { type HttpPolicy, MAX_REDIRECTS, POLICY } from "../policy.ts";
import { locationOf, NEVER_SENT_ON, redirectObjection, redirectRefused } from "../redirect.ts";
import { withoutCredentials } from "./request_headers.ts";

/** Reads a body until its end, or until there is enough of it, and records the exchange. */
async function readBody(
  pipeline: RequestPipeline,
  request: HttpRequest,
  { exchange, response, head }: ReceivedResponse,
  deadline: Deadline,
): Promise<string> {
  const { maxBodyBytes } = POLICY[request.purpose];
  const enough = isEventStream(response) ? await request.enough?.() : undefined;
  const capture = captureBody(maxBodyBytes);
  const reader = response.body?.getReader();
  let fault: NetworkFault | null = null;
  let complete = reader === undefined;
  let cause: unknown;
  try {
    while (reader !== undefined && fault === null) {
      const { done, value } = await reader.read();
      complete = done;
      if (done) break;
      if (!capture.add(value)) fault = faultOf("body_too_large", `limit ${maxBodyBytes} bytes`);
      if (enough?.(capture.captured(false).text)) break;
    }
  } catch (error) {
    fault = pipeline.faultOf(error, deadline);
    cause = error;
  }
  if (!complete) reader?.cancel().catch(() => {});
  const captured = capture.captured(complete);
  exchange.finish(head, captured, fault);
  if (fault !== null) throw pipeline.failureOf(request, fault, cause);
  return captured.text;
}

async function objectionTo(
  policy: HttpPolicy,
  target: URL | null,
  hops: readonly string[],
  serverUrl: string,
): Promise<string | undefined> {
  if (policy.redirects === "refuse") return NEVER_SENT_ON;
  if (target === null) return "its Location is not a URL";
  if (hops.length > MAX_REDIRECTS) return `it is redirect ${hops.length} in a row`;
  return await redirectObjection(target, hops, serverUrl);
}

export function createSend(
  pipeline: RequestPipeline,
  options: HttpClientOptions,
): HttpClient["send"] {
  const { serverUrl } = options;
  return async (request) => {
    const { purpose, step, method, body = null } = request;
    const policy = POLICY[purpose];
    const deadline = pipeline.start(request.signal);
    const hops: string[] = [];
    let headers = request.headers ?? [];
    let url = request.url;
    let redirectOf: number | null = null;
    let { certificate } = request;
    try {
      for (;;) {
        const hop = {
          purpose,
          step,
          method,
          url,
          headers,
          body,
          redirectOf,
          certificate,
          namedHosts: request.namedHosts,
        };
        const received = await pipeline.attempt(hop, deadline);
        const text = await readBody(pipeline, { ...request, url }, received, deadline);
        const { status, headers: fields } = received.response;
        const exchangeId: number = received.exchange.id;
        const target = locationOf(received.response, url);
        if (target === undefined || policy.redirects === "return") {
          return { exchangeId, url, status, headers: fields, body: text };
        }
        hops.push(url);
        const objection = options.followRedirects === false
          ? "no redirect is followed under hosted rules"
          : await objectionTo(policy, target, hops, serverUrl);
        if (target === null || objection !== undefined) {
          throw redirectRefused({ method, url, status }, target, objection ?? "");
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
