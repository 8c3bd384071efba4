/** The flags of a command line that a sign-in line repeats. @module */

import { isStandardInput } from "../../../core/input_file.ts";
import type { Env } from "../../../core/system.ts";
import { isPrintable } from "../../../core/text.ts";
import { isSecretName } from "../../../trace/secret_names.ts";
import type { StoredFlags } from "../../../store/stored_entry.ts";
import { isSecretText } from "../../args/url_value.ts";
import type { Answers, Invocation } from "../../command/command.ts";
import { type Flag, type FlagTable, variableName } from "../../command/flag.ts";

async function absolutePath(text: string): Promise<string> {
  // Some flags accept a path or a URL.
  if (isStandardInput(text) || /^https?:\/\//i.test(text)) return text;
  const { resolve } = await import("node:path");
  return resolve(text);
}

async function storedValue(
  flag: Flag<unknown>,
  texts: readonly string[],
): Promise<StoredFlags[string] | undefined> {
  const { kind, stored } = flag;
  if (kind === "toggle") return true;
  if (texts.some((text) => isSecretText(flag, text))) return undefined;
  const values = stored === "path" ? await Promise.all(texts.map(absolutePath)) : texts;
  if (!values.every(isPrintable)) return undefined;
  if (kind !== "list") return values.at(-1);
  // A parameter such as id_token_hint has a token as its value.
  const shown = values.filter((text) => !isSecretName(text.replace(/=.*$/s, "")));
  return shown.length === 0 ? undefined : shown;
}

/** The texts of a variable; that of a list has one on each line. */
function textsOf(flag: Flag<unknown>, env: Env): string[] {
  const text = env.get(variableName(flag)) ?? "";
  return flag.kind === "list" ? text.split(/\r?\n/).filter((it) => it.trim() !== "") : [text];
}

/** The texts of the flags that their table marks as stored, never of a secret; undefined if none. */
export async function storedFlags<F extends FlagTable>(
  flags: F,
  { sources, texts }: Pick<Invocation<F>, "sources" | "texts">,
  env: Env,
  answers: Answers = new Map(),
): Promise<StoredFlags | undefined> {
  const rows: [keyof F & string, Flag<unknown>][] = Object.entries(flags);
  const stored = new Map<string, StoredFlags[string]>();
  for (const [option, flag] of rows) {
    if (flag.stored === undefined) continue;
    const given = answers.get(option) ?? texts.get(option) ??
      (sources.get(option) === "variable" ? textsOf(flag, env) : undefined);
    const value = given && await storedValue(flag, given);
    if (value !== undefined) stored.set(option, value);
  }
  return stored.size === 0 ? undefined : Object.fromEntries(stored);
}
