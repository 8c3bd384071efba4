/**
 * Preloaded before the program: its time limits last five times as long. For tests of what it still writes
 * after a signal, on a machine of any speed; `tests/core/running_time_test.ts` tests the limit itself.
 *
 * @module
 */

const FACTOR = 5;

const now = performance.now.bind(performance);
performance.now = () => now() / FACTOR;

const { process } = globalThis as unknown as {
  process: { cpuUsage(): { user: number; system: number } };
};
const cpuUsage = process.cpuUsage.bind(process);
process.cpuUsage = () => {
  const { user, system } = cpuUsage();
  return { user: user / FACTOR, system: system / FACTOR };
};
