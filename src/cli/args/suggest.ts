import { editDistance } from "../../core/edit_distance.ts";

export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(typed, candidate.toLowerCase());
    if (edits < least && edits < candidate.length) [best, least] = [candidate, edits];
  }
  if (best !== undefined || typed.length < 3) return best;
  return candidates.find((candidate) => candidate.toLowerCase().startsWith(typed));
}
