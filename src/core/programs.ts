/** The programs that mcpass starts, where they are, and their environment. @module */

import type { Env } from "./system.ts";

/**
 * Every program, with its systems (`Deno.build.os`; WSL is `linux`). mcpass starts no other program,
 * except one that the person names with `--browser`, `$BROWSER` or `--consent-command`.
 */
export const PROGRAMS = [
  { program: "xdg-open", os: ["linux"], purpose: "browser" },
  { program: "gio", os: ["linux"], purpose: "browser" },
  { program: "sensible-browser", os: ["linux"], purpose: "browser" },
  { program: "x-www-browser", os: ["linux"], purpose: "browser" },
  { program: "wslview", os: ["linux"], purpose: "browser" },
  { program: "rundll32.exe", os: ["linux", "windows"], purpose: "browser" },
  { program: "/mnt/c/Windows/System32/rundll32.exe", os: ["linux"], purpose: "browser" },
  { program: "/usr/bin/open", os: ["darwin"], purpose: "browser" },
  { program: "secret-tool", os: ["linux"], purpose: "keyring" },
  { program: "/usr/bin/security", os: ["darwin"], purpose: "keyring" },
  { program: "powershell.exe", os: ["windows"], purpose: "keyring" },
  { program: "claude", os: ["linux", "darwin", "windows"], purpose: "installer" },
  { program: "code", os: ["linux", "darwin", "windows"], purpose: "installer" },
  { program: "codex", os: ["linux", "darwin", "windows"], purpose: "installer" },
] as const;

export type ProgramFor<P extends "browser" | "keyring" | "installer"> = Extract<
  (typeof PROGRAMS)[number],
  { readonly purpose: P }
>["program"];

export function isAbsolutePath(path: string, os: string): boolean {
  return os === "windows" ? /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path) : path.startsWith("/");
}

export function absoluteFolders(path: string, os: string): string[] {
  const windows = os === "windows";
  return path.split(windows ? ";" : ":")
    .map((folder) => windows ? folder.replace(/^"(.*)"$/, "$1") : folder)
    .filter((folder) => isAbsolutePath(folder, os));
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}

/**
 * Finds a program in the absolute folders of `PATH` only, so that a file in the current folder is never
 * started. A name with a separator is already a path and is returned unchanged.
 *
 * @throws Deno.errors.NotFound
 */
export function findProgram(
  name: string,
  path: string | undefined,
  os: string = Deno.build.os,
): string {
  const windows = os === "windows";
  if (windows ? /[\\/:]/.test(name) : name.includes("/")) return name;
  const file = windows && !/\.[^.]+$/.test(name) ? `${name}.exe` : name;
  const folders = absoluteFolders(path ?? (windows ? "" : "/usr/bin:/bin"), os);
  const found = folders.map((folder) => `${folder}${windows ? "\\" : "/"}${file}`).find(isProgram);
  if (found === undefined) throw new Deno.errors.NotFound(`${name} is not in a folder of PATH`);
  return found;
}

/** Windows spells the variable `PATH` in any case. */
export function searchPath(env: Readonly<Record<string, string>>): string | undefined {
  return env.PATH ?? Object.entries(env).find(([name]) => /^path$/i.test(name))?.[1];
}

/**
 * The environment of a started program, without this program's secrets and settings. `PATH` has only
 * its absolute folders: openers such as `xdg-open` are scripts that look up other programs in it.
 */
export function childEnvironment(env: Env, os: string = Deno.build.os): Record<string, string> {
  const separator = os === "windows" ? ";" : ":";
  const absolute = (path: string) => absoluteFolders(path, os).join(separator);
  return Object.fromEntries(
    Object.entries(env.toObject())
      .filter(([name]) => !/^MCPASS_/i.test(name))
      .map(([name, value]) => [name, /^path$/i.test(name) ? absolute(value) : value]),
  );
}
