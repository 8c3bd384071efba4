/** `oauth token --watch`: writes each valid token to a file, until a signal. @module */

import { cancelledFailure, type Failure, toFailure } from "../../../core/failure.ts";
import { namedSignInNeeded } from "../../../flow/context/sign_in_needed.ts";
import type { BeforeExit } from "../../../core/system.ts";
import type { CredentialRepository } from "../../../flow/credentials/credential_repository.ts";
import { validityLeft } from "../../../flow/credentials/token_validity.ts";
import { type WatchedSignIn, watchSignIn } from "../../../flow/credentials/watch_round.ts";
import { busyPause, retryPause } from "../../../flow/credentials/watch_schedule.ts";
import { quoted } from "../../../core/text.ts";
import { wait } from "../../../core/wait.ts";
import { TokenEndpointError } from "../../../oauth/common/issued_token.ts";
import type { Invocation } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { openCommandSession, type SessionNeeds } from "../../shared/command_session.ts";
import { openOutputs } from "../../shared/output_files.ts";
import { findCredentialRepository } from "../../shared/sign_in/credential_source.ts";
import { storedSignIns } from "../../shared/sign_in/required_server.ts";
import type { TokenFlags } from "./token_flags.ts";
import { openTokenFile } from "./token_file.ts";
import { openHealth, type UnhealthyReason } from "./token_health.ts";
import { proofNote, tokenText } from "./token_text.ts";
import { endsWatch, openWatchReport } from "./watch_report.ts";

/** After a signal, the response to a refresh that was sent is stored within this time. */
const SETTLE_MS = 5000;

/**
 * A signal ends the work at once, unless this process has the lock: then a refresh token may be on its
 * way, which only this process receives.
 */
function refreshableUntil(runtime: Runtime) {
  const work = new AbortController();
  let locks = 0;
  const onAbort = () => {
    if (locks === 0) work.abort(cancelledFailure());
  };
  runtime.signal.addEventListener("abort", onAbort);
  if (runtime.signal.aborted) onAbort();
  return {
    signal: work.signal,
    watchLock: (repository: CredentialRepository): CredentialRepository => ({
      where: repository.where,
      read: () => repository.read(),
      write: (entry, event) => repository.write(entry, event),
      remove: (event) => repository.remove(event),
      refreshUnderWay: () => repository.refreshUnderWay?.() ?? Promise.resolve(0),
      async lock(signal) {
        const held = await repository.lock(signal);
        locks += 1;
        const stack = new AsyncDisposableStack();
        stack.defer(() => {
          locks -= 1;
          if (runtime.signal.aborted) onAbort();
        });
        stack.use(held);
        return stack;
      },
    }),
    close: () => runtime.signal.removeEventListener("abort", onAbort),
  };
}

/** The server of a URL, or of a name that may not be stored yet. */
async function namedServer(
  typed: string,
  { options }: Invocation<TokenFlags>,
  runtime: Runtime,
): Promise<{ readonly serverUrl: string; readonly account: string | undefined }> {
  if (typed.includes("://")) return { serverUrl: typed, account: options.account };
  const closing: BeforeExit = [];
  try {
    const entries = await storedSignIns(options, { ...runtime, beforeExit: closing });
    const found = entries.find(({ name }) => name === typed);
    if (found !== undefined) {
      return { serverUrl: found.serverUrl, account: options.account ?? found.account };
    }
  } finally {
    await Promise.allSettled(closing.map((close) => close(runtime.signal)));
  }
  throw namedSignInNeeded(`no sign-in is named ${quoted(typed)}`, typed);
}

/** The same number for each look at one token. */
function chances() {
  let token = "";
  let chance = 0;
  return ({ accessToken }: { readonly accessToken: string }) => {
    if (accessToken !== token) [token, chance] = [accessToken, Math.random()];
    return chance;
  };
}

/** Milliseconds that the token endpoint asked for (`Retry-After`). */
function askedPause(error: unknown): number {
  const { cause } = toFailure(error);
  return cause instanceof TokenEndpointError ? (cause.retryAfter ?? 0) * 1000 : 0;
}

export async function watchToken(
  command: SessionNeeds["command"],
  invocation: Invocation<TokenFlags>,
  runtime: Runtime,
): Promise<number> {
  const { options } = invocation;
  const { url: typed = "", minValidity: minValidityMs, watch = "", quiet } = options;
  const as = options.format === "json" ? "json" : options.as;
  const { clock, signal, exitLimit } = runtime;
  const report = await openWatchReport(runtime, options);
  const file = await openTokenFile(watch, clock, report.removed);
  const { debug } = await openOutputs(runtime, options.debugOut, undefined);
  const demand = { minValidityMs, chance: chances(), random: Math.random };
  let reason: UnhealthyReason = "starting";
  let isFirst = true;
  let failures = 0;
  let busy = 0;
  let noted = quiet;

  /** Each look has a session of its own, so that nothing grows in a process that runs for months. */
  async function look(): Promise<WatchedSignIn> {
    const { serverUrl, account } = await namedServer(typed, invocation, runtime);
    const own = { ...options, account, debugOut: undefined };
    const chosen = { ...invocation, options: { ...options, account } };
    const session = await openCommandSession(runtime, own, {
      command,
      invocation,
      serverUrl,
      // What happens at each attempt is said at the first one.
      shows: ({ type }) => type === "exchange" || failures === 0,
    });
    const work = refreshableUntil(runtime);
    // A store in a database has connections, which end with the look.
    const closing: BeforeExit = [];
    const until = { ...runtime, signal: work.signal, beforeExit: closing };
    const http = session.httpAt(serverUrl, work.signal);
    let failure: Failure | undefined;
    try {
      return await session.run(async () => {
        const found = await findCredentialRepository(serverUrl, chosen, until);
        session.trustAsStored(found.loginFlags);
        const deps = { ...session, http, signal: work.signal };
        return await watchSignIn(deps, work.watchLock(found.repository), {
          ...demand,
          serverUrl,
          busy,
        });
      });
    } catch (error) {
      throw failure = toFailure(error);
    } finally {
      work.close();
      await Promise.allSettled(closing.map((close) => close(signal)));
      if (debug !== undefined && session.recorder.exchanges().length > 0) {
        await session.writeArtifact({ failure }, debug);
      }
    }
  }

  /** Returns the milliseconds until the next round. */
  async function round(): Promise<number> {
    try {
      const { entry, pauseMs, isBusy } = await look();
      busy = isBusy ? busy + 1 : 0;
      const left = validityLeft(entry.tokens, clock.now());
      if (await file.write(tokenText(entry, as), left)) report.written(file);
      const note = noted ? undefined : proofNote(entry, as);
      if (note !== undefined) report.note(note);
      noted = true;
      report.recovered();
      failures = 0;
      return pauseMs;
    } catch (error) {
      const failure = toFailure(error);
      if (endsWatch(failure, isFirst, minValidityMs)) throw failure;
      reason = failure.code;
      failures += 1;
      file.removeUnproved();
      await report.failed(failure, file);
      // Another process works at it, and only a look shows when it has ended.
      if (failure.code === "refresh_under_way") {
        busy += 1;
        return busyPause(Math.random);
      }
      return retryPause(failures, Math.random, askedPause(failure));
    } finally {
      isFirst = false;
    }
  }

  const health = options.health === undefined
    ? undefined
    : await openHealth(options.health, file, () => reason);
  if (health !== undefined) report.listening(health.url);
  if (exitLimit !== undefined) exitLimit.ms = SETTLE_MS;
  try {
    while (!signal.aborted) {
      await wait(clock, await round(), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    file.close();
    await health?.close();
  }
  return 0;
}
