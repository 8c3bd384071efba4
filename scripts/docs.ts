/**
 * `deno task docs`: writes `docs/commands.md` and the manual pages from the command tables.
 *
 * @module
 */

import { documentation } from "./docs/pages.ts";
import { ROOT, say } from "./shell.ts";

const files = await documentation();
// Only now, so that an error before this leaves the old pages.
await Deno.remove(`${ROOT}docs/man`, { recursive: true }).catch(() => {});
await Deno.mkdir(`${ROOT}docs/man`, { recursive: true });
for (const [path, text] of files) await Deno.writeTextFile(`${ROOT}docs/${path}`, text);
say(`Wrote ${files.size} files to docs`);
