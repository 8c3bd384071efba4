/** What the home folder has for moving a sign-in: this machine's age identity, and sealed copies. @module */

import type { Env } from "../../core/system.ts";
import { openOutputFile } from "../../trace/output_file.ts";
import { fileNamesIn, foldersExist, readPrivateFile } from "./file_permissions.ts";
import { homeFolder, joinPath } from "./home_folder.ts";
import { acquireLock } from "./lock.ts";
import { createFolders, denoFiles } from "./store_files.ts";

const IDENTITY_FILE = "age-identity.txt";
const COPIES_FOLDER = "exports";

interface Place {
  readonly env: Env;
  readonly os?: string;
  readonly uid?: number | null;
}

function placeOf({ env, os = Deno.build.os, uid = Deno.uid() }: Place) {
  const home = homeFolder(env, os);
  const path = (...parts: readonly string[]) => joinPath(os, home, ...parts);
  return { home, uid, path };
}

export interface IdentityFile {
  readonly path: string;
  /** In the format of `age-keygen`. */
  readonly text: string;
}

/** @throws Failure `store_permissions` and others for a file that other users could read. */
export function readIdentityFile(place: Place): IdentityFile | undefined {
  const { home, uid, path } = placeOf(place);
  const file = path(IDENTITY_FILE);
  const text = foldersExist([home], uid) ? readPrivateFile(file, uid) : undefined;
  return text === undefined ? undefined : { path: file, text };
}

/** The file of this home; one of several processes makes it. */
export async function ensureIdentityFile(
  place: Place,
  make: () => Promise<string>,
): Promise<IdentityFile> {
  const known = readIdentityFile(place);
  if (known !== undefined) return known;
  const { home, uid, path } = placeOf(place);
  const createFolder = () => createFolders([home], denoFiles, uid);
  const lock = await acquireLock(denoFiles, {
    path: path(`${IDENTITY_FILE}.lock`),
    createFolder,
    uid,
  });
  try {
    const other = readIdentityFile(place);
    if (other !== undefined) return other;
    const text = await make();
    const file = await openOutputFile(path(IDENTITY_FILE));
    await file.write(text);
    await denoFiles.syncFolder(home).catch(() => {});
    return { path: file.path, text };
  } finally {
    if (Deno.build.os !== "windows") {
      await denoFiles.remove(path(`${IDENTITY_FILE}.lock`)).catch(() => {});
    }
    lock.close();
  }
}

/**
 * The path for a sealed copy, in a folder that exists. Removes copies that are no longer valid: their
 * names start with the end of their validity.
 *
 * @param notAfter Milliseconds since the epoch.
 */
export async function sealedCopyPath(place: Place, notAfter: number, now: number): Promise<string> {
  const { home, uid, path } = placeOf(place);
  const folder = path(COPIES_FOLDER);
  await createFolders([home, folder], denoFiles, uid);
  for (const name of fileNamesIn(folder)) {
    const end = Number(/^(\d+)-[0-9a-f]+\.age$/.exec(name)?.[1]);
    if (end < now) await denoFiles.remove(path(COPIES_FOLDER, name)).catch(() => {});
  }
  const random = crypto.getRandomValues(new Uint8Array(4)).toHex();
  return path(COPIES_FOLDER, `${notAfter}-${random}.age`);
}
