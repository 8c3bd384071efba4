import { Failure } from "../core/failure.ts";
import { commandText } from "../core/command_text.ts";
import { printable, quoted } from "../core/text.ts";
import type { Code } from "../findings/mod.ts";
import { accountFlag, type StoredEntry } from "./stored_entry.ts";

export function quotedForShell(path: string): string {
  return `'${printable(path, 4096).replaceAll("'", `'\\''`)}'`;
}

export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (code === "EROFS") return "the disk is read-only";
  if (code === "EFBIG") return "the file would be larger than this process may write";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotADirectory) return "a part of the path is not a folder";
  return printable(error instanceof Error ? error.message : String(error));
}

function failure(code: Code, message: string, remedy: string, cause?: unknown): Failure {
  return new Failure(code, message, { remedy, cause });
}

export const quotedPath = (path: string): string => quoted(path, 4096);

export function homeUnknown(variables: string): Failure {
  return failure(
    "store_home_unknown",
    `no folder for credentials: ${variables} not set`,
    "Set MCPASS_HOME to the absolute path of a folder of your own, or store nothing: --store none",
  );
}

export function homeRelative(variable: string, value: string): Failure {
  return failure(
    "store_home_relative",
    `cannot store credentials in ${quoted(value)} (${variable}): not an absolute path`,
    `Set ${variable} to an absolute path`,
  );
}

/** Faults of a database that may end without a person; what was written before remains. */
const UNREACHABLE: readonly Code[] = [
  "store_unreachable",
  "store_connection_lost",
  "store_late",
  "store_too_many_connections",
  "store_read_only",
];

/** True if the same call may succeed soon. A write may have succeeded although this was thrown. */
export function isStoreUnreachable({ code }: Failure): boolean {
  return UNREACHABLE.includes(code);
}

export function notWritten(path: string, error: unknown): Failure {
  return failure(
    "store_not_written",
    `cannot write ${quotedPath(path)}: ${reasonOf(error)}; what was stored before is unchanged`,
    "Free disk space or give yourself write access there, or set MCPASS_HOME to another folder",
    error,
  );
}

export function notLocked(path: string, error: unknown): Failure {
  const message = `cannot lock ${quotedPath(path)}: ${reasonOf(error)}`;
  const remedy = "Set MCPASS_HOME to a folder on a disk that has file locks";
  return failure("store_not_locked", message, remedy, error);
}

export function notRead(path: string, error: unknown): Failure {
  const message = `cannot read ${quotedPath(path)}: ${reasonOf(error)}`;
  return failure("store_not_read", message, "Give yourself read access to it", error);
}

export function damaged(path: string, reason: string): Failure {
  return failure(
    "store_entry_damaged",
    `the stored entry ${quotedPath(path)} cannot be used: ${reason}`,
    `Remove it and sign in again:\n  rm ${quotedForShell(path)}`,
  );
}

export function newerVersion(path: string, version: number, known: number): Failure {
  const message = `the stored entry ${quotedPath(path)} has version ${version}, and this mcpass ` +
    `knows versions up to ${known}; it is neither used nor overwritten`;
  const remedy = "Use the newer mcpass that wrote it, or another folder with MCPASS_HOME";
  return failure("store_version_newer", message, remedy);
}

/** For an entry that is not sealed (encrypted with a key in the keyring), but must be. */
export function notSealed(
  path: string,
  { serverUrl, account }: Pick<StoredEntry, "serverUrl" | "account">,
  why: string,
): Failure {
  const options = { url: serverUrl, account: accountFlag(account) };
  return failure(
    "store_entry_not_sealed",
    `the stored sign-in ${quotedPath(path)} is not encrypted, although ${why}; ` +
      "mcpass does not use it, because another program may have replaced it",
    `Sign out and sign in again:\n  ${commandText("logout", options)}\n  ` +
      `${commandText("login", options)}\n` +
      "If you stored it with --store file, add --store file to the command",
  );
}

export function secretsLost(path: string, reason: string): Failure {
  const message = `the secrets of ${quotedPath(path)} cannot be decrypted: ${reason}`;
  return failure("store_secrets_lost", message, "Sign in again");
}
