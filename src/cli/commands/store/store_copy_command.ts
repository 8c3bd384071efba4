import { cancelledFailure, Failure, usageFailure } from "../../../core/failure.ts";
import { counted } from "../../../core/quantities.ts";
import {
  copyEntry,
  type CopyOptions,
  type CopyOutcome,
} from "../../../flow/transfer/copy_entry.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Store, StoreMode } from "../../../store/store.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { onlyWith } from "../../args/flag_rules.ts";
import { choice, path } from "../../args/values.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, toggle, value } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import { confirm } from "../../shared/confirm.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { nameOnArrival } from "../../shared/sign_in/sign_in_names.ts";
import { openStoreAs, STORE_FLAGS } from "../../shared/sign_in/store_options.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import type { View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import { type Mark, type VerdictPrinter, verdictPrinter } from "../../terminal/marks.ts";

const PLACES = ["auto", "keyring", "file", "postgres"] as const;
type Place = typeof PLACES[number];

const COPY_FLAGS = {
  ...flagGroup("Copy:", {
    from: value("<store>", `store that has the sign-ins: ${PLACES.join(", ")}`, choice(PLACES), {
      env: false,
    }),
    to: value("<store>", `store that gets them: ${PLACES.join(", ")}`, choice(PLACES), {
      env: false,
    }),
    toUrlFile: value(
      "<path>",
      "file with the URL of the other database, if both stores are postgres",
      path,
      { env: false },
    ),
    move: toggle("also move sign-ins whose tokens do not rotate, instead of copying them"),
    dryRun: toggle("list what would be done, and change nothing"),
    yes: toggle("do not ask"),
  }),
  ...flagGroup("Database:", {
    storeUrlFile: STORE_FLAGS.storeUrlFile,
    storeKeyFile: STORE_FLAGS.storeKeyFile,
  }),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...RESULT_FLAGS,
};

export interface CopiedEntry extends Omit<CopyOutcome, "failure"> {
  readonly name: string | null;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
}

export interface StoreCopyDocument {
  readonly completed: boolean;
  readonly dryRun: boolean;
  readonly from: string;
  readonly to: string;
  readonly entries: readonly CopiedEntry[];
  readonly problems: readonly ErrorMember[];
}

const MARKS: Readonly<Record<CopyOutcome["status"], Mark>> = {
  moved: "ok",
  copied: "ok",
  unchanged: "ok",
  conflict: "warning",
  failed: "error",
};

/** Changes something. */
const DONE: ReadonlySet<CopyOutcome["status"]> = new Set(["moved", "copied"]);

function assertTwoStores(from: Store, to: Store): void {
  const one = from.describe();
  const other = to.describe();
  const isOne = one.folder === null ? one.text === other.text : one.folder === other.folder;
  if (!isOne) return;
  throw usageFailure(
    "impossible_combination",
    `--from and --to are the same store: ${one.folder ?? one.text}`,
    "Copy between files (auto, keyring, file) and postgres, or give --to-url-file for another database",
  );
}

function entryLine(
  { name, serverUrl, status, reason }: CopiedEntry,
  isDryRun: boolean,
  printer: VerdictPrinter,
  view: View,
): string[] {
  const done = DONE.has(status) && isDryRun ? `would be ${status}` : status;
  const text = `${done}: ${name ?? ""} ${serverUrl}${reason === null ? "" : ` (${reason})`}`;
  return printer.lines(MARKS[status], text.replace(/ +/g, " "), view);
}

function incomplete(entries: readonly CopiedEntry[], problems: readonly Failure[]) {
  const open = entries.filter(({ status }) => status === "failed" || status === "conflict");
  const count = open.length + problems.length;
  if (count === 0) return undefined;
  return new Failure(
    "store_copy_incomplete",
    `${counted(count, "sign-in")} could not be copied; the others were`,
    {
      remedy:
        "Fix the listed problems and run the command again; what was moved is not moved twice",
    },
  );
}

/** A store by its name; a folder or a database is in its description. */
async function openPlace(
  mode: Place | undefined,
  option: string,
  open: (mode: StoreMode) => Promise<Store>,
) {
  if (mode !== undefined) return { store: await open(mode), name: mode };
  throw usageFailure("missing_options", `missing ${option}`, `Add ${option} ${PLACES.join("|")}`);
}

const lineOf = ({ name, account, serverUrl }: EntrySummary) => `${name ?? account}  ${serverUrl}`;

async function confirmCopy(
  copy: CopyOptions,
  listed: readonly EntrySummary[],
  options: { readonly yes: boolean; readonly noInput: boolean },
  runtime: Runtime,
): Promise<void> {
  if (options.yes) return;
  const changes: string[] = [];
  for (const entry of listed) {
    const { status } = await copyEntry({ ...copy, dryRun: true }, entry);
    if (DONE.has(status)) {
      changes.push(`${status === "moved" ? "move" : "copy"}  ${lineOf(entry)}\n`);
    }
  }
  if (changes.length === 0) return;
  const { from, to } = copy;
  const message = `Move ${counted(changes.length, "sign-in")} from ${from.name} to ${to.name}?`;
  await confirm({ message, shown: changes.join(""), whatFor: "to move them" }, options, runtime);
}

interface Copied {
  readonly entries: readonly CopiedEntry[];
  readonly failures: readonly Failure[];
  /** After a signal. */
  readonly cancelled?: Failure;
}

async function copyAll(copy: CopyOptions, listed: readonly EntrySummary[]): Promise<Copied> {
  const entries: CopiedEntry[] = [];
  const failures: Failure[] = [];
  for (const entry of listed) {
    try {
      copy.signal.throwIfAborted();
      const { failure, ...outcome } = await copyEntry(copy, entry);
      entries.push({ ...identityOf(entry), ...outcome });
      if (failure !== undefined) failures.push(failure);
    } catch (error) {
      if (!copy.signal.aborted) throw error;
      const done = entries.filter(({ status }) => DONE.has(status));
      const names = done.map(({ name, serverUrl }) => name ?? serverUrl).join(", ");
      const cancelled = cancelledFailure(
        `cancelled after ${done.length} of ${counted(listed.length, "sign-in")}` +
          `${names === "" ? "" : `: ${names}`}; run the command again for the others`,
      );
      return { entries, failures, cancelled };
    }
  }
  return { entries, failures };
}

export const STORE_COPY_COMMAND: Command<typeof COPY_FLAGS> = sessionCommand({
  name: "store copy",
  summary: "Move sign-ins from one store to another",
  examples: [
    ["list what would be moved", "mcpass store copy --from file --to postgres --dry-run"],
    ["from this machine to the shared store", "mcpass store copy --from file --to postgres"],
    ["and back, without a question", "mcpass store copy --from postgres --to file --yes"],
  ],
  flags: COPY_FLAGS,
  requiredOptions: [
    {
      option: "from",
      missing: ({ from }) => from === undefined,
      message: "Which store has the sign-ins?",
      reason: "the store that has the sign-ins",
    },
    {
      option: "to",
      missing: ({ to }) => to === undefined,
      message: "Which store gets them?",
      reason: "the store that gets them",
    },
  ],
  rules: [
    onlyWith(["toUrlFile"], "to", ["postgres"], { remedy: "Remove --to-url-file" }),
  ],
  notes: [
    "Each sign-in is written to the other store and read back, before it is disabled in the first one. " +
    "A sign-in with a refresh token is moved: a server that rotates refresh tokens ends a sign-in that " +
    "two stores use. Others, such as client credentials, are copied; --move moves them too.",
    "After an interruption or a failure, run the command again: it completes interrupted moves. A sign-in " +
    "that is newer in the other store is reported and left as it is.",
    "Exit status: 0 done, 1 a sign-in was not copied, 2 usage, 130 cancelled.",
  ],
  async report({ clock, signal }, { options }, { runtime }) {
    const { storeUrlFile, toUrlFile = storeUrlFile } = options;
    const open = (mode: StoreMode) => openStoreAs(mode, runtime, options);
    const openOther = (mode: StoreMode) =>
      openStoreAs(mode, runtime, { ...options, storeUrlFile: toUrlFile });
    const from = await openPlace(options.from, "--from", open);
    const to = await openPlace(options.to, "--to", openOther);
    assertTwoStores(from.store, to.store);
    const { dryRun, move } = options;
    const { entries: listed, problems } = await from.store.list();
    if (!dryRun) await to.store.prepare();
    const copy: CopyOptions = {
      ...{ clock, signal, from, to, dryRun },
      moveAll: move,
      chooseName: nameOnArrival(to.store, undefined),
    };
    if (!dryRun) await confirmCopy(copy, listed, options, runtime);
    const { entries, failures, cancelled } = await copyAll(copy, listed);
    const failure = cancelled ?? incomplete(entries, problems);
    return {
      failure,
      problems: [...failures, ...problems],
      document: {
        completed: failure === undefined,
        dryRun,
        from: from.name,
        to: to.name,
        entries,
        problems: [...failures, ...problems].map(errorMember),
      } satisfies StoreCopyDocument,
      text(view) {
        const printer = verdictPrinter(runtime);
        const lines = entries.flatMap((it) => entryLine(it, dryRun, printer, view));
        const none = wrap(`No sign-in is stored in ${from.name}`, view.width);
        const note = dryRun ? ["", "Nothing was changed (--dry-run)."] : [];
        return [...lines.length === 0 ? none : lines, ...note, ""].join("\n");
      },
    };
  },
});

function identityOf({ name, serverUrl, account, issuer }: EntrySummary) {
  return { name: name ?? null, serverUrl, account, issuer };
}
