/** A stateless client at a server of the `initialize` era. @module */

import { isObject } from "../../core/json.ts";
import { LATEST } from "../../oauth/mcp/revision.ts";
import type { OpenUpstream, Upstream, UpstreamOptions } from "../upstream/upstream.ts";
import { errorOf, idText, type Message, messageOf, paramsOf, withId } from "../message/message.ts";
import { createOwnIds } from "../message/own_ids.ts";
import { removeMember, setMember, valueText } from "../message/splice.ts";
import {
  CLIENT_CAPABILITIES,
  CLIENT_INFO,
  PROTOCOL_VERSION,
  SERVER_INFO,
} from "../message/stateless_meta.ts";
import {
  at,
  cancellation,
  errorFor,
  INVALID_PARAMS,
  MAY_ASK,
  methodNotFound,
  resultFor,
  unmappable,
  UNSUPPORTED_VERSION,
  withMembers,
} from "./mapped_message.ts";
import { type OlderSession, openOlderSession, RefusedSession } from "./older_session.ts";
import {
  askingResult,
  type Call,
  createParkedCalls,
  inputRequired,
  takeAnswers,
  urlQuestions,
} from "./parked_calls.ts";

/** Clients with different capabilities have different sessions: so many at once. */
const MAX_SESSIONS = 4;

const CLOSE_MS = 500;

const RESOURCE_NOT_FOUND = -32002;
const URL_ELICITATION_REQUIRED = -32042;

/** Results that say how long they may be stored (MCP 2026-07-28, *Caching*). */
const CACHED: ReadonlySet<string | undefined> = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "server/discover",
]);

const OWN_NAME = JSON.stringify({ name: "mcpass", version: "" });

/** A result as this era writes it; members that it has remain. */
function completed(result: string, method: string | undefined, serverInfo?: string): string {
  const members: readonly (readonly [name: string, value: string])[] = [
    ["resultType", '"complete"'],
    ...CACHED.has(method) ? [["ttlMs", "0"], ["cacheScope", '"private"']] as const : [],
  ];
  const missing = members.filter(([name]) => valueText(result, [name]) === undefined);
  const text = withMembers(result, missing);
  const path = ["_meta", SERVER_INFO];
  const isNamed = serverInfo === undefined || valueText(text, path) !== undefined;
  return isNamed ? text : setMember(text, path, serverInfo);
}

/** The error if the request does not say what this era requires. */
function invalid(request: Message): Message | undefined {
  const meta = at(request.value, "params", "_meta");
  const version = at(meta, PROTOCOL_VERSION);
  if (typeof version === "string" && version !== LATEST.id) {
    const data = { supported: [LATEST.id], requested: version };
    return errorFor(request, UNSUPPORTED_VERSION, "Unsupported protocol version", data);
  }
  const missing = [PROTOCOL_VERSION, CLIENT_CAPABILITIES].find((name) =>
    at(meta, name) === undefined
  );
  return missing === undefined
    ? undefined
    : errorFor(request, INVALID_PARAMS, `_meta has no ${missing}`);
}

export function openForStatelessClient(open: OpenUpstream, options: UpstreamOptions): Upstream {
  const { deliver } = options;
  const nextId = createOwnIds();
  const sessions = new Map<string, Promise<OlderSession>>();
  const calls = new Map<string | undefined, Call>();
  const parked = createParkedCalls(({ sent, toServer }) => {
    toServer(cancellation(idText(sent))).catch(() => {});
  });

  /** Ends the session that was not used for the longest time. */
  async function makeRoom(): Promise<void> {
    for (const [key, opening] of sessions) {
      if (sessions.size <= MAX_SESSIONS) return;
      const session = await opening.catch(() => undefined);
      if (session === undefined || session.isBusy()) continue;
      sessions.delete(key);
      session.close(AbortSignal.timeout(CLOSE_MS)).catch(() => {});
    }
  }

  /** The session for the client that a request describes. @throws RefusedSession, and as `send`. */
  async function sessionFor(request: Message): Promise<OlderSession> {
    const meta = (name: string) => valueText(request.text, ["params", "_meta", name]);
    const capabilities = meta(CLIENT_CAPABILITIES) ?? "{}";
    const clientInfo = meta(CLIENT_INFO) ?? OWN_NAME;
    const key = `${capabilities}\n${clientInfo}`;
    const opening = sessions.get(key) ??
      openOlderSession({ ...options, open, nextId, capabilities, clientInfo });
    // The one that was used last is at the end.
    sessions.delete(key);
    sessions.set(key, opening);
    try {
      await makeRoom();
      return await opening;
    } catch (error) {
      if (sessions.get(key) === opening) sessions.delete(key);
      throw error;
    }
  }

  async function withSession(
    request: Message,
    use: (session: OlderSession) => Promise<Message | undefined>,
  ): Promise<Message | undefined> {
    try {
      return await use(await sessionFor(request));
    } catch (error) {
      if (error instanceof RefusedSession) return withId(error.response, idText(request));
      throw error;
    }
  }

  function finished(response: Message, request: Message, serverInfo?: string): Message {
    const error = errorOf(response);
    const mapped = withId(response, idText(request));
    if (error?.["code"] === RESOURCE_NOT_FOUND) {
      return messageOf(setMember(mapped.text, ["error", "code"], String(INVALID_PARAMS)));
    }
    const mayAsk = error?.["code"] === URL_ELICITATION_REQUIRED && MAY_ASK.has(request.method);
    const questions = mayAsk ? urlQuestions(response) : undefined;
    if (questions !== undefined) return resultFor(request, inputRequired(questions));
    const result = valueText(mapped.text, ["result"]);
    if (result === undefined) return mapped;
    const full = completed(result, request.method, serverInfo);
    return messageOf(setMember(mapped.text, ["result"], full));
  }

  /** Without answers to questions of error -32042, for which the server has no state. */
  function withoutAnswers(request: Message): Message {
    const responses = at(request.value, "params", "inputResponses");
    if (!isObject(responses)) return request;
    if (!Object.values(responses).every((it) => at(it, "action") === "accept")) {
      throw unmappable("the server requires a person to open a page, and the person declined");
    }
    return messageOf(removeMember(request.text, ["params", "inputResponses"]));
  }

  /** Waits until the call has ended or asks something. */
  async function next(call: Call, request: Message): Promise<Message | undefined> {
    calls.set(request.id, call);
    const wait = () => Promise.race([call.outcome, call.interrupted.promise]);
    let outcome = await wait();
    while (outcome === undefined && !call.isCancelled && call.questions.size === 0) {
      call.interrupted = Promise.withResolvers();
      outcome = await wait();
    }
    if (calls.get(request.id) === call) calls.delete(request.id);
    call.client = undefined;
    if (call.isCancelled) return undefined;
    if (outcome === undefined) return resultFor(request, askingResult(call, parked.park(call)));
    if ("error" in outcome) throw outcome.error;
    return outcome.response && finished(outcome.response, request, call.serverInfo);
  }

  async function forward(request: Message): Promise<Message | undefined> {
    const call = parked.take(request);
    if (call === null) {
      return errorFor(request, INVALID_PARAMS, "requestState is invalid or has expired");
    }
    if (call === undefined) {
      const first = withoutAnswers(request);
      return await withSession(first, async (session) => next(await session.start(first), request));
    }
    call.client = request;
    for (const answer of takeAnswers(call, request)) await call.toServer(answer);
    return await next(call, request);
  }

  function discover(request: Message): Promise<Message | undefined> {
    return withSession(request, ({ opened }) => {
      const text = (name: string) => valueText(opened.text, ["result", name]);
      const instructions = text("instructions");
      const result = withMembers("{}", [
        ["supportedVersions", JSON.stringify([LATEST.id])],
        ["capabilities", removeMember(text("capabilities") ?? "{}", ["tasks"])],
        ...instructions === undefined ? [] : [["instructions", instructions] as const],
      ]);
      return Promise.resolve(
        resultFor(request, completed(result, request.method, text("serverInfo"))),
      );
    });
  }

  function listen(request: Message): Promise<Message | undefined> {
    return withSession(request, async ({ subscriptions }) => {
      await subscriptions.listen(request);
      return undefined;
    });
  }

  async function cancel(message: Message): Promise<void> {
    const id = JSON.stringify(paramsOf(message)["requestId"]);
    const call = calls.get(id);
    if (call !== undefined) {
      call.isCancelled = true;
      call.interrupted.resolve();
      return await call.toServer(cancellation(idText(call.sent)));
    }
    for (const opening of sessions.values()) {
      const session = await opening.catch(() => undefined);
      await session?.subscriptions.end(id);
    }
  }

  type Cell = (request: Message) => Promise<Message | undefined> | Message;

  /** What is not forwarded; this era does not have the methods that are not found. */
  const cells: ReadonlyMap<string | undefined, Cell> = new Map<string, Cell>([
    ["server/discover", discover],
    ["subscriptions/listen", listen],
    ["initialize", methodNotFound],
    ["ping", methodNotFound],
    ["logging/setLevel", methodNotFound],
    ["resources/subscribe", methodNotFound],
    ["resources/unsubscribe", methodNotFound],
    ["tasks/get", methodNotFound],
    ["tasks/update", methodNotFound],
    ["tasks/cancel", methodNotFound],
    ["tasks/list", methodNotFound],
    ["tasks/result", methodNotFound],
  ]);

  return {
    async send(message) {
      if (message.kind === "request") {
        const cell = cells.get(message.method) ?? forward;
        const response = await (invalid(message) ?? cell(message));
        if (response !== undefined) await deliver(response);
      } else if (message.method === "notifications/cancelled") await cancel(message);
    },
    async close(signal) {
      const all = [...sessions.values()].map(async (opening) => (await opening).close(signal));
      await Promise.allSettled(all);
    },
  };
}
