/** The files of `deno task test`, and the arguments that they run with. @module */

import { filesBelow, ROOT } from "../shell.ts";

/** Folders whose tests need more than Deno: another task or another system runs them. */
export const OTHER_FOLDERS = [
  "anywhere",
  "binary",
  "browser",
  "debian",
  "fleet",
  "powershell",
  "pty",
  "shells",
  "suite",
  "windows",
] as const;

/** Arguments of `deno test`. The gate checks the types. */
export const TEST_ARGS: readonly string[] = [
  ...["-A", "--quiet", "--no-check", "--parallel", `--preload=tests/shared_process.ts`],
];

/** The test files below a folder of the repository, as sorted paths that begin with `tests/`. */
export async function testFiles(root: string = ROOT): Promise<string[]> {
  const paths = (await filesBelow(`${root}tests`)).filter((path) => path.endsWith("_test.ts"));
  return paths.filter((path) => !OTHER_FOLDERS.some((folder) => path.startsWith(`${folder}/`)))
    .map((path) => `tests/${path}`).sort();
}
