/**
 * Paired measurements of two programs: A B A B …, so that a busy machine disturbs both alike.
 *
 * @module
 */

/** A program and its arguments; before them, as in a shell, variables that it gets (`NAME=value`). */
export type Words = readonly [program: string, ...args: string[]];

/** Medians of paired runs. */
export interface Pair {
  /** Median of the first program. */
  readonly subject: number;
  /** Median of the second one. */
  readonly base: number;
  /** Median of the pairs' ratios. */
  readonly ratio: number;
}

/** Where Debian's package `time` puts GNU time. */
export const GNU_TIME = "/usr/bin/time";

/** Milliseconds from start to exit. */
export async function wallTime(words: Words): Promise<number> {
  const started = performance.now();
  await succeed(words);
  return performance.now() - started;
}

/**
 * Peak resident memory in MB, as the kernel accounts for it at exit (`ru_maxrss`, read by GNU time;
 * a program cannot learn it of a child through Deno, and polling would miss short peaks).
 */
export async function peakMemory(words: Words): Promise<number> {
  const talk = await succeed([GNU_TIME, "-f", "peak %M", ...words]);
  return Number(/^peak (\d+)$/m.exec(talk)?.[1]) / 1024;
}

/** Measures both programs `pairs` times in turn, after three unmeasured runs of each. */
export async function compare(
  subject: Words,
  base: Words,
  pairs: number,
  measure: (words: Words) => Promise<number>,
): Promise<Pair> {
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    await succeed(subject);
    await succeed(base);
  }
  const subjects: number[] = [];
  const bases: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    subjects.push(await measure(subject));
    bases.push(await measure(base));
  }
  return {
    subject: median(subjects),
    base: median(bases),
    ratio: median(subjects.map((value, index) => value / (bases[index] ?? NaN))),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** Runs a program that has to succeed; gives what it wrote to standard error. */
async function succeed(words: Words): Promise<string> {
  const variables = words.slice(0, words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
  const [program = "", ...args] = words.slice(variables.length);
  const env = Object.fromEntries(variables.map((word) => word.split("=", 2)));
  const output = await new Deno.Command(program, { args, env, stdin: "null" }).output();
  const talk = new TextDecoder().decode(output.stderr);
  if (output.success) return talk;
  const said = new TextDecoder().decode(output.stdout) + talk;
  throw new Error(`"${words.join(" ")}" ended with status ${output.code}:\n${said}`);
}
