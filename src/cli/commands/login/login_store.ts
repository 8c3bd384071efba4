import { toFailure } from "../../../core/failure.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { printable, quoted } from "../../../core/text.ts";
import type { Client } from "../../../flow/context/client.ts";
import type { LoginPlan } from "../../../flow/context/login_plan.ts";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../../store/stored_entry.ts";
import type { Store, StoreMode, WriteResult } from "../../../store/store.ts";
import type { Source } from "../../command/command.ts";
import type { LoginOptions } from "./options/login_flags.ts";
import { freeNameLike, nameForSignIn } from "../../shared/sign_in/sign_in_names.ts";
import {
  newestFirst,
  obtainedAt,
  openStoreAs,
  storeMode,
} from "../../shared/sign_in/store_options.ts";
import type { Runtime } from "../../command/runtime.ts";

export interface LoginStore {
  /** The client that an earlier login registered at this server. */
  readonly storedClient: Client | undefined;
  /** Stores what the server changed in that registration. */
  clientChanged(client: Client): Promise<void>;
  /** Stores a client that nobody signed in with yet, for the next login; false if it is not stored. */
  storeRegistration(entry: StoredEntry): Promise<boolean>;
  /** Stores the sign-in, which replaces others of the account. */
  write(entry: StoredEntry): Promise<{
    readonly path: string | undefined;
    readonly lines: readonly string[];
    readonly name?: string;
  }>;
}

interface LoginStoreOptions {
  readonly options: LoginOptions;
  readonly sources: ReadonlyMap<keyof LoginOptions, Source>;
  readonly plan: LoginPlan;
  readonly runtime: Pick<Runtime, "env" | "signal" | "load">;
}

/**
 * With `--credentials-out` and without `--store`, the credentials are only in that file. Servers may
 * replace a refresh token at each use, so that using one of two copies makes the other invalid.
 */
function modeOf({ options, sources, plan }: LoginStoreOptions): StoreMode {
  const onlyInFile = options.credentialsOut !== undefined && !sources.has("store");
  return plan.dryRun || onlyInFile ? "none" : storeMode(options);
}

async function storedClientOf(
  store: Store,
  plan: LoginPlan,
  account: string,
): Promise<Client | undefined> {
  const { registration, clientId, clientMetadataUrl } = plan;
  const byRegistration = registration === "dcr" || registration === "auto";
  if (!byRegistration || (clientId ?? clientMetadataUrl) !== undefined) return undefined;
  const { entries } = await store.list(plan.serverUrl, account);
  const registered = entries.filter(({ client }) => client.approach === "dcr");
  // A login registered that client because the one of the last sign-in did not fit.
  const entry = registered.find((it) => it.registeredOnly) ?? newestFirst(registered)[0];
  if (entry === undefined) return undefined;
  // If the stored registration cannot be read, the login registers the client again.
  const storedEntry = await store.read(entry.key).catch(() => undefined);
  if (storedEntry === undefined) return undefined;
  const { registeredClient } = await import("../../../flow/credentials/stored_client.ts");
  const dpop = entry.holds.includes("dpopKey") || undefined;
  return { ...registeredClient(storedEntry), ...pickDefined({ dpop }) };
}

const HOW_STORED: Readonly<Record<WriteResult["secretsIn"], string>> = {
  file: "readable only by you",
  keyring: "encrypted with a key in the keyring",
  postgres: "encrypted with a key from a file",
  none: "",
};

async function replaceOthers(store: Store, key: string, entry: StoredEntry): Promise<string[]> {
  const older = (await store.list(entry.serverUrl, entry.account)).entries
    .filter((other) => other.key !== key && obtainedAt(other) < obtainedAt(entry));
  const damaged = await store.removeDamaged(entry.serverUrl, entry.account);
  const lines = damaged.map((path) => `removed the damaged entry ${quoted(path, 4096)}`);
  for (const other of older) {
    if (!await store.remove(other.key, "signed_out") || other.registeredOnly) continue;
    // Nobody chose either client: the login has said why it registered another one.
    if (other.client.approach === "dcr" && entry.client.approach === "dcr") continue;
    lines.push(
      `replaced the sign-in of client ${quoted(other.client.clientId, 60)} under the account ` +
        `${quoted(other.account, 60)}; use --account <label> to store several`,
    );
  }
  return lines;
}

/** The name when a sign-in is stored: another login may have got the chosen one meanwhile. */
async function lateName(store: Store, entry: StoredEntry, chosen: string | undefined) {
  try {
    return { name: await nameForSignIn(store, entry, chosen), note: [] };
  } catch (error) {
    if (chosen === undefined || toFailure(error).code !== "name_in_use") throw error;
    const name = await freeNameLike(store, chosen);
    return { name, note: [`the name ${chosen} is now in use, so this sign-in is ${name}`] };
  }
}

/** A machine with another key file would replace a sign-in that the others use. */
async function refuseUnknownKey(store: Store, serverUrl: string, account: string): Promise<void> {
  const { problems } = await store.list(serverUrl, account);
  const unknown = problems.find(({ code }) => code === "store_key_unknown");
  if (unknown !== undefined) throw unknown;
}

/** Opens the store; throws before the first request if the sign-in cannot be stored. */
export async function openLoginStore(from: LoginStoreOptions): Promise<LoginStore> {
  const mode = modeOf(from);
  if (mode === "none") {
    const file = from.sources.has("store") ? undefined : from.options.credentialsOut;
    const lines = file === undefined ? [] : [
      `stored in ${printable(file, 4096)} only, because two copies of a refresh token can ` +
      "revoke each other; to store the sign-in in the store, too, add --store auto",
    ];
    return {
      storedClient: undefined,
      clientChanged: () => Promise.resolve(),
      storeRegistration: () => Promise.resolve(false),
      write: () => Promise.resolve({ path: undefined, lines }),
    };
  }
  const { plan, runtime, options: { account = DEFAULT_ACCOUNT } } = from;
  const store = await openStoreAs(mode, runtime, from.options);
  await store.prepare();
  if (mode === "postgres") await refuseUnknownKey(store, plan.serverUrl, account);
  const { name: chosen } = from.options;
  if (chosen !== undefined) {
    await nameForSignIn(store, { serverUrl: plan.serverUrl, account }, chosen);
  }
  return {
    storedClient: await storedClientOf(store, plan, account),
    async clientChanged(client) {
      const { withClient } = await import("../../../flow/credentials/stored_client.ts");
      const { changeEntry } = await import("../../../flow/credentials/change_sign_in.ts");
      const { serverUrl } = plan;
      const key = store.keyOf({ serverUrl, account, issuer: client.issuer, client });
      await using _lock = await store.lock(key);
      await changeEntry(
        { read: () => store.read(key), write: (entry) => store.write(entry) },
        (entry) => entry && withClient(entry, client),
      );
    },
    async storeRegistration(entry) {
      const key = store.keyOf(entry);
      await using _lock = await store.lock(key);
      // Some servers give every registration the same client, which may have a sign-in.
      if ((await store.read(key))?.tokens) return false;
      await store.write(entry, "registered");
      const { entries } = await store.list(entry.serverUrl, entry.account);
      for (const other of entries) {
        if (other.registeredOnly && other.key !== key) {
          await store.remove(other.key, "signed_out");
        }
      }
      return true;
    },
    async write(unnamed) {
      await using _names = await store.lockNames();
      const { name, note: nameNote } = await lateName(store, unnamed, chosen);
      const entry = { ...unnamed, name };
      const { key, path, secretsIn, note } = await store.write(entry, "signed_in");
      if (path === null) return { path: undefined, lines: [] };
      const replaced = await replaceOthers(store, key, entry).catch((error) => [
        `older sign-ins of this account could not be removed: ${toFailure(error).message}`,
      ]);
      const how = HOW_STORED[secretsIn];
      const label = account === DEFAULT_ACCOUNT ? "" : `, account ${quoted(account, 60)},`;
      // The keyring's own output is long; an error of --store keyring shows it.
      const [why] = note?.split("; it says ", 1) ?? [];
      const noteText = why === undefined ? "" : `; ${why}`;
      const line = `stored as ${name}${label} in ${printable(path, 4096)}, ${how}${noteText}`;
      return { path, lines: [line, ...nameNote, ...replaced], name };
    },
  };
}
