/** Requests of the client that wait for their response. @module */

import { isObject } from "../../core/json.ts";
import { readMessages } from "../message/batch.ts";
import { idText, type Message, withId } from "../message/message.ts";
import { tooLongFault } from "./refusal.ts";
import type { UpstreamOptions } from "./upstream.ts";

export interface OpenRequest {
  readonly message: Message;
  /** Settles with the response, or with its failure. */
  readonly answered: PromiseWithResolvers<void>;
  /** Ends its exchange. */
  readonly ending: AbortController;
  /** Aborted when the client no longer waits for the response. */
  readonly cancelled: AbortController;
  isAnswered: boolean;
  deliver(response: Message): Promise<void>;
}

export interface OpenRequests {
  add(message: Message, deliver: OpenRequest["deliver"]): OpenRequest;
  find(id: string): OpenRequest | undefined;
  /**
   * Passes on what the server sent, in the stream of a request or in another one.
   *
   * @returns False if the text has no message.
   */
  receive(text: string | undefined, request?: OpenRequest): Promise<boolean>;
  /** Ends a request whose response another connection delivers. */
  settle(request: OpenRequest): void;
  /** Ends a request without a response of the server. */
  fail(request: OpenRequest, error: unknown): void;
  all(): readonly OpenRequest[];
}

/** @param onRequest Gets each request of the server. */
export function createOpenRequests(
  deliver: UpstreamOptions["deliver"],
  onRequest: (message: Message) => void = () => {},
): OpenRequests {
  const open = new Set<OpenRequest>();

  function end(request: OpenRequest): boolean {
    if (request.isAnswered) return false;
    request.isAnswered = true;
    open.delete(request);
    return true;
  }

  function fail(request: OpenRequest, error: unknown): void {
    if (end(request)) request.answered.reject(error);
  }

  const find = (id: string) => [...open].find(({ message }) => message.id === id);

  /** An error without an id, in the stream of a request, is its response. */
  function requestOf({ id, value }: Message, request: OpenRequest | undefined) {
    if (id === undefined) return isObject(value["error"]) ? request : undefined;
    return request?.message.id === id ? request : find(id);
  }

  async function respond(response: Message, target: OpenRequest): Promise<void> {
    if (!end(target)) return;
    const numbered = response.id === undefined
      ? withId(response, idText(target.message))
      : response;
    await target.deliver(numbered).then(target.answered.resolve, target.answered.reject);
  }

  return {
    add(message, deliverResponse) {
      const request: OpenRequest = {
        message,
        answered: Promise.withResolvers(),
        ending: new AbortController(),
        cancelled: new AbortController(),
        isAnswered: false,
        deliver: deliverResponse,
      };
      request.answered.promise.catch(() => {});
      open.add(request);
      return request;
    },
    find,
    async receive(text, request) {
      if (text === undefined) {
        if (request !== undefined) fail(request, tooLongFault(request.message));
        return true;
      }
      const messages = readMessages(text);
      for (const message of messages ?? []) {
        if (message.kind === "response") {
          const target = requestOf(message, request);
          if (target !== undefined) await respond(message, target);
        } else {
          if (message.kind === "request") onRequest(message);
          await deliver(message, request?.message);
        }
      }
      return messages !== undefined;
    },
    settle(request) {
      if (end(request)) request.answered.resolve();
    },
    fail,
    all: () => [...open],
  };
}
