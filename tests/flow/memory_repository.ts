/**
 * A credential repository in memory that records every write.
 *
 * @module
 */

import type { Exchange, HeaderList } from "../../src/core/exchange.ts";
import type { RefreshEffects } from "../../src/flow/context/effects.ts";
import type { CredentialRepository } from "../../src/flow/credentials/credential_repository.ts";
import { createHttpClient } from "../../src/http/client/create_http_client.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { createSecrets } from "../../src/trace/secrets.ts";

/** A repository and its records. */
export interface MemoryRepository extends CredentialRepository {
  /** Every state in order; undefined for a removal. */
  readonly written: (StoredEntry | undefined)[];
  /** The current entry. */
  readonly now: () => StoredEntry | undefined;
  /** Runs before the second reading, as another process would that held the lock. */
  beforeLock: () => void | Promise<void>;
}

/** Stores `entry`. Only the holder of the lock may write. */
export function memoryRepository(entry: StoredEntry | undefined): MemoryRepository {
  let current = entry;
  let last: Promise<void> = Promise.resolve();
  let held = false;
  const written: (StoredEntry | undefined)[] = [];
  const change = (next: StoredEntry | undefined) => {
    if (!held) throw new Error("a write without the lock");
    current = next;
    written.push(next);
    return Promise.resolve();
  };
  return {
    where: "memory",
    written,
    now: () => current,
    beforeLock: () => {},
    read: () => Promise.resolve(current),
    write: change,
    remove: () => change(undefined),
    async lock() {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      await before;
      await this.beforeLock();
      held = true;
      return {
        [Symbol.asyncDispose]() {
          held = false;
          turn.resolve();
          return Promise.resolve();
        },
      };
    },
  };
}

/** Deps of a renewal with a real HTTP client. */
export interface TestDeps extends RefreshEffects, AsyncDisposable {
  /** What the person was told. */
  readonly notes: string[];
  /** What left. */
  readonly exchanges: Exchange[];
}

/** Makes them. */
export function refreshDeps(
  serverUrl: string,
  { now = Date.now, signal = new AbortController().signal, stepTimeoutMs = 5000, headers = [] }: {
    readonly now?: () => number;
    readonly signal?: AbortSignal;
    readonly stepTimeoutMs?: number;
    readonly headers?: HeaderList;
  } = {},
): TestDeps {
  const notes: string[] = [];
  const exchanges: Exchange[] = [];
  const secrets = createSecrets();
  const clock = { now };
  const http = createHttpClient({
    serverUrl,
    customHeaders: headers,
    stepTimeoutMs,
    emit: (event) => {
      if (event.type === "exchange") exchanges.push(event.exchange);
    },
    secrets,
    clock,
    env: { get: () => undefined, toObject: () => ({}) },
    signal,
  });
  return {
    http,
    secrets,
    clock,
    signal,
    stepTimeoutMs,
    note: (message) => notes.push(message),
    notes,
    exchanges,
    [Symbol.asyncDispose]: () => http.close(),
  };
}
