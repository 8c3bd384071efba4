/** Reading the files of the entries. @module */

import { finish, type Pieces, runInPieces } from "../../core/pieces.ts";
import { type Failure, toFailure } from "../../core/failure.ts";
import {
  accountPrefix,
  canonicalServer,
  entryName,
  isServerFolderName,
  serverFolderName,
  splitKey,
} from "../entry_key.ts";
import { type EntryRecord, type ParsedRecord, parseRecord } from "../entry_record.ts";
import { checkPermissions, readPrivateFile } from "./file_permissions.ts";
import { fileNamesIn, type StoreFolders } from "./folders.ts";
import type { Listing } from "../store.ts";
import type { EntrySummary } from "../stored_entry.ts";

export interface EntryPaths {
  readonly folder: string;
  readonly name: string;
  readonly file: string;
  readonly lock: string;
}

export interface OtherEntries {
  readonly exist: boolean;
  /** True if one of them is sealed. */
  readonly sealed: boolean;
}

export interface EntryFiles {
  paths(key: string): EntryPaths;
  read(key: string): ParsedRecord | undefined;
  /** The same; undefined also for a damaged entry, which may be overwritten. */
  readBeforeChange(key: string): ParsedRecord | undefined;
  list(serverUrl?: string, account?: string): Promise<Listing>;
  /** The keys of an account at a server, whether or not their files can be read. */
  keysOf(serverUrl: string, account: string): readonly string[];
  others(key: string): OtherEntries;
}

function summaryOf(key: string, { entry, holds, secrets }: EntryRecord): EntrySummary {
  return { ...entry, key, holds, secretsIn: secrets.place };
}

/** The entries by server, account and issuer. */
function sortEntries(entries: readonly EntrySummary[]): EntrySummary[] {
  const keyed = entries.map((entry) => ({
    entry,
    by: [canonicalServer(entry.serverUrl), entry.account, entry.issuer].join("\n"),
  }));
  return keyed.sort((a, b) => a.by < b.by ? -1 : a.by > b.by ? 1 : 0).map(({ entry }) => entry);
}

/** Nothing is read before it is needed. */
export function openEntryFiles(
  folder: string,
  folders: StoreFolders,
  uid: number | null,
): EntryFiles {
  function paths(key: string): EntryPaths {
    const { server, name } = splitKey(key);
    const base = `${folder}/${server}/${name}`;
    return { folder: `${folder}/${server}`, name, file: `${base}.json`, lock: `${base}.lock` };
  }

  function keysIn(server: string, prefix = ""): string[] {
    return fileNamesIn(`${folder}/${server}`).map(entryName)
      .filter((name) => name !== undefined)
      .filter((name) => name.startsWith(prefix))
      .map((name) => `${server}/${name}`);
  }

  function parse(key: string): ParsedRecord | undefined {
    const { file } = paths(key);
    const text = readPrivateFile(file, uid);
    return text === undefined ? undefined : parseRecord(text, file, key);
  }

  function read(key: string): ParsedRecord | undefined {
    return folders.exist(paths(key).folder) ? parse(key) : undefined;
  }

  /** The readable entries, with a pause after each. */
  function* summaries(
    keys: readonly string[],
    onError: (error: unknown) => void,
  ): Pieces<EntrySummary[]> {
    const found: EntrySummary[] = [];
    for (const key of keys) {
      try {
        const parsed = parse(key);
        if (parsed !== undefined) found.push(summaryOf(key, parsed.record));
      } catch (error) {
        onError(error);
      }
      yield;
    }
    return found;
  }

  function* listing(servers: readonly string[], prefix: string): Pieces<Listing> {
    const entries: EntrySummary[] = [];
    const problems: Failure[] = [];
    const onError = (error: unknown) => problems.push(toFailure(error));
    for (const server of servers) {
      try {
        checkPermissions(`${folder}/${server}`, "folder", uid);
        entries.push(...yield* summaries(keysIn(server, prefix), onError));
      } catch (error) {
        onError(error);
      }
    }
    return { entries: sortEntries(entries), problems };
  }

  return {
    paths,
    read,

    readBeforeChange(key) {
      try {
        return read(key);
      } catch (error) {
        if (toFailure(error).code === "store_entry_damaged") return undefined;
        throw error;
      }
    },

    async list(serverUrl, account) {
      if (!folders.exist()) return { entries: [], problems: [] };
      const prefix = account === undefined ? "" : accountPrefix(account);
      const servers = serverUrl === undefined
        ? fileNamesIn(folder).filter(isServerFolderName)
        : [serverFolderName(serverUrl)];
      return await runInPieces(listing(servers, prefix));
    },

    keysOf: (serverUrl, account) => keysIn(serverFolderName(serverUrl), accountPrefix(account)),

    others(key) {
      const keys = keysIn(splitKey(key).server).filter((other) => other !== key);
      const found = finish(summaries(keys, () => {}));
      const sealed = found.some(({ secretsIn }) => secretsIn === "keyring");
      return { exist: keys.length > 0, sealed };
    },
  };
}
