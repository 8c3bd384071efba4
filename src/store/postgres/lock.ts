/**
 * One holder at a time in the complete fleet: a transaction-level advisory lock, which the server
 * frees when the connection of its holder ends. It works through a pooler in transaction mode. No
 * statement waits in the server, because waiting connections would fill a pooler and stop the holder.
 * @module
 */

import { unlessAborted } from "../../core/abort.ts";
import { toFailure } from "../../core/failure.ts";
import { unrefTimer } from "../../core/unref_timer.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { isStoreUnreachable } from "../failures.ts";
import { createQueue } from "../queue.ts";
import type { Connection } from "./connection.ts";
import { checkMayWrite } from "./database.ts";
import { MAY_WRITE } from "./entry_sql.ts";
import { HEARTBEAT_MS, lockPauseMs, SILENCE_LIMIT_MS } from "./pauses.ts";

/** Who has the lock will write, so a role that may not learns it before. */
const TRY_LOCK = `SELECT ${MAY_WRITE},
  set_config('idle_in_transaction_session_timeout', $2, true),
  pg_try_advisory_xact_lock($1::bigint) AS locked`;

/** A signed number of 64 bits. */
function lockNumber(name: string): string {
  return BigInt.asIntN(64, BigInt(`0x${sha256Hex(`mcpass lock ${name}`).slice(0, 16)}`)).toString();
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return unlessAborted(promise, signal).finally(() => clearTimeout(timer));
}

/** A standby may become the primary server, but that is not worth a wait. */
function isLost(error: unknown): boolean {
  const failure = toFailure(error);
  return isStoreUnreachable(failure) && failure.code !== "store_read_only";
}

export interface AdvisoryLocks {
  lock(name: string, signal?: AbortSignal): Promise<AsyncDisposable>;
}

/**
 * Several locks of one process share a transaction, and are freed when the last one is released.
 *
 * @param retryMs How long a lost connection is made again.
 */
export function createAdvisoryLocks(
  connection: Connection,
  database: string,
  retryMs: number,
): AdvisoryLocks {
  const queue = createQueue();
  const steps = createQueue();
  const held = new Set<string>();
  let isOpen = false;
  let heartbeat: ReturnType<typeof setInterval> | undefined;

  function forget(): void {
    held.clear();
    isOpen = false;
    clearInterval(heartbeat);
    connection.hold(false);
  }

  async function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const end = await steps("");
    try {
      return await action();
    } finally {
      end();
    }
  }

  async function begin(): Promise<void> {
    await connection.query("BEGIN");
    isOpen = true;
    connection.hold(true);
    heartbeat = setInterval(() => {
      inTurn(async () => {
        if (isOpen) await connection.query("SELECT 1", [], true);
      }).catch(forget);
    }, HEARTBEAT_MS);
    unrefTimer(heartbeat);
  }

  async function endTransaction(): Promise<void> {
    if (isOpen && held.size === 0) {
      forget();
      await connection.query("ROLLBACK", [], true).catch(() => {});
    }
  }

  function attempt(name: string): Promise<boolean> {
    return inTurn(async () => {
      try {
        if (!isOpen) await begin();
        const values = [lockNumber(name), `${SILENCE_LIMIT_MS}ms`];
        const [row] = await connection.query(TRY_LOCK, values, true);
        checkMayWrite(row, database);
        if (row?.["locked"] === "t") held.add(name);
        await endTransaction();
        return held.has(name);
      } catch (error) {
        if (isLost(error)) forget();
        else await endTransaction();
        throw error;
      }
    });
  }

  async function acquire(name: string, signal: AbortSignal | undefined): Promise<void> {
    let lostAt: number | undefined;
    for (let number = 0;; number++) {
      signal?.throwIfAborted();
      try {
        if (await attempt(name)) return;
        lostAt = undefined;
      } catch (error) {
        const now = performance.now();
        lostAt ??= now;
        if (!isLost(error) || now - lostAt > retryMs) throw error;
      }
      await pause(lockPauseMs(number, Math.random()), signal);
    }
  }

  return {
    async lock(name, signal) {
      const endTurn = await queue(name, signal);
      try {
        await acquire(name, signal);
      } catch (error) {
        endTurn();
        throw error;
      }
      return {
        async [Symbol.asyncDispose]() {
          await inTurn(async () => {
            if (held.delete(name)) await endTransaction();
          });
          endTurn();
        },
      };
    },
  };
}
