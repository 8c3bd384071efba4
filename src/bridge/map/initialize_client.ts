/** A client of the `initialize` era at a stateless server. @module */

import { combineSignals } from "../../core/abort.ts";
import { delay as wait } from "../upstream/backoff.ts";
import { openStatelessHttp } from "../upstream/stateless_http.ts";
import type { Upstream, UpstreamOptions } from "../upstream/upstream.ts";
import { errorOf, idText, type Message, messageOf, paramsOf, withId } from "../message/message.ts";
import { createOwnIds } from "../message/own_ids.ts";
import { removeMember, setMember, valueText } from "../message/splice.ts";
import {
  CLIENT_CAPABILITIES,
  CLIENT_INFO,
  LOG_LEVEL,
  PROTOCOL_VERSION,
  SERVER_INFO,
} from "../message/stateless_meta.ts";
import { LATEST, LATEST_INITIALIZE, REVISIONS } from "../../oauth/mcp/revision.ts";
import { openAsking } from "./asking_upstream.ts";
import { createClientQuestions } from "./client_questions.ts";
import {
  at,
  cancellation,
  methodNotFound,
  requestText,
  resultFor,
  unmappable,
  UNSUPPORTED_VERSION,
  withMembers,
} from "./mapped_message.ts";
import { createServerChanges } from "./server_changes.ts";
import { createToolOutput } from "./tool_output.ts";

export interface InitializeClientOptions extends UpstreamOptions {
  readonly repeatsCalls?: boolean | undefined;
  /** Of log messages, until the client chooses one; without it, the server sends none. */
  readonly logLevel?: string | undefined;
}

/** Versions with `initialize`; a client that asks for another is offered the newest one. */
const VERSIONS: readonly unknown[] = [
  "2024-11-05",
  ...REVISIONS.filter(({ era }) => era === "initialize").map(({ id }) => id),
];

const MAX_ROUNDS = 16;
const MAX_ROUNDS_MS = 10 * 60_000;

/** Milliseconds before a request is repeated for which the server asks nothing. */
const stateWaitMs = (round: number): number => Math.min(1000 * 2 ** round, 30_000);

interface Call {
  readonly abort: AbortController;
  /** The identifier at the server, as JSON text. */
  sentId: string;
}

export function openForInitializeClient(options: InitializeClientOptions): Upstream {
  const { serverUrl, deliver, delay = wait } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const nextId = createOwnIds();
  const calls = new Map<string | undefined, Call>();
  const output = createToolOutput();
  /** Members of `_meta`, as JSON texts. */
  const meta = new Map<string, string>([
    [PROTOCOL_VERSION, JSON.stringify(LATEST.id)],
    ...options.logLevel === undefined
      ? []
      : [[LOG_LEVEL, JSON.stringify(options.logLevel)] as const],
  ]);
  let clientCapabilities: unknown;
  let serverCapabilities: unknown;

  const toClient = (message: Message) => deliver(message);
  const questions = createClientQuestions({
    nextId,
    toClient,
    capabilities: () => clientCapabilities,
  });
  const upstream = openAsking(
    (its) => openStatelessHttp({ ...options, ...its, listsTools: true }),
    {
      ...options,
      async deliver(message, request) {
        if (request?.method !== "subscriptions/listen") await deliver(message, request);
        else await changes.receive(message, request);
      },
    },
  );
  const changes = createServerChanges({
    upstream: () => upstream,
    request: (method, params) => stamped(requestText(nextId(), method, params)),
    toClient,
    capabilities: () => serverCapabilities,
    delay,
    signal,
  });

  /** The request with what the server needs to know of the client; members that it has remain. */
  function stamped(request: Message): Message {
    const plain = removeMember(request.text, ["params", "task"]);
    const text = [...meta].reduceRight((it, [name, value]) => {
      const path = ["params", "_meta", name];
      return valueText(it, path) === undefined ? setMember(it, path, value) : it;
    }, plain);
    return messageOf(text);
  }

  async function initialize(request: Message): Promise<Message | undefined> {
    const text = (name: string) => valueText(request.text, ["params", name]) ?? "{}";
    const params = paramsOf(request);
    clientCapabilities = params["capabilities"];
    meta.set(CLIENT_CAPABILITIES, text("capabilities"));
    if (params["clientInfo"] !== undefined) meta.set(CLIENT_INFO, text("clientInfo"));
    const discover = stamped(requestText(nextId(), "server/discover", "{}"));
    const response = await upstream.ask(discover);
    if (response === undefined || errorOf(response) !== undefined) {
      return finished(response, request);
    }
    const result = (...path: string[]) => valueText(response.text, ["result", ...path]);
    serverCapabilities = at(response.value, "result", "capabilities");
    const { host } = new URL(serverUrl);
    const version = params["protocolVersion"];
    const instructions = result("instructions");
    const capabilities = removeMember(result("capabilities") ?? "{}", ["extensions"]);
    const isKnown = VERSIONS.includes(version);
    return resultFor(
      request,
      withMembers("{}", [
        ["protocolVersion", JSON.stringify(isKnown ? version : LATEST_INITIALIZE.id)],
        ["capabilities", capabilities],
        ["serverInfo", result("_meta", SERVER_INFO) ?? JSON.stringify({ name: host, version: "" })],
        ...instructions === undefined ? [] : [["instructions", instructions] as const],
      ]),
    );
  }

  /** The response as the client expects it. @throws BridgeFault `bridge_unmappable` */
  function finished(response: Message | undefined, request: Message): Message | undefined {
    if (response === undefined) return undefined;
    if (errorOf(response)?.["code"] === UNSUPPORTED_VERSION) {
      const supported = at(response.value, "error", "data", "supported");
      throw unmappable(`the server does not support MCP ${LATEST.id}`, { supported });
    }
    const text = removeMember(response.text, ["result", "resultType"]);
    const mapped = withId(messageOf(text), idText(request));
    if (request.method === "tools/list") return output.list(mapped);
    return request.method === "tools/call"
      ? output.call(mapped, paramsOf(request)["name"])
      : mapped;
  }

  /** Sends a request until the server asks for nothing more. */
  async function forward(request: Message): Promise<Message | undefined> {
    const base = stamped(request);
    const call: Call = { abort: new AbortController(), sentId: idText(base) };
    const { signal: ended, release } = combineSignals(signal, call.abort.signal);
    const started = performance.now();
    let sent = base;
    calls.set(request.id, call);
    try {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const response = await upstream.ask(sent);
        if (response === undefined) return undefined;
        const isAsking = at(response.value, "result", "resultType") === "input_required";
        if (!isAsking) return finished(response, request);
        if (performance.now() - started > MAX_ROUNDS_MS) break;
        const answers = await questions.ask(response, ended);
        if (!(answers instanceof Map)) return withId(answers, idText(request));
        if (!answers.has("inputResponses")) await delay(stateWaitMs(round), ended);
        call.sentId = nextId();
        const text = [...answers].reduce(
          (it, [name, value]) => setMember(it, ["params", name], value),
          base.text,
        );
        sent = withId(messageOf(text), call.sentId);
      }
    } catch (error) {
      if (call.abort.signal.aborted) return undefined;
      throw error;
    } finally {
      release();
      if (calls.get(request.id) === call) calls.delete(request.id);
    }
    throw unmappable(`the server asked for input ${MAX_ROUNDS} times, or for 10 minutes`);
  }

  function subscription(change: (uri: string) => void): (request: Message) => Message {
    return (request) => {
      change(String(paramsOf(request)["uri"]));
      return resultFor(request, "{}");
    };
  }

  type Cell = (message: Message) => Promise<Message | void> | Message | void;

  /** What is not forwarded. */
  const requests: ReadonlyMap<string | undefined, Cell> = new Map<string, Cell>([
    ["initialize", initialize],
    ["ping", (request) => resultFor(request, "{}")],
    ["logging/setLevel", (request) => {
      meta.set(LOG_LEVEL, valueText(request.text, ["params", "level"]) ?? "null");
      return resultFor(request, "{}");
    }],
    ["resources/subscribe", subscription((uri) => changes.subscribe(uri))],
    ["resources/unsubscribe", subscription((uri) => changes.unsubscribe(uri))],
    ["tasks/get", methodNotFound],
    ["tasks/result", methodNotFound],
    ["tasks/list", methodNotFound],
    ["tasks/cancel", methodNotFound],
  ]);

  /** Others are dropped: this era has no notifications from a client. */
  const notifications: ReadonlyMap<string | undefined, Cell> = new Map<string, Cell>([
    ["notifications/initialized", () => changes.start()],
    ["notifications/cancelled", async (message) => {
      const call = calls.get(JSON.stringify(paramsOf(message)["requestId"]));
      call?.abort.abort();
      if (call !== undefined) await upstream.send(cancellation(call.sentId));
    }],
  ]);

  return {
    async send(message) {
      if (message.kind === "response") return questions.answer(message);
      const isRequest = message.kind === "request";
      const cell = (isRequest ? requests : notifications).get(message.method);
      if (cell === undefined && !isRequest) return;
      const response = await (cell ?? forward)(message);
      if (response instanceof Object) await deliver(response);
    },
    close(ending) {
      closing.abort();
      return upstream.close(ending);
    },
  };
}
