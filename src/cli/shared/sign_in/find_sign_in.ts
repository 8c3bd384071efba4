/** The stored sign-in of a server: the account to use, or why there is none. @module */

import { type Failure, usageFailure } from "../../../core/failure.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { quoted } from "../../../core/text.ts";
import { signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import type { Store } from "../../../store/store.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "../../../store/stored_entry.ts";
import type { Runtime } from "../../command/runtime.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { networkFlags, type NetworkOptions } from "./sign_in_flags.ts";
import { obtainedAt } from "./store_options.ts";

export type SourceRuntime = Pick<Runtime, "io" | "env" | "signal" | "prompter" | "load">;

/** The options that matter where nobody has signed in. */
interface SignInOptions extends NetworkOptions {
  readonly account: string | undefined;
  readonly noInput: boolean;
}

/** The newest sign-in of each account, because a login replaces the previous one. */
function newestByAccount(entries: readonly EntrySummary[]): EntrySummary[] {
  const newest = new Map<string, EntrySummary>();
  for (const entry of entries) {
    const other = newest.get(entry.account);
    if (other === undefined || obtainedAt(entry) > obtainedAt(other)) {
      newest.set(entry.account, entry);
    }
  }
  return [...newest.values()];
}

async function chooseAccount(
  serverUrl: string,
  entries: readonly EntrySummary[],
  noInput: boolean,
  { io, prompter }: SourceRuntime,
): Promise<EntrySummary | undefined> {
  if (!canAsk({ noInput }, io)) {
    const labels = entries.map(({ account }) => quoted(account, 60)).join(", ");
    throw usageFailure(
      "account_ambiguous",
      `there are several accounts at ${quoted(serverUrl)}: ${labels}`,
      "Choose one with --account <label>",
    );
  }
  const answer = await (await prompter()).ask({
    message: `Which account at ${serverUrl}?`,
    option: "account",
    choices: entries.map(({ account, issuer }) => ({ value: account, hint: issuer })),
  });
  return entries.find(({ account }) => account === answer);
}

/**
 * @param orRegistered True to accept a client that a login only registered.
 * @throws Failure `account_ambiguous` (usage), `not_signed_in` (exit 4), `store_…`.
 */
export async function findStoredSignIn(
  store: Store,
  serverUrl: string,
  { account, noInput, ...own }: SignInOptions,
  runtime: SourceRuntime,
  orRegistered = false,
): Promise<EntrySummary> {
  const stored = await store.find(serverUrl, account);
  const entries = newestByAccount(stored.filter((it) => orRegistered || !it.registeredOnly));
  const found = entries.length > 1
    ? entries.find((entry) => entry.account === DEFAULT_ACCOUNT) ??
      await chooseAccount(serverUrl, entries, noInput, runtime)
    : entries[0];
  if (found !== undefined) return found;
  const [registered] = stored;
  if (registered !== undefined) {
    const message = `not signed in to ${quoted(serverUrl)}: only the registered client is stored`;
    throw signInNeeded("not_signed_in", message, registered);
  }
  throw await notSignedIn(store, serverUrl, { account, noInput, ...own });
}

/** The failure where nothing is stored: it names the accounts of the server, or a similar sign-in. */
async function notSignedIn(
  store: Store,
  serverUrl: string,
  { account, ...own }: SignInOptions,
): Promise<Failure> {
  const others = account === undefined ? [] : newestByAccount(await store.find(serverUrl));
  const labels = others.map((entry) => quoted(entry.account, 60)).join(", ");
  const message = `nothing is stored for ${quoted(serverUrl)}` +
    (store.mode === "none" ? " (--store none)" : "") +
    (account === undefined ? "" : ` under the account ${quoted(account, 60)}`);
  if (labels === "") {
    const { nearSignInFailure } = await import("./near_sign_in.ts");
    const near = nearSignInFailure(serverUrl, message, (await store.list()).entries);
    if (near !== undefined) return near;
  }
  return signInNeeded(
    "not_signed_in",
    message + (labels === "" ? "" : `; other accounts: ${labels}`),
    { serverUrl, ...pickDefined({ account }), loginFlags: networkFlags(own) },
  );
}
