/** A call of `mcpass credential`: its time limit, and the sign-in that it uses. @module */

import { cancelIfStuck } from "../../../core/abort.ts";
import { cancelledFailure, Failure, toFailure } from "../../../core/failure.ts";
import { COMMON_FLAGS } from "../../args/common_flags.ts";
import type { Invocation } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { type CommandSession, openCommandSession } from "../../shared/command_session.ts";
import { STORED_SIGN_IN_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { findSignIn, type FoundSignIn } from "./credential_answer.ts";
import { CredentialFailure } from "./credential_response.ts";

export const CREDENTIAL_FLAGS = { ...STORED_SIGN_IN_FLAGS, ...COMMON_FLAGS };
export type CredentialFlags = typeof CREDENTIAL_FLAGS;

/** Callers give a helper some seconds, such as 10, and nobody can answer a question. */
export const LIMIT_MS = 8000;
/** Time for a request to end after the limit. */
const GRACE_MS = 500;

async function sleep({ clock }: Runtime, ms: number, signal: AbortSignal): Promise<void> {
  if (clock.sleep !== undefined) return await clock.sleep(ms, signal);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** One call of the command. */
export interface Call {
  readonly invocation: Invocation<CredentialFlags>;
  /** Its signal is aborted at the time limit. */
  readonly runtime: Runtime;
  waitsFor: string;
}

const LOCK = "another mcpass that uses the sign-in";

/** Runs the command; it ends at the limit, also if it waits for a caller that sends no request. */
export async function withinLimit<T>(
  invocation: Invocation<CredentialFlags>,
  runtime: Runtime,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const late = new AbortController();
  sleep(runtime, LIMIT_MS, done.signal).then(() => late.abort(cancelledFailure()), () => {});
  const signal = AbortSignal.any([runtime.signal, late.signal]);
  const call: Call = { invocation, runtime: { ...runtime, signal }, waitsFor: "the store" };
  try {
    return await cancelIfStuck(() => work(call), signal, () => GRACE_MS);
  } catch (error) {
    if (!late.signal.aborted || runtime.signal.aborted) throw error;
    const { waitsFor } = call;
    throw new Failure("credential_late", `no credential after 8 s: still waiting for ${waitsFor}`, {
      detail: waitsFor === LOCK ? "locked" : undefined,
      remedy: "Try again",
    });
  } finally {
    done.abort();
  }
}

/** Runs an action of a sign-in. */
export async function withSignIn<T extends object>(
  call: Call,
  url: string,
  account: string | undefined,
  work: (found: FoundSignIn, session: CommandSession) => Promise<T>,
): Promise<T> {
  const { invocation, runtime } = call;
  const options = {
    ...invocation.options,
    noInput: true,
    account: account ?? invocation.options.account,
  };
  const found = await findSignIn(url, { ...invocation, options }, runtime);
  const { repository, serverUrl, loginFlags } = found;
  let { login } = found;
  const session = await openCommandSession(runtime, options, {
    command: { name: "credential", flags: CREDENTIAL_FLAGS },
    invocation,
    serverUrl,
  });
  session.trustAsStored(loginFlags);
  const watched = {
    ...repository,
    async lock(signal: AbortSignal) {
      call.waitsFor = LOCK;
      const lock = await repository.lock(signal);
      call.waitsFor = "the authorization server";
      return lock;
    },
  };
  const run = async () => {
    try {
      return { result: await work({ ...found, repository: watched }, session) };
    } catch (error) {
      // The session masks the texts of a failure, and returns another one.
      if (error instanceof CredentialFailure) login = error.login ?? login;
      throw error;
    }
  };
  try {
    return (await session.run(run)).result;
  } catch (error) {
    const failure = toFailure(error);
    const isFixedByLogin = failure.kind === "sign_in_needed" ||
      failure.code === "insufficient_scope";
    throw isFixedByLogin ? new CredentialFailure(failure, login) : failure;
  }
}
