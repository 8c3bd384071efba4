/**
 * Where the secrets of an entry go, and how they come back.
 *
 * @module
 */

import { Failure, toFailure } from "../core/failure.ts";
import { isObject, parseJson } from "../core/json.ts";
import { damaged, secretsLost } from "./failures.ts";
import type { Keyring } from "./keyring.ts";
import {
  boundText,
  type EntryRecord,
  type ParsedRecord,
  type RecordSecrets,
  type SecretValues,
} from "./record.ts";
import { newKey, seal, unseal } from "./seal.ts";
import type { StoreMode } from "./store.ts";

/** Secrets as they are put into a file. */
export interface KeptSecrets {
  /** The member of the record. */
  readonly secrets: RecordSecrets;
  /** Why `auto` did not take the keyring. */
  readonly note?: string;
}

/** Puts secrets away and gets them back. */
export interface SecretKeeper {
  /** The secrets of a record. */
  open(parsed: ParsedRecord, path: string): Promise<SecretValues>;
  /**
   * Makes the secrets ready for the file. In the keyring nothing changes but that a first key is
   * added, so the record that is still in the file can be opened until it is replaced.
   *
   * @param id Name for a first key in the keyring.
   */
  keep(
    body: Omit<EntryRecord, "secrets">,
    values: SecretValues,
    previous: RecordSecrets | undefined,
    id: string,
  ): Promise<KeptSecrets>;
  /** Deletes the key of secrets that are in no file any more. */
  forget(secrets: RecordSecrets): Promise<void>;
}

/** A keeper for one `--store` mode. */
export function createSecretKeeper(
  mode: Exclude<StoreMode, "none">,
  keyring: Keyring,
): SecretKeeper {
  const keys = new Map<string, string>();

  async function keyOf(id: string): Promise<string | undefined> {
    const key = keys.get(id) ?? await keyring.lookup(id);
    if (key !== undefined) keys.set(id, key);
    return key;
  }

  async function sealed(
    body: Omit<EntryRecord, "secrets">,
    values: SecretValues,
    previous: RecordSecrets | undefined,
    newId: string,
  ): Promise<RecordSecrets> {
    const id = previous?.place === "keyring" ? previous.id : newId;
    let key = previous?.place === "keyring" ? await keyOf(id) : undefined;
    if (key === undefined) {
      key = newKey();
      await keyring.store(id, key);
      keys.set(id, key);
    }
    const data = await seal(JSON.stringify(values), key, boundText(body));
    return { place: "keyring", helper: keyring.name, id, sealed: data };
  }

  return {
    async open({ record: { secrets }, bound }, path) {
      if (secrets.place === "file") return secrets.values;
      const key = await keyOf(secrets.id);
      if (key === undefined) {
        throw secretsLost(path, `the ${keyring.title} no longer has their key`);
      }
      const text = await unseal(secrets.sealed, key, bound);
      if (text === undefined) {
        throw secretsLost(path, "the file was changed after mcpass had written it");
      }
      const values = parseJson(text);
      if (!isObject(values)) throw damaged(path, "its secrets are no JSON object");
      return values as SecretValues;
    },

    async keep(body, values, previous, id) {
      const open: RecordSecrets = { place: "file", values };
      // What a person put into a file stays usable where no keyring answers, such as a cron job.
      const place = mode === "auto" ? previous?.place : mode;
      if (place === "file") return { secrets: open };
      try {
        return { secrets: await sealed(body, values, previous, id) };
      } catch (error) {
        if (mode === "keyring" || !(error instanceof Failure)) throw error;
        return { secrets: open, note: toFailure(error).message };
      }
    },

    async forget(secrets) {
      if (secrets.place !== "keyring") return;
      keys.delete(secrets.id);
      // A key that stays behind opens nothing: what it sealed is gone.
      await keyring.clear(secrets.id).catch(() => {});
    },
  };
}
