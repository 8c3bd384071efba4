/** @module Time limits that a slow or loaded machine does not shorten. */

/** Milliseconds between two looks at the clocks. */
const TICK_MS = 10;

export interface Clocks {
  /** Milliseconds. */
  wall(): number;
  /** Milliseconds that the threads of this process had a processor. */
  processor(): number;
}

const CLOCKS: Clocks = {
  wall: () => performance.now(),
  processor() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/**
 * Measures how long this process waited or worked. Call the result every {@link TICK_MS} milliseconds: it
 * returns the milliseconds since the start, without the time in which the process had work but no
 * processor, because other programs used it or the process was suspended.
 */
export function measureRunning({ wall, processor }: Clocks): () => number {
  let running = 0;
  let since = wall();
  let used = processor();
  return () => {
    const passed = wall() - since;
    const worked = processor() - used;
    since += passed;
    used += worked;
    // A tick in time: the process was free. A late one: it worked, or could not run.
    running += passed < 2 * TICK_MS ? passed : Math.min(passed, Math.max(TICK_MS, worked));
    return running;
  };
}

/**
 * Calls back after so many milliseconds that {@link measureRunning} counts.
 * @returns A function that cancels it.
 */
export function afterRunning(ms: number, callback: () => void): () => void {
  const measured = measureRunning(CLOCKS);
  const timer = setInterval(() => {
    if (measured() < ms) return;
    clearInterval(timer);
    callback();
  }, TICK_MS);
  return () => clearInterval(timer);
}
