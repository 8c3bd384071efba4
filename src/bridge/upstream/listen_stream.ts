/** The stream of `subscriptions/listen` (MCP 2026-07-28, *Subscriptions*). @module */

import { isObject, type JsonObject, member, stringListMember } from "../../core/json.ts";
import { createMessage, idText, type Message, messageOf } from "../message/message.ts";
import { setMember } from "../message/splice.ts";
import { SUBSCRIPTION_ID } from "../message/stateless_meta.ts";
import { createBackoff, type Delay } from "./backoff.ts";

export const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

export const RESOURCE_UPDATED = "notifications/resources/updated";

/** The member of a filter, and the notification that it asks for. */
export const LIST_CHANGES = [
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
] as const;

/** A notification of the subscription with this id. */
export function subscribed(id: string, method: string, params: JsonObject = {}): Message {
  const { text } = createMessage({ method, params });
  return messageOf(setMember(text, ["params", "_meta", SUBSCRIPTION_ID], id));
}

/** Notifications about everything that may have changed while there was no stream. */
export function missedChanges(acknowledged: Message, id: string): Message[] {
  const { params } = acknowledged.value;
  const filter = isObject(params) && isObject(params["notifications"])
    ? params["notifications"]
    : {};
  const lists = LIST_CHANGES.filter(([name]) => member(filter, name) === true)
    .map(([, method]) => subscribed(id, method));
  const uris = stringListMember(filter, "resourceSubscriptions") ?? [];
  return [...lists, ...uris.map((uri) => subscribed(id, RESOURCE_UPDATED, { uri }))];
}

interface ListenOptions {
  /** Sends the request; yields the messages of the response. */
  readonly open: () => AsyncIterable<Message>;
  readonly deliver: (message: Message, request: Message) => Promise<void>;
  readonly delay: Delay;
  readonly signal: AbortSignal;
}

/**
 * Opens the stream again when it ends without the response. Resolves when the response was delivered;
 * false if the first stream had none and was not acknowledged.
 *
 * @throws As `open`, before the acknowledgement.
 */
export async function keepListening(
  request: Message,
  { open, deliver, delay, signal }: ListenOptions,
): Promise<boolean> {
  let acknowledged: Message | undefined;
  const backoff = createBackoff();
  for (;;) {
    try {
      for await (const message of open()) {
        const isAgain = message.method === ACKNOWLEDGED && acknowledged !== undefined;
        const messages = isAgain ? missedChanges(message, idText(request)) : [message];
        for (const it of messages) await deliver(it, request);
        if (message.kind === "response") return true;
        if (message.method === ACKNOWLEDGED) acknowledged = message;
        backoff.reset();
      }
    } catch (error) {
      if (acknowledged === undefined) throw error;
    }
    if (acknowledged === undefined) return false;
    await delay(backoff.next(), signal);
  }
}
