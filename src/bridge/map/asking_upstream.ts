/** An upstream whose responses go to those who asked. @module */

import type { OpenUpstream, Upstream, UpstreamOptions } from "../upstream/upstream.ts";
import type { Message } from "../message/message.ts";

export interface AskingUpstream extends Upstream {
  /** The response; undefined if the request was cancelled. @throws As `send`. */
  ask(request: Message): Promise<Message | undefined>;
}

/** `options.deliver` gets requests and notifications, and responses that nobody asked for. */
export function openAsking(open: OpenUpstream, options: UpstreamOptions): AskingUpstream {
  const asked = new Map<string | undefined, (response: Message) => void>();
  const upstream = open({
    ...options,
    async deliver(message, request) {
      const take = message.kind === "response" ? asked.get(message.id) : undefined;
      if (take === undefined) await options.deliver(message, request);
      else take(message);
    },
  });
  return {
    ...upstream,
    async ask(request) {
      let response: Message | undefined;
      asked.set(request.id, (message) => response = message);
      try {
        await upstream.send(request);
      } finally {
        asked.delete(request.id);
      }
      return response;
    },
  };
}
