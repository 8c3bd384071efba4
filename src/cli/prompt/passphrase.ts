/** The passphrase of an encrypted key. @module */

import type { Runtime } from "../command/runtime.ts";
import { canAsk } from "./missing_options.ts";

/** Asks for a passphrase; undefined if a person cannot be asked. */
export type AskPassphrase = (message: string) => Promise<string | undefined>;

export function passphraseFrom(
  { noInput }: { readonly noInput: boolean },
  runtime: Runtime,
): AskPassphrase {
  const check = (answer: string) => answer === "" ? "the passphrase is empty" : undefined;
  return async (message) =>
    canAsk({ noInput }, runtime.io)
      ? await (await runtime.prompter()).ask({ message, secret: true, check })
      : undefined;
}
