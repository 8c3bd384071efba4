/** Questions of a stateless server, as requests to a client of the `initialize` era. @module */

import { isObject, stringMember } from "../../core/json.ts";
import { errorOf, type Message } from "../message/message.ts";
import { setMember, valueText } from "../message/splice.ts";
import {
  at,
  cancellation,
  ELICITATION,
  QUESTIONS,
  requestText,
  unmappable,
} from "./mapped_message.ts";

interface QuestionOptions {
  readonly nextId: () => string;
  readonly toClient: (message: Message) => Promise<void>;
  /** What the client declared in `initialize`. */
  readonly capabilities: () => unknown;
}

export interface ClientQuestions {
  /**
   * Asks everything that a result `input_required` asks for.
   *
   * @returns The members of the next request as JSON texts, or the error of the client.
   * @throws BridgeFault `bridge_unmappable` for a question that this client cannot be asked.
   */
  ask(response: Message, signal: AbortSignal): Promise<Map<string, string> | Message>;
  /** Takes a response of the client. */
  answer(response: Message): void;
}

export function createClientQuestions(
  { nextId, toClient, capabilities }: QuestionOptions,
): ClientQuestions {
  const open = new Map<string | undefined, (response: Message) => void>();

  function check(method: string | undefined, params: unknown): void {
    const capability = QUESTIONS.get(method);
    const isUrl = method === ELICITATION && at(params, "mode") === "url";
    const declared = at(capabilities(), capability ?? "", ...isUrl ? ["url"] : []);
    if (capability !== undefined && declared !== undefined) return;
    if (!isUrl) throw unmappable(`the server asks for ${method}, which this client cannot answer`);
    const url = isObject(params) ? stringMember(params, "url") : undefined;
    throw unmappable(`the server asks to open ${url}, and this client cannot open pages`, { url });
  }

  async function askOne(method: string, params: string, signal: AbortSignal): Promise<Message> {
    const id = nextId();
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const request = requestText(id, method, params);
    open.set(request.id, resolve);
    const cancel = () => {
      void toClient(cancellation(id));
      reject(signal.reason);
    };
    signal.addEventListener("abort", cancel);
    try {
      await toClient(request);
      return await promise;
    } finally {
      signal.removeEventListener("abort", cancel);
      open.delete(request.id);
    }
  }

  /** The question as this era writes it: an elicitation with a URL has an identifier. */
  function paramsText(response: Message, key: string): string {
    const path = ["result", "inputRequests", key, "params"];
    const text = valueText(response.text, path) ?? "{}";
    if (at(response.value, ...path, "mode") !== "url") return text;
    return setMember(text, ["elicitationId"], nextId());
  }

  return {
    async ask(response, signal) {
      const requests = at(response.value, "result", "inputRequests");
      const entries = Object.entries(isObject(requests) ? requests : {});
      for (const [, it] of entries) check(String(at(it, "method")), at(it, "params"));
      const answers = await Promise.all(entries.map(async ([key, it]) => {
        const method = String(at(it, "method"));
        return [key, await askOne(method, paramsText(response, key), signal)] as const;
      }));
      const failed = answers.find(([, answer]) => errorOf(answer) !== undefined)?.[1];
      if (failed !== undefined) return failed;
      const texts = answers.map(([key, { text }]) =>
        `${JSON.stringify(key)}:${valueText(text, ["result"]) ?? "{}"}`
      );
      const state = valueText(response.text, ["result", "requestState"]);
      return new Map([
        ...texts.length > 0 ? [["inputResponses", `{${texts.join(",")}}`] as const] : [],
        ...state === undefined ? [] : [["requestState", state] as const],
      ]);
    },
    answer: (response) => open.get(response.id)?.(response),
  };
}
