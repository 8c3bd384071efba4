/**
 * `deno task test [options of deno test]`: all tests that need nothing but Deno.
 *
 * Deno runs each file in an isolate of its own. To start it, and to load the program's modules in it,
 * needs longer than most of the tests, so the files of a folder share isolates.
 * `deno test -A --preload=tests/shared_process.ts <file>` runs one file alone.
 *
 * @module
 */

import { ROOT } from "./shell.ts";
import { TEST_ARGS, testFiles } from "./tests/files.ts";

/** Files that share an isolate, at most: the last ones that run should not leave a processor idle. */
const GROUP_SIZE = 10;

const folder = await Deno.makeTempDir({ prefix: "mcpass-tests-" });
// Ctrl-C reaches the tests too, which report what has run.
Deno.addSignalListener("SIGINT", () => {});
try {
  const paths: string[] = [];
  for (const [name, files] of await groups()) paths.push(await write(name, files));
  const args = ["test", ...TEST_ARGS, ...Deno.args, ...paths];
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Files of one folder each, by the name of the group. */
async function groups(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const file of await testFiles()) {
    // A snapshot belongs to the file that Deno runs.
    const isAlone = (await Deno.readTextFile(ROOT + file)).includes(".assertSnapshot(");
    const place = isAlone ? file.replace(/_test\.ts$/, "") : file.replace(/\/[^/]*$/, "");
    for (let part = 1;; part++) {
      const name = `${place.replaceAll("/", "_")}_${part}`;
      const files = found.get(name) ?? [];
      if (files.length === GROUP_SIZE) continue;
      found.set(name, [...files, file]);
      break;
    }
  }
  return found;
}

/** Returns the path of a file to run: the only one of a group, or a module that imports them. */
async function write(name: string, files: readonly string[]): Promise<string> {
  const [first = ""] = files;
  if (files.length === 1) return first;
  const urls = files.map((file) => new URL(`../${file}`, import.meta.url).href);
  const path = `${folder}/${name}_test.ts`;
  await Deno.writeTextFile(path, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
  return path;
}
