/** Stores a sign-in that another machine exported, and refreshes it at once. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { Store } from "../../store/store.ts";
import type { EntrySummary, StoredEntry } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { storeRepository } from "../credentials/credential_repository.ts";
import { refreshSignIn } from "../credentials/refresh.ts";
import { secretsOf } from "../credentials/stored_client.ts";
import { lockedRepository } from "./locked_repository.ts";
import { arrivedEntry, compareStored, hasReceived } from "./move_sign_in.ts";
import type { Transfer } from "./transfer_payload.ts";

export interface ImportOptions {
  readonly store: Store;
  readonly transfer: Transfer;
  readonly account: string;
  /** The name under which the sign-in is stored. Called while no other process chooses one. */
  chooseName(entry: StoredEntry): Promise<string>;
  /** Whether this sign-in may be replaced. @throws Failure if nobody can be asked. */
  mayReplace(stored: EntrySummary): Promise<boolean>;
}

export interface ReceivedSignIn {
  readonly entry: StoredEntry;
  readonly key: string;
  /** False if the sign-in has nothing that could be refreshed. */
  readonly refreshed: boolean;
}

/** @throws Failure `transfer_expired`. */
export function assertInTime({ notAfter, source }: Transfer, now: number): void {
  if (now <= Date.parse(notAfter)) return;
  throw new Failure(
    "transfer_expired",
    `the sign-in was exported on ${quoted(source, 100)} and could be imported until ${notAfter}`,
    { remedy: "Export it again there, or sign in here" },
  );
}

function assertSameIssuer(entry: StoredEntry, stored: readonly EntrySummary[]): void {
  const other = stored.find((it) => it.issuer !== entry.issuer && !isEmpty(it));
  if (other === undefined) return;
  throw new Failure(
    "import_issuer_differs",
    `the sign-in to ${quoted(entry.serverUrl)} is from the issuer ${
      quoted(entry.issuer)
    }, and the ` +
      `stored one is from ${quoted(other.issuer)}`,
    {
      remedy:
        "Ask who exported it. To store both, use another label: --account <label>. To use only " +
        "the new one, sign out first with mcpass logout",
    },
  );
}

/** True if nothing is lost with the entry. */
function isEmpty({ authMode, moved, registeredOnly, tokens }: EntrySummary): boolean {
  if (registeredOnly === true || moved !== undefined) return true;
  return tokens === null && !repeatsGrant(authMode);
}

function alreadyImported(entry: StoredEntry): Failure {
  return new Failure(
    "transfer_used",
    `this sign-in to ${quoted(entry.serverUrl)} was imported here before; nothing was changed`,
    { remedy: "Use the stored sign-in: mcpass status. If it does not work, sign in again" },
  );
}

interface StoredBefore {
  /** The entry of the same client. */
  readonly same: StoredEntry | undefined;
  /** All entries of the account at this server. */
  readonly all: readonly EntrySummary[];
}

/** @throws Failure `transfer_used`, `import_issuer_differs`. */
async function readBefore({ store }: ImportOptions, moved: StoredEntry): Promise<StoredBefore> {
  const everyone = await store.find(moved.serverUrl);
  // A second use of a refresh token can end the sign-in (RFC 9700 §4.14.2), under any account.
  if (everyone.some((it) => hasReceived(it, moved))) throw alreadyImported(moved);
  const all = everyone.filter(({ account }) => account === moved.account);
  const same = await store.read(store.keyOf(moved));
  if (compareStored(same, moved) === "arrived") throw alreadyImported(moved);
  assertSameIssuer(moved, all);
  return { same, all };
}

const stateOf = ({ key, tokens }: EntrySummary) => `${key} ${tokens?.obtainedAt}`;

/** Asks before anything is locked: a person may need minutes. Returns what may be replaced. */
async function askToReplace(options: ImportOptions, moved: StoredEntry): Promise<Set<string>> {
  const { all } = await readBefore(options, moved);
  const stored = all.filter((it) => !isEmpty(it));
  for (const one of stored) {
    if (await options.mayReplace(one)) continue;
    throw new Failure("cancelled", "cancelled; nothing was changed", { kind: "cancelled" });
  }
  return new Set(stored.map(stateOf));
}

function justStored({ serverUrl }: EntrySummary): Failure {
  const message = `another process has just changed the sign-in to ${quoted(serverUrl)}`;
  return new Failure("sign_in_exists", message, { remedy: "Run the command again" });
}

async function refreshArrived(
  deps: RefreshEffects,
  { store }: ImportOptions,
  key: string,
  arrived: StoredEntry,
  replaced: StoredEntry | undefined,
): Promise<StoredEntry> {
  const repository = lockedRepository(storeRepository(store, key));
  try {
    return (await refreshSignIn(deps, repository, arrived.serverUrl, { force: true })).entry;
  } catch (error) {
    const failure = toFailure(error);
    // The file's token is of no use: what was stored before may still be valid.
    const isRefused = failure.kind === "sign_in_needed";
    if (isRefused && replaced !== undefined) await store.write(replaced, "changed");
    const state = !isRefused
      ? "the sign-in is stored and refreshed at its next use; do not import the file elsewhere"
      : replaced === undefined
      ? "the imported sign-in does not work"
      : "the imported sign-in does not work; the former one is stored again";
    throw new Failure(failure.code, `${failure.message}; ${state}`, failure);
  }
}

interface Arrival {
  readonly key: string;
  readonly lock: AsyncDisposable;
  readonly arrived: StoredEntry;
  readonly before: StoredBefore;
}

/** Stores the sign-in; the caller disposes the lock of its entry. */
async function storeArrived(
  deps: RefreshEffects,
  options: ImportOptions,
  moved: StoredEntry,
  replaceable: ReadonlySet<string>,
): Promise<Arrival> {
  const { store, transfer } = options;
  const key = store.keyOf(moved);
  await using _names = await store.lockNames(deps.signal);
  await using held = new AsyncDisposableStack();
  held.use(await store.lock(key, deps.signal));
  const before = await readBefore(options, moved);
  const changed = before.all.find((it) => !isEmpty(it) && !replaceable.has(stateOf(it)));
  if (changed !== undefined) throw justStored(changed);
  const name = await options.chooseName(moved);
  const arrived = { ...arrivedEntry(moved, deps.clock.now(), transfer.source), name };
  await store.write(arrived, "imported");
  return { key, lock: held.move(), arrived, before };
}

/**
 * Writes the sign-in before it is refreshed: a process that ends in between leaves one that is
 * refreshed at its next use.
 *
 * @throws Failure `transfer_expired`, `transfer_used`, `import_issuer_differs`, `sign_in_exists`,
 * `cancelled`, and as {@link refreshSignIn}.
 */
export async function importSignIn(
  deps: RefreshEffects,
  options: ImportOptions,
): Promise<ReceivedSignIn> {
  const { store, transfer, account } = options;
  assertInTime(transfer, deps.clock.now());
  const moved = { ...transfer.entry, account };
  for (const secret of secretsOf(moved)) deps.secrets.add(secret);
  const replaceable = await askToReplace(options, moved);
  const { key, lock, arrived, before } = await storeArrived(deps, options, moved, replaceable);
  await using _lock = lock;
  const canRefresh = repeatsGrant(arrived.authMode) || Boolean(arrived.tokens?.refreshToken);
  const entry = canRefresh
    ? await refreshArrived(deps, options, key, arrived, before.same)
    : arrived;
  // As after a sign-in, the account has one client at this server.
  for (const other of before.all) {
    if (other.key !== key && other.issuer === entry.issuer) await store.remove(other.key);
  }
  return { entry, key, refreshed: canRefresh };
}
