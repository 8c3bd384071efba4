/** What bridges of one server and account share: the running sign-in, and the server's last answer. @module */

import type { Env } from "../../core/system.ts";
import { Failure } from "../../core/failure.ts";
import { isObject, parseJson } from "../../core/json.ts";
import type { AuthorizationRecord } from "../../oauth/authorization/authorization.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { accountPrefix, serverFolderName } from "../entry_key.ts";
import type { RunChild } from "../keyring/run_child.ts";
import { isKey, newKey, seal, type Sealed, unseal } from "../seal.ts";
import type { StoreMode } from "../store.ts";
import { foldersExist, readPrivateFile } from "./file_permissions.ts";
import { homeFolder, joinPath } from "./home_folder.ts";
import { acquireLock } from "./lock.ts";
import { createFolders, denoFiles, replaceFile } from "./store_files.ts";

const FOLDER = "bridges";

/** A sign-in as everybody may see it: it has no secret, and nobody trusts it. Times are ISO 8601. */
export interface LoginStatus {
  readonly state: "starting" | "waiting" | "signed_in" | "refused" | "timed_out" | "failed";
  readonly serverUrl: string;
  readonly account: string;
  readonly startedAt: string;
  /** When the sign-in ends without an answer. */
  readonly expiresAt: string;
  /** The page that leads to the authorization server. */
  readonly startUrl?: string | undefined;
  /** Whether mcpass opened a tab; `failed`: no browser could be started. */
  readonly tab?: "opened" | "failed" | "not_opened" | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly clientName?: string | undefined;
  readonly endedAt?: string | undefined;
  /** Until then, a bridge opens no tab. */
  readonly cooldownUntil?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** A sign-in whose authorization request is in a browser: what another process needs to finish it. */
export interface PendingLogin {
  readonly authorization: AuthorizationRecord;
  readonly url: string;
  /** Where the listener was. */
  readonly listenedAt: string;
  readonly startedAt: string;
  readonly expiresAt: string;
  readonly nonce: string;
  /** Identifies the tokens that were stored then: with another one, the sign-in is not needed. */
  readonly tokens?: readonly string[];
}

export interface BridgeLock {
  release(): void;
}

export interface BridgeFiles {
  readStatus(): LoginStatus | undefined;
  writeStatus(status: LoginStatus): Promise<void>;
  /** Undefined also if it cannot be opened. */
  readPending(): Promise<PendingLogin | undefined>;
  writePending(pending: PendingLogin): Promise<void>;
  removePending(): Promise<void>;
  /** @param name `start`: who starts the login process; `login`: that process. */
  lock(name: "start" | "login", signal?: AbortSignal): Promise<BridgeLock>;
  readAnswer(): string | undefined;
  writeAnswer(text: string): Promise<void>;
  removeAll(): Promise<void>;
}

export interface BridgeFilesOptions {
  readonly env: Env;
  readonly serverUrl: string;
  readonly account: string;
  readonly mode: Exclude<StoreMode, "none">;
  readonly os?: string;
  readonly uid?: number | null;
  /** Runs the keyring's helper. */
  readonly run?: RunChild;
}

type PendingFile =
  | { readonly version: 1; readonly place: "file"; readonly pending: PendingLogin }
  | { readonly version: 1; readonly place: "keyring"; readonly sealed: Sealed };

export function openBridgeFiles(options: BridgeFilesOptions): BridgeFiles {
  const { env, serverUrl, account, mode, os = Deno.build.os, uid = Deno.uid() } = options;
  const home = homeFolder(env, os);
  const folder = joinPath(os, home, FOLDER);
  const folders = [home, folder];
  const id = `${serverFolderName(serverUrl)}-${accountPrefix(account).slice(0, -1)}`;
  const keyId = sha256Hex(`${folder}\n${id}`).slice(0, 32);
  const createFolder = () => createFolders(folders, denoFiles, uid);

  function read(name: string): string | undefined {
    return foldersExist(folders, uid)
      ? readPrivateFile(joinPath(os, folder, `${id}.${name}.json`), uid)
      : undefined;
  }

  async function write(name: string, value: unknown): Promise<void> {
    await createFolder();
    const text = typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`;
    await replaceFile(denoFiles, folder, `${id}.${name}`, text);
  }

  const remove = (name: string) =>
    denoFiles.remove(joinPath(os, folder, `${id}.${name}`)).catch(() => {});

  async function keyring() {
    const [{ openKeyring }, { runChild }] = await Promise.all([
      import("../keyring/keyring.ts"),
      import("../keyring/run_child.ts"),
    ]);
    return openKeyring({ env, os, run: options.run ?? ((it) => runChild(it)) });
  }

  /** Undefined without a keyring. */
  async function sealingKey(): Promise<string | undefined> {
    if (mode === "file") return undefined;
    const ring = await keyring();
    if (mode === "auto" && !ring.isAvailable()) return undefined;
    try {
      const known = await ring.lookup(keyId);
      if (known !== undefined && isKey(known)) return known;
      const key = newKey();
      await ring.store(keyId, key);
      return key;
    } catch (error) {
      if (mode === "keyring" || !(error instanceof Failure)) throw error;
      return undefined;
    }
  }

  return {
    readStatus() {
      const status = parseJson(read("status") ?? "");
      return isObject(status) ? status as unknown as LoginStatus : undefined;
    },
    writeStatus: (status) => write("status", status),

    async readPending() {
      const file = parseJson(read("pending") ?? "");
      if (!isObject(file) || file["version"] !== 1) return undefined;
      const stored = file as unknown as PendingFile;
      if (stored.place === "file") return mode === "keyring" ? undefined : stored.pending;
      const key = await (await keyring()).lookup(keyId).catch(() => undefined);
      const text = key && await unseal(stored.sealed, key, id);
      const pending = parseJson(text ?? "");
      return isObject(pending) ? pending as unknown as PendingLogin : undefined;
    },
    async writePending(pending) {
      const key = await sealingKey();
      const file: PendingFile = key === undefined
        ? { version: 1, place: "file", pending }
        : { version: 1, place: "keyring", sealed: await seal(JSON.stringify(pending), key, id) };
      await write("pending", file);
    },
    async removePending() {
      const isSealed = read("pending")?.includes('"keyring"') === true;
      await remove("pending.json");
      if (isSealed) await (await keyring()).clear(keyId).catch(() => {});
    },

    async lock(name, signal) {
      const target = { path: joinPath(os, folder, `${id}.${name}.lock`), createFolder, uid };
      const file = await acquireLock(denoFiles, target, signal);
      return { release: () => file.close() };
    },

    readAnswer: () => read("answer"),
    writeAnswer: (text) => write("answer", text),

    async removeAll() {
      for (const name of ["status", "answer"]) await remove(`${name}.json`);
      await this.removePending();
    },
  };
}
