/**
 * Counts what arrives in each second, and the waits.
 *
 * @module
 */

/** Requests in each second of simulated time. */
export class LoadMeter {
  readonly #seconds: number[] = [];
  total = 0;

  count(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    this.#seconds[second] = (this.#seconds[second] ?? 0) + 1;
    this.total += 1;
  }

  /** Requests in the busiest second from then on. */
  peak(fromMs: number): number {
    return this.#seconds.slice(fromMs / 1000).reduce((a, b = 0) => Math.max(a, b), 0);
  }

  /** Requests a second. */
  mean(fromMs: number, untilMs: number): number {
    const counted = this.#seconds.slice(fromMs / 1000, untilMs / 1000);
    return counted.reduce((a, b = 0) => a + b, 0) / ((untilMs - fromMs) / 1000);
  }
}

/** Waits in milliseconds. */
export class WaitMeter {
  readonly #waits: number[] = [];

  add(ms: number): void {
    this.#waits.push(ms);
  }

  get count(): number {
    return this.#waits.length;
  }

  /** @param share From 0 to 1: 0.99 for the 99th percentile, 1 for the worst. */
  at(share: number): number {
    const sorted = this.#waits.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  }
}
