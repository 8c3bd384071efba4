/** Calls at a server of the `initialize` era that wait for an answer of a stateless client. @module */

import { isObject } from "../../core/json.ts";
import { idText, type Message, messageOf, paramsOf } from "../message/message.ts";
import { removeMember, setMember, valueText } from "../message/splice.ts";
import { at } from "./mapped_message.ts";

/** How a call ended at the server; without a response if it was cancelled. */
export type Outcome = { readonly response: Message | undefined } | { readonly error: unknown };

export interface Call {
  /** As sent to the server. */
  readonly sent: Message;
  readonly toServer: (message: Message) => Promise<void>;
  /** `serverInfo` of the session, as JSON text. */
  readonly serverInfo: string | undefined;
  readonly outcome: Promise<Outcome>;
  /** The request of the client that waits for the call; undefined while it is parked. */
  client: Message | undefined;
  /** What the server asks, by the key for the client. */
  readonly questions: Map<string, Message>;
  /** Resolves when there are questions, or the client cancelled the call. */
  interrupted: PromiseWithResolvers<void>;
  isCancelled: boolean;
}

export interface ParkedCalls {
  /** Returns the state that the client sends with its answers. */
  park(call: Call): string;
  /** The call that a request continues; undefined if there is none, null if the state is not valid. */
  take(request: Message): Call | undefined | null;
}

/** Clients may never answer: more calls than these end the oldest one. */
const MAX_PARKED = 32;

/** Parameters that differ between the requests of one call. */
const ROUND_MEMBERS = ["_meta", "inputResponses", "requestState"];

/** Equal for equal JSON values, whatever the order of members. */
function canonical(value: unknown): string {
  const sorted = (_name: string, it: unknown) =>
    isObject(it) ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => a < b ? -1 : 1)) : it;
  return JSON.stringify(value, sorted);
}

function isSameCall(a: Message, b: Message): boolean {
  const params = (message: Message) =>
    canonical(
      Object.fromEntries(
        Object.entries(paramsOf(message)).filter(([name]) => !ROUND_MEMBERS.includes(name)),
      ),
    );
  return a.method === b.method && params(a) === params(b);
}

export function createParkedCalls(drop: (call: Call) => void): ParkedCalls {
  const parked = new Map<string, Call>();
  return {
    park(call) {
      const state = `mcpass-${crypto.randomUUID()}`;
      parked.set(state, call);
      const [oldest] = parked.keys();
      if (parked.size > MAX_PARKED && oldest !== undefined) {
        const dropped = parked.get(oldest);
        parked.delete(oldest);
        if (dropped !== undefined) drop(dropped);
      }
      return state;
    },
    take(request) {
      const state = paramsOf(request)["requestState"];
      if (typeof state !== "string" || !state.startsWith("mcpass-")) return undefined;
      const call = parked.get(state);
      if (call === undefined || !isSameCall(call.sent, request)) return null;
      parked.delete(state);
      return call;
    },
  };
}

/** A question as it is in `inputRequests`, where nothing can be said about it before its answer. */
export function questionText(method: string, params: string | undefined): string {
  const question = `{"method":${JSON.stringify(method)}}`;
  if (params === undefined) return question;
  const plain = [["elicitationId"], ["_meta", "progressToken"]].reduce(removeMember, params);
  const isEmpty = /^\{\s*\}$/.test(valueText(plain, ["_meta"]) ?? "");
  const text = isEmpty ? removeMember(plain, ["_meta"]) : plain;
  return text === "{}" ? question : setMember(question, ["params"], text);
}

/** The text of a result that asks the client. */
export function inputRequired(questions: ReadonlyMap<string, string>, state?: string): string {
  const texts = [...questions].map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  const requestState = state === undefined ? "" : `,"requestState":${JSON.stringify(state)}`;
  return `{"resultType":"input_required","inputRequests":{${texts.join(",")}}${requestState}}`;
}

export function askingResult(call: Call, state: string): string {
  const texts = [...call.questions].map(([key, { method = "", text }]) =>
    [key, questionText(method, valueText(text, ["params"]))] as const
  );
  return inputRequired(new Map(texts), state);
}

/** The responses to the questions that a request answers; those questions are removed. */
export function takeAnswers(call: Call, request: Message): Message[] {
  const answers: Message[] = [];
  for (const [key, question] of call.questions) {
    const answer = valueText(request.text, ["params", "inputResponses", key]);
    if (answer === undefined) continue;
    call.questions.delete(key);
    answers.push(messageOf(`{"jsonrpc":"2.0","id":${idText(question)},"result":${answer}}`));
  }
  if (call.questions.size === 0) call.interrupted = Promise.withResolvers();
  return answers;
}

/** The elicitations of error -32042 as questions, or undefined if it has none. */
export function urlQuestions(response: Message): Map<string, string> | undefined {
  const asked = at(response.value, "error", "data", "elicitations");
  if (!Array.isArray(asked) || asked.length === 0) return undefined;
  return new Map(asked.map((_, index) => {
    const path = ["error", "data", "elicitations", index];
    return [`url-${index + 1}`, questionText("elicitation/create", valueText(response.text, path))];
  }));
}
