/** Reading the files of the entries. @module */

import { type Failure, toFailure } from "../core/failure.ts";
import {
  accountPrefix,
  entryName,
  isServerFolderName,
  serverFolderName,
  splitKey,
} from "./entry_key.ts";
import { compareEntries, type ParsedRecord, parseRecord, summaryOf } from "./entry_record.ts";
import { checkPermissions, readPrivateFile } from "./file_permissions.ts";
import { namesIn, type StoreFolders } from "./folders.ts";
import type { Listing } from "./store.ts";
import type { EntrySummary } from "./stored_entry.ts";

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
  read(key: string): Promise<ParsedRecord | undefined>;
  /** The same; undefined also for a damaged entry, which may be overwritten. */
  readBeforeChange(key: string): Promise<ParsedRecord | undefined>;
  list(serverUrl?: string, account?: string): Promise<Listing>;
  /** The keys of an account at a server, whether or not their files can be read. */
  keysOf(serverUrl: string, account: string): readonly string[];
  others(key: string): Promise<OtherEntries>;
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
    return namesIn(`${folder}/${server}`).map(entryName)
      .filter((name) => name !== undefined)
      .filter((name) => name.startsWith(prefix))
      .map((name) => `${server}/${name}`);
  }

  async function parse(key: string): Promise<ParsedRecord | undefined> {
    const { file } = paths(key);
    const text = await readPrivateFile(file, uid);
    return text === undefined ? undefined : parseRecord(text, file, key);
  }

  async function read(key: string): Promise<ParsedRecord | undefined> {
    return await folders.exist(paths(key).folder) ? await parse(key) : undefined;
  }

  async function* summaries(
    keys: readonly string[],
    onError: (error: unknown) => void,
  ): AsyncGenerator<EntrySummary> {
    for (const key of keys) {
      try {
        const parsed = await parse(key);
        if (parsed !== undefined) yield summaryOf(key, parsed.record);
      } catch (error) {
        onError(error);
      }
    }
  }

  return {
    paths,
    read,

    async readBeforeChange(key) {
      try {
        return await read(key);
      } catch (error) {
        if (toFailure(error).code === "store_entry_damaged") return undefined;
        throw error;
      }
    },

    async list(serverUrl, account) {
      if (!await folders.exist()) return { entries: [], problems: [] };
      const entries: EntrySummary[] = [];
      const problems: Failure[] = [];
      const onError = (error: unknown) => problems.push(toFailure(error));
      const prefix = account === undefined ? "" : accountPrefix(account);
      const servers = serverUrl === undefined
        ? namesIn(folder).filter(isServerFolderName)
        : [serverFolderName(serverUrl)];
      for (const server of servers) {
        try {
          await checkPermissions(`${folder}/${server}`, "folder", uid);
          for await (const entry of summaries(keysIn(server, prefix), onError)) {
            entries.push(entry);
          }
        } catch (error) {
          onError(error);
        }
      }
      return { entries: entries.sort(compareEntries), problems };
    },

    keysOf: (serverUrl, account) => keysIn(serverFolderName(serverUrl), accountPrefix(account)),

    async others(key) {
      const keys = keysIn(splitKey(key).server).filter((other) => other !== key);
      for await (const other of summaries(keys, () => {})) {
        if (other.secretsIn === "keyring") return { exist: true, sealed: true };
      }
      return { exist: keys.length > 0, sealed: false };
    },
  };
}
