/**
 * `deno task packaging <URL of the release's files> [homepage]`: fills the templates of
 * `scripts/packaging` from `dist/release/SHA256SUMS` and writes them to `dist/packaging`.
 *
 * @module
 */

import { VERSION } from "../src/core/version.ts";
import { fillTemplates } from "./packaging/fill.ts";
import { ROOT, say } from "./shell.ts";

const OUTPUT = `${ROOT}dist/packaging`;

try {
  const [release, homepage = release] = Deno.args;
  if (release === undefined || homepage === undefined || !URL.canParse(release)) {
    throw new Error("Give the URL of the release's files, and the project's page if it is another");
  }
  const sums = await Deno.readTextFile(`${ROOT}dist/release/SHA256SUMS`);
  const filled = await fillTemplates({ release, homepage, sums, version: VERSION });
  await Deno.remove(OUTPUT, { recursive: true }).catch(() => {});
  for (const [path, text] of filled) {
    await Deno.mkdir(`${OUTPUT}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${OUTPUT}/${path}`, text);
  }
  say(`Wrote ${filled.size} files to dist/packaging`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
