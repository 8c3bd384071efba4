/**
 * HTTP+SSE, the transport of 2024-11-05: the server sends its messages on one event stream, whose
 * first event names the URL for messages of the client. @module
 */

import { combineSignals } from "../../core/abort.ts";
import { isObject } from "../../core/json.ts";
import { isEventStream } from "../../http/response_body.ts";
import { createEventStreamReader } from "../../oauth/mcp/event_stream.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { MAX_MESSAGE_BYTES } from "../message/lines.ts";
import { createMessage, type Message } from "../message/message.ts";
import { createBackoff, delay as wait } from "./backoff.ts";
import { createOpenRequests } from "./open_requests.ts";
import { isReadOnly, isSessionLost, lostFault, readRefusal, refusalFault } from "./refusal.ts";
import { createSessionState, withOwnId } from "./session_state.ts";
import type { Upstream, UpstreamOptions } from "./upstream.ts";

export interface HttpSseUpstream extends Upstream {
  /** False if the server has no such stream. */
  connect(): Promise<boolean>;
}

/** The stream of a server that has the transport names the URL at once. */
const ENDPOINT_MS = 30_000;

export function openHttpSse(
  { serverUrl, fetch, deliver, signal, backlog, delay = wait, mask = String }: UpstreamOptions,
): HttpSseUpstream {
  const closing = new AbortController();
  const ending = AbortSignal.any([signal, closing.signal]);
  const open = createOpenRequests(deliver);
  let state = createSessionState();
  let endpoint: string | undefined;
  let stream = new AbortController();
  let reconnecting: Promise<void> | undefined;

  async function read(body: ReadableStream<Uint8Array>, opened: (url: string) => void) {
    const reader = createEventStreamReader(MAX_MESSAGE_BYTES);
    for await (const chunk of body) {
      for (const { event, data, isTooLong } of reader.push(chunk)) {
        if (event === "endpoint") opened(data);
        else if (event === "message") await open.receive(isTooLong ? undefined : data);
      }
    }
  }

  /** A message, with the token, goes to the origin of the stream only. */
  function endpointOf(data: string): string | undefined {
    const url = URL.parse(data.trim(), serverUrl);
    return url?.origin === new URL(serverUrl).origin ? url.href : undefined;
  }

  function failAll(): void {
    for (const request of open.all()) {
      const { method } = request.message;
      const found = `the stream of the server ended before the response to ${method}`;
      open.fail(request, lostFault(request.message, found));
    }
  }

  async function connect(): Promise<boolean> {
    stream.abort();
    const own = stream = new AbortController();
    const { signal: until, release } = combineSignals(ending, own.signal);
    const response = await fetch(serverUrl, {
      headers: { accept: "text/event-stream" },
      signal: until,
      opensSession: true,
      isMeasured: true,
    }).catch((error) => {
      release();
      throw error;
    });
    if (!response.ok || response.body === null || !isEventStream(response)) {
      release();
      await response.body?.cancel();
      return false;
    }
    const opened = Promise.withResolvers<string | undefined>();
    void read(response.body, opened.resolve).catch(() => {}).finally(() => {
      release();
      opened.resolve(undefined);
      if (own.signal.aborted) return;
      endpoint = undefined;
      failAll();
      void keepConnected().catch(() => {});
    });
    const late = delay(ENDPOINT_MS, ending).then(() => undefined, () => undefined);
    const named = await Promise.race([opened.promise, late]);
    endpoint = named === undefined ? undefined : endpointOf(named);
    if (endpoint === undefined) own.abort();
    return endpoint !== undefined;
  }

  /** Notifications of the server need a stream too. */
  async function keepConnected(): Promise<void> {
    const backoff = createBackoff();
    while (endpoint === undefined && state.initialize() !== undefined) {
      await delay(backoff.next(), ending);
      await reconnect().catch(() => {});
    }
  }

  async function post(message: Message): Promise<Response> {
    if (endpoint === undefined) throw lostFault(message, "the stream of the server has ended");
    const version = message.method === "initialize" ? undefined : state.version();
    return await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...version !== undefined && version > "2025-03-26" && { "mcp-protocol-version": version },
      },
      body: message.text,
      signal: ending,
      isTimed: true,
      isRepeatable: isReadOnly(message),
    });
  }

  /** Sends a request of mcpass in a new session. */
  async function ask(message: Message): Promise<void> {
    const request = open.add(message, (response) => {
      state.observe(message, response);
      return Promise.resolve();
    });
    const response = await post(message);
    await response.body?.cancel();
    if (!response.ok) throw refusalFault(await readRefusal(response), message, mask);
    await request.answered.promise;
  }

  /** Opens another stream if there is none. */
  async function reconnect(): Promise<void> {
    if (endpoint === undefined) {
      reconnecting ??= startAgain().finally(() => reconnecting = undefined);
    }
    await reconnecting;
  }

  /** Sets up a session in another stream as the client did. */
  async function startAgain(): Promise<void> {
    const first = state.initialize();
    if (first === undefined) return;
    const former = state.capabilities();
    if (!await connect()) {
      throw new BridgeFault("upstream_unreachable", "the stream of the server cannot be opened");
    }
    await ask(withOwnId(first));
    const accepted = await post(createMessage({ method: "notifications/initialized" }));
    await accepted.body?.cancel();
    for (const message of state.restoring()) await ask(withOwnId(message)).catch(() => {});
    for (const message of state.changesSince(former)) await deliver(message);
  }

  async function sendOnce(message: Message): Promise<void> {
    for (let isAgain = false;; isAgain = true) {
      await reconnect();
      const response = await post(message);
      if (response.ok) return await response.body?.cancel();
      const refusal = await readRefusal(response);
      if (!isAgain && isSessionLost(refusal) && message.method !== "initialize") {
        endpoint = undefined;
        continue;
      }
      throw refusalFault(refusal, message, mask);
    }
  }

  return {
    connect,
    async send(message) {
      const sent = backlog?.add(message.text.length);
      if (message.method === "initialize") state = createSessionState();
      const request = message.kind !== "request"
        ? undefined
        : open.add(message, async (response) => {
          state.observe(message, response);
          await deliver(response, message);
        });
      try {
        await sendOnce(message);
      } catch (error) {
        if (request === undefined) throw error;
        open.fail(request, error);
      } finally {
        sent?.();
      }
      const { params } = message.value;
      if (message.method === "notifications/cancelled" && isObject(params)) {
        const cancelled = open.find(JSON.stringify(params["requestId"]));
        cancelled?.cancelled.abort();
      }
      await request?.answered.promise.catch((error) => {
        if (!request.cancelled.signal.aborted) throw error;
      });
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}
