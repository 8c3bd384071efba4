/** Bytecode for what the recorded commands call, so that a start does not compile it. @module */

import { filesBelow, runOrThrow } from "../shell.ts";
import { PARTS } from "./bundle.ts";
import { recordCommands, WITHOUT_BYTECODE } from "./recorded_runs.ts";

const RECORDER = "record.js";

/** Without other threads, whose unfinished work would be in the bytecode. Most other flags are rejected. */
const STEADY = "--v8-flags=--predictable";

/**
 * Writes the bytecode of each file that a recorded command loads next to the file, and names these files
 * in the bundle's entry. Nothing may write the files after this: V8 compares only the length of the text.
 *
 * @param compile Makes the program `recorder` of a file of the bundle.
 * @throws Error when a command fails.
 */
export async function addCodeCache(
  bundle: string,
  recorder: string,
  compile: (file: string, flag: string) => Promise<void>,
): Promise<void> {
  const parts = `${bundle}/${PARTS}`;
  const env = { CODE_CACHE: parts };
  const entryOfRecorder = `${bundle}/${RECORDER}`;
  await Deno.copyFile(new URL(RECORDER, import.meta.url), entryOfRecorder);
  await compile(RECORDER, STEADY);
  await recordCommands([recorder], (name) => WITHOUT_BYTECODE.has(name) ? {} : env);
  const repeat = { env: { ...env, REPEAT_CODE_CACHE: "1" } };
  await runOrThrow("The bytecode is not reproducible", recorder, [], repeat);
  for (const file of [recorder, entryOfRecorder]) await Deno.remove(file);
  const cached = (await filesBelow(parts)).filter((name) => name.endsWith(".cache"))
    .map((name) => `./${name.replace(/\.cache$/, "")}`);
  const entry = `${bundle}/main.js`;
  const code = await Deno.readTextFile(entry);
  await Deno.writeTextFile(entry, code.replace('"@cached@"', JSON.stringify(cached)));
}
