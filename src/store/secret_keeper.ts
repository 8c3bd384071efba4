/**
 * Where the secrets of an entry go, and how they come back.
 *
 * Only the keyring decides whether an entry must be sealed, because any program of the same user can
 * replace a file. The keyring has a mark for each server with sealed entries, and an exception for each
 * entry that the user stored in a file although other entries of that server are sealed.
 *
 * @module
 */

import { Failure, toFailure } from "../core/failure.ts";
import { parseJson } from "../core/json.ts";
import { sha256Hex } from "../trace/fingerprint.ts";
import { damaged, notSealed, secretsLost } from "./failures.ts";
import { splitKey } from "./key.ts";
import type { Keyring } from "./keyring.ts";
import {
  boundText,
  type EntryRecord,
  type ParsedRecord,
  type RecordSecrets,
  type SecretValues,
} from "./record.ts";
import { newKey, seal, unseal } from "./seal.ts";
import { InvalidMember, invalidMemberText, readSecrets } from "./shape.ts";
import type { StoreMode } from "./store.ts";

/** Secrets as they are put into a file. */
export interface KeptSecrets {
  /** The member of the record. */
  readonly secrets: RecordSecrets;
  /** Why `auto` did not use the keyring. */
  readonly note?: string;
  /** Takes back what changed in the keyring, when the file could not be written. */
  undo(): Promise<void>;
}

/** A change of an entry's file. */
export interface EntryChange {
  /** The entry's key. */
  readonly key: string;
  /** What the file had before; undefined when it had nothing usable. */
  readonly previous: ParsedRecord | undefined;
  /** Whether the same server has other entries, and whether one of them is sealed. */
  others(): Promise<{ readonly any: boolean; readonly sealed: boolean }>;
}

/** Puts secrets away and gets them back. */
export interface SecretKeeper {
  /**
   * The secrets of a record.
   *
   * @throws Failure `store_entry_not_sealed`, `store_secrets_lost`, `store_entry_damaged`, `keyring_…`.
   */
  open(parsed: ParsedRecord, path: string, key: string): Promise<SecretValues>;
  /**
   * Prepares the secrets for the file. Keys and marks are only added to the keyring, so the record that
   * is still in the file can be opened until it is replaced.
   */
  keep(
    body: Omit<EntryRecord, "secrets">,
    values: SecretValues,
    change: EntryChange,
  ): Promise<KeptSecrets>;
  /** Updates the keyring after a file was written. A failure only leaves unused items in the keyring. */
  written(secrets: RecordSecrets, change: EntryChange): Promise<void>;
  /** Updates the keyring after a file was removed. A failure only leaves unused items in the keyring. */
  removed(change: EntryChange): Promise<void>;
}

/**
 * A keeper for one `--store` mode.
 *
 * @param folder The folder of the entries: part of the names in the keyring.
 */
export function createSecretKeeper(
  mode: Exclude<StoreMode, "none">,
  keyring: Keyring,
  folder: string,
): SecretKeeper {
  const keys = new Map<string, string | undefined>();
  const named = (...parts: readonly string[]) =>
    sha256Hex([folder, ...parts].join("\n")).slice(0, 32);
  const keyId = (key: string) => named(key);
  const markId = (key: string) => named(splitKey(key).server);
  const exceptionId = (key: string) => named(key, "file");

  async function lookup(id: string): Promise<string | undefined> {
    if (!keys.has(id)) keys.set(id, await keyring.lookup(id));
    return keys.get(id);
  }

  async function store(id: string): Promise<string> {
    const key = newKey();
    await keyring.store(id, key);
    keys.set(id, key);
    return key;
  }

  /** Errors are ignored: an unused key in the keyring opens nothing. */
  async function clear(id: string): Promise<void> {
    keys.delete(id);
    await keyring.clear(id).catch(() => {});
  }

  /** True when the keyring answers and says that the entry must be sealed. */
  async function mustBeSealed(key: string): Promise<boolean> {
    if (!keyring.canAnswer()) return false;
    try {
      return await lookup(markId(key)) !== undefined &&
        await lookup(exceptionId(key)) === undefined;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
  }

  async function sealed(
    body: Omit<EntryRecord, "secrets">,
    values: SecretValues,
    { key, previous }: EntryChange,
  ): Promise<KeptSecrets> {
    const before = previous?.record.secrets;
    const added: string[] = [];
    const add = (id: string): Promise<string> => {
      added.push(id);
      return store(id);
    };
    const undo = async () => {
      for (const id of added) await clear(id);
    };
    try {
      // Another name in the file is not written to: the store was moved, or the file was replaced.
      const id = keyId(key);
      const isOwn = before?.place === "keyring" && before.id === id;
      // The mark is stored first: after a crash between the two, mcpass refuses too much, not too little.
      const isMarked = isOwn && previous?.marked === true;
      if (!isMarked && await lookup(markId(key)) === undefined) await add(markId(key));
      const secret = (isOwn ? await lookup(id) : undefined) ?? await add(id);
      const data = await seal(JSON.stringify(values), secret, boundText(body));
      return { secrets: { place: "keyring", helper: keyring.name, id, sealed: data }, undo };
    } catch (error) {
      await undo();
      throw error;
    }
  }

  return {
    async open({ record: { entry, secrets }, bound }, path, key) {
      if (secrets.place === "file") {
        if (mode === "keyring") throw notSealed(path, entry, "--store keyring was given");
        if (mode === "auto" && await mustBeSealed(key)) {
          throw notSealed(path, entry, `the ${keyring.title} has a mark that it must be`);
        }
        return secrets.values;
      }
      const secret = await lookup(secrets.id);
      if (secret === undefined) {
        throw secretsLost(path, `the ${keyring.title} no longer has their key`);
      }
      const text = await unseal(secrets.sealed, secret, bound);
      if (text === undefined) {
        throw secretsLost(path, "the file was changed after mcpass had written it");
      }
      try {
        return readSecrets(parseJson(text), entry);
      } catch (error) {
        throw error instanceof InvalidMember ? damaged(path, invalidMemberText(error)) : error;
      }
    },

    async keep(body, values, change) {
      const open = { secrets: { place: "file", values }, undo: async () => {} } as const;
      const before = change.previous?.record.secrets.place;
      // What a person put into a file stays usable where no keyring answers, such as a cron job.
      const asBefore = mode === "auto" && before === "file" && !await mustBeSealed(change.key);
      if (mode === "file" || asBefore) return open;
      try {
        return await sealed(body, values, change);
      } catch (error) {
        if (mode === "keyring" || !(error instanceof Failure)) throw error;
        return { ...open, note: toFailure(error).message };
      }
    },

    async written(secrets, { key, previous, others }) {
      const before = previous?.record.secrets;
      if (secrets.place === "keyring") {
        if (before?.place === "file") await clear(exceptionId(key));
        return;
      }
      if (before?.place === "keyring") await clear(keyId(key));
      if (mode !== "file" || before?.place === "file") return;
      const { any, sealed } = await others();
      const isMarked = sealed || before?.place === "keyring";
      if (any && isMarked) await store(exceptionId(key)).catch(() => {});
      else if (isMarked) await clear(markId(key));
    },

    async removed({ key, previous, others }) {
      const before = previous?.record.secrets;
      const { any, sealed } = await others();
      const isMarked = sealed || before?.place === "keyring" || mode === "keyring" ||
        keys.get(markId(key)) !== undefined;
      if (!isMarked) return;
      await clear(keyId(key));
      if (before?.place !== "keyring") await clear(exceptionId(key));
      // Other entries may have replaced sealed ones.
      if (!any) await clear(markId(key));
    },
  };
}
