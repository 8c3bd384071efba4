/** Streamable HTTP of 2025-03-26 to 2025-11-25. @module */

import { combineSignals } from "../../core/abort.ts";
import { isObject } from "../../core/json.ts";
import { isModernError } from "../../oauth/mcp/first_request.ts";
import { maybeHttpSse } from "../../oauth/mcp/http_sse.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { createMessage, type Message } from "../message/message.ts";
import { type AnswerOptions, readAnswer } from "./answer.ts";
import { delay as wait } from "./backoff.ts";
import { createOpenRequests, type OpenRequest } from "./open_requests.ts";
import { createPost } from "./post.ts";
import { isSessionLost, lostFault, lostIfSent, type Refusal, refusalFault } from "./refusal.ts";
import { readServerStream } from "./server_stream.ts";
import { createSessionHolder, type Session } from "./session.ts";
import { withOwnId } from "./session_state.ts";
import type { Upstream, UpstreamOptions } from "./upstream.ts";

export interface StreamableHttpOptions extends UpstreamOptions {
  /** Called if the server refuses `initialize` as an older one does; true if it was sent otherwise. */
  readonly sendOlder?: (message: Message) => Promise<boolean>;
}

/** Later messages wait so long for the server to accept `notifications/initialized`. */
const INITIALIZED_MS = 5000;

/** A cancelled request has this time for a response that is on its way. */
const CANCELLED_MS = 5000;

/** Requests of the server that wait for the client: of more than these, the oldest are forgotten. */
const MAX_ASKED = 1000;

/** True if HTTP+SSE may be what the server has. */
function mayBeOlder({ status, error }: Refusal): boolean {
  const details = error?.value["error"];
  return maybeHttpSse(status) && !(isObject(details) && isModernError(status, details));
}

export function openStreamableHttp(options: StreamableHttpOptions): Upstream {
  const { serverUrl, fetch, deliver, signal, backlog, log } = options;
  const { delay = wait, mask = String } = options;
  const closing = new AbortController();
  const ending = AbortSignal.any([signal, closing.signal]);
  const session = createSessionHolder();
  /** Ends the count of a message in the backlog. */
  const waiting = new WeakMap<Message, () => void>();
  /** Requests of the server, with the session that they belong to. */
  const asked = new Map<string, Session | undefined>();
  let renewing: Promise<void> | undefined;
  let initialized: Promise<unknown> = Promise.resolve();
  let stream = new AbortController();

  const open = createOpenRequests(deliver, ({ id }) => {
    if (id === undefined) return;
    asked.set(id, session.current);
    const [oldest] = asked.keys();
    if (asked.size > MAX_ASKED && oldest !== undefined) asked.delete(oldest);
  });
  const post = createPost({
    ...{ serverUrl, fetch, log, delay, session, renew },
    headers: () => ({ ...session.headers(), "content-type": "application/json" }),
    onSent: (message) => waiting.get(message)?.(),
    isReady: async () => await renewing?.catch(() => {}),
  });
  const answers: AnswerOptions = {
    ...{ serverUrl, log, open, delay, mask },
    get: (lastEventId, until) =>
      fetch(serverUrl, {
        headers: {
          ...session.headers(),
          accept: "text/event-stream",
          ...lastEventId !== "" && { "last-event-id": lastEventId },
        },
        signal: until,
        opensSession: true,
        isMeasured: true,
      }),
  };

  /** Starts another session for all that wait for one. */
  async function renew(lost: Session): Promise<boolean> {
    if (session.state.initialize() === undefined) return false;
    if (renewing === undefined && session.current === lost) {
      renewing = startAgain().finally(() => renewing = undefined);
    }
    await renewing;
    return true;
  }

  /** Starts a session as the client did, and restores what it had set up. */
  async function startAgain(): Promise<void> {
    const { current, state } = session;
    const capabilities = state.capabilities();
    log?.("session_lost", {});
    stream.abort();
    session.current = undefined;
    try {
      const first = state.initialize();
      const response = first && await ask(withOwnId(first));
      if (!isObject(response?.value["result"])) {
        const found = "the server ended the session, and refused to start another one";
        throw new BridgeFault("upstream_http", `${found}. Restart the client`);
      }
    } catch (error) {
      // The next request tries again.
      session.current = current;
      throw error;
    }
    await post.own(createMessage({ method: "notifications/initialized" }), ending);
    log?.("session_started", {});
    listen();
    for (const message of state.restoring()) await ask(withOwnId(message)).catch(() => {});
    for (const message of state.changesSince(capabilities)) await deliver(message);
  }

  /** Sends a request of mcpass in a new session. */
  async function ask(message: Message): Promise<Message | undefined> {
    let response: Message | undefined;
    const request = open.add(message, (received) => {
      response = received;
      session.state.observe(message, received);
      return Promise.resolve();
    });
    await exchange(request, post.own);
    return response;
  }

  /** Sends a request, and resolves when its response was delivered. */
  async function exchange(request: OpenRequest, send: typeof post.own = post): Promise<void> {
    const { message } = request;
    const { signal: until, release } = combineSignals(ending, request.ending.signal);
    const work = (async () => {
      const posted = await send(message, until);
      if ("refusal" in posted) await refuse(request, posted.refusal);
      else {
        const { response } = posted;
        if (message.method === "initialize") {
          session.current = { id: response.headers.get("mcp-session-id") ?? undefined };
        }
        await readAnswer(answers, request, response, until);
      }
      if (request.isAnswered) return;
      open.fail(request, lostFault(message, `the server did not answer ${message.method}`));
    })();
    // After the response, the rest of the stream has messages too.
    work.catch((error) => open.fail(request, lostIfSent(error, message))).finally(release);
    await request.answered.promise;
  }

  async function refuse(request: OpenRequest, refusal: Refusal): Promise<void> {
    const { message } = request;
    if (message.method === "initialize" && mayBeOlder(refusal)) {
      if (await options.sendOlder?.(message)) return open.settle(request);
    }
    if (refusal.error !== undefined) await open.receive(refusal.error.text, request);
    else open.fail(request, refusalFault(refusal, message, mask));
  }

  /** Opens the stream for messages that belong to no request. */
  function listen(): void {
    stream = new AbortController();
    const used = session.current;
    const endsSession = async (refusal: Refusal) =>
      used?.id !== undefined && isSessionLost(refusal) && await renew(used);
    const { signal: until, release } = combineSignals(ending, stream.signal);
    void readServerStream({ ...answers, endsSession }, until).catch(() => {}).finally(release);
  }

  async function cancel({ value }: Message): Promise<void> {
    const params = value["params"];
    const request = open.find(isObject(params) ? JSON.stringify(params["requestId"]) : "");
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
      session.reset();
    }
    const request = open.add(message, async (response) => {
      session.state.observe(message, response);
      await deliver(response, message);
    });
    try {
      await exchange(request);
    } catch (error) {
      // Nobody waits for the response to a cancelled request.
      if (!request.cancelled.signal.aborted) throw error;
    }
  }

  /** False for an answer to a session that no longer exists. */
  function isAwaited({ kind, id = "" }: Message): boolean {
    if (kind !== "response") return true;
    const belongsTo = asked.get(id);
    asked.delete(id);
    return belongsTo === undefined || belongsTo === session.current;
  }

  async function sendInOrder(message: Message): Promise<void> {
    if (message.method === "notifications/initialized") {
      const accepted = notify(message).then(listen);
      initialized = Promise.race([accepted, delay(INITIALIZED_MS, ending)]).catch(() => {});
      return await accepted;
    }
    await initialized;
    if (message.kind === "request") return await sendRequest(message);
    if (!isAwaited(message)) return;
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
      const headers = session.headers();
      const isOpen = session.current?.id !== undefined;
      closing.abort();
      if (!isOpen) return;
      const response = await fetch(serverUrl, { method: "DELETE", headers, signal: quickly });
      await response.body?.cancel();
    },
  };
}
