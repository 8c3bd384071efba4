/**
 * Finding a program by its name: only in absolute folders of `PATH`, so that a file in the current
 * folder is never started.
 * @module
 */

/** True for a path that does not depend on the current folder. */
export function isAbsolutePath(path: string, os: string): boolean {
  return os === "windows" ? /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path) : path.startsWith("/");
}

const SYSTEM_FOLDERS = "/usr/bin:/bin";

/** The absolute folders of a `PATH`, in its order. */
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
 * The path that a program is started by. A name with a separator is a path already and is returned
 * unchanged.
 *
 * @param path Value of `PATH`; undefined when the variable is not set.
 * @throws Deno.errors.NotFound when no absolute folder of `PATH` has the program.
 */
export function findProgram(
  name: string,
  path: string | undefined,
  os: string = Deno.build.os,
): string {
  const windows = os === "windows";
  if (windows ? /[\\/:]/.test(name) : name.includes("/")) return name;
  const file = windows && !/\.[^.]+$/.test(name) ? `${name}.exe` : name;
  const folders = absoluteFolders(path ?? (windows ? "" : SYSTEM_FOLDERS), os);
  const found = folders.map((folder) => `${folder}${windows ? "\\" : "/"}${file}`).find(isProgram);
  if (found === undefined) throw new Deno.errors.NotFound(`${name} is not in a folder of PATH`);
  return found;
}

/** Value of the variable `PATH`, which Windows names in any case. */
export function searchPath(env: Readonly<Record<string, string>>): string | undefined {
  return env.PATH ?? Object.entries(env).find(([name]) => /^path$/i.test(name))?.[1];
}
