/** The side of the server. @module */

import type { Fetch } from "../../flow/mcp/authorized_fetch.ts";
import type { Backlog } from "../message/backlog.ts";
import type { Message } from "../message/message.ts";
import type { Delay } from "./backoff.ts";

/** A connection of the bridge to the server, in one protocol era. */
export interface Upstream {
  /**
   * Sends a message. For a request it resolves after the response was delivered, or another message
   * replaced it; so each request gets a response, or a failure.
   *
   * @throws Failure of kind `sign_in_needed` if a person has to sign in; the message was not
   * executed, and may be sent again. `network_*`, `redirect_refused`, `cancelled`. BridgeFault.
   */
  send(message: Message): Promise<void>;
  /** Ends streams and the session; the signal asks to be quick. */
  close(signal: AbortSignal): Promise<void>;
}

export interface UpstreamOptions {
  readonly serverUrl: string;
  /** Adds the token; refreshes it before it expires and after a 401. */
  readonly fetch: Fetch;
  /**
   * Gets each message of the server, in the order of its stream.
   *
   * @param request The request in whose stream it was received, if any.
   */
  readonly deliver: (message: Message, request?: Message) => Promise<void>;
  readonly signal: AbortSignal;
  /** Counts the messages that are on their way to the server. */
  readonly backlog?: Backlog | undefined;
  /** Masks secrets in a text of the server. */
  readonly mask?: (text: string) => string;
  /** What happened, without the contents of messages. */
  readonly log?:
    | ((event: string, fields: Readonly<Record<string, string | number | undefined>>) => void)
    | undefined;
  /** By default a real timer. */
  readonly delay?: Delay | undefined;
}

export type OpenUpstream = (options: UpstreamOptions) => Upstream;
