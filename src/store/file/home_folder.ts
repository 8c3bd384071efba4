import type { Env } from "../../core/system.ts";
import { isAbsolutePath } from "../../core/programs.ts";
import { homeRelative, homeUnknown } from "../failures.ts";

/** The name of the store's folder in the home folder. */
export const STORE_FOLDER = "credentials";

interface Convention {
  /** Variables with the data folder, and what follows their value. The first one that is set is used. */
  readonly roots: readonly (readonly [variable: string, suffix: string])[];
  readonly separator: string;
}

const POSIX: Convention = {
  roots: [["XDG_DATA_HOME", ""], ["HOME", "/.local/share"]],
  separator: "/",
};

const CONVENTIONS: Readonly<Record<string, Convention>> = {
  darwin: { ...POSIX, roots: [["HOME", "/Library/Application Support"]] },
  windows: { roots: [["APPDATA", ""]], separator: "\\" },
};

export interface StoreHome {
  /** {@link folder} and those above it that belong to the store, outermost first. */
  readonly folders: readonly string[];
  readonly folder: string;
  /** The user; null on Windows. */
  readonly uid: number | null;
}

export function storeHome(env: Env, os: string, uid: number | null): StoreHome {
  const home = homeFolder(env, os);
  const folder = joinPath(os, home, STORE_FOLDER);
  return { folders: [home, folder], folder, uid };
}

export function joinPath(os: string, ...parts: readonly string[]): string {
  const { separator } = CONVENTIONS[os] ?? POSIX;
  return parts.reduce((path, part) => path.replace(/[\\/]$/, "") + separator + part);
}

function withoutLastSeparators(path: string, minLength = 0): string {
  let end = path.length;
  while (end > minLength && "\\/".includes(path.charAt(end - 1))) end -= 1;
  return path.slice(0, end);
}

/**
 * `MCPASS_HOME`, else the system's folder for application data: `XDG_DATA_HOME`, `%APPDATA%` or
 * `~/Library/Application Support`. The XDG specification requires to ignore a relative `XDG_DATA_HOME`.
 * @throws Failure `store_home_unknown` or `store_home_relative`.
 */
export function homeFolder(env: Env, os: string): string {
  const own = env.get("MCPASS_HOME");
  if (own) {
    if (!isAbsolutePath(own, os)) throw homeRelative("MCPASS_HOME", own);
    return withoutLastSeparators(own, 1);
  }
  const { roots } = CONVENTIONS[os] ?? POSIX;
  for (const [variable, suffix] of roots) {
    const value = env.get(variable);
    if (!value) continue;
    if (isAbsolutePath(value, os)) {
      return joinPath(os, withoutLastSeparators(value) + suffix, "mcpass");
    }
    if (variable !== "XDG_DATA_HOME") throw homeRelative(variable, value);
  }
  const variables = ["MCPASS_HOME", ...roots.map(([variable]) => variable)];
  throw homeUnknown(`${variables.slice(0, -1).join(", ")} and ${variables.at(-1)} are`);
}
