/** Watches what a command writes to standard output. @module */

import type { Runtime } from "../command/runtime.ts";

/** A runtime that reports whether a result was written, and that can stop further output. */
export interface WatchedRuntime {
  readonly runtime: Runtime;
  /** True once a result was written. */
  isWritten(): boolean;
  /** Discards everything that the command writes from now on. */
  close(): void;
}

/** Watches the output of a command, which may still run after it was abandoned. */
export function watchOutput(outside: Runtime): WatchedRuntime {
  let written = false;
  let closed = false;
  const watched = <T extends readonly unknown[]>(write: (...args: T) => void) => (...args: T) => {
    if (closed) return;
    written = true;
    write(...args);
  };
  const { io, bytes } = outside;
  return {
    runtime: {
      ...outside,
      io: { ...io, out: watched((text, only?: boolean) => io.out(text, only)) },
      bytes: { ...bytes, out: watched((part) => bytes.out(part)) },
    },
    isWritten: () => written,
    close() {
      closed = true;
    },
  };
}
