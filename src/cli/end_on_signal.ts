/**
 * The end of a command after a signal, also where something that it waits for does not end.
 *
 * @module
 */

import { cancelledFailure } from "../core/failure.ts";
import type { World } from "./world.ts";

/** Milliseconds that a command has to end after a signal, and to write what was asked for. */
const GRACE_MS = 500;

/** A world whose output is known, and ends. */
export interface WatchedWorld {
  /** The world to run the command in. */
  readonly world: World;
  /** True once a result was written. */
  isWritten(): boolean;
  /** From now on nothing of the command is written. */
  close(): void;
}

/** Watches the output of a command: one that was given up may still run. */
export function watchOutput(outside: World): WatchedWorld {
  let written = false;
  let closed = false;
  const watched = <T extends readonly unknown[]>(write: (...args: T) => void) => (...args: T) => {
    if (closed) return;
    written = true;
    write(...args);
  };
  const { io, bytes } = outside;
  return {
    world: {
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
 * What a command comes to.
 *
 * @throws Failure `cancelled` where it does not end soon after the signal.
 */
export async function cancelIfStuck<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const stuck = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => stuck.reject(cancelledFailure()), GRACE_MS);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  // Given up, it may still fail, and nobody is left to be told.
  running.catch(() => {});
  try {
    return await Promise.race([running, stuck.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
