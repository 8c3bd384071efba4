import { runWithPauses, type Work } from "../../core/work.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import {
  accountPrefix,
  entryName,
  isServerFolderName,
  serverFolderName,
  splitKey,
} from "../entry_key.ts";
import { type ParsedRecord, parseRecord } from "../entry_record.ts";
import {
  checkPermissions,
  fileNamesIn,
  foldersExist,
  listFolder,
  readListedFile,
  readPrivateFile,
} from "./file_permissions.ts";
import type { StoreHome } from "./home_folder.ts";
import { readNamePointer } from "./name_pointers.ts";
import { withNames } from "../sign_in_name.ts";
import { sortEntries } from "../sort_entries.ts";
import type { Listing } from "../store.ts";
import type { EntrySummary } from "../stored_entry.ts";

type EntryPaths = Readonly<Record<"folder" | "name" | "file" | "lock", string>>;

export function entryPaths({ folder }: StoreHome, key: string): EntryPaths {
  const { server, name } = splitKey(key);
  const path = `${folder}/${key}`;
  return { folder: `${folder}/${server}`, name, file: `${path}.json`, lock: `${path}.lock` };
}

interface ListedEntry {
  readonly key: string;
  readonly isFile: boolean;
}

function entriesIn({ folder }: StoreHome, server: string, prefix = ""): ListedEntry[] {
  const entries: ListedEntry[] = [];
  for (const { name: fileName, isFile } of listFolder(`${folder}/${server}`)) {
    const name = entryName(fileName);
    if (name?.startsWith(prefix)) entries.push({ key: `${server}/${name}`, isFile });
  }
  return entries;
}

function keysIn(home: StoreHome, server: string, prefix?: string): string[] {
  return entriesIn(home, server, prefix).map(({ key }) => key);
}

export function keysOf(home: StoreHome, serverUrl: string, account: string): string[] {
  return keysIn(home, serverFolderName(serverUrl), accountPrefix(account));
}

function parseEntry(
  { folder, uid }: StoreHome,
  { key, isFile }: ListedEntry,
): ParsedRecord | undefined {
  const path = `${folder}/${key}.json`;
  const text = isFile ? readListedFile(path, uid) : readPrivateFile(path, uid);
  return text === undefined ? undefined : parseRecord(text, path, key);
}

export function readEntry(home: StoreHome, key: string): ParsedRecord | undefined {
  const { folder } = entryPaths(home, key);
  return foldersExist([...home.folders, folder], home.uid)
    ? parseEntry(home, { key, isFile: false })
    : undefined;
}

function tryReading(home: StoreHome, key: string): ParsedRecord | Failure | undefined {
  try {
    return readEntry(home, key);
  } catch (error) {
    return toFailure(error);
  }
}

export function isDamaged(home: StoreHome, key: string): boolean {
  const found = tryReading(home, key);
  return found instanceof Failure && found.code === "store_entry_damaged";
}

/** Undefined also for a damaged entry, which may be overwritten. */
export function readBeforeChange(home: StoreHome, key: string): ParsedRecord | undefined {
  const found = tryReading(home, key);
  if (!(found instanceof Failure)) return found;
  if (found.code === "store_entry_damaged") return undefined;
  throw found;
}

/** False also if the entry cannot be read. */
export function isSealed(home: StoreHome, key: string): boolean {
  const found = tryReading(home, key);
  return !(found instanceof Failure) && found?.record.secrets.place === "keyring";
}

export function otherEntries(home: StoreHome, key: string): { exist: boolean; sealed: boolean } {
  const keys = keysIn(home, splitKey(key).server).filter((other) => other !== key);
  return { exist: keys.length > 0, sealed: keys.some((other) => isSealed(home, other)) };
}

function* readListing(home: StoreHome, servers: string[], prefix: string): Work<Listing> {
  const entries: EntrySummary[] = [];
  const problems: Failure[] = [];
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      problems.push(toFailure(error));
      return undefined;
    }
  };
  for (const server of servers) {
    const listed = attempt(() => {
      checkPermissions(`${home.folder}/${server}`, "folder", home.uid);
      return entriesIn(home, server, prefix);
    });
    for (const entryFile of listed ?? []) {
      const record = attempt(() => parseEntry(home, entryFile))?.record;
      if (record !== undefined) {
        const { entry, holds, secrets } = record;
        entries.push({ ...entry, key: entryFile.key, holds, secretsIn: secrets.place });
      }
      yield;
    }
  }
  return { entries: sortEntries(entries), problems };
}

/** The entries with this name; empty also if only the list of all shows them. */
export async function findNamed(home: StoreHome, name: string): Promise<readonly EntrySummary[]> {
  if (!foldersExist(home.folders, home.uid)) return [];
  const pointer = readNamePointer(home, name);
  if (pointer === undefined) return [];
  const { server, prefix } = pointer;
  const { entries } = await runWithPauses(readListing(home, [server], prefix));
  return entries.filter((entry) => entry.name === name);
}

export async function listEntries(
  home: StoreHome,
  serverUrl?: string,
  account?: string,
): Promise<Listing> {
  const { folders, folder, uid } = home;
  if (!foldersExist(folders, uid)) return { entries: [], problems: [] };
  const prefix = account === undefined ? "" : accountPrefix(account);
  const servers = serverUrl === undefined
    ? fileNamesIn(folder).filter(isServerFolderName)
    : [serverFolderName(serverUrl)];
  const listing = await runWithPauses(readListing(home, servers, prefix));
  // Without the other servers and accounts, nobody knows whether a derived name is unique.
  return serverUrl === undefined ? { ...listing, entries: withNames(listing.entries) } : listing;
}
