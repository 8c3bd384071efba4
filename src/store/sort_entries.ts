import { canonicalServer } from "./entry_key.ts";
import type { EntrySummary } from "./stored_entry.ts";

/** By server, account, issuer and key: the order of every list. */
export function sortEntries(entries: readonly EntrySummary[]): EntrySummary[] {
  const byText = new Map(entries.map((entry) => {
    const { serverUrl, account, issuer, key } = entry;
    return [[canonicalServer(serverUrl), account, issuer, key].join("\n"), entry];
  }));
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
}
