/** A measured duration, from milliseconds: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const [minutes, rest] = [Math.floor(Math.round(seconds) / 60), Math.round(seconds) % 60];
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

/** A period, from seconds, in the largest unit that yields at least 2: `45 seconds`, `90 minutes`. */
export function formatPeriod(seconds: number): string {
  const [size, name] = UNITS.find(([length]) => seconds >= length * 2) ?? [1, "second"];
  return counted(Math.round(seconds / size), name);
}

/** `1 error`, `0 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** {@link counted} with `no` for 0. */
export function countedOrNo(count: number, noun: string): string {
  return count === 0 ? `no ${noun}s` : counted(count, noun);
}
