/** Ends a bridge that is not used. @module */

import { cancelledId } from "../message/message.ts";
import type { Stage } from "../relay/relay.ts";

/** Starts a timer. @returns A function that stops it. */
export type StartTimer = (onEnd: () => void, ms: number) => () => void;

const startTimer: StartTimer = (onEnd, ms) => {
  const timer = setTimeout(onEnd, ms);
  return () => clearTimeout(timer);
};

/** Counts what is open. */
export interface IdleTimer {
  /** Something is open until `end`. */
  begin(): void;
  end(): void;
  close(): void;
}

/** Calls `onIdle` when nothing began or ended for this time, and nothing is open. */
export function createIdleTimer(ms: number, onIdle: () => void, start = startTimer): IdleTimer {
  let open = 0;
  let stop = () => {};
  function restart(): void {
    stop();
    stop = start(() => {
      if (open === 0) onIdle();
      else restart();
    }, ms);
  }
  restart();
  return {
    begin() {
      open += 1;
      restart();
    },
    end() {
      open -= 1;
      restart();
    },
    close: () => stop(),
  };
}

/** Calls `onIdle` when no message passed for this time and no request of the client is open. */
export function limitIdleTime(ms: number, onIdle: () => void, start = startTimer): Stage {
  const open = new Set<string>();
  let stop = () => {};
  function restart(): void {
    stop();
    stop = start(() => {
      if (open.size === 0) onIdle();
      else restart();
    }, ms);
  }
  restart();
  return {
    async fromClient(message, { toServer }) {
      restart();
      if (message.kind === "request" && message.id !== undefined) open.add(message.id);
      // It may never get a response.
      open.delete(cancelledId(message) ?? "");
      await toServer(message);
    },
    async fromServer(message, { toClient }) {
      restart();
      if (message.kind === "response") open.delete(message.id ?? "");
      await toClient(message);
    },
    close() {
      stop();
      return Promise.resolve();
    },
  };
}
