/** Adds an entry with the client's own program. @module */

import { Failure } from "../../../core/failure.ts";
import { childEnvironment, findProgram, searchPath } from "../../../core/programs.ts";
import { printable, quoted, shellWord } from "../../../core/text.ts";
import { isObject } from "../../../core/json.ts";
import { parseConfig, valueAt } from "../../../edit/edit_entry.ts";
import { entryPath, formatOf, installerWords } from "../../../flow/mcp_clients/client_entry.ts";
import { readConfigFile } from "../../../flow/mcp_clients/config_file.ts";
import { runChild } from "../../../store/keyring/run_child.ts";
import type { Runtime } from "../../command/runtime.ts";
import { confirmChange } from "./config_change.ts";
import type { PlannedEntry } from "./planned_entry.ts";

/** Some of them start an editor. */
const TIMEOUT_MS = 60_000;

/** The file may be unusable for mcpass only. */
async function hasEntry({ client, name, target }: PlannedEntry): Promise<boolean> {
  try {
    const { text = "" } = await readConfigFile(target.path, target.folders);
    const document = parseConfig(formatOf(target.path), text);
    return isObject(valueAt(document, entryPath(client.setup, document, name)));
  } catch {
    return false;
  }
}

/** The command line for a new entry of the user; undefined if the program is not in PATH. */
export async function installerOf(
  planned: PlannedEntry,
  { env }: Pick<Runtime, "env">,
): Promise<readonly string[] | undefined> {
  const { client: { setup: { installer } }, direct, entry, values, target } = planned;
  if (installer === undefined || target.scope !== "user") return undefined;
  try {
    findProgram(installer.program, searchPath(env.toObject()));
  } catch {
    return undefined;
  }
  if (await hasEntry(planned)) return undefined;
  const words = direct ? installer.addDirect ?? installer.add : installer.add;
  return [installer.program, ...installerWords(words, entry, values)];
}

/** @throws Failure `config_installer_failed`, or of kind `cancelled`. */
export async function installedEntry(
  words: readonly string[],
  planned: PlannedEntry,
  options: { readonly yes: boolean; readonly noInput: boolean },
  runtime: Runtime,
): Promise<void> {
  const [program = "", ...args] = words;
  const line = words.map((word) => shellWord(word)).join(" ");
  const { missing, isUnobserved } = planned.client.setup.installer ?? {};
  const then = missing === undefined || options.yes ? [] : [`# then mcpass sets ${missing}`];
  await confirmChange(`Run ${program}?`, [line, ...then], options, runtime);
  const { env, signal } = runtime;
  const ran = await runChild({
    program,
    args,
    env: childEnvironment(env),
    input: "",
    timeoutMs: TIMEOUT_MS,
  }, signal);
  if (ran.status === 0 && (isUnobserved || await hasEntry(planned))) return;
  const said = printable((ran.stderr.trim() || ran.stdout.trim()).split(/\r?\n/).at(-1) ?? "", 300);
  const how = ran.status === null
    ? "did not end within 60 seconds"
    : ran.status === 0
    ? `ended without an error, but ${quoted(planned.target.path)} does not have the entry`
    : `ended with exit status ${ran.status}`;
  throw new Failure(
    "config_installer_failed",
    `${quoted(program)} ${how}${said === "" ? "" : `: ${said}`}`,
    { remedy: "Let mcpass change the file itself", commandFlags: { noInstaller: true } },
  );
}
