/** Streamable HTTP of 2026-07-28: every request is a POST, and its stream ends with the response. @module */

import { combineSignals } from "../../core/abort.ts";
import { Failure } from "../../core/failure.ts";
import { isObject, stringMember } from "../../core/json.ts";
import { isEventStream } from "../../http/response_body.ts";
import { isModernError } from "../../oauth/mcp/first_request.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { oneLine } from "../message/batch.ts";
import {
  errorOf,
  idText,
  type Message,
  messageOf,
  paramsOf,
  readMessage,
  withId,
} from "../message/message.ts";
import { createOwnIds } from "../message/own_ids.ts";
import { requestHeaders } from "../message/request_headers.ts";
import { removeMember, setMember, valueText } from "../message/splice.ts";
import { delay as wait } from "./backoff.ts";
import { keepListening } from "./listen_stream.ts";
import { createListedTools } from "./listed_tools.ts";
import { OlderServer } from "./older_server.ts";
import { createPost, type Posted } from "./post.ts";
import {
  isReadOnly,
  lostFault,
  lostIfSent,
  refusalFault,
  stalledFault,
  tooLongFault,
} from "./refusal.ts";
import { messageTexts, readText } from "./response_body.ts";
import type { Upstream, UpstreamOptions } from "./upstream.ts";

export interface StatelessOptions extends UpstreamOptions {
  /** True to send a lost call again, whatever its tool does. */
  readonly repeatsCalls?: boolean | undefined;
  /** True to list the tools before a call of an unknown one: this client lists them elsewhere. */
  readonly listsTools?: boolean | undefined;
}

const HEADER_MISMATCH = -32020;
const METHOD_NOT_FOUND = -32601;

/** Pages of a list of tools, at most. */
const MAX_PAGES = 200;

/** Statuses that are about the client, or the moment: any server may send them. */
const UNDECIDED: readonly number[] = [401, 403, 407, 408, 425, 429];

/** What a response says about the era of the server; undefined if it says nothing. */
function eraShown(
  request: Message,
  status: number,
  response: Message | undefined,
): "stateless" | "initialize" | undefined {
  const error = response && errorOf(response);
  const result = response?.value["result"];
  if (isObject(result)) {
    return "resultType" in result || "supportedVersions" in result ? "stateless" : undefined;
  }
  const isProbe = request.method === "server/discover";
  // Each stateless server has this method.
  if (isProbe && error?.["code"] === METHOD_NOT_FOUND) return "initialize";
  if (error !== undefined && isModernError(status, error)) return "stateless";
  if (status < 400) return error !== undefined && isProbe ? "initialize" : undefined;
  return status < 500 && !UNDECIDED.includes(status) ? "initialize" : undefined;
}

/** A server that could not read a request has no id for its error. */
const isUnnumbered = (message: Message): boolean =>
  message.id === undefined && errorOf(message) !== undefined;

/** True for a stream that ended early: its request is lost, as if there had been no response. */
function isCut(error: unknown): boolean {
  return error instanceof Failure
    ? error.code.startsWith("network_")
    : !(error instanceof OlderServer || error instanceof BridgeFault);
}

export function openStatelessHttp(options: StatelessOptions): Upstream {
  const { serverUrl, fetch, deliver, repeatsCalls, listsTools, signal } = options;
  const { backlog, delay = wait, mask = String, log } = options;
  const open = new Map<string | undefined, AbortController>();
  const tools = createListedTools((name) => log?.("tool_hidden", { name, reason: "x-mcp-header" }));
  const nextId = createOwnIds();
  const closing = new AbortController();
  const closed = AbortSignal.any([signal, closing.signal]);
  let isStateless = false;
  let hasListed = false;

  const counted = new WeakMap<Message, () => void>();
  const post = createPost({
    ...{ serverUrl, fetch, log, delay },
    headers(message) {
      const params = paramsOf(message);
      const tool = message.method === "tools/call" ? tools.get(params["name"]) : undefined;
      return [
        ["content-type", "application/json"],
        ["accept", "application/json, text/event-stream"],
        ...requestHeaders(message.method ?? "", params, tool?.headers),
      ];
    },
    onSent: (message) => counted.get(message)?.(),
  });

  async function send(message: Message, ended: AbortSignal): Promise<Posted> {
    if (backlog !== undefined) counted.set(message, backlog.add(message.text.length));
    return await post(message, ended);
  }

  /** @throws OlderServer */
  function noteEra(request: Message, status: number, response: Message | undefined): void {
    if (isStateless) return;
    const era = eraShown(request, status, response);
    if (era === "initialize") throw new OlderServer();
    isStateless = era === "stateless";
  }

  /** The messages of a successful response. */
  async function* messagesOf(response: Response, request: Message): AsyncGenerator<Message> {
    const { body, status, headers } = response;
    if (body === null) return;
    const onIdle = () => stalledFault(request, status);
    try {
      const texts = isEventStream(response) ? messageTexts(body) : [await readText(body, onIdle)];
      for await (const text of texts) {
        if (text === undefined) throw tooLongFault(request);
        const message = readMessage(oneLine(text));
        if (message !== undefined) yield message;
        else if (!isEventStream(response) && text !== "") {
          const refusal = { url: serverUrl, status, headers, body: text, error: undefined };
          throw refusalFault(refusal, request, mask);
        }
      }
    } catch (error) {
      if (!isCut(error)) throw error;
    }
  }

  /** The messages in the exchange of a request: its response is the last one, and has its id. */
  async function* exchange(request: Message, ended: AbortSignal): AsyncGenerator<Message> {
    const posted = await send(request, ended).catch((error) => {
      if (lostIfSent(error, request) === error) throw error;
      return undefined;
    });
    if (posted === undefined) return;
    if ("refusal" in posted) {
      const { status, error } = posted.refusal;
      noteEra(request, status, error);
      if (error === undefined) throw refusalFault(posted.refusal, request, mask);
      return yield withId(error, idText(request));
    }
    const { response } = posted;
    for await (const message of messagesOf(response, request)) {
      if (message.kind !== "response") yield message;
      else if (message.id === request.id || isUnnumbered(message)) {
        noteEra(request, response.status, message);
        return yield message.id === undefined ? withId(message, idText(request)) : message;
      }
    }
    ended.throwIfAborted();
  }

  /** A call can be sent without headers too: the server may not require them. */
  async function listTools(call: Message, ended: AbortSignal): Promise<void> {
    await listPages(call, ended).catch((error) => {
      if (!(error instanceof BridgeFault)) throw error;
    });
  }

  /** Lists the tools with what a call says about its client. */
  async function listPages(call: Message, ended: AbortSignal): Promise<void> {
    const meta = valueText(call.text, ["params", "_meta"]) ?? "{}";
    const _meta = removeMember(meta, ["progressToken"]);
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const params = setMember(
        cursor === undefined ? "{}" : JSON.stringify({ cursor }),
        ["_meta"],
        _meta,
      );
      const text = `{"jsonrpc":"2.0","id":${nextId()},"method":"tools/list","params":${params}}`;
      let result: unknown;
      for await (const message of exchange(messageOf(text), ended)) {
        if (message.kind === "response") result = tools.add(message).value["result"];
      }
      cursor = isObject(result) ? stringMember(result, "nextCursor") : undefined;
      if (cursor === undefined) break;
    }
    hasListed = true;
  }

  function isRepeatable(request: Message): boolean {
    if (request.method !== "tools/call") return isReadOnly(request);
    return repeatsCalls === true || tools.get(paramsOf(request)["name"])?.isRepeatable === true;
  }

  /** Sends a request until it has a response; what the client gets has its id. */
  async function answer(request: Message, ended: AbortSignal): Promise<void> {
    const isCall = request.method === "tools/call";
    const isUnknown = isCall && tools.get(paramsOf(request)["name"]) === undefined;
    if (listsTools === true && isUnknown && !hasListed) await listTools(request, ended);
    let mayList = isCall;
    let mayRepeat = isRepeatable(request);
    for (let sent = request;;) {
      let isMismatch = false;
      for await (const message of exchange(sent, ended)) {
        isMismatch = mayList && errorOf(message)?.["code"] === HEADER_MISMATCH;
        if (isMismatch) break;
        if (message.kind !== "response") {
          await deliver(message, request);
          continue;
        }
        const listed = request.method === "tools/list" ? tools.add(message) : message;
        return await deliver(sent === request ? listed : withId(listed, idText(request)), request);
      }
      if (isMismatch) {
        mayList = false;
        await listTools(request, ended);
      } else if (mayRepeat) mayRepeat = false;
      else {
        const found = `the connection ended before the response to ${request.method} was complete`;
        throw lostFault(request, found);
      }
      sent = withId(request, nextId());
    }
  }

  async function request(message: Message): Promise<void> {
    const abort = new AbortController();
    const { signal: ended, release } = combineSignals(closed, abort.signal);
    open.set(message.id, abort);
    try {
      if (message.method !== "subscriptions/listen") return await answer(message, ended);
      const isAnswered = await keepListening(message, {
        open: () => exchange(message, ended),
        deliver,
        delay,
        signal: ended,
      });
      if (!isAnswered) throw lostFault(message, "the server did not open the subscription");
    } catch (error) {
      // The client does not expect a response to a request that it cancelled.
      if (!abort.signal.aborted && !closing.signal.aborted) throw error;
    } finally {
      release();
      if (open.get(message.id) === abort) open.delete(message.id);
    }
  }

  return {
    async send(message) {
      if (message.kind === "request") return await request(message);
      if (message.method === "notifications/cancelled") {
        // In this era, the end of the stream is the cancellation.
        open.get(JSON.stringify(paramsOf(message)["requestId"]))?.abort();
      } else if (message.kind === "notification") {
        const posted = await send(message, closed);
        if ("response" in posted) await posted.response.body?.cancel();
      }
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}
