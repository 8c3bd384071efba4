/** Moves one stored sign-in from a store to another one, so that a repetition finishes it. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import type { Clock } from "../../core/system.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { splitEntry } from "../../store/entry_codec.ts";
import type { Store } from "../../store/store.ts";
import type { EntrySummary, StoredEntry } from "../../store/stored_entry.ts";
import { movedText } from "../context/sign_in_needed.ts";
import {
  arrivedEntry,
  compareStored,
  hasReceived,
  moveSignIn,
  neverRotates,
} from "./move_sign_in.ts";

export interface CopyPlace {
  readonly store: Store;
  /** As people call it. */
  readonly name: string;
}

export interface CopyOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly from: CopyPlace;
  readonly to: CopyPlace;
  /** True to disable also the sign-ins whose tokens do not rotate. */
  readonly moveAll: boolean;
  /** True to change nothing. */
  readonly dryRun: boolean;
  /** The name in the other store. Called while no other process chooses one. */
  chooseName(entry: StoredEntry): Promise<string>;
}

/** `conflict`: the other store has a newer sign-in; nothing was changed. */
export interface CopyOutcome {
  readonly status: "moved" | "copied" | "unchanged" | "conflict" | "failed";
  readonly reason: string | null;
  readonly failure?: Failure;
}

const unchanged = (reason: string): CopyOutcome => ({ status: "unchanged", reason });

interface Plan {
  readonly entry: StoredEntry;
  readonly stays: boolean;
  /** False if an interrupted move has written it already. */
  readonly writes: boolean;
  /** What the other store has. */
  readonly replaced: StoredEntry | undefined;
}

/** What there is to do; an outcome if it is nothing. */
async function planCopy(
  { from, to, moveAll }: CopyOptions,
  key: string,
): Promise<Plan | CopyOutcome> {
  const entry = await from.store.read(key);
  if (entry === undefined) return unchanged("it was removed meanwhile");
  if (entry.moved !== undefined) return unchanged(movedText(entry.moved));
  const isClientOnly = entry.tokens === null && !repeatsGrant(entry.authMode);
  const stays = isClientOnly || neverRotates(entry) && !moveAll;
  const replaced = await to.store.read(key);
  const stored = compareStored(replaced, entry);
  if (stored === "newer") {
    return { status: "conflict", reason: `${to.name} has a newer sign-in` };
  }
  const writes = stored !== "arrived";
  return stays && !writes
    ? unchanged(`${to.name} has it already`)
    : { entry, stays, writes, replaced };
}

/** In one order for both directions, so that two processes do not wait for each other. */
function inLockOrder({ from, to }: CopyOptions): [Store, Store] {
  const rank = ({ store }: CopyPlace) => {
    const { folder, text } = store.describe();
    return `${store.mode === "postgres" ? 1 : 0} ${folder ?? text}`;
  };
  return rank(from) <= rank(to) ? [from.store, to.store] : [to.store, from.store];
}

async function write({ to, from, clock, chooseName }: CopyOptions, entry: StoredEntry) {
  const arrived = {
    ...arrivedEntry(entry, clock.now(), from.name),
    name: await chooseName(entry),
  };
  const { key } = await to.store.write(arrived, "imported");
  const read = await to.store.read(key);
  const secretsOf = (it: StoredEntry) =>
    JSON.stringify(Object.entries(splitEntry(it).secrets).sort());
  if (read !== undefined && secretsOf(read) === secretsOf(arrived)) return;
  throw new Failure("transfer_not_written", `${to.name} did not store what was written`, {
    remedy: `Nothing was removed from ${from.name}. Check the other store`,
  });
}

/**
 * Disables the sign-in in the first store. If another process refreshed it there since it was read,
 * the token that the other store received must not be used: that could end the sign-in.
 */
async function disable(
  { from, to }: CopyOptions,
  { entry, writes, replaced }: Plan,
  moved: StoredEntry,
): Promise<void> {
  try {
    await from.store.write(moved, "moved");
  } catch (error) {
    const key = from.store.keyOf(entry);
    const isChanged = toFailure(error).code === "store_entry_changed";
    if (isChanged && writes && (await from.store.read(key))?.moved === undefined) {
      const arrived = await to.store.read(key);
      if (arrived !== undefined && hasReceived(arrived, entry)) {
        await (replaced === undefined
          ? to.store.remove(key, "changed")
          : to.store.write(replaced, "changed"));
      }
    }
    throw error;
  }
}

async function copyLocked(options: CopyOptions, key: string): Promise<CopyOutcome> {
  const { from, to, clock, signal } = options;
  const [first, second] = inLockOrder(options);
  await using _names = await to.store.lockNames(signal);
  await using _first = await first.lock(key, signal);
  await using _second = await second.lock(key, signal);
  const plan = await planCopy(options, key);
  if ("status" in plan) return plan;
  if (await from.store.refreshUnderWay(key) > 0) {
    throw new Failure("store_busy", `another process is refreshing the sign-in in ${from.name}`, {
      remedy: "Run the command again",
    });
  }
  const { entry, stays, writes } = plan;
  await moveSignIn({
    entry,
    at: clock.now(),
    to: to.name,
    stays,
    deliver: async () => writes ? await write(options, entry) : undefined,
    disable: (moved) => disable(options, plan, moved),
  });
  return { status: stays ? "copied" : "moved", reason: null };
}

/**
 * Writes the sign-in to the other store, reads it back, and then disables it in the first one. After
 * an interruption both have it, and a repetition disables the first one.
 *
 * @throws Failure `cancelled`; every other failure is an outcome.
 */
export async function copyEntry(
  options: CopyOptions,
  { key }: Pick<EntrySummary, "key">,
): Promise<CopyOutcome> {
  try {
    if (!options.dryRun) return await copyLocked(options, key);
    const plan = await planCopy(options, key);
    return "status" in plan ? plan : { status: plan.stays ? "copied" : "moved", reason: null };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled") throw failure;
    return { status: "failed", reason: failure.message, failure };
  }
}
