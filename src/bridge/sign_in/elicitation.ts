/** Asks the person in the client to open the start page (URL elicitation of 2025-11-25 and later). @module */

import { isObject, member, stringMember } from "../../core/json.ts";
import type { LoginStatus } from "../../store/file/bridge_files.ts";
import { createMessage, type Message, readMessage } from "../message/message.ts";
import { removeMember } from "../message/splice.ts";
import type { Ends } from "../relay/relay.ts";
import type { ClientFacts } from "./client_facts.ts";

type Answer = "accept" | "decline";

export interface Elicitation {
  /** True if the client can be asked now, because of this message. */
  isPossible(message: Message): boolean;
  isStateless(message: Message): boolean;
  /** True if a client with a session can be asked, now or later. */
  isDeclared(): boolean;
  isDeclined(): boolean;
  /** True for a message that the client sent again after it was asked. */
  wasAsked(message: Message): boolean;
  /** Asks once for all requests that wait. */
  ask(status: LoginStatus, ends: Ends): Promise<Answer>;
  inputRequired(request: Message, status: LoginStatus): Message;
  /** True if the message is the answer of the client to such a question. */
  takeAnswer(message: Message): boolean;
  /** The request without what was added to ask; `declined` if the person declined. */
  withoutOwnState(message: Message): Message | "declined";
  complete(ends: Ends): Promise<void>;
}

interface ElicitationOptions {
  readonly client: ClientFacts;
  readonly serverUrl: string;
  readonly newId: () => string;
  readonly now: () => number;
}

/** How long a person who declined is not asked again. */
const COOLDOWN_MS = 5 * 60_000;

const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

/** Requests that can be answered with `input_required`. */
const STATEFUL: readonly (string | undefined)[] = ["tools/call", "prompts/get", "resources/read"];

const INPUT = "sign_in";

function declaresUrl(capabilities: unknown): boolean {
  const elicitation = isObject(capabilities) ? member(capabilities, "elicitation") : undefined;
  return isObject(elicitation) && isObject(member(elicitation, "url"));
}

function paramsOf({ value: { params } }: Message) {
  return isObject(params) ? params : {};
}

function capabilitiesOf(message: Message): unknown {
  const meta = member(paramsOf(message), "_meta");
  return isObject(meta) ? member(meta, CAPABILITIES) : undefined;
}

const actionOf = (result: unknown): Answer =>
  isObject(result) && member(result, "action") === "accept" ? "accept" : "decline";

export function createElicitation(options: ElicitationOptions): Elicitation {
  const { client, serverUrl, newId, now } = options;
  const state = newId();
  const answered = new WeakSet<Message>();
  let asking: {
    readonly id: string;
    readonly answer: Promise<Answer>;
    resolve(answer: Answer): void;
  } | undefined;
  let elicitationId: string | undefined;
  let declinedAt = -Infinity;
  /** The page that the person agreed to open. */
  let accepted: string | undefined;

  function questionOf({ account, startUrl, scopes }: LoginStatus) {
    const as = account === "default" ? "" : ` with the account ${account}`;
    const what = scopes === undefined ? "" : ` Scopes: ${scopes.join(" ")}.`;
    return {
      mode: "url",
      url: startUrl,
      message: `Sign in to ${serverUrl}${as}: the page opens its authorization server.${what}`,
    };
  }

  const isStateless = (message: Message) => capabilitiesOf(message) !== undefined;

  function isDeclared(): boolean {
    const { initialize } = client;
    return initialize !== undefined && declaresUrl(member(paramsOf(initialize), "capabilities"));
  }

  return {
    isStateless,
    isDeclared,
    isDeclined: () => now() < declinedAt + COOLDOWN_MS,
    wasAsked: (message) => answered.has(message),

    isPossible(message) {
      if (isStateless(message)) {
        return STATEFUL.includes(message.method) && declaresUrl(capabilitiesOf(message));
      }
      return client.isInitialized && isDeclared();
    },

    ask(status, { toClient }) {
      if (asking !== undefined) return asking.answer;
      if (accepted === status.startUrl) return Promise.resolve("accept");
      const id = newId();
      const { promise, resolve } = Promise.withResolvers<Answer>();
      elicitationId = newId();
      asking = { id: JSON.stringify(id), answer: promise, resolve };
      promise.then((answer) => {
        asking = undefined;
        if (answer === "decline") declinedAt = now();
        else accepted = status.startUrl;
      });
      const params = { ...questionOf(status), elicitationId };
      toClient(createMessage({ id, method: "elicitation/create", params }))
        .catch(() => resolve("decline"));
      return promise;
    },

    inputRequired: (request, status) =>
      createMessage({
        id: request.value["id"],
        result: {
          resultType: "input_required",
          inputRequests: { [INPUT]: { method: "elicitation/create", params: questionOf(status) } },
          requestState: state,
        },
      }),

    takeAnswer(message) {
      if (message.kind !== "response" || asking === undefined || message.id !== asking.id) {
        return false;
      }
      asking.resolve(actionOf(message.value["result"]));
      return true;
    },

    withoutOwnState(message) {
      const params = paramsOf(message);
      if (stringMember(params, "requestState") !== state) return message;
      const responses = member(params, "inputResponses");
      const response = isObject(responses) ? member(responses, INPUT) : undefined;
      if (actionOf(response) === "decline") {
        declinedAt = now();
        return "declined";
      }
      const text = removeMember(
        removeMember(message.text, ["params", "requestState"]),
        ["params", "inputResponses"],
      );
      const next = readMessage(text) ?? message;
      answered.add(next);
      return next;
    },

    async complete({ toClient }) {
      if (elicitationId === undefined) return;
      const params = { elicitationId };
      elicitationId = undefined;
      await toClient(createMessage({ method: "notifications/elicitation/complete", params }));
    },
  };
}
