/**
 * Bytecode for what the recorded commands call, so that a start does not have to compile it.
 *
 * V8 accepts bytecode only from its own version, for the same flags and for a text of the same length; it
 * compiles the text otherwise. That the text is the same is up to the build: nothing may write the
 * bundle's files after this. Bytecode can only be made by running the program.
 *
 * @module
 */

import { ignoreMissing, run } from "../shell.ts";
import { PARTS } from "./bundle.ts";
import { hasBytecode, recordCommands } from "./recorded_runs.ts";

/** The entry of the program that writes the bytecode. */
const RECORDER = "record.js";

/**
 * V8 compiles nothing in other threads, which would leave half of their work in the bytecode. With most
 * other flags, V8 without them would reject the bytecode.
 */
const STEADY = "--v8-flags=--predictable";

/**
 * Writes the bytecode of each file that a recorded command loads next to the file, and names these files
 * in the bundle's entry. `compile` makes the program `recorder` of a file of the bundle.
 *
 * @throws Error when a command fails.
 */
export async function addCodeCache(
  bundle: string,
  recorder: string,
  compile: (file: string, flag: string) => Promise<void>,
): Promise<void> {
  const parts = `${bundle}/${PARTS}`;
  const env = { CODE_CACHE: parts };
  const envOf = (command: string) => hasBytecode(command) ? env : {};
  try {
    await Deno.copyFile(new URL(RECORDER, import.meta.url), `${bundle}/${RECORDER}`);
    await compile(RECORDER, STEADY);
    await recordCommands({ program: recorder, args: [], env: envOf });
    const repeated = await run(recorder, [], { env: { ...env, REPEAT_CODE_CACHE: "1" } });
    if (!repeated.success) throw new Error(`Cannot repeat the bytecode:\n${repeated.stderr}`);
  } finally {
    for (const file of [recorder, `${bundle}/${RECORDER}`]) {
      await Deno.remove(file).catch(ignoreMissing);
    }
  }
  const names = await Array.fromAsync(Deno.readDir(parts), ({ name }) => name);
  const caches = names.filter((name) => name.endsWith(".cache")).sort();
  const cached = caches.map((name) => `./${name.replace(/\.cache$/, "")}`);
  const entry = `${bundle}/main.js`;
  const code = await Deno.readTextFile(entry);
  await Deno.writeTextFile(entry, code.replace("@cached@", cached.join(" ")));
}
