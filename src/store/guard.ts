/**
 * Files and folders that others could have made, changed or read are refused, with the command that
 * mends them.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { MOST_INPUT } from "../core/input_file.ts";
import { quoted } from "../core/text.ts";
import type { Code } from "../findings/mod.ts";
import { notRead, shellWord } from "./failures.ts";

/** What a path should be. */
export type Kind = "file" | "folder";

const MODE: Readonly<Record<Kind, string>> = { file: "600", folder: "700" };

function refuse(code: Code, path: string, reason: string, remedy: string): Failure {
  return new Failure(code, `refused to use ${quoted(path, 4096)}: ${reason}`, { remedy });
}

/** Throws unless what stands there is the owner's alone. */
function judge(path: string, info: Deno.FileInfo, kind: Kind, uid: number | null): void {
  if (info.isSymlink) {
    throw refuse(
      "store_symlink",
      path,
      "it is a symbolic link, which could lead to another's files",
      `Remove the link: rm ${shellWord(path)} (to move the store, set MCPASS_HOME)`,
    );
  }
  if (kind === "folder" ? !info.isDirectory : !info.isFile) {
    throw refuse(
      "store_wrong_kind",
      path,
      `it is not a ${kind === "file" ? "regular file" : "folder"}`,
      `Move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`,
    );
  }
  // On Windows there is neither; the folder lies in the user's profile.
  if (uid === null || info.mode === null) return;
  if (info.uid !== uid) {
    throw refuse(
      "store_owner",
      path,
      `it belongs to user ${info.uid}, not to you (user ${uid})`,
      `Run as that user, or if the ${kind} is yours: sudo chown ${uid} ${shellWord(path)}`,
    );
  }
  const wider = info.mode & 0o077;
  if (wider !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    throw refuse(
      "store_permissions",
      path,
      `its mode is ${mode}, so others can get at it`,
      `Run: chmod ${MODE[kind]} ${shellWord(path)}. If others use this machine, log in again too`,
    );
  }
}

/** What stands at a path itself, not where it leads; undefined for nothing. */
export async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw notRead(path, error);
  }
}

/**
 * Looks at a file or folder of the store.
 *
 * @returns False when nothing is there.
 * @throws Failure `store_symlink`, `store_wrong_kind`, `store_owner`, `store_permissions`.
 */
export async function checkSafe(path: string, kind: Kind, uid: number | null): Promise<boolean> {
  const info = await lookAt(path);
  if (info !== undefined) judge(path, info, kind, uid);
  return info !== undefined;
}

/** True when both are the same file of the disk. */
export function sameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

async function wholeText(file: Deno.FsFile, size: number): Promise<string> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Text of a file that is the owner's alone; undefined when there is none. */
export async function readSafe(path: string, uid: number | null): Promise<string | undefined> {
  const before = await lookAt(path);
  if (before === undefined) return undefined;
  judge(path, before, "file", uid);
  try {
    using file = await Deno.open(path, { read: true });
    const opened = await file.stat();
    judge(path, opened, "file", uid);
    if (opened.size > MOST_INPUT) {
      const remedy = `Move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
      throw refuse("store_wrong_kind", path, "it has more than 64 MiB", remedy);
    }
    return await wholeText(file, opened.size);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw notRead(path, error);
  }
}
