/**
 * A simulated machine: what `refreshSignIn` and `oauth token --watch` do, with their own decisions and
 * pauses. Only sending and waiting are replaced.
 *
 * @module
 */

import { pauses } from "../../src/flow/credentials/persistent_write.ts";
import { isGoodFor, validityLeft } from "../../src/flow/credentials/token_validity.ts";
import {
  busyPause,
  lifetimeOf,
  lockPatience,
  lookAtOtherRefresh,
  nextLook,
  refreshLead,
  retryPause,
} from "../../src/flow/credentials/watch_schedule.ts";
import { LOCK_TIMEOUT_MS, refreshLimitMs } from "../../src/store/lock_limit.ts";
import { clockSkew, shiftTimes } from "../../src/store/postgres/clock_skew.ts";
import { lockPauseMs } from "../../src/store/postgres/pauses.ts";
import type { PublicEntry, StoredTokens } from "../../src/store/stored_entry.ts";
import type { Process } from "./event_queue.ts";
import { DatabaseError, EntryChanged, Killed, NoResponse, type Row, type World } from "./world.ts";

/** A wait took longer than its limit. */
class TimedOut extends Error {}

/** A watcher did not get the lock. */
class Busy extends Error {}

/** The result of a look. */
interface Look {
  readonly tokens: StoredTokens;
  readonly pauseMs: number;
  readonly isBusy?: true;
}

/** The row as a machine sees it. */
interface SeenRow {
  readonly row: Row;
  /** Its times by the machine's clock. */
  readonly tokens: StoredTokens;
}

/** A machine, or a process on it. */
export class Machine {
  /** @param skewMs How much its clock is ahead of the database's. */
  constructor(
    readonly world: World,
    readonly id: number,
    readonly skewMs: number,
  ) {}

  get #now(): number {
    return this.world.now + this.skewMs;
  }

  /** A connection that was lost is made again once. */
  *#readRow(): Process<Row> {
    const { world } = this;
    try {
      return yield* world.statement(() => world.row);
    } catch {
      if (world.isDown("database")) throw new DatabaseError(false);
      world.connect();
      return yield* world.statement(() => world.row);
    }
  }

  *#read(): Process<SeenRow> {
    const { world } = this;
    const sentAt = this.#now;
    const row = yield* this.#readRow();
    const { toMachine } = clockSkew(world.now, sentAt, this.#now);
    if (toMachine === 0) return { row, tokens: row.tokens };
    const { tokens } = shiftTimes({ tokens: row.tokens } as unknown as PublicEntry, toMachine);
    return { row, tokens: { ...row.tokens, ...tokens } };
  }

  /** @throws TimedOut, DatabaseError. */
  *#lock(limitMs: number, isWatcher: boolean): Process {
    const { world, id } = this;
    const from = world.now;
    world.connect();
    try {
      for (let attempt = 0; !(yield* world.tryLock(id)); attempt += 1) {
        const left = from + limitMs - world.now;
        if (left <= 0) throw isWatcher ? new Busy() : new TimedOut();
        yield Math.min(left, lockPauseMs(attempt, world.random()));
      }
    } catch (error) {
      // The lock ends with its connection.
      world.unlock(id);
      throw error;
    }
  }

  /** Repeats a write over a new connection; one that was committed before its response was lost counts. */
  *#persist(row: Row, isOwn: (stored: Row) => boolean): Process {
    const { world } = this;
    const until = world.now + LOCK_TIMEOUT_MS;
    for (const pause of pauses()) {
      try {
        return yield* world.write(row);
      } catch (error) {
        if (error instanceof EntryChanged && isOwn(world.row)) return;
        if (!(error instanceof DatabaseError) || world.now > until) throw error;
        world.connect();
        yield pause;
      }
    }
  }

  /** @returns False if there is nothing to wait for. @throws TimedOut. */
  *#waitForOther({ row }: SeenRow): Process<boolean> {
    const { world } = this;
    const { journal } = row;
    if (journal === undefined || journal.until <= world.now) return false;
    const from = world.now;
    for (const pause of pauses()) {
      if (world.now - from >= LOCK_TIMEOUT_MS) throw new TimedOut();
      yield Math.max(1, Math.min(pause, journal.until - world.now));
      const { row: stored } = yield* this.#read();
      if (stored.journal?.id !== journal.id || world.now >= journal.until) return true;
    }
    return true;
  }

  /** Sends the request, and once more after a lost response. @throws Killed, NoResponse. */
  *#send({ row }: SeenRow, dies: boolean): Process<StoredTokens> {
    const { world } = this;
    const { refreshToken } = row.tokens;
    const request = world.refresh(refreshToken ?? "");
    if (dies) {
      const diesEarly = world.happens(0.5);
      const sent = request.next();
      if (sent.done === true || diesEarly) throw new Killed();
      yield sent.value;
      request.next();
      throw new Killed();
    }
    try {
      return yield* request;
    } catch (error) {
      if (!(error instanceof NoResponse)) throw error;
      return yield* world.refresh(refreshToken ?? "");
    }
  }

  *#refreshOnce(seen: SeenRow): Process<SeenRow> {
    const { world } = this;
    const { row } = seen;
    const id = this.id + world.now / 1e9;
    const until = world.now + refreshLimitMs(LOCK_TIMEOUT_MS);
    const begun: Row = { ...row, version: row.version + 1, journal: { id, until } };
    yield* this.#persist(begun, ({ journal }) => journal?.id === id);
    const dies = world.happens(world.setting.failures);
    try {
      const tokens = yield* this.#send({ ...seen, row: begun }, dies);
      const next: Row = { tokens, version: begun.version + 1 };
      yield* this.#persist(
        next,
        ({ tokens: { accessToken } }) => accessToken === tokens.accessToken,
      );
      return { row: next, tokens };
    } catch (error) {
      if (error instanceof NoResponse) {
        // Nobody has to wait for a result.
        const ended = { ...begun, version: begun.version + 1, journal: { id, until: world.now } };
        yield* this.#persist(ended, ({ version }) => version > begun.version);
      }
      throw error;
    }
  }

  /** As `refreshSignIn`, after its first read. */
  *refresh(
    first: SeenRow,
    minValidityMs: number | undefined,
    patienceMs?: number,
  ): Process<SeenRow> {
    const { world, id } = this;
    yield* this.#lock(patienceMs ?? LOCK_TIMEOUT_MS, patienceMs !== undefined);
    let isKilled = false;
    // A lost connection frees the lock of a living process; then the journal decides.
    if (world.happens(world.setting.failures)) world.unlock(id);
    try {
      for (;;) {
        const seen = yield* this.#read();
        const changed = seen.tokens.accessToken !== first.tokens.accessToken;
        if (isGoodFor(seen.tokens, changed ? {} : { minValidityMs }, this.#now)) return seen;
        if (yield* this.#waitForOther(seen)) continue;
        try {
          yield* this.#refreshOnce(seen);
          return yield* this.#read();
        } catch (error) {
          if (!(error instanceof EntryChanged)) throw error;
        }
      }
    } catch (error) {
      isKilled = error instanceof Killed;
      throw error;
    } finally {
      if (isKilled) {
        world.kills += 1;
        world.queue.start(world.unlockAfterKill(id));
      } else world.unlock(id);
    }
  }

  /** `oauth token`: the token of a call. */
  *call(): Process<StoredTokens> {
    this.world.connect();
    const seen = yield* this.#read();
    if (isGoodFor(seen.tokens, {}, this.#now)) return seen.tokens;
    return (yield* this.refresh(seen, undefined)).tokens;
  }

  /** One look of a watcher, as `watchSignIn`; `pauseMs` is until the next one. */
  *look(chance: (tokens: StoredTokens) => number, busy: number): Process<Look> {
    const { random } = this.world;
    const timesOf = (tokens: StoredTokens) => ({
      ...refreshLead(tokens, this.#now, () => chance(tokens)),
      left: validityLeft(tokens, this.#now),
      lifetime: lifetimeOf(tokens, this.#now),
    });
    this.world.connect();
    const seen = yield* this.#read();
    const { least, lead, left, lifetime } = timesOf(seen.tokens);
    if (isGoodFor(seen.tokens, { minValidityMs: lead }, this.#now)) {
      return { tokens: seen.tokens, pauseMs: nextLook(lifetime, left, lead, random) };
    }
    if (seen.row.journal !== undefined && left !== null && left > least) {
      return { tokens: seen.tokens, pauseMs: lookAtOtherRefresh(lifetime, left, least, random) };
    }
    let tokens: StoredTokens;
    try {
      ({ tokens } = yield* this.refresh(seen, lead, lockPatience(busy)));
    } catch (error) {
      if (!(error instanceof Busy) || (left ?? 0) <= 0) throw error;
      return { tokens: seen.tokens, pauseMs: busyPause(random), isBusy: true };
    }
    const times = timesOf(tokens);
    return { tokens, pauseMs: nextLook(times.lifetime, times.left, times.lead, random) };
  }

  /** When a token expires by the database's clock. */
  #expiry(tokens: StoredTokens, seenAt: number): number {
    return this.world.now + (validityLeft(tokens, seenAt) ?? Infinity);
  }

  /** As `oauth token --watch`, for ever. */
  *watch(): Process {
    const { world } = this;
    let failures = 0;
    let busy = 0;
    let expiresAt: number | undefined;
    let token = "";
    let chance = 0;
    const chanceOf = ({ accessToken }: StoredTokens) => {
      if (accessToken !== token) [token, chance] = [accessToken, world.random()];
      return chance;
    };
    for (;;) {
      const from = world.now;
      try {
        const { tokens, pauseMs, isBusy } = yield* this.look(chanceOf, busy);
        busy = isBusy ? busy + 1 : 0;
        world.waits.add(world.now - from);
        if (expiresAt !== undefined && expiresAt < world.now) world.gaps.add(world.now - expiresAt);
        expiresAt = this.#expiry(tokens, this.#now);
        failures = 0;
        yield pauseMs;
      } catch (error) {
        if (error instanceof Killed) {
          failures = 0;
          yield world.restartMs();
        } else if (error instanceof Busy) {
          busy += 1;
          yield busyPause(world.random);
        } else {
          failures += 1;
          yield retryPause(failures, world.random);
        }
      }
    }
  }

  /** Calls `oauth token` at random times, for ever; a failed call is not repeated. */
  *callRepeatedly(everyMs: number): Process {
    const { world } = this;
    for (;;) {
      yield -Math.log(1 - world.random()) * everyMs;
      const from = world.now;
      try {
        yield* this.call();
        world.waits.add(world.now - from);
      } catch {
        world.gaps.add(world.now - from);
      }
    }
  }
}
