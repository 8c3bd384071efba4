/**
 * Ends a command after a signal, even if it waits for something that never ends.
 *
 * @module
 */

import { cancelledFailure } from "../../core/failure.ts";
import type { Runtime } from "../command/runtime.ts";

/** Milliseconds that a command has to end after a signal, and to write what was asked for. */
const GRACE_MS = 700;

/** A runtime that reports whether a result was written, and that can stop further output. */
export interface WatchedRuntime {
  /** The runtime to run the command in. */
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

/**
 * Waits for a command.
 *
 * @throws Failure `cancelled` if it does not end within {@link GRACE_MS} after the signal.
 */
export async function cancelIfStuck<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const stuck = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => stuck.reject(cancelledFailure()), GRACE_MS);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  // An abandoned command may still fail; an unhandled rejection would end the program.
  running.catch(() => {});
  try {
    return await Promise.race([running, stuck.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
