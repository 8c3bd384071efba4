import { commandText, withCommand } from "../../../core/command_text.ts";
import { usageFailure } from "../../../core/failure.ts";
import { changeEntry } from "../../../flow/credentials/change_sign_in.ts";
import type { Command, Invocation, RequiredOption } from "../../command/command.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { signInName } from "../../args/values.ts";
import { flagGroup } from "../../command/flag.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { findStoredSignIn } from "../../shared/sign_in/find_sign_in.ts";
import { REQUIRED_SIGN_IN, unknownServerText } from "../../shared/sign_in/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { nameForSignIn } from "../../shared/sign_in/sign_in_names.ts";
import { openStoreAs, STORE_FLAGS, storeMode } from "../../shared/sign_in/store_options.ts";
import { verdictPrinter } from "../../terminal/marks.ts";

const RENAME_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Credentials:", STORE_FLAGS),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...RESULT_FLAGS,
};

const NEW_NAME: RequiredOption<typeof RENAME_FLAGS> = {
  missing: (_options, operands) => operands.length === 0,
  message: "New name",
  reason: "Add the new name as the last argument",
  objection(answer) {
    const parsed = signInName(answer);
    return "problem" in parsed ? `${parsed.problem}. ${parsed.remedy}` : undefined;
  },
};

export interface RenameDocument {
  readonly completed: boolean;
  readonly serverUrl: string;
  readonly account: string;
  readonly name: string;
  readonly formerName: string | null;
}

function newName(
  { options, operands: [first = "", ...others] }: Invocation<typeof RENAME_FLAGS>,
): string {
  if (others.length > 0 && options.url === undefined) {
    throw usageFailure(
      "unknown_sign_in",
      unknownServerText(first),
      withCommand("List the names", { line: commandText("status") }),
    );
  }
  if (others.length > 0) {
    const message = "mcpass rename accepts a sign-in and its new name";
    throw usageFailure("unexpected_argument", message, "Omit the other arguments");
  }
  const parsed = signInName(first);
  if ("problem" in parsed) throw usageFailure("invalid_value", parsed.problem, parsed.remedy);
  return parsed.value;
}

export const RENAME_COMMAND: Command<typeof RENAME_FLAGS> = sessionCommand({
  name: "rename",
  summary: "Give a stored sign-in another name, without signing in again",
  examples: [
    ["the sign-in linear is now named work", "mcpass rename linear work"],
    ["the only stored sign-in", "mcpass rename work"],
  ],
  operands: "<name>",
  serverOperand: "leading",
  flags: RENAME_FLAGS,
  requiredOptions: [
    {
      ...REQUIRED_SIGN_IN,
      missing: ({ url }, operands) => url === undefined && operands.length < 2,
    },
    NEW_NAME,
  ],
  notes: ["Exit status: 0 done, 1 failed, 2 usage, 4 not signed in to the server, 130 cancelled."],
  async report(session, invocation, { runtime }) {
    const { options } = invocation;
    const chosen = newName(invocation);
    const store = await openStoreAs(storeMode(options), runtime, options);
    const found = await findStoredSignIn(store, session.serverUrl, options, runtime, true);
    const { serverUrl, account } = found;
    const formerName = found.name ??
      (await store.list()).entries.find(({ key }) => key === found.key)?.name ?? null;
    await using _names = await store.lockNames(session.signal);
    const name = await nameForSignIn(store, found, chosen);
    for (const { key } of await store.find(serverUrl, account)) {
      await using _lock = await store.lock(key, session.signal);
      await changeEntry(
        { read: () => store.read(key), write: (entry) => store.write(entry, "renamed") },
        (entry) => entry && { ...entry, name },
      );
    }
    return {
      document: { completed: true, serverUrl, account, name, formerName } satisfies RenameDocument,
      text(view) {
        const from = formerName === null ? serverUrl : `${formerName} (${serverUrl})`;
        return `${
          verdictPrinter(runtime).lines("ok", `${from} is now named ${name}`, view).join("\n")
        }\n`;
      },
    };
  },
});
