/**
 * Where the store is.
 *
 * @module
 */

import type { Env } from "../core/deps.ts";
import { isAbsolutePath } from "../core/find_program.ts";
import { homeRelative, homeUnknown } from "./failures.ts";

interface Rule {
  /** Variables that name the data folder, the first set one wins, with what is added to each. */
  readonly roots: readonly (readonly [variable: string, suffix: string])[];
  readonly name: string;
  readonly separator: string;
}

const POSIX: Rule = {
  roots: [["XDG_DATA_HOME", ""], ["HOME", "/.local/share"]],
  name: "mcpass",
  separator: "/",
};

const RULES: Readonly<Record<string, Rule>> = {
  darwin: { ...POSIX, roots: [["HOME", "/Library/Application Support"]] },
  windows: { roots: [["APPDATA", ""]], name: "mcpass", separator: "\\" },
};

/** Joins parts of a path in the way of the system. */
export function joined(os: string, ...parts: readonly string[]): string {
  const { separator } = RULES[os] ?? POSIX;
  return parts.reduce((path, part) => path.replace(/[\\/]$/, "") + separator + part);
}

/** The path without the separators it ends with; at least its first `least` characters stay. */
function withoutLastSeparators(path: string, least = 0): string {
  let end = path.length;
  while (end > least && "\\/".includes(path.charAt(end - 1))) end -= 1;
  return path.slice(0, end);
}

/**
 * The folder of this program: `MCPASS_HOME`, else the system's place for data of programs (the XDG
 * base directory specification, `%APPDATA%`, `~/Library/Application Support`). A relative
 * `XDG_DATA_HOME` is ignored, as that specification demands.
 *
 * @throws Failure `store_home_unknown` or `store_home_relative`.
 */
export function homeFolder(env: Env, os: string): string {
  const own = env.get("MCPASS_HOME");
  if (own) {
    if (!isAbsolutePath(own, os)) throw homeRelative("MCPASS_HOME", own);
    return withoutLastSeparators(own, 1);
  }
  const { roots, name } = RULES[os] ?? POSIX;
  for (const [variable, suffix] of roots) {
    const value = env.get(variable);
    if (!value) continue;
    if (isAbsolutePath(value, os)) return joined(os, withoutLastSeparators(value) + suffix, name);
    if (variable !== "XDG_DATA_HOME") throw homeRelative(variable, value);
  }
  const variables = ["MCPASS_HOME", ...roots.map(([variable]) => variable)];
  throw homeUnknown(`${variables.slice(0, -1).join(", ")} and ${variables.at(-1)} are`);
}
