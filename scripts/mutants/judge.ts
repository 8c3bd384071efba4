/**
 * Runs the tests on a mutant.
 *
 * @module
 */

import { run } from "../shell.ts";
import { applyMutant, type Mutant } from "./find_mutants.ts";
import type { Groups } from "./tests_of.ts";

/** What the tests made of a mutant, and the tests that failed. */
export interface Verdict {
  readonly outcome: "killed" | "survived" | "timed out";
  readonly failures: readonly string[];
}

/** Where and how tests run. */
export interface TestRuns {
  /** A copy of the repository, which nothing else uses; with a trailing slash. */
  readonly root: string;
  /** Arguments of `deno test` without the files. */
  readonly args: readonly string[];
  /** Milliseconds that a group of tests has. */
  readonly groupMs: number;
}

/** Name and file of each failed test, as the last lines of a run list them. */
const FAILED = /^(.+) => \.\/(\S+?):\d+:\d+$/gm;

async function testGroup(group: readonly string[], runs: TestRuns): Promise<Verdict> {
  const ran = await run(Deno.execPath(), [...runs.args, "--fail-fast", ...group], {
    cwd: runs.root,
    timeoutMs: runs.groupMs,
  });
  const output = ran.stdout + ran.stderr;
  if (ran.success) return { outcome: "survived", failures: [] };
  const failures = [...new Set([...output.matchAll(FAILED)].map(([line]) => line))];
  const waited = ran.timedOut || /^error: Test timed out after/m.test(output);
  return { outcome: waited ? "timed out" : "killed", failures };
}

/**
 * Runs the groups until one fails. A failure among tests that ran next to many others counts only if
 * its file fails again alone.
 */
export async function judge(mutant: Mutant, groups: Groups, runs: TestRuns): Promise<Verdict> {
  const path = runs.root + mutant.path;
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, applyMutant(source, mutant));
  try {
    for (const group of groups.filter((it) => it.length > 0)) {
      const verdict = await testGroup(group, runs);
      if (verdict.outcome === "survived") continue;
      const files = group.filter((file) =>
        verdict.failures.some((it) => it.includes(`./${file}:`))
      );
      if (group.length <= 3 || files.length === 0) return verdict;
      const again = await testGroup(files, runs);
      if (again.outcome !== "survived") return again;
      // By chance, then: the rest of the group was not run.
      const rest = await testGroup(group.filter((file) => !files.includes(file)), runs);
      if (rest.outcome !== "survived") return rest;
    }
    return { outcome: "survived", failures: [] };
  } finally {
    await Deno.writeTextFile(path, source);
  }
}
