import { commandText } from "../../../core/command_text.ts";
import { Failure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { importSignIn, type ReceivedSignIn } from "../../../flow/transfer/import_sign_in.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { distinctFiles } from "../../args/distinct_files.ts";
import { exclusive } from "../../args/flag_rules.ts";
import { path } from "../../args/values.ts";
import type { Command, Invocation, RequiredOption } from "../../command/command.ts";
import { flagGroup, list, toggle, value } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { signInOptions } from "../../shared/sign_in/sign_in_flags.ts";
import { nameOnArrival } from "../../shared/sign_in/sign_in_names.ts";
import { LOGIN_STORE_FLAGS, openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import { nextLines, rowsText } from "../../terminal/finding_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { verdictOf } from "../credentials/status_verdict.ts";
import { openTransfer } from "./opening_key.ts";

const IMPORT_FLAGS = {
  ...flagGroup("Transfer:", {
    identityFile: list(
      "<path>",
      "age identities that open the file (default: that of this machine; repeatable)",
      path,
    ),
    passphraseFile: value(
      "<path>",
      "the passphrase of the file (default: asked for)",
      path,
    ),
    force: toggle("replace a stored sign-in without asking"),
  }),
  ...flagGroup("Credentials:", LOGIN_STORE_FLAGS),
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

type ImportInvocation = Invocation<typeof IMPORT_FLAGS>;

export interface ImportDocument {
  readonly completed: boolean;
  readonly serverUrl: string;
  readonly account: string;
  readonly name: string | null;
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string | null;
  readonly expiresAt: string | null;
  readonly from: string;
  readonly exportedAt: string;
  readonly moved: boolean;
  readonly refreshed: boolean;
  readonly storedIn: string;
}

const FILE: RequiredOption<typeof IMPORT_FLAGS> = {
  operand: "<file>",
  missing: (_options, operands) => operands.length === 0,
  message: "Transfer file",
  reason: "Give the path of a file that mcpass oauth export wrote, or - for standard input",
};

function onlyFile({ operands: [file = "", ...others] }: ImportInvocation): string {
  if (others.length === 0) return file;
  const message = "mcpass oauth import accepts one file";
  throw usageFailure("unexpected_argument", message, "Omit the other arguments");
}

/** Asks whether a stored sign-in may be replaced. */
function replacement({ options }: ImportInvocation, runtime: Runtime) {
  return async ({ account, serverUrl, subject }: EntrySummary): Promise<boolean> => {
    if (options.force) return true;
    const who = subject === undefined ? "" : ` as ${quoted(subject, 60)}`;
    const stored = `the sign-in to ${quoted(serverUrl)}${who} under the account ` +
      quoted(account, 60);
    if (!canAsk(options, runtime.io)) {
      throw new Failure("sign_in_exists", `${stored} would be replaced; nothing was changed`, {
        remedy: "Store the imported one under another label with --account",
        commandFlags: { force: true },
      });
    }
    return await (await runtime.prompter()).ask({
      message: `Replace ${stored}?`,
      option: "force",
      choices: [{ value: "no", label: "No, import nothing", sets: {} }, {
        value: "yes",
        label: "Yes",
        sets: { force: "true" },
      }],
    }) === "yes";
  };
}

function importRows(
  { entry, refreshed }: ReceivedSignIn,
  from: string,
  moved: boolean,
  where: string,
) {
  const rotated = refreshed
    ? "refreshed: the token in the file is no longer the current one"
    : "not refreshed: the sign-in has no refresh token";
  return [
    ["From", moved ? from : `${from}, where it is still usable`],
    ["Token", rotated],
    ["Expires", entry.tokens?.expiresAt ?? "unknown"],
    ["Scopes", entry.grantedScope || "unknown"],
    ["Issuer", entry.issuer, "exact"],
    ["Stored in", where, "exact"],
  ] as const;
}

export const IMPORT_COMMAND: Command<typeof IMPORT_FLAGS> = sessionCommand({
  name: "oauth import",
  summary: "Store a sign-in that mcpass oauth export moved from another machine",
  operands: "<file>",
  operandChoices: "files",
  examples: [
    ["a file for the recipient of this machine", "mcpass oauth import linear.age"],
    [
      "from standard input, with a passphrase",
      "mcpass oauth import - --passphrase-file /run/secrets/passphrase < linear.age",
    ],
  ],
  flags: IMPORT_FLAGS,
  requiredOptions: [FILE],
  rules: [exclusive(["identityFile", "passphraseFile"])],
  loadRules: ({ operands }) => Promise.resolve([distinctFiles(IMPORT_FLAGS, operands)]),
  notes: [
    "mcpass stores the sign-in and refreshes its token at once. That shows that it works, and a server " +
    "that rotates refresh tokens no longer accepts the one in the file. Delete the file afterwards.",
    "A file is imported once, until it expires. mcpass asks before it replaces a stored sign-in, and " +
    "refuses a sign-in of another authorization server than the stored one. Import only a file that you " +
    "expect: its sign-in decides which account you use at the server.",
    "Exit status: 0 done, 1 failed, 2 usage, 4 the sign-in no longer works, 130 cancelled.",
  ],
  async report(session, invocation, { runtime }) {
    const { options } = invocation;
    const transfer = await openTransfer(onlyFile(invocation), options, runtime);
    const { entry: { serverUrl, loginFlags }, source, moved, created } = transfer;
    const store = await openStoreAs(storeMode(options), runtime, options);
    await store.prepare();
    const received = await importSignIn(
      { ...session, http: session.httpFor({ serverUrl, loginFlags }) },
      {
        store,
        transfer,
        account: options.account ?? transfer.entry.account,
        chooseName: nameOnArrival(store, options.name),
        mayReplace: replacement(invocation, runtime),
      },
    );
    const { entry, key, refreshed } = received;
    const { folder, text: place } = store.describe();
    const where = folder === null ? place : `${folder}/${key}.json`;
    return {
      document: {
        completed: true,
        serverUrl,
        account: entry.account,
        name: entry.name ?? null,
        issuer: entry.issuer,
        clientId: entry.client.clientId,
        scope: entry.grantedScope,
        expiresAt: entry.tokens?.expiresAt ?? null,
        from: source,
        exportedAt: created,
        moved,
        refreshed,
        storedIn: where,
      } satisfies ImportDocument,
      text(view) {
        const holds = entry.tokens?.refreshToken ? ["tokens.refreshToken" as const] : [];
        const { mark, state } = verdictOf({ ...entry, holds }, runtime.clock.now());
        const verdict = `imported ${entry.name ?? ""}: ${serverUrl}, ${state}`;
        const line = commandText("tools list", signInOptions(entry));
        return [
          ...verdictPrinter(runtime).lines(mark, verdict, view),
          "",
          ...rowsText(importRows(received, source, moved, where), view),
          "",
          ...nextLines(["Use it", { line }], view),
          "",
        ].join("\n");
      },
    };
  },
});
