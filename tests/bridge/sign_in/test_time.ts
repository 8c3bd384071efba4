/** Time for a bridge: it passes when the test says so, except between looks at a file. */

import { cancelledFailure } from "../../../src/core/failure.ts";
import { pause } from "./bridge_home.ts";

export interface TestTime {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Waits until somebody waits that long, and ends it. */
  pass(ms: number): Promise<void>;
}

const LOOKING_MS = 250;

/** Makes one. */
export function testTime(): TestTime {
  const sleepers = new Map<() => void, number>();
  return {
    async sleep(ms, signal) {
      if (signal.aborted) throw cancelledFailure();
      if (ms === LOOKING_MS) return await pause();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => reject(cancelledFailure()), { once: true });
      sleepers.set(resolve, ms);
      await promise.finally(() => sleepers.delete(resolve));
    },
    async pass(ms) {
      for (;;) {
        const due = [...sleepers].filter(([, length]) => length === ms);
        for (const [resolve] of due) resolve();
        if (due.length > 0) return;
        await pause();
      }
    },
  };
}
