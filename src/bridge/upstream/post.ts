/** Sends messages to a server with Streamable HTTP. @module */

import { Failure } from "../../core/failure.ts";
import type { Message } from "../message/message.ts";
import { createBackoff, type Delay } from "./backoff.ts";
import { isReadOnly, isSessionLost, readRefusal, type Refusal, retryDelay } from "./refusal.ts";
import type { Session } from "./session.ts";
import type { UpstreamOptions } from "./upstream.ts";

export type Posted = { readonly response: Response } | { readonly refusal: Refusal };

export interface Post {
  /** Sends a message; once more in a new session, and again when a busy server allows it. */
  (message: Message, until: AbortSignal): Promise<Posted>;
  /** The same without a new session: for the messages that start one. */
  own(message: Message, until: AbortSignal): Promise<Posted>;
}

interface PostOptions extends Pick<UpstreamOptions, "serverUrl" | "fetch" | "log"> {
  readonly delay: Delay;
  /** Undefined if the server is stateless. */
  readonly session?: { readonly current: Session | undefined };
  readonly headers: (message: Message) => HeadersInit;
  /** Called when the body of a message has left. */
  readonly onSent: (message: Message) => void;
  /** Starts another session; false if that is not possible. */
  readonly renew?: (lost: Session) => Promise<boolean>;
  /** Settles when no session is being started. */
  readonly isReady?: () => Promise<unknown>;
}

const MAX_CONNECTS = 4;

/** Failures before a message was sent. */
const NOT_CONNECTED = ["network_connection_refused", "network_dns"];

export function createPost(options: PostOptions): Post {
  const { serverUrl, fetch, log, delay, session, onSent, renew, isReady } = options;

  async function postOnce(message: Message, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(serverUrl, {
        method: "POST",
        headers: options.headers(message),
        body: message.text,
        signal,
        isTimed: true,
        isMeasured: true,
        isRepeatable: isReadOnly(message),
        onSent: () => onSent(message),
      });
    } finally {
      onSent(message);
    }
  }

  /** Waits for a server that is being started: a message that was not sent was not executed. */
  async function connect(message: Message, until: AbortSignal): Promise<Response> {
    const backoff = createBackoff();
    for (let attempt = 1;; attempt += 1) {
      try {
        return await postOnce(message, until);
      } catch (error) {
        const isLate = attempt >= MAX_CONNECTS || message.method === "initialize";
        const isUnsent = error instanceof Failure && NOT_CONNECTED.includes(error.code);
        if (isLate || !isUnsent) throw error;
        log?.("not_connected", { method: message.method, attempt });
        await delay(backoff.next() / 4, until);
      }
    }
  }

  async function post(message: Message, until: AbortSignal, mayRenew: boolean): Promise<Posted> {
    let isRenewable = mayRenew;
    for (let retries = 0;; retries += 1) {
      if (mayRenew) await isReady?.();
      const used = session?.current;
      const response = await connect(message, until);
      if (response.ok) return { response };
      const refusal = await readRefusal(response);
      if (used?.id !== undefined && isRenewable && isSessionLost(refusal)) {
        isRenewable = false;
        if (await renew?.(used)) continue;
      }
      const milliseconds = retryDelay(refusal, message, retries);
      if (milliseconds === undefined) return { refusal };
      log?.("waiting", { method: message.method, status: refusal.status, ms: milliseconds });
      await delay(milliseconds, until);
    }
  }

  return Object.assign((message: Message, until: AbortSignal) => post(message, until, true), {
    own: (message: Message, until: AbortSignal) => post(message, until, false),
  });
}
