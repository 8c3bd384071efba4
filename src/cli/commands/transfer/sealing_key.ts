/** What seals a transfer file: recipients, or a passphrase. @module */

import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import type { SealingKey } from "../../../flow/transfer/age_file.ts";
import type { Runtime } from "../../command/runtime.ts";
import { type Parsed, problem } from "../../command/flag.ts";
import { passphraseFrom } from "../../prompt/ask.ts";
import { readInput, readSecret } from "../../shared/input_files.ts";

/** `age1...`, or `@` and the path of a file with one on each line. */
export function recipientOrFile(text: string): Parsed<string> {
  if (text.startsWith("@") && text.length > 1 && !text.includes("\0")) return { value: text };
  return checkedRecipient(text.trim());
}

function checkedRecipient(text: string): Parsed<string> {
  // What was given may be a secret in the wrong place: no message repeats it.
  if (/^age-secret-key-/i.test(text)) {
    return problem(
      "the value is an identity, which is secret; a recipient starts with age1",
      "Use the recipient that belongs to it. If the identity is now in a shell history, make a new one",
    );
  }
  if (/^age1[a-z0-9]{10,}$/.test(text)) return { value: text };
  return problem(
    "the value is not an age recipient",
    "Use what mcpass oauth recipient prints on the other machine: it starts with age1",
  );
}

/** The recipients in a file: one on each line, as for age -R. */
function recipientsIn(text: string, path: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const given = lines.filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of given) {
    const parsed = checkedRecipient(line);
    if ("problem" in parsed) {
      const where = `--to: line ${lines.indexOf(line) + 1} of "${path}": ${parsed.problem}`;
      throw usageFailure("invalid_value", where, parsed.remedy);
    }
  }
  if (given.length > 0) return given;
  throw usageFailure("invalid_value", `--to: "${path}" contains no recipient`);
}

export async function readRecipients(
  values: readonly string[],
  io: Runtime["io"],
): Promise<string[]> {
  const recipients: string[] = [];
  for (const value of values) {
    const path = value.slice(1);
    recipients.push(
      ...value.startsWith("@") ? recipientsIn(await readInput("--to", path, io), path) : [value],
    );
  }
  return [...new Set(recipients)];
}

const MIN_PASSPHRASE = 10;

function shortPassphrase(name: string): Error {
  return usageFailure(
    "invalid_value",
    `${name}: the passphrase has fewer than ${MIN_PASSPHRASE} characters`,
    "Use a longer one, such as four random words: anyone who gets the file can try passphrases",
  );
}

/** From a file, else asked for twice. */
async function newPassphrase(
  path: string | undefined,
  noInput: boolean,
  runtime: Runtime,
): Promise<string | undefined> {
  if (path !== undefined) {
    const { secret } = await readSecret("--passphrase-file", path, runtime.io);
    if (secret.length < MIN_PASSPHRASE) throw shortPassphrase("--passphrase-file");
    return secret;
  }
  const ask = passphraseFrom({ noInput }, runtime);
  const passphrase = await ask("Passphrase to seal the file with");
  if (passphrase === undefined) return undefined;
  if (passphrase.length < MIN_PASSPHRASE) throw shortPassphrase("passphrase");
  if (await ask("The same passphrase again") === passphrase) return passphrase;
  throw usageFailure("invalid_value", "the two passphrases differ", "Run the command again");
}

/** A mistyped recipient has a wrong checksum. */
async function checkedSeal(recipients: readonly string[]): Promise<SealingKey> {
  const { sealFile } = await import("../../../flow/transfer/age_file.ts");
  try {
    await sealFile("", { recipients });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usageFailure(
      "invalid_value",
      `--to: ${quoted(error.message, 80)} is not a valid recipient: it was mistyped or truncated`,
      "Copy it again from the output of mcpass oauth recipient or age-keygen",
    );
  }
  return { recipients };
}

interface SealingOptions {
  readonly to: readonly string[];
  readonly passphraseFile: string | undefined;
  readonly noInput: boolean;
}

/** @throws Failure of kind `usage`: `missing_options`, `invalid_value`, `file_unreadable`. */
export async function sealingKey(
  { to, passphraseFile, noInput }: SealingOptions,
  runtime: Runtime,
): Promise<SealingKey> {
  if (to.length > 0) return await checkedSeal(await readRecipients(to, runtime.io));
  const passphrase = await newPassphrase(passphraseFile, noInput, runtime);
  if (passphrase !== undefined) return { passphrase };
  throw usageFailure(
    "missing_options",
    "missing --to or --passphrase-file",
    "Add --to with what mcpass oauth recipient prints on the other machine",
  );
}

/** `sealed for age1qfwngj...` or `sealed with a passphrase`. */
export function sealText(seal: SealingKey): string {
  if ("passphrase" in seal) return "sealed with a passphrase";
  return `sealed for ${seal.recipients.map((it) => `${it.slice(0, 12)}...`).join(", ")}`;
}
