/**
 * `deno task stack [--maps <path>] [<file>]`: turns the stack of an unexpected error of the compiled
 * program into lines of the source. The file is a debug artifact or text with a stack; without one,
 * standard input is read. The maps are those of the same build: `dist/mcpass.maps.json.gz` by
 * default, and `mcpass-<version>.maps.json.gz` of a release.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { MAPS_FILE, readMaps } from "./build/maps.ts";
import { sourceStack, stackIn } from "./build/stack_lines.ts";
import { ROOT, say } from "./shell.ts";

try {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { maps: { type: "string" } },
    allowPositionals: true,
  });
  const [file, ...more] = positionals;
  if (more.length > 0) throw new Error(`Unexpected argument "${more[0]}": give one file`);
  const text = file === undefined
    ? await new Response(Deno.stdin.readable).text()
    : await Deno.readTextFile(file);
  const maps = await readMaps(values.maps ?? ROOT + MAPS_FILE);
  say(`Source maps of mcpass ${maps.version}, commit ${maps.commit ?? "unknown"}`);
  const lines = sourceStack(stackIn(text), maps).trimEnd();
  await Deno.stdout.write(new TextEncoder().encode(`${lines}\n`));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
