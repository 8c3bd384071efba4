/** Notices of a stateless server for a client of the `initialize` era: one subscription for all. @module */

import { createBackoff, type Delay } from "../upstream/backoff.ts";
import { ACKNOWLEDGED, LIST_CHANGES, missedChanges } from "../upstream/listen_stream.ts";
import { errorOf, idText, type Message, messageOf } from "../message/message.ts";
import { removeMember } from "../message/splice.ts";
import { SUBSCRIPTION_ID } from "../message/stateless_meta.ts";
import type { AskingUpstream } from "./asking_upstream.ts";
import { at, cancellation } from "./mapped_message.ts";

interface ChangeOptions {
  readonly upstream: () => AskingUpstream;
  /** A request of the client's era, with what the server needs to know of the client. */
  readonly request: (method: string, params: string) => Message;
  readonly toClient: (message: Message) => Promise<void>;
  readonly capabilities: () => unknown;
  readonly delay: Delay;
  readonly signal: AbortSignal;
}

export interface ServerChanges {
  start(): void;
  subscribe(uri: string): void;
  unsubscribe(uri: string): void;
  /** Takes a notification of the subscription that a request opened. */
  receive(notification: Message, request: Message): Promise<void>;
}

/** The capability that announces a list change. */
const LISTS: readonly string[] = ["tools", "prompts", "resources"];

const withoutSubscription = ({ text }: Message): Message =>
  messageOf(removeMember(text, ["params", "_meta", SUBSCRIPTION_ID]));

export function createServerChanges(options: ChangeOptions): ServerChanges {
  const { upstream, request, toClient, capabilities, delay, signal } = options;
  const uris = new Set<string>();
  let newest: Message | undefined;
  /** The one that the server acknowledged last. */
  let active: Message | undefined;
  /** True if notices may have been lost before the next subscription. */
  let isInterrupted = false;

  function filter(): Record<string, unknown> {
    const lists = LIST_CHANGES.filter((_, index) =>
      at(capabilities(), LISTS[index] ?? "", "listChanged") === true
    );
    return {
      ...Object.fromEntries(lists.map(([name]) => [name, true])),
      ...uris.size > 0 && { resourceSubscriptions: [...uris] },
    };
  }

  async function cancel(listening: Message | undefined): Promise<void> {
    if (listening === undefined) return;
    await upstream().send(cancellation(idText(listening)));
  }

  /** Opens a subscription, and again after it ended; the one before ends when this is acknowledged. */
  async function listen(): Promise<void> {
    const backoff = createBackoff();
    while (!signal.aborted) {
      const notifications = filter();
      if (Object.keys(notifications).length === 0) {
        await cancel(active);
        return;
      }
      const own = newest = request("subscriptions/listen", JSON.stringify({ notifications }));
      try {
        const response = await upstream().ask(own);
        if (response === undefined || errorOf(response) !== undefined) return;
      } catch {
        // Without the notices, everything else works.
      }
      if (newest !== own) return;
      isInterrupted = true;
      await delay(backoff.next(), signal);
    }
  }

  const restart = () => void listen().catch(() => {});

  return {
    start: restart,
    subscribe(uri) {
      if (uris.has(uri)) return;
      uris.add(uri);
      restart();
    },
    unsubscribe(uri) {
      if (uris.delete(uri)) restart();
    },
    async receive(notification, from) {
      if (notification.method === ACKNOWLEDGED) {
        if (from.id !== newest?.id) return;
        const before = active;
        active = from;
        if (before?.id !== from.id) await cancel(before);
        const missed = isInterrupted ? missedChanges(notification, idText(from)) : [];
        isInterrupted = false;
        for (const it of missed) await toClient(withoutSubscription(it));
      } else if (from.id === (active ?? newest)?.id) {
        await toClient(withoutSubscription(notification));
      }
    },
  };
}
