/**
 * The login that bridges wait for, in a process of its own: one for each server and account. If it is
 * killed, the next one listens at the same port and finishes the request that is in the browser.
 * @module
 */

import { Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import type { PendingAuthorizations } from "../../../flow/context/effects.ts";
import type { LoginOutcome } from "../../../flow/login/login.ts";
import { toRegisteredEntry } from "../../../flow/login/stored_login.ts";
import { AUTH_MODES } from "../../../oauth/authorization/auth_mode.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import {
  type BridgeFiles,
  type LoginStatus,
  openBridgeFiles,
  type PendingLogin,
} from "../../../store/file/bridge_files.ts";
import { DEFAULT_ACCOUNT } from "../../../store/stored_entry.ts";
import type { Store } from "../../../store/store.ts";
import type { Context, Invocation } from "../../command/command.ts";
import { obtainedAt, openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import type { LOGIN_FLAGS } from "./options/login_flags.ts";
import type { LoginStore } from "./login_store.ts";
import type { LoginRun } from "./plan_login.ts";
import { runLogin } from "./run_login.ts";
import { withStoredOptions } from "./stored_options.ts";

/** How long a person can take. */
const LIFETIME_MS = 10 * 60_000;

/** How long bridges open no tab after a person refused or did not answer. */
const COOLDOWN_MS = 5 * 60_000;

/** The same, if no tab was opened. */
const SHORT_COOLDOWN_MS = 30_000;

/** A request that is about to expire is not continued. */
const MIN_LEFT_MS = 5_000;

/** How often the login looks whether somebody signed in otherwise. */
const WATCH_MS = 1_000;

/** How long a second process waits for the first one. */
const LOCK_MS = 10_000;

type LoginInvocation = Invocation<typeof LOGIN_FLAGS>;
type Make = (invocation: LoginInvocation, context: Context) => Promise<LoginRun>;

const iso = (ms: number) => new Date(ms).toISOString();

/** What identifies the stored tokens. Their times are not compared: a clock may have been set back. */
async function tokensIn(
  store: Store,
  serverUrl: string,
  account: string,
): Promise<readonly string[]> {
  const { entries } = await store.list(serverUrl, account);
  return entries.filter(({ tokens }) => tokens !== null).map((it) => `${it.key} ${obtainedAt(it)}`);
}

/** True if there is a token that was not there before. */
const hasNew = (now: readonly string[], before: readonly string[]) =>
  now.some((token) => !before.includes(token));

/** True for the parts of a request that must not differ. */
function isSameRequest(parts: Parameters<PendingAuthorizations["find"]>[0], other: PendingLogin) {
  const { issuer, issParameter, redirectUri, clientId, resource, scopes, dpopJkt, nonce, added } =
    other.authorization;
  const all = (it: typeof parts) =>
    JSON.stringify([
      ...[it.issuer, it.issParameter, it.redirectUri, it.clientId, it.resource, it.scopes],
      ...[it.dpopJkt, it.nonce, it.added],
    ]);
  const kept = { issuer, issParameter, redirectUri, clientId, resource, scopes };
  return all(parts) === all({ ...kept, dpopJkt, nonce, added });
}

interface Holder {
  /** Tokens that were stored when the login began. */
  readonly before: readonly string[];
  readonly files: BridgeFiles;
  readonly account: string;
  readonly run: LoginRun;
  readonly status: (changes: Partial<LoginStatus>) => Promise<void>;
  readonly expiresAt: number;
  readonly wantsTab: boolean;
  /** The request that an ended process left in the browser. */
  left: PendingLogin | undefined;
  hadTab: boolean;
  nonce: string;
  listensAt: string;
}

function pendingOf(holder: Holder, store: LoginStore): PendingAuthorizations {
  const { account, before, expiresAt, files, run, status } = holder;
  return {
    find(parts) {
      if (holder.left !== undefined && !isSameRequest(parts, holder.left)) holder.left = undefined;
      return holder.left;
    },
    async begin(authorization, url, revision, registered) {
      const { scopes } = authorization;
      await status({ scopes });
      if (holder.left !== undefined) return;
      holder.hadTab = false;
      if (registered !== undefined) {
        // The process that finishes this request needs the client that it names.
        await store.storeRegistration(toRegisteredEntry(run.plan, revision, registered, account));
      }
      await files.writePending({
        authorization,
        url,
        nonce: holder.nonce,
        listenedAt: holder.listensAt,
        tokens: before,
        startedAt: iso(run.runtime.clock.now()),
        expiresAt: iso(expiresAt),
      });
    },
  };
}

async function openConsent(holder: Holder, redirectUrl: string | undefined) {
  const { account, files, run, status, wantsTab } = holder;
  const { invocation: { options }, plan, runtime } = run;
  const { openBackgroundConsent } = await runtime.load(() =>
    import("../../../consent/background_consent.ts")
  );
  const open = (redirectUrl: string | undefined) =>
    openBackgroundConsent({
      redirectUrl,
      facts: [
        ["MCP server", plan.serverUrl],
        ["Account", account],
        ...plan.scopes === undefined ? [] : [["Scopes", plan.scopes.join(" ")] as const],
      ],
      env: runtime.env,
      browser: options.browser,
      opensTab: () => wantsTab && !(holder.left !== undefined && holder.hadTab),
      nonce: holder.nonce,
      newNonce: randomValue,
      onWaiting: async (startUrl, tab) => {
        const shown = holder.left !== undefined && holder.hadTab ? "opened" : tab;
        if (shown === "opened") holder.hadTab = true;
        await status({ state: "waiting", startUrl, tab: shown });
      },
      onVisit: () => {
        holder.hadTab = true;
      },
      onAnswer: async () => {
        holder.left = undefined;
        await files.removePending();
      },
      beforeExit: runtime.beforeExit,
    });
  const { left } = holder;
  const resumed = left && await open(left.listenedAt).catch(() => undefined);
  // Another program has the port: the response cannot arrive.
  if (resumed === undefined) holder.left = undefined;
  const consent = resumed ?? await open(redirectUrl);
  holder.listensAt = consent.redirectUri;
  return consent;
}

function endOf(failure: Failure, hadTab: boolean, now: number): Partial<LoginStatus> {
  const { code, message, detail } = failure;
  const state = code === "consent_timeout"
    ? "timed_out"
    : detail === "access_denied"
    ? "refused"
    : "failed";
  const cooldown = hadTab || state !== "failed" ? COOLDOWN_MS : SHORT_COOLDOWN_MS;
  const cooldownUntil = iso(now + cooldown);
  return { state, code, message, endedAt: iso(now), cooldownUntil, startUrl: undefined };
}

/** Signs in and stores the result; standard output has nothing. Returns the exit status. */
export async function loginForBridges(
  typed: LoginInvocation,
  context: Context,
  make: Make,
): Promise<number> {
  const { runtime } = context;
  const { clock, env, signal } = runtime;
  const { url: serverUrl = "", account = DEFAULT_ACCOUNT, printUrl, noBrowser } = typed.options;
  const mode = storeMode(typed.options);
  if (mode === "none") {
    throw usageFailure(
      "impossible_combination",
      "--for-bridges cannot be used with --store none: bridges read the sign-in from the store",
      "Omit --store none",
    );
  }
  const files = openBridgeFiles({ env, serverUrl, account, mode });
  const store = await openStoreAs(mode, runtime, typed.options);
  const before = await tokensIn(store, serverUrl, account);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOCK_MS)]);
  const lock = await files.lock("login", limit).catch((error) => {
    if (signal.aborted || !limit.aborted) throw error;
    return undefined;
  });
  // Another process signs in.
  if (lock === undefined) return 0;
  try {
    // The process that had the lock has signed in.
    if (hasNew(await tokensIn(store, serverUrl, account), before)) return 0;
    const last = files.readStatus();
    const found = await files.readPending();
    const started = clock.now();
    const isUsable = found !== undefined && !hasNew(before, found.tokens ?? []) &&
      Date.parse(found.expiresAt) > started + MIN_LEFT_MS;
    if (found !== undefined && !isUsable) await files.removePending();
    const left = isUsable ? found : undefined;
    const expiresAt = left === undefined ? started + LIFETIME_MS : Date.parse(left.expiresAt);
    let current: LoginStatus = {
      state: "starting",
      serverUrl,
      account,
      startedAt: left?.startedAt ?? iso(started),
      expiresAt: iso(expiresAt),
    };
    const status = async (changes: Partial<LoginStatus>) => {
      current = { ...current, ...changes };
      await files.writeStatus(current);
    };
    await status(left === undefined ? {} : { tab: last?.tab });

    const stop = new AbortController();
    let isSuperseded = false;
    const watch = setInterval(() => {
      tokensIn(store, serverUrl, account).then((now) => {
        if (!hasNew(now, before)) return;
        isSuperseded = true;
        stop.abort();
      }, () => {});
    }, WATCH_MS);
    try {
      const own = { ...runtime, signal: AbortSignal.any([signal, stop.signal]) };
      const known = await withStoredOptions(typed, serverUrl, { runtime: own });
      const { authMode = "interactive" } = known.options;
      // Nobody would see a device code, and a login without a browser needs no person.
      if (!AUTH_MODES[authMode].codeGrant) {
        throw new Failure("sign_in_needed", `the sign-in uses --auth-mode ${authMode}`, {
          kind: "sign_in_needed",
          remedy: "Sign in at a terminal",
        });
      }
      const options = {
        ...known.options,
        consentTimeout: expiresAt - started,
        noInput: true,
        quiet: true,
        hideSecrets: true,
      };
      const made = await make({ ...known, options }, { ...context, runtime: own });
      let outcome: LoginOutcome | undefined;
      const holder: Holder = {
        ...{ files, account, before, run: made, status, expiresAt, left },
        wantsTab: !printUrl && !noBrowser,
        hadTab: left !== undefined && last?.tab === "opened",
        nonce: left?.nonce ?? randomValue(),
        listensAt: "",
      };
      const exit = await runLogin({
        ...made,
        background: {
          openConsent: (redirectUrl) => openConsent(holder, redirectUrl),
          pending: (store) => pendingOf(holder, store),
          ended: (ended) => outcome = ended,
        },
      });
      const failure = outcome?.failure;
      // The next process finishes the request.
      if (signal.aborted && !isSuperseded) return exit;
      await files.removePending();
      await status(
        failure === null || failure === undefined || isSuperseded
          ? { state: "signed_in", startUrl: undefined }
          : endOf(failure, holder.hadTab, clock.now()),
      );
      return exit;
    } catch (error) {
      await status(endOf(toFailure(error), false, clock.now()));
      throw error;
    } finally {
      clearInterval(watch);
    }
  } finally {
    lock.release();
  }
}
