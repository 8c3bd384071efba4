import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import type { EventLog, RecordedEvent } from "../../../store/store.ts";
import { DEFAULT_ACCOUNT } from "../../../store/stored_entry.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { periodMs, wholeNumber } from "../../args/values.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, type Parsed, problem, value } from "../../command/flag.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { openStoreAs, STATUS_STORE_FLAGS, storeMode } from "../../shared/sign_in/store_options.ts";

const LIMIT = 100;

/** A point in time, or a period before now in milliseconds. */
type Since = { readonly at: string } | { readonly ago: number };

function since(text: string): Parsed<Since> {
  const ago = periodMs(text);
  if (ago !== undefined) return { value: { ago } };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(at)) return { value: { at: new Date(at).toISOString() } };
  return problem(
    `${quoted(text, 40)} is not a time`,
    "Use a period such as 30m, 24h or 7d, or a time such as 2026-08-01T00:00:00Z",
  );
}

const LOG_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Credentials:", STATUS_STORE_FLAGS),
  ...flagGroup("Log:", {
    since: value("<time>", "only newer events: 30m, 24h, 7d, or an ISO 8601 time", since),
    limit: value(
      "<count>",
      `events to show, the newest ones (default: ${LIMIT})`,
      wholeNumber("number of events", 100_000),
    ),
  }),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...RESULT_FLAGS,
};

export interface StoreLogDocument {
  readonly completed: boolean;
  /** Newest first. */
  readonly events: readonly RecordedEvent[];
}

function eventText({ at, event, by, serverUrl, account }: RecordedEvent): string {
  const who = account === DEFAULT_ACCOUNT ? "" : ` (${account})`;
  return `${at}  ${event.replaceAll("_", " ")}  ${serverUrl}${who}  ${by}`;
}

async function openLog(store: { events?(): Promise<EventLog> }): Promise<EventLog> {
  const log = await store.events?.();
  if (log !== undefined) return log;
  throw usageFailure(
    "store_without_events",
    "this store records no events; only the PostgreSQL store does",
    "Use --store postgres. mcpass status shows what is stored in files",
  );
}

export const STORE_LOG_COMMAND: Command<typeof LOG_FLAGS> = sessionCommand({
  name: "store log",
  summary: "Show which processes refreshed or changed sign-ins, and when (PostgreSQL store)",
  examples: [
    ["the last day", "mcpass store log --store postgres --since 24h"],
    ["one server", "mcpass store log --store postgres https://server.example/mcp"],
    [
      "the machines that refresh a token, for a script",
      "mcpass store log --store postgres --format json |\n" +
      '  jq \'[.events[] | select(.event == "refreshed").by] |\n' +
      "    group_by(.) | map({(.[0]): length})'",
    ],
  ],
  flags: LOG_FLAGS,
  needs: () => ({ writesArtifact: false }),
  notes: [
    "Only the PostgreSQL store records events. They contain no secrets; times are those of the " +
    "database. mcpass store prune removes old ones.",
    "Exit status: 0 done, 1 failed, 2 usage, 130 cancelled.",
  ],
  async report(session, { options }, { runtime }) {
    const { url, account, since, limit = LIMIT } = options;
    const log = await openLog(await openStoreAs(storeMode(options), runtime, options));
    const now = session.clock.now();
    const from = since && ("at" in since ? since.at : new Date(now - since.ago).toISOString());
    const events = await log.list({ since: from, serverUrl: url, account, limit });
    return {
      document: { completed: true, events } satisfies StoreLogDocument,
      text: () =>
        events.length === 0 ? "No events\n" : events.map((it) => `${eventText(it)}\n`).join(""),
    };
  },
});
