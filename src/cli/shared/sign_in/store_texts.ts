/** The flags of the store in command lines that a command prints: they need the same store. @module */

import { flagsText, type OptionTexts } from "../../../core/command_text.ts";
import { Failure } from "../../../core/failure.ts";

const NAMES = ["store", "storeUrlFile", "storeKeyFile"] as const;

type Texts = ReadonlyMap<string, readonly string[]>;

/** As they were typed: a variable is also set for the next command. */
export function storeTexts(texts: Texts): OptionTexts {
  return Object.fromEntries(NAMES.map((name) => [name, texts.get(name)?.at(-1)]));
}

const WITH_STORE =
  /^ {2}mcpass (?:(?:login|logout|refresh|status|token|rename)|oauth (?:login|logout|refresh|status|token|wait|rename)|store (?:migrate|rekey|log)|(?:tools|resources|prompts) \w+)(?: |$)/;

function withTexts(line: string, texts: OptionTexts): string {
  if (!WITH_STORE.test(line) || line.includes(" --store") || line.endsWith(" --help")) return line;
  return [line, flagsText(texts)].filter(Boolean).join(" ");
}

/** The failure whose remedy has command lines with the store of the command that failed. */
export function withStoreTexts(failure: Failure, typed: Texts): Failure {
  const { code, message, remedy, kind, reference, cause, detail, observed } = failure;
  const { loginFlags, commandFlags } = failure;
  const texts = storeTexts(typed);
  const lines = remedy?.split("\n").map((line) => withTexts(line, texts)).join("\n");
  if (lines === undefined || lines === remedy) return failure;
  return new Failure(code, message, {
    ...{ kind, reference, cause, detail, observed, loginFlags, commandFlags },
    remedy: lines,
  });
}
