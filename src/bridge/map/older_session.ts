/** A session at a server of the `initialize` era, for stateless clients with equal capabilities. @module */

import type { OpenUpstream, UpstreamOptions } from "../upstream/upstream.ts";
import {
  createMessage,
  errorOf,
  type Message,
  messageOf,
  paramsOf,
  withId,
} from "../message/message.ts";
import { removeMember, setMember, valueText } from "../message/splice.ts";
import { LOG_LEVEL, REQUEST_META } from "../message/stateless_meta.ts";
import { LATEST_INITIALIZE } from "../../oauth/mcp/revision.ts";
import { type AskingUpstream, openAsking } from "./asking_upstream.ts";
import {
  at,
  errorFor,
  INTERNAL_ERROR,
  MAY_ASK,
  methodNotFound,
  QUESTIONS,
  requestText,
  resultFor,
  withMembers,
} from "./mapped_message.ts";
import type { Call } from "./parked_calls.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

/** From the most verbose to the least. */
const LOG_LEVELS: readonly unknown[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** Questions of one call that the client has not answered: a server can ask them without an end. */
const MAX_QUESTIONS = 100;

export interface OlderSessionOptions extends UpstreamOptions {
  readonly open: OpenUpstream;
  readonly nextId: () => string;
  /** What the client says about itself, as JSON texts. */
  readonly capabilities: string;
  readonly clientInfo: string;
}

export interface OlderSession extends Pick<AskingUpstream, "close"> {
  /** The response to `initialize`, with a result. */
  readonly opened: Message;
  readonly subscriptions: Subscriptions;
  isBusy(): boolean;
  /** Sends a request of the client, without what only stateless servers know. */
  start(request: Message): Promise<Call>;
}

type Notice = (message: Message, request: Message | undefined) => Promise<void> | void;

/** The server answered `initialize` with an error. */
export class RefusedSession extends Error {
  override readonly name = "RefusedSession";
  readonly response: Message;

  constructor(response: Message) {
    super("the server refused initialize");
    this.response = response;
  }
}

/** @throws RefusedSession, and as `Upstream.send`. */
export async function openOlderSession(options: OlderSessionOptions): Promise<OlderSession> {
  const { open, nextId, capabilities, clientInfo, deliver } = options;
  const calls = new Map<string | undefined, Call>();
  const declared: unknown = JSON.parse(capabilities);
  let level = LOG_LEVELS.length;
  let questionCount = 0;
  const server: { capabilities?: unknown } = {};

  const upstream = openAsking(open, { ...options, deliver: receive });
  const ask = (method: string, params: string) =>
    upstream.ask(requestText(nextId(), method, params));

  const subscriptions = createSubscriptions({
    toClient: (message) => deliver(message),
    ask,
    capabilities: () => server.capabilities,
  });

  function callOf({ value }: Message, request: Message | undefined): Call | undefined {
    if (request !== undefined) return calls.get(request.id);
    const all = [...calls.values()];
    const token = at(value, "params", "progressToken");
    if (token !== undefined) {
      return all.find(({ sent }) => at(sent.value, "params", "_meta", "progressToken") === token);
    }
    const eligible = all.filter(({ sent }) => MAY_ASK.has(sent.method));
    return eligible.length === 1 ? eligible[0] : undefined;
  }

  /** The response to a request of the server, or undefined if the client is asked. */
  function answerTo(question: Message, request: Message | undefined): Message | undefined {
    const { method } = question;
    if (method === "ping") return resultFor(question, "{}");
    const capability = QUESTIONS.get(method);
    if (capability === undefined || at(declared, capability) === undefined) {
      return methodNotFound(question);
    }
    const call = callOf(question, request);
    if (call === undefined || !MAY_ASK.has(call.sent.method)) {
      return errorFor(
        question,
        INTERNAL_ERROR,
        "the client has no open request, so it cannot be asked",
      );
    }
    if (call.questions.size >= MAX_QUESTIONS) {
      return errorFor(question, INTERNAL_ERROR, `${MAX_QUESTIONS} questions are unanswered`);
    }
    questionCount += 1;
    call.questions.set(`${capability}-${questionCount}`, question);
    call.interrupted.resolve();
    return undefined;
  }

  /** With the token of the client's request that waits now. */
  async function progress(message: Message, request: Message | undefined): Promise<void> {
    const client = callOf(message, request)?.client;
    const token = client && valueText(client.text, ["params", "_meta", "progressToken"]);
    if (token === undefined) return;
    await deliver(messageOf(setMember(message.text, ["params", "progressToken"], token)));
  }

  async function log(message: Message, request: Message | undefined): Promise<void> {
    const client = request && calls.get(request.id)?.client;
    const wanted = LOG_LEVELS.indexOf(at(client?.value, "params", "_meta", LOG_LEVEL));
    const isWanted = wanted >= 0 && LOG_LEVELS.indexOf(paramsOf(message)["level"]) >= wanted;
    if (isWanted) await deliver(message);
  }

  /** The server no longer needs the answer. */
  function withdraw(message: Message): void {
    const id = JSON.stringify(paramsOf(message)["requestId"]);
    for (const { questions } of calls.values()) {
      for (const [key, question] of questions) if (question.id === id) questions.delete(key);
    }
  }

  const notices: ReadonlyMap<string | undefined, Notice> = new Map<string, Notice>([
    ["notifications/progress", progress],
    ["notifications/message", log],
    ["notifications/cancelled", withdraw],
    ["notifications/elicitation/complete", () => {}],
  ]);

  async function receive(message: Message, request?: Message): Promise<void> {
    if (message.kind === "response") return;
    if (message.kind === "request") {
      const answer = answerTo(message, request);
      if (answer !== undefined) await upstream.send(answer);
      return;
    }
    const notice = notices.get(message.method);
    if (notice !== undefined) return await notice(message, request);
    if (await subscriptions.copy(message)) return;
    if (request !== undefined && calls.get(request.id)?.client) await deliver(message);
  }

  const params = withMembers("{}", [
    ["protocolVersion", JSON.stringify(LATEST_INITIALIZE.id)],
    ["capabilities", removeMember(capabilities, ["extensions"])],
    ["clientInfo", clientInfo],
  ]);
  const opened = await ask("initialize", params);
  if (opened === undefined) throw new TypeError("initialize is never cancelled");
  if (errorOf(opened) !== undefined) throw new RefusedSession(opened);
  await upstream.send(createMessage({ method: "notifications/initialized" }));
  server.capabilities = at(opened.value, "result", "capabilities");

  /** The server logs for all requests alike: at the most verbose level that one of them asks for. */
  async function raiseLevel(request: Message): Promise<void> {
    const wanted = at(request.value, "params", "_meta", LOG_LEVEL);
    const index = LOG_LEVELS.indexOf(wanted);
    if (index < 0 || index >= level || at(server.capabilities, "logging") === undefined) return;
    level = index;
    await ask("logging/setLevel", JSON.stringify({ level: wanted }));
  }

  return {
    opened,
    subscriptions,
    isBusy: () => calls.size + subscriptions.size() > 0,
    async start(request) {
      await raiseLevel(request);
      const text = REQUEST_META.reduce(
        (it, name) => removeMember(it, ["params", "_meta", name]),
        request.text,
      );
      const sent = withId(messageOf(text), nextId());
      const outcome = upstream.ask(sent)
        .then((response) => ({ response }), (error) => ({ error }))
        .finally(() => calls.delete(sent.id));
      const call: Call = {
        sent,
        toServer: upstream.send,
        serverInfo: valueText(opened.text, ["result", "serverInfo"]),
        outcome,
        client: request,
        questions: new Map(),
        interrupted: Promise.withResolvers(),
        isCancelled: false,
      };
      calls.set(sent.id, call);
      return call;
    },
    async close(signal) {
      subscriptions.endAll();
      await upstream.close(signal);
    },
  };
}
