/** How much of a fleet's tests runs: a sample, or with `FLEET=full` everything. @module */

export const IS_FULL: boolean = Deno.env.get("FLEET") === "full";

/** A number of the complete run, and one of the sample. */
export function scaled(full: number, sample: number): number {
  return IS_FULL ? full : sample;
}
