/**
 * `deno task docs`: writes the pages of commands and findings, the manual pages and the JSON schemas.
 *
 * @module
 */

import { documentation } from "./docs/pages.ts";
import { ROOT, say } from "./shell.ts";

const files = await documentation();
// Only now, so that an error before this leaves the old pages.
for (const folder of ["man", "schemas"]) {
  await Deno.remove(`${ROOT}docs/${folder}`, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${ROOT}docs/${folder}`, { recursive: true });
}
for (const [path, text] of files) await Deno.writeTextFile(`${ROOT}docs/${path}`, text);
say(`Wrote ${files.size} files to docs`);
