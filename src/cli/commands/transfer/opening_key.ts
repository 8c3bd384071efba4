/** What opens a transfer file: a passphrase, or identities. @module */

import { Failure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { type AgeHeader, readHeader, withoutArmor } from "../../../flow/transfer/age_header.ts";
import type { OpeningKey } from "../../../flow/transfer/age_file.ts";
import { parseTransfer, type Transfer } from "../../../flow/transfer/transfer_payload.ts";
import type { Runtime } from "../../command/runtime.ts";
import { passphraseFrom } from "../../prompt/ask.ts";
import { readBytes, readSecret, readSecretInput } from "../../shared/input_files.ts";

const MAX_FILE = 1024 * 1024;
const MAX_WORK_FACTOR = 20;

export interface OpeningOptions {
  readonly identityFile: readonly string[];
  readonly passphraseFile: string | undefined;
  readonly noInput: boolean;
}

function invalidFile(path: string, why: string): Failure {
  const message = `${quoted(path, 4096)} cannot be imported: ${why}`;
  return new Failure("transfer_file_invalid", message, {
    remedy: "Copy the file again, completely, or export the sign-in again",
  });
}

/** The identities in the text of a file, without comments. */
function identitiesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

async function readIdentities(
  { identityFile }: OpeningOptions,
  runtime: Runtime,
): Promise<string[]> {
  const identities: string[] = [];
  for (const path of identityFile) {
    const { text } = await readSecretInput("--identity-file", path, runtime.io);
    const found = identitiesIn(text);
    if (found.length === 0 || !found.every((it) => it.startsWith("AGE-SECRET-KEY-"))) {
      throw usageFailure(
        "invalid_value",
        `--identity-file: ${quoted(path, 4096)} is not a file of age identities`,
        "Use a file from age-keygen; mcpass does not read SSH keys and files with a passphrase",
      );
    }
    identities.push(...found);
  }
  if (identityFile.length > 0) return identities;
  const { readIdentityFile } = await import("../../../store/file/transfer_files.ts");
  return identitiesIn(readIdentityFile(runtime)?.text ?? "");
}

async function openingKey(
  path: string,
  { opensWith, workFactor = 0 }: AgeHeader,
  options: OpeningOptions,
  runtime: Runtime,
): Promise<OpeningKey> {
  if (opensWith === "identity") {
    const identities = await readIdentities(options, runtime);
    if (identities.length > 0) return { identities };
    throw usageFailure(
      "transfer_not_opened",
      `${quoted(path, 4096)} is sealed for a recipient, and no identity is stored here`,
      "Give its identity with --identity-file. Or export it for the recipient of this machine, which " +
        "mcpass oauth recipient prints",
    );
  }
  if (!(workFactor <= MAX_WORK_FACTOR)) {
    throw invalidFile(
      path,
      "deriving the key from its passphrase requires more memory than mcpass allows",
    );
  }
  const passphrase = options.passphraseFile === undefined
    ? await passphraseFrom(options, runtime)("Passphrase of the transfer file")
    : (await readSecret("--passphrase-file", options.passphraseFile, runtime.io)).secret;
  if (passphrase !== undefined) return { passphrase };
  throw usageFailure(
    "transfer_not_opened",
    `${quoted(path, 4096)} is sealed with a passphrase`,
    "Give the passphrase in a file: --passphrase-file <path>",
  );
}

function wrongKey(path: string, key: OpeningKey): Failure {
  const why = "passphrase" in key
    ? "the passphrase is wrong, or the file was changed"
    : "it is sealed for other recipients";
  return new Failure(
    "transfer_not_opened",
    `${quoted(path, 4096)} could not be opened: ${why}`,
    {
      remedy: "passphrase" in key
        ? "Type the passphrase with which it was exported"
        : "Give the identity with --identity-file, or export it for the recipient of this machine",
    },
  );
}

/** @throws Failure `transfer_file_invalid`, `transfer_not_opened`, `file_unreadable`. */
export async function openTransfer(
  path: string,
  options: OpeningOptions,
  runtime: Runtime,
): Promise<Transfer> {
  const content = await readBytes("<file>", path, runtime);
  if (content.length > MAX_FILE) throw invalidFile(path, "it is larger than 1 MiB");
  let opening: OpeningKey | undefined;
  try {
    const bytes = withoutArmor(content);
    opening = await openingKey(path, readHeader(bytes), options, runtime);
    const { openFile } = await import("../../../flow/transfer/age_file.ts");
    const text = await openFile(bytes, opening);
    if (text === undefined) throw wrongKey(path, opening);
    return parseTransfer(text);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof RangeError) throw invalidFile(path, error.message);
    throw invalidFile(path, "it was truncated or changed after it was exported");
  }
}
