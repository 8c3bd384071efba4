/**
 * `deno task fleet:simulate [--write]`: simulates fleets that share one sign-in, and prints the sizing
 * table of `docs/fleet.md`; `--write` puts it there.
 *
 * @module
 */

import { GENERATED, markdownTable, sizingRows } from "./fleet/sizing_table.ts";
import { print, ROOT, run, say } from "./shell.ts";

const DOCUMENT = `${ROOT}docs/fleet.md`;

const table = markdownTable(sizingRows(false, say));
if (Deno.args.includes("--write")) {
  const text = await Deno.readTextFile(DOCUMENT);
  await Deno.writeTextFile(DOCUMENT, text.replace(GENERATED, `$1\n${table}\n\n$3`));
  await run(Deno.execPath(), ["fmt", "--quiet", DOCUMENT]);
} else {
  print(table);
}
