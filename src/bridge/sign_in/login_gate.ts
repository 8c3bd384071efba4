/**
 * One login for all bridges of a server and account. The bridge that has the lock `start` starts the
 * login process and watches it; the others wait for that lock, which the system frees when a process
 * ends. All look whether a newer token is stored: it does not matter who signed in.
 * @module
 */

import { toFailure } from "../../core/failure.ts";
import type { BridgeFiles, LoginStatus } from "../../store/file/bridge_files.ts";

/** `tab`: opens a browser tab. `page`: only a page, for a link. `watch`: starts nothing. */
export type LoginMode = "tab" | "page" | "watch";

export interface LoginRequest {
  /** When the token that does not suffice was obtained; empty without one. */
  readonly since: string;
  readonly scopes?: readonly string[] | undefined;
  readonly mode: LoginMode;
}

export type LoginEnd =
  | { readonly kind: "signed_in" }
  | { readonly kind: "refused" | "timed_out" | "failed"; readonly message: string };

export interface LoginGateOptions {
  readonly files: BridgeFiles;
  /** When the newest token was obtained; empty without one. */
  readonly newest: () => Promise<string>;
  /** Starts the login process; resolves when it has ended. */
  readonly start: (request: LoginRequest) => Promise<unknown>;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface LoginGate {
  /** Joins the running login of this process, or takes part in one. Never rejects. */
  login(request: LoginRequest): Promise<LoginEnd>;
  /** The status of the running login, if its page can be opened. */
  status(): LoginStatus | undefined;
  /** {@link status}, once its page can be opened; undefined if it ended before. */
  waiting(login: Promise<LoginEnd>): Promise<LoginStatus | undefined>;
}

/** A file is read that often, only while somebody waits. */
const POLL_MS = 250;

/** Login processes in a row that ended without an outcome, at most. */
const MAX_STARTS = 3;

const ENDED: readonly string[] = ["refused", "timed_out", "failed"];

function endOf({ state, message }: LoginStatus): LoginEnd {
  const text = message ?? "the sign-in did not succeed";
  return state === "refused" || state === "timed_out"
    ? { kind: state, message: text }
    : { kind: "failed", message: text };
}

export function createLoginGate(options: LoginGateOptions): LoginGate {
  const { files, newest, start, now, sleep } = options;
  let running: { readonly request: LoginRequest; readonly end: Promise<LoginEnd> } | undefined;

  /** The clock may have been set back since the token that does not suffice was obtained. */
  async function hasOther(since: string): Promise<boolean> {
    const found = await newest();
    return found !== "" && found !== since;
  }

  /** Starts login processes until one has an outcome. */
  async function lead(request: LoginRequest, signal: AbortSignal): Promise<LoginEnd> {
    const { since, mode } = request;
    const began = now();
    const lock = await files.lock("start", signal);
    try {
      for (let starts = 0; starts < MAX_STARTS; starts += 1) {
        // Has to wait for a login process of a bridge that was killed.
        (await files.lock("login", signal)).release();
        if (await hasOther(since)) return { kind: "signed_in" };
        const status = files.readStatus();
        if (status !== undefined && ENDED.includes(status.state)) {
          const isOwn = Date.parse(status.endedAt ?? "") >= began;
          const isCooling = mode === "tab" && Date.parse(status.cooldownUntil ?? "") > now();
          if (isOwn || isCooling) return endOf(status);
        }
        await start(request);
      }
      return { kind: "failed", message: "the sign-in ended several times without a result" };
    } finally {
      lock.release();
    }
  }

  async function watch(since: string, signal: AbortSignal): Promise<LoginEnd> {
    while (!await hasOther(since)) await sleep(POLL_MS, signal);
    return { kind: "signed_in" };
  }

  async function attempt(request: LoginRequest): Promise<LoginEnd> {
    const done = new AbortController();
    const signal = AbortSignal.any([options.signal, done.signal]);
    const ways = [watch(request.since, signal)];
    if (request.mode !== "watch") ways.push(lead(request, signal));
    try {
      return await Promise.race(ways);
    } catch (error) {
      return { kind: "failed", message: toFailure(error).message };
    } finally {
      done.abort();
      for (const way of ways) way.catch(() => {});
    }
  }

  function status(): LoginStatus | undefined {
    const found = files.readStatus();
    const isCurrent = found?.state === "waiting" && Date.parse(found.expiresAt) > now();
    return isCurrent ? found : undefined;
  }

  return {
    status,
    login(request) {
      const sameScopes = String(running?.request.scopes) === String(request.scopes);
      if (running?.request.mode === request.mode && sameScopes) return running.end;
      const own = { request, end: attempt(request) };
      running = own;
      own.end.then(() => {
        if (running === own) running = undefined;
      });
      return own.end;
    },

    async waiting(login) {
      const ended = new AbortController();
      login.then(() => ended.abort());
      const signal = AbortSignal.any([options.signal, ended.signal]);
      while (!signal.aborted) {
        const found = status();
        if (found !== undefined) return found;
        await sleep(POLL_MS, signal).catch(() => {});
      }
      return undefined;
    },
  };
}
