/**
 * How the time of masking grows with hostile text, as ratios of doublings.
 *
 * @module
 */

import { print } from "../shell.ts";
import { HOSTILE_TEXTS, maskAll } from "./hostile_texts.ts";

const KIB = [64, 128, 256];
/** The shortest of so many times counts: a busy machine only adds to a time. */
const RUNS = 15;

/** Growth for one kind of text. */
export interface Growth {
  /** What is repeated in the text. */
  readonly title: string;
  /** Shortest times in milliseconds, at 64, 128 and 256 KiB. */
  readonly times: readonly number[];
  /** Ratio of each time to the one before; about 2 where the time is linear. */
  readonly ratios: readonly number[];
}

function milliseconds(text: string): number {
  const started = performance.now();
  maskAll(text);
  return performance.now() - started;
}

/** The shortest time of each text, all measured in turn. */
function shortest(texts: readonly string[]): number[] {
  let times = texts.map(milliseconds);
  for (let run = 0; run < RUNS; run += 1) {
    const next = texts.map(milliseconds);
    times = times.map((time, at) => Math.min(time, next[at] ?? time));
  }
  return times;
}

/** Measures every kind of hostile text. */
export function* maskingGrowth(): Generator<Growth> {
  for (const [title, make] of Object.entries(HOSTILE_TEXTS)) {
    const times = shortest(KIB.map((size) => make(size * 1024)));
    const ratios = times.slice(1).map((time, at) => time / (times[at] ?? NaN));
    yield { title, times, ratios };
  }
}

/** One line. */
export function growthLine({ title, times, ratios }: Growth): string {
  const shown = times.map((time) => time.toFixed(1)).join(" / ");
  return `${`masking, ${title}`.padEnd(44)} ${shown.padStart(24)} ms  ratios ${
    ratios.map((ratio) => ratio.toFixed(2)).join(", ")
  } (linear: 2)`;
}

if (import.meta.main) {
  for (const growth of maskingGrowth()) print(growthLine(growth));
}
