/**
 * One scenario at one wire in a process of its own, judged by the suite itself.
 *
 * @module
 */

import { ROOT, run } from "../../scripts/shell.ts";
import { type Scenario, suiteId } from "./scenarios.ts";

/** The suite's arguments for Deno; its version is pinned in `deno.json`. */
export const SUITE: readonly string[] = [
  "run",
  "-A",
  "--quiet",
  "--config",
  `${ROOT}deno.json`,
  "@modelcontextprotocol/conformance",
];

const CLIENT_LIMIT_MS = 30_000;
const SUITE_LIMIT_MS = 90_000;

/** How a run went. */
export interface Verdict {
  /** The suite's strict verdict: no failure, no warning, no exit status that it does not excuse. */
  readonly passed: boolean;
  /** Checks that the suite counted as successes. */
  readonly checks: number;
  /** What was wrong, one line each. */
  readonly complaints: readonly string[];
  /** Milliseconds. */
  readonly durationMs: number;
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly description: string;
  readonly errorMessage?: string;
}

/** Runs `scenario` with a shell script as client; `denoDir` is the cache that the client shares. */
export async function runOnce(
  script: string,
  scenario: Scenario,
  wire: string,
  denoDir: string,
): Promise<Verdict> {
  const started = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "mcpass-suite-" });
  try {
    await Deno.mkdir(`${folder}/home`);
    const args = [...SUITE, "client", "--scenario", suiteId(scenario)];
    args.push("--spec-version", wire, ...(scenario.extension ? ["--force"] : []));
    // A file: where the suite runs under Deno, words of its command lose their shell syntax.
    await Deno.writeTextFile(`${folder}/client.sh`, script);
    args.push("--command", `sh ${folder}/client.sh`);
    args.push("--timeout", String(CLIENT_LIMIT_MS), "-o", `${folder}/results`);
    const result = await run(Deno.execPath(), args, {
      clearEnv: true,
      env: environment(`${folder}/home`, denoDir),
      timeoutMs: SUITE_LIMIT_MS,
    });
    const { checks, stderr } = await readResults(
      `${folder}/results${scenario.isOpen === true ? "" : "/auth"}`,
    );
    const succeeded = checks.filter((check) => check.status === "SUCCESS").length;
    const passed = result.success && succeeded > 0;
    return {
      passed,
      checks: succeeded,
      complaints: passed ? [] : complaints(checks, stderr, result.stderr),
      durationMs: performance.now() - started,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An empty home, so that nothing is remembered from another run and no setting gets in. */
function environment(home: string, denoDir: string): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject())
    .filter(([name]) => !/^(MCPASS_|MCP_CONFORMANCE_|XDG_)/.test(name));
  return { ...Object.fromEntries(kept), HOME: home, DENO_DIR: denoDir, MCPASS_STORE: "none" };
}

async function readResults(folder: string): Promise<{ checks: Check[]; stderr: string }> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      const checks = JSON.parse(await Deno.readTextFile(`${folder}/${entry.name}/checks.json`));
      const stderr = await Deno.readTextFile(`${folder}/${entry.name}/stderr.txt`);
      return { checks, stderr };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { checks: [], stderr: "" };
}

function complaints(checks: readonly Check[], clientTalk: string, suiteTalk: string): string[] {
  const failed = checks
    .filter((check) => check.status === "FAILURE" || check.status === "WARNING")
    .map((check) => `${check.status} ${check.id}: ${check.errorMessage ?? check.description}`);
  const silent = failed.length > 0
    ? []
    : ["no check failed: an exit status that is not excused, the time limit, or no check at all"];
  const talk = checks.length === 0 ? lastLines("suite", suiteTalk) : [];
  return [...failed, ...silent, ...lastLines("client", clientTalk), ...talk];
}

function lastLines(who: string, text: string): string[] {
  return text.trim().split("\n").slice(-3).filter((line) => line.trim() !== "")
    .map((line) => `${who}: ${line.slice(0, 200)}`);
}
