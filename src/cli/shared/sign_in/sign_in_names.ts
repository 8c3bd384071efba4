/** The name of a sign-in that a command stores. @module */

import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import { derivedName, freeName } from "../../../store/sign_in_name.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Store } from "../../../store/store.ts";

/**
 * The chosen name, else that of the account at this server, else one from the host.
 *
 * @throws Failure `name_in_use`.
 */
export async function nameForSignIn(
  store: Store,
  { serverUrl, account }: Pick<EntrySummary, "serverUrl" | "account">,
  chosen: string | undefined,
): Promise<string> {
  const stored = (await store.list(serverUrl, account)).entries.find(({ name }) => name)?.name;
  if (stored !== undefined && (chosen ?? stored) === stored) return stored;
  const { entries } = await store.list();
  const isOwn = (entry: EntrySummary) =>
    entry.account === account && canonicalServer(entry.serverUrl) === canonicalServer(serverUrl);
  const own = entries.find(isOwn)?.name;
  if (chosen === undefined && own !== undefined) return own;
  const other = entries.find((entry) => entry.name === chosen && !isOwn(entry));
  if (other !== undefined) {
    const message = `the name ${quoted(other.name ?? "")} is in use: it is the sign-in to ${
      quoted(other.serverUrl)
    }`;
    throw usageFailure(
      "name_in_use",
      message,
      "Choose another name, or sign out of that server first",
    );
  }
  return chosen ?? await freeNameLike(store, derivedName(serverUrl, account));
}

export async function freeNameLike(store: Store, name: string): Promise<string> {
  const { entries } = await store.list();
  return freeName(name, (it) => entries.some((entry) => entry.name === it));
}

/** The name of a sign-in from elsewhere: the chosen one, else the one that it had, if that is free. */
export function nameOnArrival(
  store: Store,
  chosen: string | undefined,
): (entry: Pick<EntrySummary, "serverUrl" | "account" | "name">) => Promise<string> {
  return async (entry) => {
    const [stored] = chosen === undefined ? await store.find(entry.serverUrl, entry.account) : [];
    const isFree = chosen === undefined && stored?.name === undefined && entry.name !== undefined;
    return isFree
      ? await freeNameLike(store, entry.name)
      : await nameForSignIn(store, entry, chosen);
  };
}
