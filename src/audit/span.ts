/**
 * Lengths of time in words.
 *
 * @module
 */

const UNITS: readonly (readonly [milliseconds: number, name: string])[] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1000, "second"],
];

/** Milliseconds in words, in the unit of which there are at least two: `90 minutes`, `3 days`. */
export function span(milliseconds: number): string {
  const [size, name] = UNITS.find(([length]) => milliseconds >= length * 2) ?? [1000, "second"];
  const count = Math.floor(milliseconds / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
