import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { EXIT_STATUS, Failure, toFailure } from "../../../core/failure.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { quoted } from "../../../core/text.ts";
import { signInCommand, signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import type { Store, StoreDescription } from "../../../store/store.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Command } from "../../command/command.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { type NextCommand, nextLines } from "../../terminal/finding_text.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import { signInOptions } from "../../shared/sign_in/sign_in_flags.ts";
import { storeTexts } from "../../shared/sign_in/store_texts.ts";
import { wrap } from "../../terminal/layout.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { clientType, detailsText, isManaged, listText, type StatusEntry } from "./status_text.ts";
import { canRefresh, tokenState, verdictOf } from "./status_verdict.ts";
import { openStoreAs, STATUS_STORE_FLAGS, storeMode } from "../../shared/sign_in/store_options.ts";

const STATUS_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Credentials:", STATUS_STORE_FLAGS),
  ...flagGroup("Check:", {
    check: toggle("check each token with its issuer, else with the MCP server"),
  }),
  ...flagGroup("Output:", { watch: toggle("show each change, until Ctrl-C") }),
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

async function checkEntry(
  session: CommandSession,
  store: Store,
  entry: EntrySummary,
): Promise<StatusEntry["check"]> {
  const { checkToken } = await import("../../../flow/credentials/check_token.ts");
  const { secretsOf } = await import("../../../flow/credentials/stored_client.ts");
  const { secrets } = session;
  try {
    const storedEntry = await store.read(entry.key);
    if (storedEntry === undefined) {
      return { by: "nobody", accepted: null, detail: "it was just removed" };
    }
    for (const secret of secretsOf(storedEntry)) secrets.add(secret);
    const http = session.httpFor(entry);
    const check = await checkToken({ ...session, http }, storedEntry);
    return { ...check, detail: secrets.mask(check.detail) };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.kind === "usage") throw failure;
    return { by: "nobody", accepted: null, detail: secrets.mask(failure.message) };
  }
}

export interface StatusDocument {
  readonly completed: boolean;
  readonly store: StoreDescription;
  readonly entries: readonly ReturnType<typeof documentOf>[];
  readonly problems: readonly ErrorMember[];
}

function documentOf(one: StatusEntry, now: number) {
  const { entry, check, verdict, path } = one;
  const { client, tokens, journal } = entry;
  return {
    name: entry.name ?? null,
    serverUrl: entry.serverUrl,
    account: entry.account,
    ...(entry.subject === undefined ? {} : { subject: entry.subject }),
    signedIn: verdict.signedIn,
    due: verdict.due,
    issuer: entry.issuer,
    clientId: client.clientId,
    registration: client.approach,
    clientType: clientType(entry),
    tokenAuthMethod: client.tokenAuthMethod,
    registrationManaged: isManaged(entry),
    ...(entry.registeredOnly ? { registeredOnly: true } : {}),
    ...(client.certificate === undefined ? {} : {
      certificate: { ...client.certificate, boundToken: entry.certificateAtServer === true },
    }),
    authMode: entry.authMode,
    tokenType: tokens?.tokenType ?? null,
    state: tokenState(tokens, now, check),
    obtainedAt: tokens?.obtainedAt ?? null,
    expiresAt: tokens?.expiresAt ?? null,
    renewable: canRefresh(entry),
    scope: entry.grantedScope,
    requestedScopes: entry.requestedScopes,
    resource: entry.resource,
    protocolVersion: entry.protocolVersion,
    relaxations: entry.relaxations,
    headerNames: entry.headerNames,
    secretsIn: entry.secretsIn,
    storedIn: path,
    ...pickDefined({ written: entry.written, obtained: entry.obtained }),
    ...(journal === undefined ? {} : { refreshCutOff: journal.startedAt }),
    ...(journal?.by === undefined ? {} : { refreshBy: journal.by }),
    ...pickDefined({ moved: entry.moved }),
    ...(check === undefined ? {} : { check }),
  };
}

/** The document about one sign-in. */
export function statusDocument(
  store: StoreDescription,
  entry: StatusEntry,
  now: number,
): StatusDocument {
  return { completed: true, store, entries: [documentOf(entry, now)], problems: [] };
}

/** Only the list of all entries has the names of those of an older version. */
async function withNames(
  store: Store,
  entries: readonly EntrySummary[],
): Promise<readonly EntrySummary[]> {
  if (entries.every(({ name }) => name !== undefined)) return entries;
  const names = new Map((await store.list()).entries.map(({ key, name }) => [key, name]));
  return entries.map((entry) => ({ ...entry, name: names.get(entry.key) }));
}

async function notStored(store: Store, url: string, account: string | undefined): Promise<Failure> {
  const { nearSignInFailure } = await import("../../shared/sign_in/near_sign_in.ts");
  const message = `nothing is stored for ${quoted(url)}` +
    (account === undefined ? "" : ` under the account ${quoted(account, 60)}`);
  const { entries } = await store.list();
  const command = (name: string) => ({ line: commandText("status", { url: name }) });
  const signIn = { serverUrl: url, ...account === undefined ? {} : { account } };
  return nearSignInFailure(url, message, entries, command) ??
    signInNeeded("not_signed_in", message, signIn);
}

/** Why the exit status is not 0 although there is something to show. */
function faultOf(
  signedOut: StatusEntry | undefined,
  refused: StatusEntry | undefined,
): Failure | undefined {
  if (refused !== undefined) {
    const { entry: { serverUrl }, check } = refused;
    return new Failure("token_rejected", `the token for ${quoted(serverUrl)}: ${check?.detail}`);
  }
  if (signedOut === undefined) return undefined;
  const { entry, verdict } = signedOut;
  const why = entry.registeredOnly ? "only the registered client is stored" : verdict.state;
  const message = `not signed in to ${quoted(entry.serverUrl)}: ${why}`;
  return signInNeeded("not_signed_in", message, entry);
}

function nextCommand({ entry, verdict }: StatusEntry, store: OptionTexts): NextCommand {
  const options = { ...signInOptions(entry), ...store };
  switch (verdict.due) {
    case "nothing":
      return ["Use it", { line: commandText("tools list", options) }];
    case "refresh":
      return ["Refresh it", { line: commandText("refresh", options) }];
    case "sign_in":
      return [entry.registeredOnly ? "Sign in" : "Sign in again", signInCommand(entry, store)];
  }
}

/** For a list: the first thing that is due, and how to see one sign-in. */
function listCommands(entries: readonly StatusEntry[], store: OptionTexts): NextCommand[] {
  const due = entries.find(({ verdict }) => verdict.due !== "nothing");
  const details = entries.slice(0, 1).map(({ entry }) => ({ ...signInOptions(entry), ...store }));
  return [
    ...due === undefined ? [] : [nextCommand(due, store)],
    ...details.map((
      it,
    ): NextCommand => ["Show one in detail", { line: commandText("status", it) }]),
  ];
}

/** Reading more sign-ins each second would be noticeable. */
const MANY = 50;

export const STATUS_COMMAND: Command<typeof STATUS_FLAGS> = sessionCommand({
  name: "oauth status",
  summary: "Show stored sign-ins: valid or not, account, client, scopes, issuer; never a secret",
  examples: [
    ["all sign-ins", "mcpass status"],
    [
      "one server, and whether it accepts the token",
      "mcpass status --check https://server.example/mcp",
    ],
    ["follow the expiry and each refresh", "mcpass status --watch"],
    [
      "the servers that need a sign-in, for a script",
      "mcpass status --format json |\n" +
      "  jq -r '.entries[] | select(.signedIn | not) | .serverUrl'",
    ],
  ],
  flags: STATUS_FLAGS,
  notes: [
    "The expiry is from the response that issued the token. Only --check asks whether the token is " +
    "accepted now; it does not refresh the token.",
    "Exit status: 0 done, 1 a checked token was refused or no sign-in can be read, 4 not signed in to the server, 130 Ctrl-C.",
  ],
  // MCPASS_DEBUG_OUT is for commands that send requests.
  needs: ({ options, sources }) => ({
    writesArtifact: options.check || sources.get("debugOut") !== "variable",
  }),
  async report(session, { options, texts }, { runtime }) {
    const { url, account } = options;
    const now = runtime.clock.now();
    const store = await openStoreAs(storeMode(options), runtime, options);
    const description = store.describe();
    const { entries: listed, problems } = await store.list(url, account);
    const found = await withNames(store, listed);
    const entries: StatusEntry[] = [];
    for (const entry of found.filter((it) => account === undefined || it.account === account)) {
      const check = options.check ? await checkEntry(session, store, entry) : undefined;
      const { folder, text } = description;
      const path = folder === null ? text : `${folder}/${entry.key}.json`;
      entries.push({ entry, check, path, verdict: verdictOf(entry, now, check) });
    }
    const isSignedOut = url !== undefined && problems.length === 0 &&
      entries.every(({ entry }) => entry.registeredOnly || entry.moved !== undefined);
    const missing = isSignedOut && entries.length === 0
      ? await notStored(store, url, account)
      : undefined;
    const refused = entries.find((it) => it.check?.accepted === false);
    // Nothing can be shown, which is not the same as nothing stored.
    const failure = missing ?? (entries.length === 0 ? problems[0] : undefined);
    const fault = failure ?? faultOf(isSignedOut ? entries[0] : undefined, refused);
    return {
      failure,
      problems: problems.filter((problem) => problem !== failure),
      exitStatus: refused !== undefined ? 1 : isSignedOut ? EXIT_STATUS.sign_in_needed : undefined,
      document: {
        completed: fault === undefined,
        store: description,
        entries: entries.map((it) => documentOf(it, now)),
        problems: problems.map(errorMember),
        ...(fault === undefined ? {} : { error: errorMember(fault) }),
      } satisfies StatusDocument & { readonly error?: ErrorMember },
      watch: { everyMs: entries.length > MANY ? 10_000 : 1000 },
      text(view) {
        if (failure !== undefined) return undefined;
        const [first, ...others] = entries;
        if (first === undefined) {
          const lines = wrap(`No sign-in is stored (${description.text})`, view.width);
          const next = nextLines(["Sign in", { line: commandText("login") }], view);
          return [...lines, "", ...next, ""].join("\n");
        }
        const printer = verdictPrinter(runtime);
        if (url !== undefined || others.length === 0) {
          return entries.map((one) =>
            detailsText(
              one,
              nextLines(nextCommand(one, storeTexts(texts)), view),
              printer,
              view,
              now,
            )
          ).join("\n");
        }
        const next = listCommands(entries, storeTexts(texts)).map((command) =>
          nextLines(command, view).join("\n")
        );
        return `${listText(entries, printer, view, now)}\n${next.join("\n\n")}\n`;
      },
    };
  },
});
