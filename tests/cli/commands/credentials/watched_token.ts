/**
 * `oauth token --watch` in this process, with a clock that a test moves.
 *
 * @module
 */

import { cancelledFailure } from "../../../../src/core/failure.ts";
import type { FakeLab } from "../../../lab/fake_lab.ts";
import type { Home } from "../../real_run.ts";

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** A clock that stands still until a test moves it. */
export interface MovedClock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Resolves when this many waits are open. */
  waiting(count: number): Promise<void>;
  /** Moves the time, and ends the waits that are due, in their order. */
  advance(ms: number): void;
}

/** Makes one that shows the real time. */
export function createMovedClock(): MovedClock {
  let now = Date.now();
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();
  const changed = () => watchers.forEach((watcher) => watcher());
  return {
    now: () => now,
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (settle: () => void) => () => {
        if (!sleepers.delete(sleeper)) return;
        signal.removeEventListener("abort", stop);
        settle();
        changed();
      };
      const sleeper = { at: now + ms, wake: end(resolve) };
      const stop = end(() => reject(cancelledFailure()));
      sleepers.add(sleeper);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
      changed();
      return promise;
    },
    waiting(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = () => {
        if (sleepers.size !== count) return;
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
      return promise;
    },
    advance(ms) {
      now += ms;
      const due = [...sleepers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      for (const { wake } of due) wake();
    },
  };
}

/** A running watcher. */
export interface Watched extends AsyncDisposable {
  readonly path: string;
  readonly clock: MovedClock;
  /** What it has written to standard error. */
  stderr(): string;
  /** Resolves when standard error matches. */
  says(pattern: RegExp): Promise<void>;
  /** Resolves when a round has ended: it waits for the next one, and for the expiry of a token. */
  rested(hasToken?: boolean): Promise<void>;
  /** The text of the file; undefined if there is none. */
  text(): Promise<string | undefined>;
  /** Status and body of `/healthz`; it needs `--health`. */
  health(): Promise<readonly [status: number, body: { readonly reason?: string }]>;
  /** Sends the signal; returns the exit status. */
  stop(): Promise<number>;
}

/** Starts it; the file is in the home. */
export async function startWatched(
  home: Home,
  lab: Pick<FakeLab, "mcpUrl">,
  ...args: string[]
): Promise<Watched> {
  const clock = createMovedClock();
  const path = `${home.path}/token`;
  const abort = new AbortController();
  const readers = new Set<() => void>();
  let stderr = "";
  const command = ["oauth", "token", "--url", lab.mcpUrl, "--watch", path, ...args];
  const running = home.run(command, {
    now: () => clock.now(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    signal: abort.signal,
    reads(text) {
      stderr = text;
      readers.forEach((reader) => reader());
    },
  });
  running.catch(() => {});
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!pattern.test(stderr)) return;
        readers.delete(check);
        resolve();
      };
      readers.add(check);
      check();
    });
  const watched: Watched = {
    path,
    clock,
    stderr: () => stderr,
    says,
    rested: (hasToken = true) => clock.waiting(hasToken ? 2 : 1),
    text: () => Deno.readTextFile(path).catch(() => undefined),
    async health() {
      const [, url = ""] = /health: (http\S+?)"?(?:\s|$)/.exec(stderr) ?? [];
      const response = await fetch(url);
      return [response.status, await response.json()];
    },
    async stop() {
      abort.abort(cancelledFailure());
      return (await running).status;
    },
    [Symbol.asyncDispose]: async () => void await watched.stop().catch(() => {}),
  };
  // A command line that is refused ends before it rests.
  await Promise.race([running.then(() => {}), watched.clock.waiting(1), watched.clock.waiting(2)]);
  return watched;
}
