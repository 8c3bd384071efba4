/** Streamable HTTP of 2025-03-26 to 2025-11-25. @module */

import { Failure } from "../../core/failure.ts";
import { isObject } from "../../core/json.ts";
import type { StreamInit } from "../../http/http_client.ts";
import { isEventStream } from "../../http/response_body.ts";
import { maybeHttpSse } from "../../oauth/mcp/http_sse.ts";
import { isModernError } from "../../oauth/mcp/first_request.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { createMessage, type Message } from "../message/message.ts";
import { createBackoff, delay as wait } from "./backoff.ts";
import { createOpenRequests, type OpenRequest } from "./open_requests.ts";
import {
  isReadOnly,
  isSessionLost,
  lostFault,
  readRefusal,
  type Refusal,
  refusalFault,
  retryDelay,
  tooLongFault,
} from "./refusal.ts";
import { readEvents, readText, type StreamPosition } from "./response_body.ts";
import { createSessionState, withOwnId } from "./session_state.ts";
import type { Upstream, UpstreamOptions } from "./upstream.ts";

export interface StreamableHttpOptions extends UpstreamOptions {
  /** Called if the server refuses `initialize` as an older one does; true if it was sent otherwise. */
  readonly sendOlder?: (message: Message) => Promise<boolean>;
}

interface Session {
  /** Undefined if the server has no sessions. */
  readonly id: string | undefined;
}

type Posted = { readonly response: Response } | { readonly refusal: Refusal };

/** Later messages wait so long for the server to accept `notifications/initialized`. */
const INITIALIZED_MS = 5000;

/** A cancelled request has this time for a response that is on its way. */
const CANCELLED_MS = 5000;

const MAX_CONNECTS = 4;

/** Attempts to resume a stream without receiving anything. */
const MAX_RESUMPTIONS = 8;

/** The first revision whose requests name it. */
const NAMED_SINCE = "2025-06-18";

/** Failures after which the server may have executed the request. */
const SENT = ["network_connection_reset", "network_protocol", "network_tls_closed"];

function lostIfSent(error: unknown, message: Message): unknown {
  const isSent = error instanceof Failure && SENT.includes(error.code);
  return isSent ? lostFault(message, error.message) : error;
}

const NOT_CONNECTED = ["network_connection_refused", "network_dns"];

export function openStreamableHttp(options: StreamableHttpOptions): Upstream {
  const { serverUrl, fetch, deliver, signal, backlog, delay = wait, mask = String } = options;
  const closing = new AbortController();
  const ending = AbortSignal.any([signal, closing.signal]);
  let state = createSessionState();
  /** Ends the count of a message in the backlog. */
  const waiting = new WeakMap<Message, () => void>();
  let session: Session | undefined;
  let renewing: Promise<void> | undefined;
  let initialized: Promise<unknown> = Promise.resolve();
  let stream = new AbortController();
  /** Requests of the server, with the session that they belong to. */
  const asked = new Map<string, Session | undefined>();
  const open = createOpenRequests(deliver, ({ id }) => id !== undefined && asked.set(id, session));

  function headers(): Record<string, string> {
    const version = session === undefined ? undefined : state.version();
    return {
      accept: "application/json, text/event-stream",
      ...session?.id !== undefined && { "mcp-session-id": session.id },
      ...version !== undefined && version >= NAMED_SINCE && { "mcp-protocol-version": version },
    };
  }

  async function postOnce(message: Message, until: AbortSignal): Promise<Response> {
    const init: StreamInit = {
      method: "POST",
      headers: { ...headers(), "content-type": "application/json" },
      body: message.text,
      signal: until,
      isTimed: true,
      isMeasured: true,
      isRepeatable: isReadOnly(message),
    };
    const sent = waiting.get(message);
    try {
      return await fetch(serverUrl, { ...init, onSent: sent });
    } finally {
      sent?.();
    }
  }

  /** Waits for a server that is being started: a message that was not sent was not executed. */
  async function connect(message: Message, until: AbortSignal): Promise<Response> {
    const backoff = createBackoff();
    for (let attempt = 1;; attempt += 1) {
      try {
        return await postOnce(message, until);
      } catch (error) {
        const isLate = attempt >= MAX_CONNECTS || message.method === "initialize";
        const isUnsent = error instanceof Failure && NOT_CONNECTED.includes(error.code);
        if (isLate || !isUnsent) throw error;
        await delay(backoff.next() / 4, until);
      }
    }
  }

  /** Sends a message; once more in a new session, and again when a busy server allows it. */
  async function post(message: Message, until: AbortSignal, isOwn = false): Promise<Posted> {
    let isRenewed = isOwn;
    for (let retries = 0;; retries += 1) {
      if (!isOwn) await renewing?.catch(() => {});
      const used = session;
      const response = await connect(message, until);
      if (response.ok) return { response };
      const refusal = await readRefusal(response);
      if (used?.id !== undefined && !isRenewed && isSessionLost(refusal) && canRenew()) {
        isRenewed = true;
        await renew(used);
        continue;
      }
      const milliseconds = retryDelay(refusal, message, retries);
      if (milliseconds === undefined) return { refusal };
      await delay(milliseconds, until);
    }
  }

  const canRenew = () => state.initialize() !== undefined;

  async function renew(used: Session): Promise<void> {
    if (renewing === undefined && session === used) {
      renewing = startAgain().finally(() => renewing = undefined);
    }
    await renewing;
  }

  /** Starts a session as the client did, and restores what it had set up. */
  async function startAgain(): Promise<void> {
    const first = state.initialize();
    if (first === undefined) return;
    const former = { session, capabilities: state.capabilities() };
    stream.abort();
    session = undefined;
    try {
      const response = await ask(withOwnId(first));
      if (!isObject(response.value["result"])) {
        const found = "the server ended the session, and refused to start another one";
        throw new BridgeFault("upstream_http", `${found}. Start the client again`);
      }
    } catch (error) {
      // The next request tries again.
      session = former.session;
      throw error;
    }
    await post(createMessage({ method: "notifications/initialized" }), ending, true);
    listen();
    for (const message of state.restoring()) await ask(withOwnId(message)).catch(() => {});
    for (const message of state.changesSince(former.capabilities)) await deliver(message);
  }

  /** Sends a request of mcpass in a new session. */
  async function ask(message: Message): Promise<Message> {
    let response: Message | undefined;
    const request = open.add(message, (received) => {
      response = received;
      state.observe(message, received);
      return Promise.resolve();
    });
    await exchange(request, true);
    if (response === undefined) throw lostFault(message, "the server did not answer");
    return response;
  }

  /** Sends a request, and resolves when its response was delivered. */
  async function exchange(request: OpenRequest, isOwn = false): Promise<void> {
    const { message } = request;
    const until = AbortSignal.any([ending, request.ending.signal]);
    const work = (async () => {
      const posted = await post(message, until, isOwn);
      if ("refusal" in posted) await refuse(request, posted.refusal);
      else await readResponse(request, posted.response, until);
      const found = `the server did not answer ${message.method}`;
      open.fail(request, lostFault(message, found));
    })();
    // After the response, the rest of the stream has messages too.
    work.catch((error) => open.fail(request, lostIfSent(error, message)));
    await request.answered.promise;
  }

  async function refuse(request: OpenRequest, refusal: Refusal): Promise<void> {
    if (request.message.method === "initialize" && await sendOlder(request, refusal)) return;
    if (refusal.error !== undefined) await open.receive(refusal.error.text, request);
    else open.fail(request, refusalFault(refusal, request.message, mask));
  }

  async function sendOlder(request: OpenRequest, { status, error }: Refusal): Promise<boolean> {
    const details = error?.value["error"];
    const isModern = isObject(details) && isModernError(status, details);
    if (options.sendOlder === undefined || isModern || !maybeHttpSse(status)) return false;
    if (!await options.sendOlder(request.message)) return false;
    request.isAnswered = true;
    request.answered.resolve();
    return true;
  }

  async function readResponse(
    request: OpenRequest,
    response: Response,
    until: AbortSignal,
  ): Promise<void> {
    const { message } = request;
    if (message.method === "initialize") {
      session = { id: response.headers.get("mcp-session-id") ?? undefined };
    }
    if (response.body !== null && isEventStream(response)) {
      return await readStream(request, response.body, until);
    }
    const { status, headers } = response;
    const text = response.body === null ? "" : await readText(response.body);
    if (text === undefined) return open.fail(request, tooLongFault(message));
    if (text === "") {
      const found = `the server answered ${message.method} with HTTP ${status} without a response`;
      return open.fail(request, lostFault(message, found, { status }));
    }
    if (await open.receive(text, request)) return;
    const refusal = { url: serverUrl, status, headers, body: text, error: undefined };
    open.fail(request, refusalFault(refusal, message, mask));
  }

  /** Reads the stream of a request; if it ends early, it is resumed where the server supports that. */
  async function readStream(
    request: OpenRequest,
    first: ReadableStream<Uint8Array>,
    until: AbortSignal,
  ): Promise<void> {
    const position: StreamPosition = { lastEventId: "", retry: undefined, received: 0 };
    const backoff = createBackoff();
    const receive = (text: string | undefined) => open.receive(text, request);
    let body: ReadableStream<Uint8Array> | undefined = first;
    for (let attempts = 0; attempts < MAX_RESUMPTIONS; attempts += 1) {
      const { received } = position;
      if (body !== undefined) await readEvents(body, position, receive).catch(() => {});
      if (request.isAnswered || position.lastEventId === "") break;
      until.throwIfAborted();
      if (position.received > received) attempts = 0;
      await delay(position.retry ?? backoff.next(), until);
      const response = await get(position.lastEventId, until).catch(() => undefined);
      if (response !== undefined && !isUsable(response)) {
        await response.body?.cancel();
        if (response.status < 500) break;
      }
      body = response !== undefined && isUsable(response) ? response.body ?? undefined : undefined;
    }
    const { method } = request.message;
    const found = `the connection ended before the response to ${method} was complete`;
    open.fail(request, lostFault(request.message, found));
  }

  const isUsable = (response: Response) => response.ok && isEventStream(response);

  async function get(lastEventId: string, until: AbortSignal): Promise<Response> {
    return await fetch(serverUrl, {
      headers: {
        ...headers(),
        accept: "text/event-stream",
        ...lastEventId !== "" && { "last-event-id": lastEventId },
      },
      signal: until,
      opensSession: true,
      isMeasured: true,
    });
  }

  /** Opens the stream for messages that belong to no request. */
  function listen(): void {
    stream = new AbortController();
    const until = AbortSignal.any([ending, stream.signal]);
    void keepListening(until).catch(() => {});
  }

  /** Returns if the server has no such stream, or ended the session. */
  async function keepListening(until: AbortSignal): Promise<void> {
    const position: StreamPosition = { lastEventId: "", retry: undefined, received: 0 };
    const backoff = createBackoff();
    for (;;) {
      const used = session;
      const response = await get(position.lastEventId, until).catch(() => undefined);
      until.throwIfAborted();
      if (response?.body && isUsable(response)) {
        const { received } = position;
        await readEvents(response.body, position, (text) => open.receive(text)).catch(() => {});
        if (position.received > received) backoff.reset();
      } else if (response !== undefined) {
        const refusal = await readRefusal(response);
        if (used?.id !== undefined && isSessionLost(refusal) && canRenew()) {
          return await renew(used);
        }
        const isPassing = refusal.status === 401 || refusal.status === 403 ||
          refusal.status === 429 || refusal.status >= 500;
        if (!isPassing) return;
      }
      await delay(position.retry ?? backoff.next(), until);
    }
  }

  async function cancel({ value }: Message): Promise<void> {
    const params = value["params"];
    const id = isObject(params) ? JSON.stringify(params["requestId"]) : "";
    const request = open.find(id);
    if (request === undefined) return;
    request.cancelled.abort();
    await delay(CANCELLED_MS, ending).catch(() => {});
    request.ending.abort();
  }

  async function notify(message: Message): Promise<void> {
    const posted = await post(message, ending);
    if ("response" in posted) await posted.response.body?.cancel();
  }

  async function sendRequest(message: Message): Promise<void> {
    if (message.method === "initialize") {
      stream.abort();
      session = undefined;
      state = createSessionState();
    }
    const request = open.add(message, async (response) => {
      state.observe(message, response);
      await deliver(response, message);
    });
    try {
      await exchange(request);
    } catch (error) {
      // Nobody waits for the response to a cancelled request.
      if (!request.cancelled.signal.aborted) throw error;
    }
  }

  async function sendInOrder(message: Message): Promise<void> {
    if (message.method === "notifications/initialized") {
      const accepted = notify(message).then(listen);
      initialized = Promise.race([accepted, delay(INITIALIZED_MS, ending)]).catch(() => {});
      return await accepted;
    }
    await initialized;
    if (message.kind === "request") return await sendRequest(message);
    if (message.kind === "response") {
      const belongsTo = asked.get(message.id ?? "");
      asked.delete(message.id ?? "");
      // The session that asked no longer exists.
      if (belongsTo !== undefined && belongsTo !== session) return;
    }
    if (message.method === "notifications/cancelled") void cancel(message);
    await notify(message);
  }

  return {
    async send(message) {
      if (backlog !== undefined) waiting.set(message, backlog.add(message.text.length));
      try {
        await sendInOrder(message);
      } finally {
        waiting.get(message)?.();
      }
    },
    async close(quickly) {
      const { id } = session ?? {};
      const sent = headers();
      closing.abort();
      if (id === undefined) return;
      const response = await fetch(serverUrl, { method: "DELETE", headers: sent, signal: quickly });
      await response.body?.cancel();
    },
  };
}
