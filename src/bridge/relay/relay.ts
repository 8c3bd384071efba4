/** Connects a client with the server: messages pass stages on their way, in both directions. @module */

import { unlessAborted } from "../../core/abort.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import { bridgeErrorResponse } from "../message/bridge_error.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import type { Message } from "../message/message.ts";
import { lostFault } from "../upstream/refusal.ts";
import type { OpenUpstream, UpstreamOptions } from "../upstream/upstream.ts";

/** Where a stage sends messages: the next stage in each direction. */
export interface Ends {
  toServer(message: Message): Promise<void>;
  toClient(message: Message): Promise<void>;
}

/** What a stage does with messages; without a method for a direction, they are passed on. */
export interface Stage {
  fromClient?(message: Message, ends: Ends): Promise<void>;
  fromServer?(message: Message, ends: Ends): Promise<void>;
  close?(): Promise<void>;
}

export interface RelayOptions extends Omit<UpstreamOptions, "deliver"> {
  readonly open: OpenUpstream;
  /** The first one is next to the client. */
  readonly stages: readonly Stage[];
  /** Writes to the client. */
  readonly write: (message: Message) => Promise<void>;
  /**
   * Called if a person has to sign in before a message can be sent.
   *
   * @returns True if it can be sent now; false if it was answered.
   */
  readonly signIn: (message: Message, failure: Failure, ends: Ends) => Promise<boolean>;
}

export interface Relay {
  /** Resolves when the server's response was written, or an error instead. Never rejects. */
  send(message: Message): Promise<void>;
  /** Notifies the stages and the server. Never rejects. */
  close(signal: AbortSignal): Promise<void>;
}

/** The response instead of the server's. */
function failedResponse(request: Message, error: unknown): Message {
  if (error instanceof BridgeFault) {
    return bridgeErrorResponse(request, error.reason, error.message, error.data);
  }
  const { message, remedy } = toFailure(error);
  const [advice] = (remedy ?? "").split("\n");
  const text = advice ? `${message}. ${advice}` : message;
  return bridgeErrorResponse(request, "upstream_unreachable", text);
}

const endedFault = (message: Message) =>
  lostFault(message, `mcpass ended before the response to ${message.method} was received`);

export function createRelay(
  { open, stages, write, signIn, ...upstreamOptions }: RelayOptions,
): Relay {
  const { mask = String } = upstreamOptions;
  let isClosed = false;
  const upstream = open({ ...upstreamOptions, deliver: (message) => pass(message, last, -1) });
  const last = stages.length - 1;

  /** A failure may quote the server. */
  function masked(failure: Failure): Failure {
    const { code, message, remedy } = failure;
    return new Failure(code, mask(message), { ...failure, remedy: remedy && mask(remedy) });
  }

  async function sendUp(message: Message): Promise<void> {
    for (;;) {
      try {
        return await upstream.send(message);
      } catch (error) {
        const failure = error instanceof BridgeFault ? undefined : masked(toFailure(error));
        const back: Ends = {
          toServer: sendUp,
          toClient: (answer) => pass(answer, last, -1),
        };
        if (failure?.kind === "sign_in_needed") {
          if (await signIn(message, failure, back)) continue;
          return;
        }
        const cut = isClosed ? endedFault(message) : undefined;
        if (message.kind === "request") {
          await back.toClient(failedResponse(message, failure ? cut ?? failure : error));
        }
        return;
      }
    }
  }

  /** From stage to stage; 1 is the direction to the server. */
  async function pass(message: Message, at: number, direction: 1 | -1): Promise<void> {
    const stage = stages[at];
    if (stage === undefined) return await (direction === 1 ? sendUp : write)(message);
    const ends: Ends = {
      toServer: (next) => pass(next, at + 1, 1),
      toClient: (next) => pass(next, at - 1, -1),
    };
    const work = direction === 1 ? stage.fromClient : stage.fromServer;
    if (work === undefined) return await pass(message, at + direction, direction);
    await work(message, ends);
  }

  return {
    send: (message) => pass(message, 0, 1),
    async close(signal) {
      isClosed = true;
      const work = [...stages.map((stage) => stage.close?.()), upstream.close(signal)];
      // A token that is being obtained may take longer.
      await unlessAborted(Promise.allSettled(work), signal).catch(() => {});
    },
  };
}
