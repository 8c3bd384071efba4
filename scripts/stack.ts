/**
 * `deno task stack`: maps the stack of an unexpected error of the compiled program to source lines.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { MAPS_FILE, readMaps } from "./build/maps.ts";
import { sourceStack, stackIn } from "./build/stack_lines.ts";
import { print, ROOT, say } from "./shell.ts";

const USAGE = `Maps the stack of an unexpected error of the compiled program to source lines.

Usage: deno task stack [--maps <path>] [<file>]

  <file>         a debug artifact (--debug-out), or text with a stack (default: standard input)
  --maps <path>  source maps of the same build (default: ${MAPS_FILE});
                 a release has them as mcpass-<version>.maps.json.gz`;

try {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { maps: { type: "string" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  if (values.help) {
    print(USAGE);
    Deno.exit(0);
  }
  const [file, ...more] = positionals;
  if (more.length > 0) throw new Error(`Unexpected argument "${more[0]}". Give one file`);
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
