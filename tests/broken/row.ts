/**
 * A broken server: what is wrong with it, the command that meets it, and what a person is to read.
 *
 * @module
 */

import { flat, type Home, openHome } from "../cli/real_run.ts";
import type { Ran } from "../cli/fake_runtime.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../lab/fake_lab.ts";

/** One broken server. */
export interface BrokenServer {
  /** The code that a program reads: of the error, of a finding, or of a check that failed. */
  readonly code: string;
  /** What is wrong, for the name of the test. */
  readonly fault: string;
  /** The server; made anew for each run where it remembers something. */
  readonly lab?: FakeLabOptions | (() => FakeLabOptions);
  /** What is changed about it, or done with it, before the command runs. */
  readonly before?: (lab: FakeLab, home: Home) => unknown;
  /** Words after `mcpass`; `{url}` is the MCP endpoint, `{as}` the issuer, `{home}` the store. Default: a headless login. */
  readonly args?: readonly string[];
  /** Words after those. */
  readonly more?: readonly string[];
  /** Exit status; default 1. */
  readonly status?: number;
  /** What the headline and the cause say. */
  readonly first: RegExp;
  /** What the advice names: a setting of the server, or a flag. */
  readonly remedy: RegExp;
}

const LOGIN = ["oauth", "login", "--auth-mode", "headless", "--url", "{url}"];

/** Runs the command against a fresh server. */
export async function meet(row: BrokenServer, format: "human" | "json"): Promise<Ran> {
  return await withBroken(row, (run) => run(format));
}

/** Runs the command of a row, or other words, while its server runs. */
type RunBroken = (format: "human" | "json", words?: readonly string[]) => Promise<Ran>;

/** Does some work with a fresh server. */
export async function withBroken<T>(
  row: BrokenServer,
  work: (run: RunBroken, words: readonly string[]) => Promise<T>,
): Promise<T> {
  await using lab = await startFakeLab(
    typeof row.lab === "function" ? row.lab() : row.lab,
  );
  await using home = await openHome();
  await row.before?.(lab, home);
  const places = [
    ["{url}", lab.mcpUrl],
    ["{as}", lab.issuer],
    ["{origin}", lab.mcp.origin],
    ["{home}", home.path],
  ] as const;
  const words = [...row.args ?? LOGIN, ...row.more ?? []].map((word) =>
    places.reduce((text, [name, value]) => text.replace(name, value), word)
  );
  return await work((format, other = words) => {
    const formatted = other.includes("token") && other[0] === "oauth";
    return home.run([...other, "--quiet", ...formatted ? [] : ["--format", format]]);
  }, words);
}

/** What a person reads: a failure stands on stderr, an account on stdout. */
export function readable({ stdout, stderr }: Ran): string {
  return stderr === "" ? stdout : stderr;
}

/**
 * Every code that a program reads: of the error, the findings, the checks that failed. A command
 * whose document is a token or a tool's result names its code to people alone.
 */
export function codesOf(ran: Ran, text: string): string[] {
  const { error, findings = [], checks = [] } = JSON.parse(ran.stdout || "{}") as {
    error?: { code: string };
    findings?: readonly { code: string }[];
    checks?: readonly { id: string; status: string }[];
  };
  const label = /mcpass explain (\w+)/.exec(flat(text));
  const named = error === undefined ? label?.[1] : error.code;
  return [
    ...named === undefined ? [] : [named],
    ...findings.map(({ code }) => code),
    ...checks.filter(({ status }) => status === "error").map(({ id }) => `${id}_failed`),
  ];
}
