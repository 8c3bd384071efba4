/**
 * A file for each name, with the server and account of its sign-in, so that a name is found without
 * reading every entry. It is only a hint: an entry has its name itself. @module
 */

import { sha256Hex } from "../../trace/fingerprint.ts";
import { accountPrefix, serverFolderName } from "../entry_key.ts";
import type { StoredEntry } from "../stored_entry.ts";
import { readPrivateFile } from "./file_permissions.ts";
import type { StoreHome } from "./home_folder.ts";
import { replaceFile, type StoreFiles } from "./store_files.ts";

type Named = Pick<StoredEntry, "serverUrl" | "account" | "name">;

export interface NamePointer {
  readonly server: string;
  readonly prefix: string;
}

const fileOf = (name: string) => `name-${sha256Hex(name).slice(0, 32)}`;

const textOf = ({ serverUrl, account }: Named) =>
  `"${serverFolderName(serverUrl)}/${accountPrefix(account)}"\n`;

function pointerText({ folder, uid }: StoreHome, name: string): string | undefined {
  try {
    return readPrivateFile(`${folder}/${fileOf(name)}.json`, uid);
  } catch {
    return undefined;
  }
}

export function readNamePointer(home: StoreHome, name: string): NamePointer | undefined {
  const text = pointerText(home, name) ?? "";
  const [, server, prefix] = /^"([0-9a-f]{32})\/([0-9a-f]{16}-)"\n$/.exec(text) ?? [];
  return server === undefined || prefix === undefined ? undefined : { server, prefix };
}

/** Without the pointer, only the search for the name is slower: an error changes nothing. */
export async function writeNamePointer(
  home: StoreHome,
  files: StoreFiles,
  entry: Named,
): Promise<void> {
  const { name } = entry;
  if (name === undefined || pointerText(home, name) === textOf(entry)) return;
  await replaceFile(files, home.folder, fileOf(name), textOf(entry)).catch(() => {});
}

/** Does nothing if the name leads to another sign-in by now. */
export async function removeNamePointer(
  home: StoreHome,
  files: StoreFiles,
  entry: Named,
): Promise<void> {
  const { name } = entry;
  if (name === undefined || pointerText(home, name) !== textOf(entry)) return;
  await files.remove(`${home.folder}/${fileOf(name)}.json`).catch(() => {});
}
