import { toFailure } from "../../../core/failure.ts";
import { counted, countedOrNo } from "../../../core/quantities.ts";
import { pruneEntry, type PruneReason, pruneReason } from "../../../flow/credentials/prune.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Store } from "../../../store/store.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { period } from "../../args/values.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, toggle, value } from "../../command/flag.ts";
import { confirm } from "../../shared/confirm.ts";
import { failureOfEntry } from "../../shared/entry_failure.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { openStoreAs, STORE_FLAGS, storeMode } from "../../shared/sign_in/store_options.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { verdictPrinter } from "../../terminal/marks.ts";

/** 30 days, as the setting in the database by which each write removes old events. */
const EVENT_AGE_MS = 30 * 86_400_000;

const { account: _account, ...WHERE } = STORE_FLAGS;

const PRUNE_FLAGS = {
  ...flagGroup("Credentials:", WHERE),
  ...flagGroup("Prune:", {
    withoutTokens: toggle(
      "also remove entries without tokens, such as a client that was only registered",
    ),
    eventAge: value(
      "<period>",
      "remove events that are older: 24h, 7d (default: 30d)",
      period("36500d"),
    ),
    dryRun: toggle("list what would be removed, and remove nothing"),
    yes: toggle("do not ask"),
  }),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...RESULT_FLAGS,
};

export interface PrunedEntry {
  readonly name: string | null;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
  readonly expiresAt: string | null;
  readonly reason: PruneReason;
  /** False with `--dry-run`, after a failure, and if the sign-in was used meanwhile. */
  readonly removed: boolean;
}

export interface StorePruneDocument {
  readonly completed: boolean;
  readonly dryRun: boolean;
  readonly entries: readonly PrunedEntry[];
  /** Null in a store that records none. */
  readonly events: { readonly before: string; readonly count: number } | null;
  readonly problems: readonly ErrorMember[];
}

interface Candidate {
  readonly entry: EntrySummary;
  readonly reason: PruneReason;
}

const REASONS: Readonly<Record<PruneReason, string>> = {
  expired: "expired, cannot be refreshed",
  no_tokens: "without tokens",
};

function candidateText({ entry: { account, name, serverUrl, tokens }, reason }: Candidate): string {
  const since = reason === "expired" ? ` (${tokens?.expiresAt})` : "";
  return `${name ?? account}  ${serverUrl}  ${REASONS[reason]}${since}`;
}

async function findCandidates(store: Store, withoutTokens: boolean, now: number) {
  const { entries, problems } = await store.list();
  const candidates = entries.flatMap((entry): Candidate[] => {
    const reason = pruneReason(entry, now);
    if (reason === undefined || reason === "no_tokens" && !withoutTokens) return [];
    return [{ entry, reason }];
  });
  return { candidates, problems };
}

function prunedEntry({ entry, reason }: Candidate, removed: boolean): PrunedEntry {
  const { account, issuer, name = null, serverUrl, tokens } = entry;
  return {
    name,
    serverUrl,
    account,
    issuer,
    expiresAt: tokens?.expiresAt ?? null,
    reason,
    removed,
  };
}

export const STORE_PRUNE_COMMAND: Command<typeof PRUNE_FLAGS> = sessionCommand({
  name: "store prune",
  summary: "Remove stored sign-ins that have expired and cannot be refreshed, and old events",
  examples: [
    ["see what would be removed", "mcpass store prune --dry-run"],
    ["in a job, without a question", "mcpass store prune --yes"],
    [
      "the clients of logins that never succeeded, too",
      "mcpass store prune --without-tokens --yes",
    ],
  ],
  flags: PRUNE_FLAGS,
  needs: () => ({ writesArtifact: false }),
  notes: [
    "A sign-in is removed only if a person has to sign in again anyway. Its client may still be " +
    "registered at the authorization server: mcpass logout --unregister deletes it there.",
    "The entry of a sign-in that was moved is removed after 7 days: until then, it prevents a second " +
    "import of an exported file.",
    "A file store records no events. If one entry cannot be removed, the others still are.",
    "Exit status: 0 done, 1 something could not be read or removed, 2 usage, 130 cancelled.",
  ],
  async report(session, { options }, { runtime }) {
    const { dryRun, eventAge = EVENT_AGE_MS, withoutTokens } = options;
    const { clock, signal } = session;
    const now = clock.now();
    const store = await openStoreAs(storeMode(options), runtime, options);
    const { candidates, problems: unreadable } = await findCandidates(store, withoutTokens, now);
    const log = await store.events?.();
    const before = new Date(now - eventAge).toISOString();
    const oldEvents = await log?.removeBefore(before, true) ?? 0;
    if (!dryRun && candidates.length + oldEvents > 0) {
      const shown = candidates.map((it) => `${candidateText(it)}\n`).join("");
      const what = [
        counted(candidates.length, "sign-in"),
        ...oldEvents > 0 ? [counted(oldEvents, "event")] : [],
      ].join(" and ");
      await confirm({ message: `Remove ${what}?`, shown, whatFor: "to remove" }, options, runtime);
    }
    const problems = [...unreadable];
    const entries: PrunedEntry[] = [];
    for (const candidate of candidates) {
      try {
        const removed = !dryRun && await pruneEntry(store, candidate.entry, now, signal);
        entries.push(prunedEntry(candidate, removed));
      } catch (error) {
        const failure = toFailure(error);
        if (failure.kind === "cancelled") throw failure;
        problems.push(failureOfEntry(candidate.entry, failure));
        entries.push(prunedEntry(candidate, false));
      }
    }
    const count = dryRun ? oldEvents : await log?.removeBefore(before, false) ?? 0;
    const failure = problems[0];
    const document: StorePruneDocument = {
      completed: failure === undefined,
      dryRun,
      entries,
      events: log === undefined ? null : { before, count },
      problems: problems.map(errorMember),
    };
    return {
      failure,
      problems,
      exitStatus: failure === undefined ? 0 : 1,
      document,
      text(view) {
        const printer = verdictPrinter(runtime);
        const removed = entries.filter((it) => dryRun || it.removed).length;
        const done = dryRun ? "would be removed" : "removed";
        const rows = log === undefined ? "" : `, ${countedOrNo(count, "event")}`;
        const verdict = `${countedOrNo(removed, "sign-in")}${rows} ${done}`;
        return [
          ...printer.lines("ok", verdict, view),
          ...candidates.map((it) => `  ${candidateText(it)}`),
          "",
        ].join("\n");
      },
    };
  },
});
