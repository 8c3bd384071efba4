/** Refuses files and folders of the store that other users could create, change or read. @module */

import { Failure } from "../../core/failure.ts";
import { MAX_INPUT_BYTES } from "../../core/input_file.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { notRead, quotedForShell } from "../failures.ts";
import { STORE_FOLDER } from "./home_folder.ts";

type Kind = "file" | "folder";

function refusal(code: Code, path: string, reason: string, remedy: string): Failure {
  return new Failure(code, `mcpass does not use ${quoted(path, 4096)}: ${reason}`, { remedy });
}

function wrongKind(path: string, reason: string): Failure {
  const remedy = `Move it away:\n  mv ${quotedForShell(path)} ${quotedForShell(`${path}.old`)}`;
  return refusal("store_wrong_kind", path, reason, remedy);
}

function requirePrivate(path: string, info: Deno.FileInfo, kind: Kind, uid: number | null): void {
  if (info.isSymlink) {
    const reason = "it is a symbolic link, which could point to files of another user";
    const command = `rm ${quotedForShell(path)}`;
    const remedy = `To move the store, set MCPASS_HOME\nRemove the link:\n  ${command}`;
    throw refusal("store_symlink", path, reason, remedy);
  }
  if (kind === "folder" && !info.isDirectory) throw wrongKind(path, "it is not a folder");
  if (kind === "file" && !info.isFile) throw wrongKind(path, "it is not a regular file");
  if (info.isFile && info.size > MAX_INPUT_BYTES) throw wrongKind(path, "it is larger than 64 MiB");
  // Windows has neither. There the folder is in the user's profile.
  if (uid === null || info.mode === null) return;
  if (info.uid !== uid) {
    const reason = `it belongs to user ${info.uid}, not to you (user ${uid})`;
    const command = `sudo chown ${uid} ${quotedForShell(path)}`;
    const remedy =
      `Run mcpass as that user, or if the ${kind} is yours, change its owner:\n  ${command}`;
    throw refusal("store_owner", path, reason, remedy);
  }
  if ((info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    const reason = `its mode is ${mode}, so other users of this machine have access to it`;
    const command = `chmod ${kind === "file" ? "600" : "700"} ${quotedForShell(path)}`;
    const remedy =
      `Remove the access of others:\n  ${command}\nIf other people use this machine, sign in again`;
    throw refusal("store_permissions", path, reason, remedy);
  }
}

/** All reads are synchronous: in a long list, asynchronous calls would take longer than the files. */
export function lstatIfExists(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw notRead(path, error);
  }
}

/** @throws Failure `store_symlink`, `store_wrong_kind`, `store_owner`, `store_permissions`. */
export function checkPermissions(path: string, kind: Kind, uid: number | null): boolean {
  const info = lstatIfExists(path);
  if (info !== undefined) requirePrivate(path, info, kind, uid);
  return info !== undefined;
}

/**
 * Removes the access of other users to a home folder that was made with `mkdir`. It must be the user's,
 * and empty, or have only the store's folder in it and no other user who can write to it.
 */
function narrowHome(path: string, uid: number | null): void {
  const info = lstatIfExists(path);
  if (info?.isDirectory !== true || info.uid !== uid || info.mode === null) return;
  if ((info.mode & 0o077) === 0) return;
  const names = fileNamesIn(path);
  const isUnchanged = (info.mode & 0o022) === 0 && names.every((name) => name === STORE_FOLDER);
  if (names.length > 0 && !isUnchanged) return;
  try {
    Deno.chmodSync(path, 0o700);
  } catch {
    // The check that follows refuses the folder.
  }
}

/** As {@link checkPermissions}, for the folder that has the store in it. */
function checkHome(path: string, uid: number | null): boolean {
  try {
    return checkPermissions(path, "folder", uid);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "store_permissions") throw error;
    narrowHome(path, uid);
    return checkPermissions(path, "folder", uid);
  }
}

/** @param paths Outermost first: the first one is the home folder. */
export function folderExists(paths: readonly string[], at: number, uid: number | null): boolean {
  const path = paths[at] ?? "";
  return at === 0 ? checkHome(path, uid) : checkPermissions(path, "folder", uid);
}

export function foldersExist(paths: readonly string[], uid: number | null): boolean {
  return paths.every((_, at) => folderExists(paths, at, uid));
}

export function listFolder(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw notRead(folder, error);
  }
}

export function fileNamesIn(folder: string): string[] {
  return listFolder(folder).map(({ name }) => name);
}

export function isSameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

const decoder = new TextDecoder();

function readContent(file: Deno.FsFile, size: number): string {
  const bytes = new Uint8Array(size);
  let length = file.readSync(bytes) ?? 0;
  while (length < size) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return decoder.decode(length === size ? bytes : bytes.subarray(0, length));
}

export function readPrivateFile(path: string, uid: number | null): string | undefined {
  return checkPermissions(path, "file", uid) ? readListedFile(path, uid) : undefined;
}

/** For a path that is known to be a file, not a link. The opened file is checked. */
export function readListedFile(path: string, uid: number | null): string | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    const opened = file.statSync();
    requirePrivate(path, opened, "file", uid);
    return readContent(file, opened.size);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw notRead(path, error);
  }
}
