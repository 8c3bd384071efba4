/** Reads and replaces configuration files of the user: no other folder, no other user's file. @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { writeAll } from "../../core/write_all.ts";

export interface ConfigFile {
  /** As it is known to the client. */
  readonly path: string;
  /** After symbolic links. */
  readonly target: string;
  /** Undefined if there is no file. */
  readonly text: string | undefined;
  readonly bytes: Uint8Array;
  readonly mode: number | null;
  /** Folders in which the file has to be. */
  readonly folders: readonly string[];
}

const MAX_BYTES = 64 * 1024 * 1024;

const isWindows = Deno.build.os === "windows";

/** @param reason As it follows the path. */
export function configNotChanged(path: string, reason: string): Failure {
  return new Failure("config_not_changed", `${quoted(path)} was not changed: ${reason}`, {
    remedy:
      "Put the entry into the file yourself, or fix what the message names and run the command again",
  });
}

const NOT_CHANGED = (path: string, error: unknown) =>
  error instanceof Failure
    ? error
    : configNotChanged(path, error instanceof Error ? error.message : String(error));

const parentOf = (path: string) => path.replace(/[\\/][^\\/]*$/, "") || (isWindows ? path : "/");

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Where a file that does not exist will be: links of its folders are followed. */
async function newTarget(path: string): Promise<string> {
  const link = await Deno.lstat(path).catch(() => undefined);
  if (link?.isSymlink) throw configNotChanged(path, "it is a link to a file that does not exist");
  const missing: string[] = [];
  for (let folder = path;;) {
    const parent = parentOf(folder);
    missing.unshift(folder.slice(parent.length).replace(/^[\\/]/, ""));
    const found = await realPathOf(parent);
    if (found !== undefined) {
      return [found.replace(/[\\/]$/, ""), ...missing].join(isWindows ? "\\" : "/");
    }
    if (parent === folder) throw configNotChanged(path, "its folder does not exist");
    folder = parent;
  }
}

/** True for a path in one of the folders, after links. */
async function isInside(target: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const real = await realPathOf(folder);
    if (real === undefined) continue;
    const start = /[\\/]$/.test(real) ? real : real + (isWindows ? "\\" : "/");
    if (target.startsWith(start)) return true;
  }
  return false;
}

async function checkOwner(path: string, existing: string): Promise<void> {
  const user = Deno.uid();
  const { uid } = await Deno.stat(existing);
  if (user !== null && uid !== null && uid !== user) {
    throw configNotChanged(path, `${quoted(existing)} belongs to another user`);
  }
}

async function nearestFolder(target: string): Promise<string> {
  let folder = parentOf(target);
  while (await realPathOf(folder) === undefined) folder = parentOf(folder);
  return folder;
}

async function locate(path: string, folders: readonly string[]) {
  const existing = await realPathOf(path);
  const target = existing ?? await newTarget(path);
  if (!await isInside(target, folders)) {
    throw configNotChanged(
      path,
      `${target === path ? "it" : quoted(target)} is not in a folder of yours`,
    );
  }
  await checkOwner(path, await nearestFolder(target));
  return { target, exists: existing !== undefined };
}

/** @throws Failure `config_not_changed`. */
export async function readConfigFile(
  path: string,
  folders: readonly string[],
): Promise<ConfigFile> {
  try {
    const { target, exists } = await locate(path, folders);
    const shared = { path, target, folders };
    if (!exists) return { ...shared, text: undefined, bytes: new Uint8Array(), mode: null };
    const { isFile, size, mode } = await Deno.stat(target);
    if (!isFile) throw configNotChanged(path, "it is not a regular file");
    if (size > MAX_BYTES) throw configNotChanged(path, "it is larger than 64 MiB");
    await checkOwner(path, target);
    const bytes = await Deno.readFile(target);
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { ...shared, text, bytes, mode };
    } catch {
      throw configNotChanged(path, "it is not UTF-8 text");
    }
  } catch (error) {
    throw NOT_CHANGED(path, error);
  }
}

/** @throws Failure `config_not_changed` for a file that is read-only. */
export async function checkWritable({ path, target, text, mode }: ConfigFile): Promise<void> {
  if (text === undefined) return;
  const readOnly = () => configNotChanged(path, "it is read-only");
  if (mode !== null && (mode & 0o200) === 0) throw readOnly();
  try {
    (await Deno.open(target, { write: true })).close();
  } catch {
    throw readOnly();
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** True if the file, or what its path means, is not what was read. */
async function hasChanged({ path, target, bytes, text, folders }: ConfigFile): Promise<boolean> {
  const now = await locate(path, folders);
  if (now.target !== target || now.exists !== (text !== undefined)) return true;
  if (text === undefined) return false;
  const { isSymlink } = await Deno.lstat(target);
  return isSymlink || !isEqual(await Deno.readFile(target), bytes);
}

const randomName = () => crypto.getRandomValues(new Uint8Array(8)).toHex();

async function createNew(path: string, content: string | Uint8Array): Promise<void> {
  const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  try {
    await writeAll(file, content as string | Uint8Array<ArrayBuffer>);
  } catch (error) {
    await Deno.remove(path).catch(() => {});
    throw error;
  }
}

/** A copy of the file next to it; others cannot read it. */
async function backUp({ target, bytes }: ConfigFile, now: number): Promise<string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  for (let number = 1;; number += 1) {
    const path = `${target}.mcpass-${time}${number === 1 ? "" : `-${number}`}.bak`;
    try {
      await createNew(path, bytes);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/**
 * Replaces the text of the file; undefined removes the file.
 *
 * @returns `changed` if the file is not what was read, and nothing was done; else the path of the backup.
 * @throws Failure `config_not_changed`; the file is then as it was.
 */
export async function writeConfigFile(
  file: ConfigFile,
  text: string | undefined,
  now: number,
): Promise<"changed" | { readonly backup: string | null }> {
  const { path, target, mode } = file;
  const temporary = `${parentOf(target)}/.mcpass-${randomName()}.tmp`;
  try {
    if (file.text === undefined) {
      if (await hasChanged(file)) return "changed";
      await Deno.mkdir(parentOf(target), { recursive: true, mode: 0o700 });
      try {
        await createNew(target, text ?? "");
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) return "changed";
        throw error;
      }
      return { backup: null };
    }
    await checkWritable(file);
    if (text !== undefined) {
      await createNew(temporary, text);
      if (mode !== null && !isWindows) await Deno.chmod(temporary, mode & 0o7777);
    }
    if (await hasChanged(file)) return "changed";
    const backup = await backUp(file, now);
    if (text === undefined) await Deno.remove(target);
    else await Deno.rename(temporary, target);
    return { backup };
  } catch (error) {
    throw NOT_CHANGED(path, error);
  } finally {
    await Deno.remove(temporary).catch(() => {});
  }
}

/** The texts of the backups of a file, newest first. */
export async function backupTexts({ target }: ConfigFile): Promise<string[]> {
  const folder = parentOf(target);
  const start = `${target.slice(folder.length).replace(/^[\\/]/, "")}.mcpass-`;
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name.startsWith(start) && name.endsWith(".bak")) names.push(name);
  }
  const newest = names.sort().reverse().slice(0, 20);
  const texts = newest.map(async (name) => {
    const { size } = await Deno.stat(`${folder}/${name}`);
    return size > MAX_BYTES ? [] : [await Deno.readTextFile(`${folder}/${name}`)];
  });
  return (await Promise.all(texts)).flat();
}
