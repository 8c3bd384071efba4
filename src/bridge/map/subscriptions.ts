/** Subscriptions of a stateless client at a server of the `initialize` era. @module */

import { isObject, type JsonObject, member, stringListMember } from "../../core/json.ts";
import {
  ACKNOWLEDGED,
  LIST_CHANGES,
  RESOURCE_UPDATED,
  subscribed,
} from "../upstream/listen_stream.ts";
import { errorOf, idText, type Message, messageOf, paramsOf } from "../message/message.ts";
import { setMember } from "../message/splice.ts";
import { SUBSCRIPTION_ID } from "../message/stateless_meta.ts";
import { at } from "./mapped_message.ts";

interface Subscription {
  readonly request: Message;
  /** What was acknowledged. */
  readonly filter: JsonObject;
  readonly uris: readonly string[];
  readonly ended: PromiseWithResolvers<void>;
}

interface SubscriptionOptions {
  readonly toClient: (message: Message) => Promise<void>;
  /** Sends a request about one resource. */
  readonly ask: (method: string, params: string) => Promise<Message | undefined>;
  readonly capabilities: () => unknown;
}

export interface Subscriptions {
  readonly size: () => number;
  /** Resolves when the subscription ends. */
  listen(request: Message): Promise<void>;
  /** Ends the subscription that a request opened, if there is one. */
  end(id: string | undefined): Promise<void>;
  endAll(): void;
  /** Copies a notification of the server to all that it is for; false if it is another one. */
  copy(notification: Message): Promise<boolean>;
}

/** The capability with `listChanged`, in the order of the changes. */
const LISTS = ["tools", "prompts", "resources"] as const;

export function createSubscriptions(
  { toClient, ask, capabilities }: SubscriptionOptions,
): Subscriptions {
  const open = new Map<string | undefined, Subscription>();
  const counts = new Map<string, number>();

  /** False if the server refuses. */
  async function subscribe(uri: string): Promise<boolean> {
    const count = counts.get(uri) ?? 0;
    counts.set(uri, count + 1);
    if (count > 0) return true;
    const response = await ask("resources/subscribe", JSON.stringify({ uri }));
    if (response !== undefined && errorOf(response) === undefined) return true;
    counts.delete(uri);
    return false;
  }

  async function unsubscribe(uri: string): Promise<void> {
    const count = (counts.get(uri) ?? 0) - 1;
    if (count > 0) counts.set(uri, count);
    else if (counts.delete(uri)) await ask("resources/unsubscribe", JSON.stringify({ uri }));
  }

  function isFor({ filter, uris }: Subscription, { method, value }: Message): boolean {
    const flag = LIST_CHANGES.find(([, its]) => its === method)?.[0];
    if (flag !== undefined) return member(filter, flag) === true;
    // A server may send the URI of a part of the resource.
    const uri = String(at(value, "params", "uri"));
    return uris.some((it) => uri === it || uri.startsWith(`${it.replace(/\/$/, "")}/`));
  }

  return {
    size: () => open.size,
    async listen(request) {
      const asked = paramsOf(request)["notifications"];
      const wanted = isObject(asked) ? asked : {};
      const lists = LIST_CHANGES.filter(([flag], index) =>
        member(wanted, flag) === true &&
        at(capabilities(), LISTS[index] ?? "", "listChanged") === true
      );
      const mayName = at(capabilities(), "resources", "subscribe") === true;
      const named = mayName ? stringListMember(wanted, "resourceSubscriptions") ?? [] : [];
      const results = await Promise.all(named.map(subscribe));
      const uris = named.filter((_, index) => results[index]);
      const filter = {
        ...Object.fromEntries(lists.map(([flag]) => [flag, true])),
        ...uris.length > 0 && { resourceSubscriptions: uris },
      };
      const ended = Promise.withResolvers<void>();
      await toClient(subscribed(idText(request), ACKNOWLEDGED, { notifications: filter }));
      open.set(request.id, { request, filter, uris, ended });
      await ended.promise;
    },
    async end(id) {
      const subscription = open.get(id);
      if (subscription === undefined) return;
      open.delete(id);
      subscription.ended.resolve();
      for (const uri of subscription.uris) await unsubscribe(uri);
    },
    endAll() {
      for (const { ended } of open.values()) ended.resolve();
      open.clear();
    },
    async copy(notification) {
      const { method, text } = notification;
      const isChange = LIST_CHANGES.some(([, its]) => its === method);
      if (!isChange && method !== RESOURCE_UPDATED) return false;
      for (const subscription of open.values()) {
        if (!isFor(subscription, notification)) continue;
        const path = ["params", "_meta", SUBSCRIPTION_ID];
        await toClient(messageOf(setMember(text, path, idText(subscription.request))));
      }
      return true;
    },
  };
}
