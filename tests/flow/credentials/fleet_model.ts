/**
 * Processes that share one sign-in, run step by step in every order. Each call that leaves a process
 * (lock, read, write, request, response, pause) stops it until the schedule chooses it. Faults are
 * choices of the schedule, too.
 *
 * @module
 */

import { Failure } from "../../../src/core/failure.ts";
import type { RefreshEffects } from "../../../src/flow/context/effects.ts";
import type { CredentialRepository } from "../../../src/flow/credentials/credential_repository.ts";
import { refreshSignIn } from "../../../src/flow/credentials/refresh.ts";
import type { HttpClient } from "../../../src/http/http_client.ts";
import type { Code } from "../../../src/findings/mod.ts";
import { refreshLimitMs } from "../../../src/store/lock_limit.ts";
import type { StoredEntry } from "../../../src/store/stored_entry.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";

const STEP_MS = 2000;
/** Every pause lasts as long: pauses with jitter would make each run another one. */
const PAUSE_MS = 700;
const START = Date.parse("2026-08-01T00:00:00.000Z");

export const FAULTS = ["kill", "cut before", "cut after", "lock lost"] as const;
export type Fault = typeof FAULTS[number];

/** What the schedule does next. */
export interface Choice {
  readonly process: number;
  readonly fault?: Fault;
}

/** Why a process stopped, and what continues it. */
interface Point {
  readonly name: string;
  readonly isPossible: () => boolean;
  /** Milliseconds since the epoch for a pause, and for the end of a request. */
  readonly at?: number;
  go(): void;
  cut?(isDone: boolean): void;
}

export type End =
  | { readonly token: string | undefined; readonly sent: boolean }
  | { readonly code: Code };

interface Process {
  readonly id: number;
  point: Point | undefined;
  end: End | undefined;
  isKilled: boolean;
  /** What it has observed: two schedules with equal histories lead to the same state. */
  readonly history: string[];
}

interface Row {
  readonly entry: StoredEntry;
  readonly version: number;
  readonly refreshUntil: number;
}

const lost = () => new Failure("store_connection_lost" as Code, "the connection was lost");

export interface Fleet {
  readonly processes: readonly Process[];
  /** Requests with a refresh token. */
  requests(): number;
  /** False after a refresh token was used twice. */
  isFamilyAlive(): boolean;
  /** True after somebody signed out: the server accepts no token of the family. */
  isRevoked(): boolean;
  /** True if the stored refresh token is the one that the server accepts. */
  isCurrent(): boolean;
  stored(): StoredEntry | undefined;
  choices(faults: readonly Fault[]): readonly Choice[];
  take(choice: Choice): Promise<void>;
  /** Equal for states that continue alike. */
  state(): string;
}

/** Starts them; each has stopped at its first call when it resolves. */
export async function startFleet(
  entry: StoredEntry,
  count: number,
  other?: (repository: CredentialRepository, deps: RefreshEffects) => Promise<void>,
): Promise<Fleet> {
  let now = START;
  let row: Row | undefined = { entry, version: 1, refreshUntil: 0 };
  let holder: number | undefined;
  let requests = 0;
  let generation = 0;
  let isAlive = true;
  let isRevoked = false;
  const tokenOf = (it: number) => it === 0 ? entry.tokens?.refreshToken ?? "" : `refresh-${it}`;

  let stopped: (() => void) | undefined;
  const processes = Array.from(
    { length: count },
    (_, id): Process => ({
      id,
      point: undefined,
      end: undefined,
      isKilled: false,
      history: [],
    }),
  );

  function stop(process: Process, point: Point): void {
    process.point = point;
    stopped?.();
  }

  /** A call that is done when the schedule chooses it. */
  function call<T>(
    process: Process,
    name: string,
    work: () => T,
    more: Partial<Pick<Point, "isPossible" | "at">> & { readonly canBeCut?: boolean } = {},
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = () => {
      try {
        const result = work();
        process.history.push(`${name}: ${shown(result)}`);
        return () => resolve(result);
      } catch (error) {
        process.history.push(`${name}: ${error instanceof Failure ? error.code : error}`);
        return () => reject(error);
      }
    };
    stop(process, {
      name,
      isPossible: () => true,
      ...more,
      go: () => run()(),
      ...more.canBeCut !== true ? {} : {
        cut(isDone) {
          if (isDone) run();
          process.history.push(`${name}: cut`);
          reject(lost());
        },
      },
    });
    return promise;
  }

  function repositoryOf(process: Process): CredentialRepository {
    let known = 0;
    return {
      where: "a database",
      read: () =>
        call(process, "read", () => {
          known = row?.version ?? 0;
          return row?.entry;
        }, { canBeCut: true }),
      write: (next, event) =>
        call(process, `write ${event}`, () => {
          if (row === undefined || row.version !== known) {
            throw new Failure("store_entry_changed", "another process wrote it");
          }
          const refreshUntil = event === "refresh_started"
            ? now + refreshLimitMs(STEP_MS)
            : next.journal === undefined || event === "refresh_failed"
            ? 0
            : row.refreshUntil;
          row = { entry: next, version: ++known, refreshUntil };
        }, { canBeCut: true }),
      remove: () => call(process, "remove", () => void (row = undefined), { canBeCut: true }),
      refreshUnderWay: () =>
        call(process, "under way", () => Math.max(0, (row?.refreshUntil ?? 0) - now)),
      async lock() {
        await call(process, "lock", () => void (holder = process.id), {
          isPossible: () => holder === undefined,
        });
        return {
          [Symbol.asyncDispose]() {
            if (holder === process.id) holder = undefined;
            return Promise.resolve();
          },
        };
      },
    };
  }

  function answer(body: string | undefined): { status: number; body: object } {
    const form = new URLSearchParams(body);
    if (form.has("token")) {
      isRevoked ||= form.get("token_type_hint") === "refresh_token";
      return { status: 200, body: {} };
    }
    requests += 1;
    if (isRevoked || form.get("refresh_token") !== tokenOf(generation)) {
      isAlive = isRevoked;
      return { status: 400, body: { error: "invalid_grant" } };
    }
    generation += 1;
    return {
      status: 200,
      body: {
        access_token: `access-${generation}`,
        refresh_token: tokenOf(generation),
        token_type: "Bearer",
        expires_in: 3600,
      },
    };
  }

  function depsOf(process: Process): RefreshEffects {
    const http: Pick<HttpClient, "send"> = {
      async send({ body, url }) {
        const until = now + STEP_MS;
        const given = await call(process, "request", () => answer(body), { at: until });
        const response = await call(process, "response", () => given, { at: until });
        return {
          exchangeId: 1,
          url,
          status: response.status,
          headers: new Headers({ "content-type": "application/json" }),
          body: JSON.stringify(response.body),
        };
      },
    };
    return {
      http: http as HttpClient,
      secrets: createSecrets(),
      signal: new AbortController().signal,
      stepTimeoutMs: STEP_MS,
      note: () => {},
      clock: {
        now: () => now,
        sleep: () => {
          const at = now + PAUSE_MS;
          return call(process, "pause", () => void (now = Math.max(now, at)), { at });
        },
      },
    };
  }

  async function live(process: Process): Promise<void> {
    const repository = repositoryOf(process);
    const deps = depsOf(process);
    try {
      if (other !== undefined && process.id === count - 1) {
        await other(repository, deps);
        process.end = { token: undefined, sent: false };
      } else {
        const { entry, sent } = await refreshSignIn(deps, repository, "https://mcp.example/mcp");
        process.end = { token: entry.tokens?.accessToken, sent };
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      process.end = { code: error.code };
    }
    process.history.push(`end: ${JSON.stringify(process.end)}`);
    stopped?.();
  }

  async function untilStopped(work: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    stopped = resolve;
    work();
    await promise;
    stopped = undefined;
  }

  for (const process of processes) await untilStopped(() => void live(process));

  const running = () => processes.filter((it) => !it.isKilled && it.end === undefined);

  /** Time passes only while all processes wait for it, and ends their waits in order. */
  function mayPass(at: number): boolean {
    return running().every(({ point }) => {
      if (point === undefined) return false;
      const { name, isPossible } = point;
      if (point.at !== undefined) return point.at >= at;
      return !isPossible() || name === "pause";
    });
  }

  function isPossible({ point }: Process): boolean {
    if (point === undefined || !point.isPossible()) return false;
    return point.name !== "pause" || mayPass(point.at ?? 0);
  }

  return {
    processes,
    requests: () => requests,
    isFamilyAlive: () => isAlive,
    isRevoked: () => isRevoked,
    isCurrent: () => row?.entry.tokens?.refreshToken === tokenOf(generation),
    stored: () => row?.entry,

    choices(faults) {
      const steps = running().filter(isPossible).map(({ id }): Choice => ({ process: id }));
      const faulty = running().flatMap((process) =>
        faults.filter((fault) => {
          if (fault === "kill") return true;
          if (fault === "lock lost") return holder === process.id;
          return process.point?.cut !== undefined;
        }).map((fault): Choice => ({ process: process.id, fault }))
      );
      return [...steps, ...faulty];
    },

    async take({ process: id, fault }) {
      const process = processes[id];
      const point = process?.point;
      if (process === undefined || point === undefined) throw new RangeError("no such choice");
      if (fault === "lock lost" || fault === "kill") {
        if (holder === id) holder = undefined;
        if (fault === "kill") process.isKilled = true;
        process.history.push(fault);
        return;
      }
      process.point = undefined;
      await untilStopped(() =>
        fault === undefined ? point.go() : point.cut?.(fault === "cut after")
      );
    },

    state: () =>
      JSON.stringify([
        processes.map(({ history, point, isKilled }) => [history, point?.name, isKilled]),
        [row, holder, requests, generation, isAlive, isRevoked, now],
      ], withoutRandom),
  };
}

function withoutRandom(name: string, value: unknown): unknown {
  return name === "id" ? undefined : value;
}

/** A result as short as possible, so that the history of a failed run can be read. */
function shown(result: unknown): string {
  const text = JSON.stringify(result, withoutRandom) ?? "done";
  if (typeof result !== "object" || result === null || !("tokens" in result)) return text;
  const { journal, tokens } = result as StoredEntry;
  return `${tokens?.accessToken}${journal === undefined ? "" : `, journal ${journal.startedAt}`}`;
}
