/** What a client set up in its session, to do the same in a new one. @module */

import { isObject, type JsonObject, member, stringMember } from "../../core/json.ts";
import { createMessage, type Message, withId } from "../message/message.ts";
import { createOwnIds } from "../message/own_ids.ts";

const LISTS = ["tools", "prompts", "resources"] as const;

export interface SessionState {
  /** Remembers a request of the client with its result. */
  observe(request: Message, response: Message): void;
  /** The `initialize` request of the client; undefined before its result. */
  initialize(): Message | undefined;
  version(): string | undefined;
  /** Requests that restore subscriptions and the log level. */
  restoring(): readonly Message[];
  /** Notifications about lists that may differ from those of the former session. */
  changesSince(former: JsonObject): readonly Message[];
  capabilities(): JsonObject;
}

const nextId = createOwnIds();

/** The message with an id of mcpass. */
export function withOwnId(message: Message): Message {
  return withId(message, nextId());
}

function paramOf({ value }: Message, name: string): string | undefined {
  const { params } = value;
  return isObject(params) ? stringMember(params, name) : undefined;
}

export function createSessionState(): SessionState {
  let initialize: Message | undefined;
  let result: JsonObject | undefined;
  let level: Message | undefined;
  const subscriptions = new Map<string, Message>();

  function capabilities(): JsonObject {
    const { capabilities: declared } = result ?? {};
    return isObject(declared) ? declared : {};
  }

  return {
    observe(request, response) {
      const { result: received } = response.value;
      if (!isObject(received)) return;
      const uri = paramOf(request, "uri") ?? "";
      if (request.method === "initialize") {
        initialize = request;
        result = received;
      } else if (request.method === "logging/setLevel") level = request;
      else if (request.method === "resources/subscribe") subscriptions.set(uri, request);
      else if (request.method === "resources/unsubscribe") subscriptions.delete(uri);
    },
    initialize: () => initialize,
    version: () => result && stringMember(result, "protocolVersion"),
    restoring: () => [...subscriptions.values(), ...level === undefined ? [] : [level]],
    capabilities,
    changesSince(former) {
      const now = capabilities();
      if (JSON.stringify(former) === JSON.stringify(now)) return [];
      return LISTS.filter((name) => [former, now].some((all) => member(all, name) !== undefined))
        .map((name) => createMessage({ method: `notifications/${name}/list_changed` }));
    },
  };
}
