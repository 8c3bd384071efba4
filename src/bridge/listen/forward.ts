/** Sends a request of a client to the MCP server, with the token, and returns the response. @module */

import { combineSignals } from "../../core/abort.ts";
import { cancelledFailure, type Failure, toFailure } from "../../core/failure.ts";
import type { Fetch } from "../../flow/mcp/authorized_fetch.ts";
import { isEventStream } from "../../http/response_body.ts";
import { deniedResponse, isDenied, type ToolGlobs } from "../control/tool_filter.ts";
import { isBatch, readMessages } from "../message/batch.ts";
import {
  type BridgeErrorData,
  bridgeErrorResponse,
  type BridgeReason,
} from "../message/bridge_error.ts";
import { MAX_MESSAGE_BYTES } from "../message/lines.ts";
import { createMessage, type Message } from "../message/message.ts";
import type { ServerSessions } from "./server_sessions.ts";

export interface ForwardTarget {
  readonly serverUrl: string;
  /** Adds the token; refreshes it before it expires and after a 401. */
  readonly fetch: Fetch;
  readonly sessions: ServerSessions;
  /**
   * Called if a person has to sign in before a request can be sent.
   *
   * @returns The response to the request, or undefined if it can be sent again.
   */
  readonly signIn: (request: Message, failure: Failure) => Promise<Message | undefined>;
  /** Masks secrets in a text of mcpass. */
  readonly mask: (text: string) => string;
  /** Undefined if all tools are permitted: then no body is parsed. */
  readonly tools?: ToolGlobs | undefined;
  /** Aborted when the listener ends: event streams end, and other responses are cut. */
  readonly closing: AbortSignal;
}

/** What the transports of MCP use; everything else, such as cookies, is not for the server. */
const REQUEST_FIELDS = /^(?:accept|content-type|last-event-id|traceparent|tracestate|mcp-[\w-]+)$/;
const RESPONSE_FIELDS = /^(?:allow|cache-control|content-type|retry-after|mcp-[\w-]+)$/;

/** Seconds after which a client may open the stream again while a person has to sign in. */
const SIGN_IN_RETRY = "30";

function fieldsOf(headers: Headers, allowed: RegExp): [string, string][] {
  const hopByHop = (headers.get("connection") ?? "").toLowerCase().split(/[\s,]+/);
  return [...headers].filter(([name]) => allowed.test(name) && !hopByHop.includes(name));
}

class BodyTooLong extends Error {}

/** The body as text that has the same bytes. @throws BodyTooLong, and TypeError if it is not UTF-8. */
async function bodyText({ body }: Request): Promise<string | undefined> {
  if (body === null) return undefined;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_MESSAGE_BYTES) throw new BodyTooLong();
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}

function jsonResponse(status: number, text: string, headers: Record<string, string> = {}) {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** The answer to a body with a call that is not permitted; a batch is refused completely. */
function refusedCall(text: string | undefined, tools: ToolGlobs): Response | undefined {
  if (text === undefined || text === "") return undefined;
  const messages = readMessages(text);
  if (messages === undefined) {
    const error = { code: -32700, message: "the body is not a message" };
    return jsonResponse(400, createMessage({ error }).text);
  }
  if (!messages.some((it) => isDenied(it, tools))) return undefined;
  const requests = messages.filter(({ kind }) => kind === "request");
  const answers = requests.map((it) => deniedResponse(it).text);
  if (answers.length === 0) return new Response(null, { status: 202 });
  return jsonResponse(200, isBatch(text) ? `[${answers.join(",")}]` : answers.join());
}

/** Some versions of the runtime compress what has no `no-transform`, and so hold it back. */
function responseFields(headers: Headers): Headers {
  const fields = new Headers(fieldsOf(headers, RESPONSE_FIELDS));
  if (!/\bno-transform\b/.test(fields.get("cache-control") ?? "")) {
    fields.append("cache-control", "no-transform");
  }
  return fields;
}

interface Fault {
  readonly reason: BridgeReason;
  readonly message: string;
  readonly data?: BridgeErrorData;
  readonly status: number;
}

/** Answers each request in the body with an error; without one, the HTTP status has to say it. */
function faultResponse(
  text: string | undefined,
  { reason, message, data, status }: Fault,
): Response {
  const requests = (readMessages(text ?? "") ?? []).filter(({ kind }) => kind === "request");
  const errors = requests.map((it) => bridgeErrorResponse(it, reason, message, data).text);
  const isSignIn = reason === "login_required";
  if (errors.length > 0) {
    const body = isBatch(text ?? "") ? `[${errors.join(",")}]` : errors.join();
    return jsonResponse(isSignIn ? 200 : status, body);
  }
  const { text: body } = createMessage({ error: { code: -32603, message } });
  return jsonResponse(status, body, isSignIn ? { "retry-after": SIGN_IN_RETRY } : {});
}

function failureFault({ kind, message, remedy }: Failure, mask: ForwardTarget["mask"]): Fault {
  const [advice = "", ...lines] = (remedy ?? "").split("\n");
  const command = lines.find((line) => line.startsWith("  "))?.trim();
  const more = [advice.replace(/:$/, ""), command].filter(Boolean).join(": ");
  const text = mask(more === "" ? message : `${message}. ${more}`);
  return kind === "sign_in_needed"
    ? { reason: "login_required", message: text, status: 503 }
    : { reason: "upstream_unreachable", message: text, status: 502 };
}

/** A response that would make a client sign in to this listener. */
function authorizationFault({ status, headers }: Response, serverUrl: string): Fault | undefined {
  const hasChallenge = headers.has("www-authenticate");
  if (status !== 401 && !(status === 403 && hasChallenge)) return undefined;
  const needed = status === 401 ? "refuses the token" : "requires more scope";
  const command = ["mcpass", "login", serverUrl];
  const message = `${serverUrl} ${needed} (HTTP ${status}). Sign in again: ${command.join(" ")}`;
  return { reason: "login_required", message, data: { status, command }, status: 503 };
}

/** The bytes as they arrive; the end of the listener ends an event stream, and cuts anything else. */
function passedBody(
  body: ReadableStream<Uint8Array>,
  isStream: boolean,
  closing: AbortSignal,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  function close(): void {
    reader.cancel().catch(() => {});
    end();
    try {
      if (isStream) controller.close();
      else controller.error(cancelledFailure());
    } catch {
      // It has already ended.
    }
  }
  function end(): void {
    closing.removeEventListener("abort", close);
    onEnd();
  }
  return new ReadableStream<Uint8Array>({
    start(own) {
      controller = own;
      closing.addEventListener("abort", close);
    },
    async pull() {
      try {
        const { done, value } = await reader.read();
        if (closing.aborted) return;
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        if (closing.aborted) return;
        end();
        controller.error(error);
      }
    },
    async cancel() {
      end();
      await reader.cancel();
    },
  });
}

async function send(
  request: Request,
  body: string | undefined,
  target: ForwardTarget,
  signal: AbortSignal,
): Promise<Response> {
  const { method, headers } = request;
  return await target.fetch(target.serverUrl, {
    method,
    headers: fieldsOf(headers, REQUEST_FIELDS),
    ...body !== undefined && { body },
    signal,
    opensSession: method === "GET",
    // The client limits time and size, and a POST that may have run must leave once.
    isTimed: true,
    isMeasured: true,
    ...method === "POST" && { isRepeatable: false },
  });
}

/** {@link send}; after a sign-in once more. A response if nobody signed in. */
async function sendSignedIn(
  request: Request,
  text: string | undefined,
  target: ForwardTarget,
  signal: AbortSignal,
): Promise<Response | { readonly own: Response }> {
  const [message, ...others] = readMessages(text ?? "") ?? [];
  for (;;) {
    try {
      return await send(request, text, target, signal);
    } catch (error) {
      const failure = toFailure(error);
      const isSingle = message?.kind === "request" && others.length === 0;
      if (failure.kind !== "sign_in_needed" || !isSingle) throw error;
      const answer = await target.signIn(message, failure);
      if (answer !== undefined) return { own: jsonResponse(200, target.mask(answer.text)) };
    }
  }
}

/** @param onEnd Called once, when nothing of the response is left to send. */
export async function forward(
  request: Request,
  target: ForwardTarget,
  onEnd: () => void,
): Promise<Response> {
  let ended = false;
  let release = () => {};
  const end = () => {
    release();
    if (!ended) onEnd();
    ended = true;
  };
  const finished = (response: Response): Response => {
    end();
    return response;
  };
  let text: string | undefined;
  try {
    text = await bodyText(request);
  } catch (error) {
    const message = error instanceof BodyTooLong
      ? `a message has more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`
      : "the body is incomplete, or not UTF-8";
    const { text: body } = createMessage({ error: { code: -32700, message } });
    return finished(jsonResponse(error instanceof BodyTooLong ? 413 : 400, body));
  }
  const refused = target.tools && refusedCall(text, target.tools);
  if (refused !== undefined) return finished(refused);
  const { signal, release: releaseSignal } = combineSignals(request.signal, target.closing);
  release = releaseSignal;
  try {
    const response = await sendSignedIn(request, text, target, signal);
    if ("own" in response) return finished(response.own);
    const fault = authorizationFault(response, target.serverUrl);
    if (fault !== undefined) {
      await response.body?.cancel();
      return finished(faultResponse(text, fault));
    }
    target.sessions.observe(request, response);
    const { status } = response;
    const headers = responseFields(response.headers);
    const isEmpty = response.body === null || status === 204 || status === 205 || status === 304;
    if (isEmpty) return finished(new Response(null, { status, headers }));
    const isStream = isEventStream(response);
    const received = target.tools === undefined
      ? response.body
      : (await import("./filtered_body.ts")).filteredBody(response.body, isStream, target.tools);
    const body = passedBody(received, isStream, target.closing, end);
    return new Response(body, { status, headers });
  } catch (error) {
    return finished(faultResponse(text, failureFault(toFailure(error), target.mask)));
  }
}
