/**
 * A credential repository in memory that records every write.
 *
 * @module
 */

import type { Exchange, HeaderList } from "../../src/core/exchange.ts";
import type { RefreshEffects } from "../../src/flow/context/effects.ts";
import {
  type CredentialRepository,
  storeRepository,
} from "../../src/flow/credentials/credential_repository.ts";
import { createHttpClient } from "../../src/http/client/create_http_client.ts";
import type { StoreEvent } from "../../src/store/store.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { makePlace, storeEngine } from "../store/contract/engine.ts";

/** A repository and its records. */
export interface MemoryRepository extends CredentialRepository {
  /** Every state in order; undefined for a removal. */
  readonly written: (StoredEntry | undefined)[];
  /** The current entry. */
  readonly now: () => StoredEntry | undefined;
  /** Runs before the second reading, as another process would that held the lock. */
  beforeLock: () => void | Promise<void>;
}

/** The entry in a store of the engine, of which the records are a copy. */
function engineRepository(entry: StoredEntry | undefined): Promise<CredentialRepository> {
  return (async () => {
    const place = await makePlace();
    addEventListener("unload", () => Deno.removeSync(place.folder, { recursive: true }));
    const store = await place.open();
    if (entry !== undefined) await store.write(entry, "signed_in");
    const repository = storeRepository(store, entry === undefined ? "none" : store.keyOf(entry));
    // A write names what it replaces: what was read.
    await repository.read();
    return repository;
  })();
}

/**
 * Stores `entry`: in memory, or where another engine than that of files is set, in a store of it. Only
 * the holder of the lock may write.
 */
export function memoryRepository(entry: StoredEntry | undefined): MemoryRepository {
  const engine = storeEngine().mode === "file" ? undefined : engineRepository(entry);
  let current = entry;
  let last: Promise<void> = Promise.resolve();
  let held = false;
  const written: (StoredEntry | undefined)[] = [];
  const change = async (next: StoredEntry | undefined, event?: StoreEvent) => {
    if (!held) throw new Error("a write without the lock");
    const repository = await engine;
    await (next === undefined ? repository?.remove(event) : repository?.write(next, event));
    current = next;
    written.push(next);
  };
  return {
    where: "memory",
    written,
    now: () => current,
    beforeLock: () => {},
    read: async () => engine === undefined ? current : await (await engine).read(),
    write: change,
    remove: (event) => change(undefined, event),
    async lock(signal) {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      await before;
      await this.beforeLock();
      const lock = await (await engine)?.lock(signal);
      held = true;
      return {
        async [Symbol.asyncDispose]() {
          held = false;
          await lock?.[Symbol.asyncDispose]();
          turn.resolve();
        },
      };
    },
    ...engine && { refreshUnderWay: async () => await (await engine).refreshUnderWay?.() ?? 0 },
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
