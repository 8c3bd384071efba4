/** Refusing files and folders that other users could create, change or read. @module */

import { Failure } from "../../core/failure.ts";
import { MOST_INPUT } from "../../core/input_file.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { notRead, quotedForShell } from "../failures.ts";

export type Kind = "file" | "folder";

const MODE: Readonly<Record<Kind, string>> = { file: "600", folder: "700" };

function refusal(code: Code, path: string, reason: string, remedy: string): Failure {
  return new Failure(code, `refused to use ${quoted(path, 4096)}: ${reason}`, { remedy });
}

/** @throws Failure unless only the owner can access it. */
function requirePrivate(path: string, info: Deno.FileInfo, kind: Kind, uid: number | null): void {
  if (info.isSymlink) {
    throw refusal(
      "store_symlink",
      path,
      "it is a symbolic link, which could lead to another's files",
      `Remove the link: rm ${quotedForShell(path)} (to move the store, set MCPASS_HOME)`,
    );
  }
  if (kind === "folder" ? !info.isDirectory : !info.isFile) {
    throw refusal(
      "store_wrong_kind",
      path,
      `it is not a ${kind === "file" ? "regular file" : "folder"}`,
      `Move it away: mv ${quotedForShell(path)} ${quotedForShell(`${path}.old`)}`,
    );
  }
  // Windows has neither. There the folder is in the user's profile.
  if (uid === null || info.mode === null) return;
  if (info.uid !== uid) {
    throw refusal(
      "store_owner",
      path,
      `it belongs to user ${info.uid}, not to you (user ${uid})`,
      `Run as that user, or if the ${kind} is yours: sudo chown ${uid} ${quotedForShell(path)}`,
    );
  }
  const granted = info.mode & 0o077;
  if (granted !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    throw refusal(
      "store_permissions",
      path,
      `its mode is ${mode}, so others can get at it`,
      `Run: chmod ${MODE[kind]} ${
        quotedForShell(path)
      }. If others use this machine, log in again too`,
    );
  }
}

/**
 * Does not follow a symbolic link; undefined if there is nothing.
 *
 * This and what follows is synchronous: for a list of 1,000 entries, the threads of the runtime cost more
 * time than the files.
 */
export function lstatIfExists(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw notRead(path, error);
  }
}

/**
 * Checks a file or folder of the store.
 *
 * @returns False if there is nothing.
 * @throws Failure `store_symlink`, `store_wrong_kind`, `store_owner`, `store_permissions`.
 */
export function checkPermissions(path: string, kind: Kind, uid: number | null): boolean {
  const info = lstatIfExists(path);
  if (info !== undefined) requirePrivate(path, info, kind, uid);
  return info !== undefined;
}

export function isSameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

const decoder = new TextDecoder();

function readText(file: Deno.FsFile, size: number): string {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return decoder.decode(bytes.subarray(0, length));
}

/** The text of a file that only the owner can access; undefined if there is none. */
export function readPrivateFile(path: string, uid: number | null): string | undefined {
  const before = lstatIfExists(path);
  if (before === undefined) return undefined;
  requirePrivate(path, before, "file", uid);
  try {
    using file = Deno.openSync(path, { read: true });
    const opened = file.statSync();
    requirePrivate(path, opened, "file", uid);
    if (opened.size > MOST_INPUT) {
      const remedy = `Move it away: mv ${quotedForShell(path)} ${quotedForShell(`${path}.old`)}`;
      throw refusal("store_wrong_kind", path, "it has more than 64 MiB", remedy);
    }
    return readText(file, opened.size);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw notRead(path, error);
  }
}
