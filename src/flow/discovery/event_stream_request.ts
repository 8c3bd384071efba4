/** Finds out whether a server uses HTTP+SSE (MCP transports, *Backward Compatibility*). @module */

import { cancelledFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import type { FirstResponse } from "../../oauth/mcp/first_request.ts";
import { hasEndpointEvent, httpSseTransport, maybeHttpSse } from "../../oauth/mcp/http_sse.ts";
import { LATEST_INITIALIZE, type Revision } from "../../oauth/mcp/revision.ts";
import type { LoginContext } from "../context/login_context.ts";
import { challengeExpected } from "./challenge_findings.ts";
import { sendToServer } from "./unauthenticated_request.ts";

/** The response to a GET, used instead of the response to the POST. */
export interface EventStreamResponse {
  readonly answer: HttpResponse;
  readonly verdict: FirstResponse;
  readonly protocol: Revision;
  /** Undefined if only a token shows the event stream. */
  readonly transport: "sse" | undefined;
}

/** The first event may be late, and other event streams stay silent. */
const FIRST_EVENT_MS = 5000;

/** A stream whose first events have this many characters is not one of HTTP+SSE. */
const MAX_FIRST_EVENT = 64 * 1024;

const isFirstEventRead = (stream: string): boolean =>
  stream.length > MAX_FIRST_EVENT || hasEndpointEvent(stream);

/** Undefined if the server does not answer a GET as one with HTTP+SSE does. */
export async function requestEventStream(
  context: LoginContext,
  posted: HttpResponse,
): Promise<EventStreamResponse | undefined> {
  if (!maybeHttpSse(posted.status)) return undefined;
  const headers = [["accept", "text/event-stream"]] as const;
  const signal = AbortSignal.timeout(FIRST_EVENT_MS);
  const request = { method: "GET", headers, signal, enough: () => isFirstEventRead } as const;
  // A server that ends a GET in an unusual way has answered the POST.
  const answer = await sendToServer(context, request, null).catch(() => undefined);
  if (context.deps.signal.aborted) throw cancelledFailure();
  const protocol = LATEST_INITIALIZE;
  if (answer?.status === 401) {
    const server = quoted(context.plan.serverUrl);
    const found =
      `${server} asks for a token at a GET, and answered a POST with HTTP ${posted.status}`;
    context.judge([challengeExpected(found)]);
    return { answer, verdict: { kind: "unauthorized" }, protocol, transport: undefined };
  }
  const isStream = answer?.status === 200 && mediaType(answer) === "text/event-stream";
  if (!isStream || !hasEndpointEvent(answer.body)) return undefined;
  context.judge([httpSseTransport(context.plan.serverUrl)]);
  return { answer, verdict: { kind: "open", result: {} }, protocol, transport: "sse" };
}
