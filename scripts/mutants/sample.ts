/**
 * A random choice of mutants that is the same for the same seed and sources.
 *
 * @module
 */

import { seededRandom } from "../fleet/seeded_random.ts";
import type { Kind, Mutant } from "./find_mutants.ts";

/** Whose turn it is to be drawn: half of a sample are guards. */
const TURNS: readonly Kind[] = [
  "guard",
  "constant",
  "guard",
  "exit",
  "guard",
  "member",
  "guard",
  "fallback",
  "guard",
  "method",
];

/**
 * Draws `size` mutants, no two of them on one line.
 *
 * @param isUsable Refuses a mutant that was drawn.
 */
export function sampleOf(
  mutants: readonly Mutant[],
  { size, seed }: { readonly size: number; readonly seed: number },
  isUsable: (mutant: Mutant) => boolean,
): Mutant[] {
  const random = seededRandom(seed);
  const left = Map.groupBy(mutants, ({ kind }) => kind);
  const lines = new Set<string>();
  const drawn: Mutant[] = [];
  for (
    let turn = 0;
    drawn.length < size && [...left.values()].some((it) => it.length > 0);
    turn++
  ) {
    const candidates = left.get(TURNS[turn % TURNS.length] ?? "guard") ?? [];
    const [mutant] = candidates.splice(Math.floor(random() * candidates.length), 1);
    if (mutant === undefined) continue;
    const line = `${mutant.path}:${mutant.line}`;
    if (lines.has(line) || !isUsable(mutant)) {
      turn--;
      continue;
    }
    lines.add(line);
    drawn.push(mutant);
  }
  return drawn;
}
