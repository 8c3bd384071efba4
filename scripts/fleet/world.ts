/**
 * What the simulated machines share: the database with its row and its lock, and the authorization
 * server. Times are milliseconds of the database's clock.
 *
 * @module
 */

import type { StoredTokens } from "../../src/store/stored_entry.ts";
import { SILENCE_LIMIT_MS } from "../../src/store/postgres/pauses.ts";
import { EventQueue, type Process } from "./event_queue.ts";
import { LoadMeter, WaitMeter } from "./load_meter.ts";

/** What is simulated. */
export interface Setting {
  readonly machines: number;
  readonly lifetimeMs: number;
  readonly durationMs: number;
  /** Share of refreshes, of responses, and of statements of the database that fail. */
  readonly failures: number;
  /** Milliseconds between two calls of `oauth token` on a machine; absent: each machine watches. */
  readonly callEveryMs?: number;
  /** When the authorization server, or the database, is down. */
  readonly down?: {
    readonly what: "authorization server" | "database";
    readonly fromMs: number;
    readonly untilMs: number;
  };
  readonly seed: number;
}

/** The row of the sign-in. */
export interface Row {
  readonly tokens: StoredTokens;
  readonly version: number;
  /** The refresh that was started, and how long it may run. */
  readonly journal?: { readonly id: number; readonly until: number } | undefined;
}

/** A statement whose response was lost. */
export class DatabaseError extends Error {
  /** @param isApplied True if the statement was committed before. */
  constructor(readonly isApplied: boolean) {
    super();
  }
}

/** The holder of the lock was killed. */
export class Killed extends Error {}

/** The token endpoint sent no response. */
export class NoResponse extends Error {}

/** Another process wrote the row. */
export class EntryChanged extends Error {}

/** From, and the random part in addition, in milliseconds. */
const STATEMENT_MS = [1, 4] as const;
const TOKEN_REQUEST_MS = [100, 300] as const;

/** A failed connection. */
const REFUSED_MS = 2;

/** Milliseconds after which a killed process runs again: half of it to twice half. */
const RESTART_MS = 20_000;

const time = (ms: number) => new Date(ms).toISOString();

/** Everything that the machines share, and the meters. */
export class World {
  readonly queue: EventQueue = new EventQueue();
  readonly statements: LoadMeter = new LoadMeter();
  readonly connections: LoadMeter = new LoadMeter();
  readonly requests: LoadMeter = new LoadMeter();
  /** From the start of a look or a call to its result. */
  readonly waits: WaitMeter = new WaitMeter();
  /** Without a valid token in the file, or a call that failed. */
  readonly gaps: WaitMeter = new WaitMeter();
  /** How often each refresh token was received. */
  readonly sends: Map<string, number> = new Map();
  kills = 0;
  row: Row;
  #lockedBy: number | undefined;
  #generation = 0;

  constructor(readonly setting: Setting, readonly random: () => number) {
    this.row = { tokens: this.#issue(), version: 0 };
  }

  get now(): number {
    return this.queue.now;
  }

  happens(share: number): boolean {
    return this.random() < share;
  }

  #between([least, more]: readonly [number, number]): number {
    return least + this.random() * more;
  }

  #issue(): StoredTokens {
    const at = this.queue.now;
    this.#generation += 1;
    return {
      accessToken: `access-${this.#generation}`,
      refreshToken: `refresh-${this.#generation}`,
      tokenType: "Bearer",
      obtainedAt: time(at),
      expiresAt: time(at + this.setting.lifetimeMs),
    };
  }

  isDown(what: "authorization server" | "database"): boolean {
    const { down } = this.setting;
    return down?.what === what && this.now >= down.fromMs && this.now < down.untilMs;
  }

  connect(): void {
    this.connections.count(this.now);
  }

  /** One statement. @throws DatabaseError. */
  *statement<T>(apply: () => T): Process<T> {
    if (this.isDown("database")) {
      yield REFUSED_MS;
      throw new DatabaseError(false);
    }
    this.statements.count(this.now);
    yield this.#between(STATEMENT_MS);
    const fails = this.happens(this.setting.failures);
    if (fails && this.happens(0.5)) throw new DatabaseError(false);
    const result = apply();
    if (fails) throw new DatabaseError(true);
    return result;
  }

  /** Compare and swap. @throws DatabaseError, EntryChanged. */
  *write(row: Row): Process<void> {
    const isWritten = yield* this.statement(() => {
      if (this.row.version !== row.version - 1) return false;
      this.row = row;
      return true;
    });
    if (!isWritten) throw new EntryChanged();
  }

  /** One attempt to lock. */
  tryLock(by: number): Process<boolean> {
    return this.statement(() => {
      if (this.#lockedBy !== undefined) return false;
      this.#lockedBy = by;
      return true;
    });
  }

  unlock(by: number): void {
    if (this.#lockedBy === by) this.#lockedBy = undefined;
  }

  /** A process ends at once, a machine that vanishes is noticed later. */
  *unlockAfterKill(by: number): Process {
    if (this.happens(0.5)) yield SILENCE_LIMIT_MS;
    this.unlock(by);
  }

  restartMs(): number {
    return RESTART_MS * (0.5 + this.random());
  }

  /** @throws NoResponse. */
  *refresh(refreshToken: string): Process<StoredTokens> {
    if (this.isDown("authorization server")) {
      yield REFUSED_MS;
      throw new NoResponse();
    }
    this.requests.count(this.now);
    const isLost = this.happens(this.setting.failures);
    const isUnsent = isLost && this.happens(0.5);
    const took = this.#between(TOKEN_REQUEST_MS);
    yield took / 2;
    if (!isUnsent) this.sends.set(refreshToken, (this.sends.get(refreshToken) ?? 0) + 1);
    yield took / 2;
    if (isLost) throw new NoResponse();
    return this.#issue();
  }
}
