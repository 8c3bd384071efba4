/**
 * Stores the secrets of an entry in its file: in clear text, or sealed by a key in the OS keyring.
 *
 * Only the keyring determines whether an entry must be sealed, because any program of the same user can
 * replace a file. The keyring has a mark for each server with sealed entries, and an exception for each
 * entry of that server that the user stored unsealed.
 * @module
 */

import { Failure } from "../../core/failure.ts";
import { parseJson } from "../../core/json.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { notSealed, secretsLost } from "../failures.ts";
import { splitKey } from "../entry_key.ts";
import type { Keyring } from "../keyring/keyring.ts";
import { readSecrets } from "../entry_codec.ts";
import {
  additionalDataOf,
  type EntryRecord,
  type ParsedRecord,
  readStored,
  type RecordSecrets,
} from "../entry_record.ts";
import type { SecretValues } from "../stored_entry.ts";
import type { otherEntries } from "./entry_files.ts";
import { newKey, seal, unseal } from "../seal.ts";
import type { FileStoreMode } from "../store.ts";

export type SealingMode = Exclude<FileStoreMode, "none">;

type RecordBody = Omit<EntryRecord, "secrets">;

interface ProtectedSecrets {
  readonly secrets: RecordSecrets;
  readonly note?: string;
  undo(): Promise<void>;
}

export interface EntryChange {
  readonly key: string;
  /** The record in the file; undefined if there is none or it is damaged. */
  readonly previous: ParsedRecord | undefined;
  others(): ReturnType<typeof otherEntries>;
}

interface SecretVault {
  /** @throws Failure `store_entry_not_sealed`, `store_secrets_lost`, `store_entry_damaged`, `keyring_…`. */
  open(parsed: ParsedRecord, path: string, key: string): Promise<SecretValues>;
  /** Only adds to the keyring, so that the current file can be opened until it is replaced. */
  protect(body: RecordBody, values: SecretValues, change: EntryChange): Promise<ProtectedSecrets>;
  /** Updates the keyring, as `afterRemove` does: a failure only leaves unused items in it. */
  afterWrite(secrets: RecordSecrets, change: EntryChange): Promise<void>;
  afterRemove(change: EntryChange): Promise<void>;
}

/** The items of the keyring and their names, with a memory of those that were looked up. */
function keyringItems(keyring: Keyring, folder: string) {
  const items = new Map<string, string | undefined>();
  const idOf = (...parts: readonly string[]) =>
    sha256Hex([folder, ...parts].join("\n")).slice(0, 32);
  return {
    keyId: (key: string) => idOf(key),
    markId: (key: string) => idOf(splitKey(key).server),
    exceptionId: (key: string) => idOf(key, "file"),

    has: (id: string) => items.get(id) !== undefined,

    async lookup(id: string): Promise<string | undefined> {
      if (!items.has(id)) items.set(id, await keyring.lookup(id));
      return items.get(id);
    },

    async add(id: string): Promise<string> {
      const key = newKey();
      await keyring.store(id, key);
      items.set(id, key);
      return key;
    },

    /** Ignores errors: an unused key in the keyring opens nothing. */
    async clear(id: string): Promise<void> {
      items.delete(id);
      await keyring.clear(id).catch(() => {});
    },
  };
}

async function sealSecrets(
  items: ReturnType<typeof keyringItems>,
  helper: string,
  body: RecordBody,
  values: SecretValues,
  { key, previous }: EntryChange,
): Promise<ProtectedSecrets> {
  const before = previous?.record.secrets;
  const added: string[] = [];
  const add = (id: string): Promise<string> => {
    added.push(id);
    return items.add(id);
  };
  const undo = async () => {
    for (const id of added) await items.clear(id);
  };
  try {
    // A record with another key is from a store that was moved, or the file was replaced.
    const id = items.keyId(key);
    const isOwn = before?.place === "keyring" && before.id === id;
    // The mark is stored first: after a crash between the two, mcpass refuses too much, not too little.
    const isMarked = isOwn && previous?.marked === true;
    if (!isMarked && await items.lookup(items.markId(key)) === undefined) {
      await add(items.markId(key));
    }
    const secret = (isOwn ? await items.lookup(id) : undefined) ?? await add(id);
    const sealed = await seal(JSON.stringify(values), secret, additionalDataOf(body));
    return { secrets: { place: "keyring", helper, id, sealed }, undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

export function openSecretVault(mode: SealingMode, keyring: Keyring, folder: string): SecretVault {
  const items = keyringItems(keyring, folder);
  const { keyId, markId, exceptionId } = items;

  /** False also if the keyring does not work. */
  async function mustBeSealed(key: string): Promise<boolean> {
    if (!keyring.isAvailable()) return false;
    try {
      return await items.lookup(markId(key)) !== undefined &&
        await items.lookup(exceptionId(key)) === undefined;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
  }

  return {
    async open({ record: { entry, secrets }, original }, path, key) {
      if (secrets.place === "file") {
        if (mode === "keyring") throw notSealed(path, entry, "--store keyring was given");
        if (mode === "auto" && await mustBeSealed(key)) {
          throw notSealed(path, entry, `the ${keyring.title} records that it must be`);
        }
        return secrets.values;
      }
      const secret = await items.lookup(secrets.id);
      if (secret === undefined) {
        throw secretsLost(path, `the ${keyring.title} no longer has their key`);
      }
      const text = await unseal(secrets.sealed, secret, additionalDataOf(original));
      if (text === undefined) {
        throw secretsLost(path, "the file was changed after mcpass wrote it");
      }
      return readStored(path, () => readSecrets(parseJson(text), entry));
    },

    async protect(body, values, change) {
      const inFile = { secrets: { place: "file", values }, undo: async () => {} } as const;
      const before = change.previous?.record.secrets.place;
      // An entry with unsealed secrets must remain usable without a keyring, e.g. in a cron job.
      const staysInFile = mode === "auto" && before === "file" && !await mustBeSealed(change.key);
      if (mode === "file" || staysInFile) return inFile;
      try {
        return await sealSecrets(items, keyring.name, body, values, change);
      } catch (error) {
        if (mode === "keyring" || !(error instanceof Failure)) throw error;
        return { ...inFile, note: error.message };
      }
    },

    async afterWrite(secrets, { key, previous, others }) {
      const before = previous?.record.secrets.place;
      if (secrets.place === "keyring") {
        if (before === "file") await items.clear(exceptionId(key));
        return;
      }
      if (before === "keyring") await items.clear(keyId(key));
      if (mode !== "file" || before === "file") return;
      const { exist, sealed } = others();
      const isMarked = sealed || before === "keyring";
      if (exist && isMarked) await items.add(exceptionId(key)).catch(() => {});
      else if (isMarked) await items.clear(markId(key));
    },

    async afterRemove({ key, previous, others }) {
      const before = previous?.record.secrets.place;
      const { exist, sealed } = others();
      const isMarked = sealed || before === "keyring" || mode === "keyring" ||
        items.has(markId(key));
      if (!isMarked) return;
      await items.clear(keyId(key));
      if (before !== "keyring") await items.clear(exceptionId(key));
      // Other entries may have replaced sealed ones.
      if (!exist) await items.clear(markId(key));
    },
  };
}
