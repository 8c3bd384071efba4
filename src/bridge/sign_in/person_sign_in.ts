/** What a bridge does while a person has to sign in: it answers, asks or waits. @module */

import type { Failure } from "../../core/failure.ts";
import { isObject, member, stringMember } from "../../core/json.ts";
import type { LoginStatus } from "../../store/file/bridge_files.ts";
import { bridgeErrorResponse, type BridgeReason } from "../message/bridge_error.ts";
import { createMessage, type Message, readMessage } from "../message/message.ts";
import { setMember } from "../message/splice.ts";
import type { Ends } from "../relay/relay.ts";
import { createElicitation, type Elicitation } from "./elicitation.ts";
import { patienceOf } from "./host_budgets.ts";
import type { LoginEnd, LoginGate, LoginMode } from "./login_gate.ts";
import type { ClientFacts, PersonSignIn } from "./client_facts.ts";

export type OnAuth = "auto" | "wait" | "fail" | "elicit";

export interface PersonOptions {
  readonly client: ClientFacts;
  readonly serverUrl: string;
  readonly onAuth: OnAuth;
  readonly initTimeoutMs: number | undefined;
  /** Undefined if no login of mcpass helps: for a token of the command line, and without a store. */
  readonly gate: LoginGate | undefined;
  /** True if a browser can be opened here. */
  readonly hasBrowser: () => Promise<boolean>;
  /** When the token in use was obtained; empty without one. */
  readonly since: () => string;
  readonly keptAnswer: (request: Message) => Message | undefined;
  /** One line on standard error. */
  readonly say: (line: string) => void;
  readonly now: () => number;
  readonly startedAt: number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly newId: () => string;
}

/** Requests that nobody waits for: they never cause a login. */
const BACKGROUND: readonly (string | undefined)[] = ["server/discover", "ping"];

/** After that time it is known whether a browser was started. */
const BROWSER_MS = 4_000;

/** Between notifications for a request that waits. */
const PROGRESS_MS = 10_000;

const LISTS = ["tools", "prompts", "resources"] as const;

/** The command in the advice of a failure. */
function commandOf({ remedy = "" }: Failure, serverUrl: string): string {
  return /^ +(mcpass .+)$/m.exec(remedy)?.[1] ?? `mcpass login ${serverUrl}`;
}

function progressToken({ value: { params } }: Message): unknown {
  const meta = isObject(params) ? params["_meta"] : undefined;
  return isObject(meta) ? meta["progressToken"] : undefined;
}

/** The scopes that a login has to request, in a failure that asks for more. */
function scopesOf(failure: Failure): readonly string[] | undefined {
  return failure.detail?.startsWith("scope ") ? failure.detail.slice(6).split(" ") : undefined;
}

export function createPersonSignIn(options: PersonOptions): PersonSignIn {
  const { client, gate, keptAnswer, newId, now, onAuth, say, serverUrl, signal, sleep } = options;
  /** Messages that were sent again after a sign-in. */
  const repeated = new WeakSet<Message>();
  /** Requests that wait, to end them when the client cancels them. */
  const waiting = new Map<string, AbortController>();
  const elicitation: Elicitation = createElicitation({ client, serverUrl, newId, now });
  /** Pending since `initialize` was answered with a stored answer, until the server has a session. */
  let session: Promise<LoginEnd> | undefined;
  let ownInitialize: { readonly id: string; resolve(response: Message): void } | undefined;
  let announced = "";

  function clientName(): string | undefined {
    const params = client.initialize?.value["params"];
    const info = isObject(params) ? params["clientInfo"] : undefined;
    return isObject(info) ? stringMember(info, "name") : undefined;
  }

  const patience = () => patienceOf(clientName(), options.initTimeoutMs);

  async function respond(
    message: Message,
    reason: BridgeReason,
    text: string,
    command: string,
    { toClient }: Ends,
    url?: string,
  ): Promise<false> {
    const page = url === undefined ? "" : `open ${url} in a browser, or `;
    const advice = `${text}. To sign in, ${page}run in a terminal: ${command}`;
    const data = { command: command.split(" "), url };
    await toClient(bridgeErrorResponse(message, reason, advice, data));
    return false;
  }

  /** One line for each login. */
  function announce({ startUrl, tab }: LoginStatus, command: string): void {
    if (startUrl === undefined || startUrl === announced) return;
    announced = startUrl;
    const how = tab === "opened" ? "in the browser tab that mcpass opens" : "in a browser";
    say(`mcpass: sign in to ${serverUrl} ${how}: ${startUrl} (or run: ${command})`);
    if (tab !== "opened") return;
    sleep(BROWSER_MS, signal).then(() => {
      if (gate?.status()?.tab === "failed") say(`mcpass: no browser was started: open ${startUrl}`);
    }).catch(() => {});
  }

  /** The mode of a login for this message; undefined if it has to fail at once. */
  async function modeFor(message: Message): Promise<LoginMode | undefined> {
    if (onAuth === "fail" || gate === undefined) return undefined;
    if (onAuth === "wait") return "tab";
    if (elicitation.isPossible(message)) return "page";
    return onAuth === "auto" && await options.hasBrowser() ? "tab" : undefined;
  }

  function startLogin(mode: LoginMode, failure: Failure) {
    const since = options.since();
    const login = gate?.login({ since, scopes: scopesOf(failure), mode }) ??
      Promise.resolve<LoginEnd>({ kind: "failed", message: failure.message });
    const command = commandOf(failure, serverUrl);
    const shown = gate?.waiting(login) ?? Promise.resolve(undefined);
    shown.then((status) => status && announce(status, command));
    return { login, shown };
  }

  /** The end of a login; undefined if the time has passed, or the client cancelled the request. */
  async function within(
    login: Promise<LoginEnd>,
    ms: number,
    message: Message,
    { toClient }: Ends,
  ): Promise<LoginEnd | "cancelled" | undefined> {
    const cancelled = new AbortController();
    if (message.id !== undefined) waiting.set(message.id, cancelled);
    const over = new AbortController();
    const both = AbortSignal.any([signal, cancelled.signal, over.signal]);
    const token = progressToken(message);
    const tell = async () => {
      if (token === undefined) return;
      for (let progress = 1;; progress += 1) {
        await sleep(PROGRESS_MS, both);
        const params = { progressToken: token, progress, message: "Waiting for the sign-in" };
        await toClient(createMessage({ method: "notifications/progress", params }));
      }
    };
    tell().catch(() => {});
    try {
      return await Promise.race([login, sleep(ms, both).then(() => undefined)]);
    } catch {
      return cancelled.signal.aborted ? "cancelled" : undefined;
    } finally {
      over.abort();
      if (message.id !== undefined) waiting.delete(message.id);
    }
  }

  async function answerEnd(
    message: Message,
    end: LoginEnd | "cancelled" | undefined,
    failure: Failure,
    ends: Ends,
  ): Promise<boolean> {
    if (end === "cancelled") return false;
    if (end?.kind === "signed_in") return true;
    const command = commandOf(failure, serverUrl);
    if (end !== undefined) {
      const reason = end.kind === "refused" ? "login_declined" : "login_required";
      return await respond(message, reason, `The sign-in failed: ${end.message}`, command, ends);
    }
    const text = `Nobody has signed in to ${serverUrl} yet`;
    const url = gate?.status()?.startUrl;
    return await respond(message, "login_required", text, command, ends, url);
  }

  /** Waits for a session of the server, after the client got a stored answer. */
  async function openSession(failure: Failure, initialize: Message, ends: Ends): Promise<LoginEnd> {
    // The first request that waits asks the person, if the client can.
    const asksLater = onAuth !== "wait" && elicitation.isDeclared();
    const mode = asksLater ? "watch" : await modeFor(initialize) ?? "watch";
    const { login } = startLogin(mode, failure);
    const end = await login;
    if (end.kind !== "signed_in") return end;
    const id = newId();
    const { promise, resolve } = Promise.withResolvers<Message>();
    ownInitialize = { id: JSON.stringify(id), resolve };
    const text = setMember(initialize.text, ["id"], JSON.stringify(id));
    const request = readMessage(text);
    if (request === undefined) throw new TypeError("a changed request is a request");
    repeated.add(request);
    await ends.toServer(request);
    const { result, error } = (await promise).value;
    if (!isObject(result)) {
      const words = isObject(error) ? stringMember(error, "message") : undefined;
      return { kind: "failed", message: words ?? "the server did not initialize a session" };
    }
    await ends.toServer(createMessage({ method: "notifications/initialized" }));
    return end;
  }

  async function announceLists(answer: Message, { toClient }: Ends): Promise<void> {
    const { result } = answer.value;
    const capabilities = isObject(result) ? result["capabilities"] : undefined;
    for (const list of LISTS) {
      const capability = isObject(capabilities) ? member(capabilities, list) : undefined;
      if (!isObject(capability) || capability["listChanged"] !== true) continue;
      await toClient(createMessage({ method: `notifications/${list}/list_changed` }));
    }
  }

  function beginKept(answer: Message, failure: Failure, initialize: Message, ends: Ends): void {
    const opening = openSession(failure, initialize, ends)
      .catch((): LoginEnd => ({ kind: "failed", message: "the server could not be reached" }));
    session = opening;
    opening.then(async (end) => {
      if (end.kind === "signed_in") {
        session = undefined;
        await announceLists(answer, ends);
      } else if (session === opening) {
        // The next request tries again.
        session = undefined;
        retry = () => beginKept(answer, failure, initialize, ends);
      }
    });
    lastFailure = failure;
  }

  let retry: (() => void) | undefined;
  let lastFailure: Failure | undefined;

  async function askClient(
    message: Message,
    failure: Failure,
    ends: Ends,
  ): Promise<boolean> {
    const { login, shown } = startLogin("page", failure);
    const status = await shown;
    if (status?.startUrl === undefined) {
      return await answerEnd(message, await login, failure, ends);
    }
    if (elicitation.isStateless(message)) {
      await ends.toClient(elicitation.inputRequired(message, status));
      return false;
    }
    const asked = elicitation.ask(status, ends).then(async (answer): Promise<LoginEnd> =>
      answer === "accept"
        ? await login
        : { kind: "refused", message: "the sign-in was declined in the client" }
    );
    const ms = patience().requestMs(message.method ?? "", now() - options.startedAt);
    const end = await within(Promise.race([login, asked]), ms, message, ends);
    if (typeof end === "object" && end.kind === "signed_in") await elicitation.complete(ends);
    return await answerEnd(message, end, failure, ends);
  }

  async function signIn(message: Message, failure: Failure, ends: Ends): Promise<boolean> {
    if (message.kind !== "request") return false;
    const command = commandOf(failure, serverUrl);
    const isInitialize = message.method === "initialize";
    const required = () => respond(message, "login_required", failure.message, command, ends);
    if (repeated.has(message)) {
      if (message.id === ownInitialize?.id) {
        ownInitialize?.resolve(createMessage({ error: { message: failure.message } }));
        return false;
      }
      return await required();
    }
    const kept = isInitialize || BACKGROUND.includes(message.method)
      ? keptAnswer(message)
      : undefined;
    if (BACKGROUND.includes(message.method)) {
      if (kept === undefined) return await required();
      await ends.toClient(kept);
      return false;
    }
    if (isInitialize && kept !== undefined) {
      await ends.toClient(kept);
      beginKept(kept, failure, message, ends);
      return false;
    }
    const mode = await modeFor(message);
    if (mode === undefined) {
      say(`mcpass: ${failure.message}. To sign in, run: ${command}`);
      return await required();
    }
    if (mode === "page" && !elicitation.wasAsked(message)) {
      if (elicitation.isDeclined()) {
        const text = "The sign-in was declined in the client";
        return await respond(message, "login_declined", text, command, ends);
      }
      const isSent = await askClient(message, failure, ends);
      if (isSent) repeated.add(message);
      return isSent;
    }
    const { login } = startLogin(mode, failure);
    const { initializeMs, requestMs } = patience();
    const ms = isInitialize
      ? initializeMs
      : requestMs(message.method ?? "", now() - options.startedAt);
    const end = await within(login, ms, message, ends);
    const isSent = await answerEnd(message, end, failure, ends);
    if (isSent) repeated.add(message);
    return isSent;
  }

  /** A request while the server has no session yet. */
  async function waitForSession(message: Message, ends: Ends): Promise<void> {
    const { method = "" } = message;
    const failure = lastFailure;
    if (message.kind !== "request" || session === undefined || failure === undefined) return;
    if (method === "ping") {
      return await ends.toClient(createMessage({ id: message.value["id"], result: {} }));
    }
    const command = commandOf(failure, serverUrl);
    const mode = await modeFor(message);
    if (mode === undefined) {
      await respond(message, "login_required", failure.message, command, ends);
      return;
    }
    if (mode === "page") {
      if (elicitation.isDeclined()) {
        const text = "The sign-in was declined in the client";
        await respond(message, "login_declined", text, command, ends);
        return;
      }
      if (!await askClient(message, failure, ends)) return;
    }
    const ms = patience().requestMs(method, now() - options.startedAt);
    const end = await within(session, ms, message, ends);
    if (await answerEnd(message, end, failure, ends)) await ends.toServer(message);
  }

  return {
    signIn,
    async fromClient(message, ends) {
      if (elicitation.takeAnswer(message)) return;
      const { params } = message.value;
      if (message.method === "notifications/cancelled" && isObject(params)) {
        const request = waiting.get(JSON.stringify(params["requestId"]));
        if (request !== undefined) return request.abort();
      }
      const next = elicitation.withoutOwnState(message);
      if (next === "declined") {
        const text = "The sign-in was declined in the client";
        await respond(message, "login_declined", text, `mcpass login ${serverUrl}`, ends);
        return;
      }
      if (session === undefined && retry !== undefined && message.kind === "request") {
        const again = retry;
        retry = undefined;
        again();
      }
      if (session !== undefined && message.method !== "initialize") {
        return await waitForSession(next, ends);
      }
      await ends.toServer(next);
    },
    async fromServer(message, ends) {
      if (message.kind === "response" && message.id === ownInitialize?.id) {
        return ownInitialize?.resolve(message);
      }
      await ends.toClient(message);
    },
  };
}
