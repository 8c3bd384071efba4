/** Pending logins in files: the process that renames the record has claimed it. @module */

import { isObject, parseJson, stringMember } from "../../core/json.ts";
import { notWritten } from "../failures.ts";
import {
  OUTCOME_LIFETIME_MS,
  type PendingClaim,
  type PendingLogins,
  type PendingOutcome,
} from "../pending_logins.ts";
import { fileNamesIn, foldersExist, readPrivateFile } from "./file_permissions.ts";
import { joinPath } from "./home_folder.ts";
import { createFolders, replaceFile, type StoreFiles } from "./store_files.ts";

export interface PendingFilesOptions {
  readonly home: string;
  readonly os: string;
  readonly uid: number | null;
  readonly files: StoreFiles;
  /** Milliseconds since the epoch; by default of this machine. */
  readonly now?: () => number;
}

/** The parts of a file name after the id: the record, the claimed one, and how the login ended. */
const OPEN = "";
const CLAIMED = ".claimed";
const CLOSED = ".closed";

/** Of a file name: the id and what the file is. */
const FILE_NAME = /^([0-9a-f]{64})((?:\.claimed|\.closed)?)\.json$/;
const UNFINISHED = /^[0-9a-f]{64}(?:\.claimed|\.closed)?\.[0-9a-f]{16}\.tmp$/;

interface RecordFile {
  readonly version: 1;
  readonly expiresAt: string;
  /** Sealed by the caller. */
  readonly record: string;
  /** True after it was claimed and released: the next claim is the last. */
  readonly isReleased: boolean;
}

interface OutcomeFile {
  readonly version: 1;
  readonly outcome: PendingOutcome;
  readonly at: string;
}

const OUTCOMES: readonly string[] = ["signed_in", "refused", "failed", "expired"];

const isMissing = (error: unknown) => error instanceof Deno.errors.NotFound;

export function openPendingFiles(options: PendingFilesOptions): PendingLogins {
  const { home, os, uid, files, now = Date.now } = options;
  const folder = joinPath(os, home, "pending");
  const folders = [home, folder];
  const pathOf = (id: string, part: string) => joinPath(os, folder, `${id}${part}.json`);
  const iso = (at: number) => new Date(at).toISOString();

  function read(id: string, part: string): Record<string, unknown> | undefined {
    const file = parseJson(readPrivateFile(pathOf(id, part), uid) ?? "");
    return isObject(file) && file["version"] === 1 ? file : undefined;
  }

  function readRecord(id: string, part: string): RecordFile | undefined {
    const file = read(id, part);
    if (file === undefined) return undefined;
    const expiresAt = stringMember(file, "expiresAt");
    const record = stringMember(file, "record");
    if (expiresAt === undefined || record === undefined) return undefined;
    return { version: 1, expiresAt, record, isReleased: file["isReleased"] === true };
  }

  function readOutcome(id: string): PendingClaim | undefined {
    const file = read(id, CLOSED) as unknown as OutcomeFile | undefined;
    if (file === undefined || !OUTCOMES.includes(file.outcome)) return undefined;
    return { state: file.outcome, at: file.at };
  }

  const write = (id: string, part: string, file: RecordFile | OutcomeFile) =>
    replaceFile(files, folder, `${id}${part}`, `${JSON.stringify(file, null, 2)}\n`);

  /** False if there is no such file. */
  async function rename(id: string, from: string, to: string): Promise<boolean> {
    try {
      await files.rename(pathOf(id, from), pathOf(id, to));
    } catch (error) {
      if (isMissing(error)) return false;
      throw notWritten(pathOf(id, from), error);
    }
    await files.syncFolder(folder).catch(() => {});
    return true;
  }

  async function remove(path: string): Promise<void> {
    try {
      await files.remove(path);
    } catch (error) {
      if (!isMissing(error)) throw notWritten(path, error);
    }
  }

  async function close(id: string, outcome: PendingOutcome): Promise<void> {
    await write(id, CLOSED, { version: 1, outcome, at: iso(now()) });
    for (const part of [CLAIMED, OPEN]) await remove(pathOf(id, part));
  }

  /** When a file may be deleted; undefined for an unreadable one. */
  function endOf(id: string, part: string): number | undefined {
    const outcome = part === CLOSED ? read(id, CLOSED)?.["at"] : readRecord(id, part)?.expiresAt;
    return typeof outcome === "string" ? Date.parse(outcome) + OUTCOME_LIFETIME_MS : undefined;
  }

  async function removeOld(): Promise<void> {
    for (const name of fileNamesIn(folder)) {
      const [, id = "", part = ""] = FILE_NAME.exec(name) ?? [];
      if (id === "") {
        const info = UNFINISHED.test(name) && await Deno.lstat(joinPath(os, folder, name));
        const isOld = info && (info.mtime?.getTime() ?? 0) + OUTCOME_LIFETIME_MS < now();
        if (isOld) await remove(joinPath(os, folder, name));
        continue;
      }
      const record = part === OPEN ? readRecord(id, OPEN) : undefined;
      const hasExpired = record !== undefined && Date.parse(record.expiresAt) <= now();
      if (hasExpired && await rename(id, OPEN, CLAIMED)) await close(id, "expired");
      else if ((endOf(id, part) ?? 0) < now()) await remove(pathOf(id, part));
    }
  }

  return {
    close,

    async put(id, record, lifetimeMs) {
      await createFolders(folders, files, uid);
      // A file that cannot be deleted must not prevent a login.
      await removeOld().catch(() => {});
      const expiresAt = iso(now() + lifetimeMs);
      await write(id, OPEN, { version: 1, expiresAt, record, isReleased: false });
      return expiresAt;
    },

    async claim(id) {
      if (!foldersExist(folders, uid)) return undefined;
      // Throws if other users could have written it.
      readRecord(id, OPEN);
      if (!await rename(id, OPEN, CLAIMED)) {
        const outcome = readOutcome(id);
        if (outcome !== undefined) return outcome;
        return read(id, CLAIMED) === undefined ? undefined : { state: "claimed" };
      }
      const file = readRecord(id, CLAIMED);
      if (file === undefined) return { state: "open", record: "", expiresAt: iso(now()) };
      if (Date.parse(file.expiresAt) > now()) {
        return { state: "open", record: file.record, expiresAt: file.expiresAt };
      }
      await close(id, "expired");
      return { state: "expired", at: file.expiresAt };
    },

    async release(id) {
      const file = readRecord(id, CLAIMED);
      if (file === undefined || file.isReleased) return false;
      if (Date.parse(file.expiresAt) <= now()) return false;
      await write(id, CLAIMED, { ...file, isReleased: true });
      return await rename(id, CLAIMED, OPEN);
    },
  };
}
