/**
 * Time limits that pass when a test says so, however fast the machine is.
 *
 * @module
 */

/** Timers of the code under test that fire when the test says so. */
export interface HeldTimers {
  /** Ends the waits that were not cleared. */
  fire(): void;
  /** How many were neither cleared nor fired. */
  readonly waiting: number;
  /** Differs after each new timer. */
  readonly last: number;
  /** Gives timers back to the clock. */
  [Symbol.dispose](): void;
}

/** Holds the timers of `ms` milliseconds that are set from now on. */
export function holdTimers(ms: number): HeldTimers {
  const { setTimeout, clearTimeout } = globalThis;
  const held = new Map<number, () => void>();
  let last = 0;
  Object.assign(globalThis, {
    setTimeout(callback: () => void, delay?: number) {
      if (delay !== ms) return setTimeout(callback, delay);
      held.set(--last, callback);
      return last;
    },
    clearTimeout: (id?: number) => held.delete(id ?? 0) || clearTimeout(id),
  });
  return {
    fire() {
      for (const [id, callback] of [...held]) if (held.delete(id)) callback();
    },
    get waiting() {
      return held.size;
    },
    get last() {
      return last;
    },
    [Symbol.dispose]() {
      Object.assign(globalThis, { setTimeout, clearTimeout });
    },
  };
}
