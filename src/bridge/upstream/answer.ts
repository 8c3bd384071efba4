/** Reads the answer to a request, in a response or in a stream that may have to be resumed. @module */

import { isEventStream } from "../../http/response_body.ts";
import { createBackoff, type Delay } from "./backoff.ts";
import type { OpenRequest, OpenRequests } from "./open_requests.ts";
import { lostFault, refusalFault, stalledFault, tooLongFault } from "./refusal.ts";
import { readEvents, readText, type StreamPosition } from "./response_body.ts";
import type { UpstreamOptions } from "./upstream.ts";

export interface AnswerOptions extends Pick<UpstreamOptions, "serverUrl" | "log"> {
  readonly open: OpenRequests;
  readonly delay: Delay;
  readonly mask: (text: string) => string;
  /** Opens a stream, from an event on. */
  readonly get: (lastEventId: string, until: AbortSignal) => Promise<Response>;
}

/** Attempts to resume a stream without receiving anything. */
const MAX_RESUMPTIONS = 8;

/** A server should close the stream after the response (Streamable HTTP); it has so long for that. */
export const AFTER_RESPONSE_MS = 2000;

export function isStream(response: Response): boolean {
  return response.ok && response.body !== null && isEventStream(response);
}

/** Another stream from the last event on, or undefined. `false`: the server cannot resume it. */
async function resume(
  { get }: AnswerOptions,
  lastEventId: string,
  until: AbortSignal,
): Promise<ReadableStream<Uint8Array> | false | undefined> {
  const response = await get(lastEventId, until).catch(() => undefined);
  if (response === undefined) return undefined;
  if (isStream(response)) return response.body ?? undefined;
  await response.body?.cancel();
  return response.status < 500 ? false : undefined;
}

/** Ends the stream of a request some time after its response. Returns a function for its end. */
function closeAfterResponse({ answered, ending }: OpenRequest): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const start = () => {
    if (!isClosed) timer = setTimeout(() => ending.abort(), AFTER_RESPONSE_MS);
  };
  answered.promise.then(start, start);
  return () => {
    isClosed = true;
    clearTimeout(timer);
  };
}

async function readStream(
  options: AnswerOptions,
  request: OpenRequest,
  first: ReadableStream<Uint8Array>,
  until: AbortSignal,
): Promise<void> {
  const { open, delay, log } = options;
  const { method } = request.message;
  const position: StreamPosition = { lastEventId: "", retry: undefined, received: 0 };
  const backoff = createBackoff();
  let body: ReadableStream<Uint8Array> | false | undefined = first;
  for (let attempts = 0; attempts < MAX_RESUMPTIONS; attempts += 1) {
    const { received } = position;
    if (body !== undefined) {
      await readEvents(body, position, (text) => open.receive(text, request)).catch(() => {});
    }
    if (request.isAnswered || position.lastEventId === "") break;
    until.throwIfAborted();
    if (position.received > received) attempts = 0;
    await delay(position.retry ?? backoff.next(), until);
    log?.("resuming", { method, attempt: attempts });
    body = await resume(options, position.lastEventId, until);
    if (body === false) break;
  }
  if (request.isAnswered) return;
  const found = `the connection ended before the response to ${method} was complete`;
  open.fail(request, lostFault(request.message, found));
}

/** Delivers the answer, and the messages around it; or fails the request. */
export async function readAnswer(
  options: AnswerOptions,
  request: OpenRequest,
  response: Response,
  until: AbortSignal,
): Promise<void> {
  const { open, serverUrl, mask } = options;
  const { message } = request;
  if (response.body !== null && isStream(response)) {
    const close = closeAfterResponse(request);
    return await readStream(options, request, response.body, until).finally(close);
  }
  const { status, headers } = response;
  const onIdle = () => stalledFault(message, status);
  const text = response.body === null ? "" : await readText(response.body, onIdle);
  if (text === undefined) return open.fail(request, tooLongFault(message));
  if (text === "") {
    const found = `the server answered ${message.method} with HTTP ${status} without a response`;
    return open.fail(request, lostFault(message, found, { status }));
  }
  if (await open.receive(text, request)) return;
  const refusal = { url: serverUrl, status, headers, body: text, error: undefined };
  open.fail(request, refusalFault(refusal, message, mask));
}
