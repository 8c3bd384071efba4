/** The verdict on a stored sign-in: whether it can be used, for how long, and what is due. @module */

import { formatPeriod } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { movedText } from "../../../flow/context/sign_in_needed.ts";
import type { TokenCheck } from "../../../flow/credentials/check_token.ts";
import { isRefreshable } from "../../../flow/credentials/renewal.ts";
import {
  DEFAULT_ACCOUNT,
  type EntrySummary,
  type PublicEntry,
  type StoredTokens,
} from "../../../store/stored_entry.ts";
import type { Mark } from "../../terminal/marks.ts";

type Expiry = Pick<StoredTokens, "expiresAt"> | null;

/** `valid` means that it has not expired; `refused` that a check just found so. */
export function tokenState(
  tokens: Expiry,
  now: number,
  check?: TokenCheck,
): "valid" | "expired" | "lifetime_unknown" | "gone" | "refused" {
  if (tokens === null) return "gone";
  if (check?.accepted === false) return "refused";
  if (tokens.expiresAt === null) return "lifetime_unknown";
  return Date.parse(tokens.expiresAt) > now ? "valid" : "expired";
}

/** What a verdict is based on. */
export type VerdictFacts = Omit<PublicEntry, "tokens"> & Pick<EntrySummary, "tokens" | "holds">;

export function canRefresh(entry: VerdictFacts): boolean {
  const { tokens, holds } = entry;
  return isRefreshable(entry, tokens !== null && holds.includes("tokens.refreshToken"));
}

const UNITS = new Map([["hour", "h"], ["minute", "min"], ["second", "s"]]);

/** `45 s`, `42 min`, `3 h`, `5 days`. */
export function shortPeriod(milliseconds: number): string {
  return formatPeriod(Math.abs(milliseconds) / 1000)
    .replace(/(hour|minute|second)s?$/, (_, unit) => UNITS.get(unit) ?? "");
}

export interface Verdict {
  readonly mark: Mark;
  /** False if a person has to sign in before the next use. */
  readonly signedIn: boolean;
  /** As it follows the server: `valid 42 min, refreshes automatically`. */
  readonly state: string;
  /** What is due: nothing, a refresh, or a sign-in. */
  readonly due: "nothing" | "refresh" | "sign_in";
}

/** What happens at the expiry. */
function refreshText(entry: VerdictFacts, hasExpired: boolean): string {
  const { refusedWith } = entry.refresh ?? {};
  if (canRefresh(entry)) {
    return hasExpired ? "refreshes at the next use" : "refreshes automatically";
  }
  return refusedWith === undefined
    ? "cannot be refreshed"
    : `the authorization server refused to refresh (${quoted(refusedWith, 60)})`;
}

export function verdictOf(entry: VerdictFacts, now: number, check?: TokenCheck): Verdict {
  const refreshes = canRefresh(entry);
  const needsPerson = { mark: "error", signedIn: false, due: "sign_in" } as const;
  if (entry.registeredOnly) {
    return { ...needsPerson, state: "only the client is registered" };
  }
  if (entry.moved !== undefined) return { ...needsPerson, state: movedText(entry.moved) };
  const { tokens } = entry;
  const expiresAt = Date.parse(tokens?.expiresAt ?? "");
  switch (tokenState(tokens, now, check)) {
    case "gone":
      return refreshes
        ? {
          mark: "ok",
          signedIn: true,
          due: "nothing",
          state: "no token, obtains one at the next use",
        }
        : { ...needsPerson, state: "the tokens were revoked or refused" };
    case "refused": {
      const state = `the token was refused: ${check?.detail}`;
      return refreshes
        ? { mark: "error", signedIn: true, due: "refresh", state }
        : { ...needsPerson, state };
    }
    case "expired": {
      const state = `expired ${shortPeriod(now - expiresAt)} ago, ${refreshText(entry, true)}`;
      return refreshes
        ? { mark: "ok", signedIn: true, due: "nothing", state }
        : { ...needsPerson, state };
    }
    case "valid":
    case "lifetime_unknown": {
      const lifetime = Number.isNaN(expiresAt)
        ? "lifetime unknown"
        : `valid ${shortPeriod(expiresAt - now)}`;
      const state = `${lifetime}, ${refreshText(entry, false)}`;
      return { mark: refreshes ? "ok" : "warning", signedIn: true, due: "nothing", state };
    }
  }
}

/** The account label, unless it is the default one, and how the ID token names the person. */
export function accountText(
  { account, subject }: Pick<EntrySummary, "account" | "subject">,
): string | undefined {
  const label = account === DEFAULT_ACCOUNT ? undefined : account;
  if (subject === undefined || subject === label) return label;
  return label === undefined ? subject : `${label} (${subject})`;
}

/** `signed in to https://server.example/mcp as work, valid 42 min, refreshes automatically`. */
export function verdictText(entry: EntrySummary, { signedIn, state }: Verdict): string {
  const who = accountText(entry);
  const head = `${signedIn ? "signed in" : "not signed in"} to ${entry.serverUrl}`;
  return `${head}${who === undefined ? "" : ` as ${who}`}${signedIn ? "," : ":"} ${state}`;
}
