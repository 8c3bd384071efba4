import { type Failure, toFailure } from "../../../core/failure.ts";
import { formatDuration } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { namedSignInNeeded, signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import { wait } from "../../../core/wait.ts";
import { isStoreUnreachable } from "../../../store/failures.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Store } from "../../../store/store.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { milliseconds } from "../../args/values.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, value } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { REQUIRED_SERVER } from "../../shared/sign_in/required_server.ts";
import { signInOptions } from "../../shared/sign_in/sign_in_flags.ts";
import { storeTexts } from "../../shared/sign_in/store_texts.ts";
import {
  newestFirst,
  openStoreAs,
  STATUS_STORE_FLAGS,
  storeMode,
} from "../../shared/sign_in/store_options.ts";
import { nextLines } from "../../terminal/finding_text.ts";
import { commandText } from "../../../core/command_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { statusDocument } from "./status_command.ts";
import { detailsText } from "./status_text.ts";
import { verdictOf } from "./status_verdict.ts";

const WAIT_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Credentials:", {
    ...STATUS_STORE_FLAGS,
    account: { ...STATUS_STORE_FLAGS.account, about: "account to wait for (default: any)" },
  }),
  ...flagGroup("Waiting:", {
    timeout: value(
      "<ms>",
      "how long to wait for a sign-in (default: 600000, which is 10 minutes)",
      milliseconds,
    ),
  }),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...RESULT_FLAGS,
};

const TIMEOUT_MS = 600_000;

/** Pauses between two looks: the first, the longest, and how much longer the next one is. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.5;

type Waiting = Pick<CommandSession, "clock" | "signal"> & {
  readonly serverUrl: string;
  readonly account: string | undefined;
  readonly timeoutMs: number;
  readonly note: (message: string) => void;
};

/** The newest sign-in that works without a person. */
async function usableSignIn(store: Store, { clock, serverUrl, account }: Waiting) {
  const isName = !serverUrl.includes("://");
  const { entries, problems } = isName ? await store.list() : await store.list(serverUrl, account);
  const usable = newestFirst(entries).find((entry) =>
    (!isName || entry.name === serverUrl) && (account === undefined || entry.account === account) &&
    verdictOf(entry, clock.now()).signedIn
  );
  if (usable === undefined && problems[0] !== undefined) throw problems[0];
  return usable;
}

function notSignedIn({ serverUrl, account, timeoutMs }: Waiting): Failure {
  const period = formatDuration(timeoutMs);
  const who = account === undefined ? "" : ` under the account ${quoted(account, 60)}`;
  const message = `nobody signed in to ${quoted(serverUrl)}${who} within ${period}`;
  // The server of a name is unknown.
  if (!serverUrl.includes("://")) {
    return namedSignInNeeded(message, serverUrl);
  }
  const signIn = { serverUrl, ...account === undefined ? {} : { account } };
  return signInNeeded("not_signed_in", message, signIn);
}

/** `waiting for a sign-in to "https://..." until 2026-01-02T03:04:05.678Z (10 minutes)`. */
function startText({ clock, serverUrl, account, timeoutMs }: Waiting): string {
  const who = account === undefined ? "" : ` under the account ${quoted(account, 60)}`;
  const until = new Date(clock.now() + timeoutMs).toISOString();
  return `waiting for a sign-in to ${quoted(serverUrl)}${who} until ${until} ` +
    `(${formatDuration(timeoutMs)})`;
}

/** Looks at the store, with longer and longer pauses, until there is a sign-in. */
async function waitForSignIn(open: () => Promise<Store>, waiting: Waiting, start: () => void) {
  const { clock, signal, timeoutMs, note } = waiting;
  const end = clock.now() + timeoutMs;
  let store: Store | undefined;
  let away: Failure | undefined;
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)) {
    try {
      store ??= await open();
      const entry = await usableSignIn(store, waiting);
      if (away !== undefined) note("the store can be read again");
      away = undefined;
      if (entry !== undefined) return { store, entry };
    } catch (error) {
      const failure = toFailure(error);
      if (signal.aborted || !isStoreUnreachable(failure)) throw failure;
      if (away === undefined) {
        note(`the store cannot be read now: ${failure.message}; still waiting`);
      }
      away = failure;
    }
    if (pause === FIRST_PAUSE_MS) start();
    const left = end - clock.now();
    if (left <= 0) throw away ?? notSignedIn(waiting);
    // Programs that were started together do not look at the same time.
    const spread = pause * (0.75 + Math.random() / 2);
    await wait(clock, Math.min(spread, left), signal);
  }
}

function writeNote(runtime: Runtime, quiet: boolean) {
  return (message: string) => {
    if (!quiet) runtime.io.err(`${message}\n`);
  };
}

function statusOf(store: Store, entry: EntrySummary, now: number) {
  const { folder, text } = store.describe();
  const path = folder === null ? text : `${folder}/${entry.key}.json`;
  return { entry, path, check: undefined, verdict: verdictOf(entry, now) };
}

export const WAIT_COMMAND: Command<typeof WAIT_FLAGS> = sessionCommand({
  name: "oauth wait",
  summary: "Wait until there is a usable sign-in for a server, made here or elsewhere",
  examples: [
    ["until somebody has signed in", "mcpass oauth wait https://server.example/mcp"],
    [
      "at most a minute, for one account, in the store of a fleet",
      "mcpass oauth wait https://server.example/mcp \\\n" +
      "  --account work --timeout 60000 --store postgres",
    ],
  ],
  flags: WAIT_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  waitsForSignIn: () => true,
  rules: [{
    options: ["store", "noStore"],
    broken: (options) => storeMode(options) === "none",
    message: () => "--store none has no sign-in to wait for",
    remedy: "Use the store where the sign-in will be",
  }],
  notes: [
    "A sign-in is usable if its token is valid, or can be refreshed without a person. mcpass looks " +
    "at the store and sends no request to the server.",
    "Exit status: 0 there is a sign-in, 4 nobody signed in before --timeout, 130 Ctrl-C.",
  ],
  needs: () => ({ writesArtifact: false }),
  async report(session, { options, texts }, { runtime }) {
    const { clock, signal } = session;
    const { url: serverUrl = "", account, timeout: timeoutMs = TIMEOUT_MS } = options;
    const note = writeNote(runtime, options.quiet);
    const open = () => openStoreAs(storeMode(options), runtime, options);
    const waiting = { clock, signal, serverUrl, account, timeoutMs, note };
    // A person sees that the command has not stopped.
    const start = () => runtime.io.stderrIsTerminal && note(startText(waiting));
    const { store, entry } = await waitForSignIn(open, waiting, start);
    const now = clock.now();
    const found = statusOf(store, entry, now);
    const next = { line: commandText("token", { ...signInOptions(entry), ...storeTexts(texts) }) };
    return {
      document: statusDocument(store.describe(), found, now),
      text: (view) =>
        detailsText(
          found,
          nextLines(["Print the access token, refreshing it if needed", next], view),
          verdictPrinter(runtime),
          view,
          now,
        ),
    };
  },
});
