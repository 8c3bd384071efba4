import { counted } from "../../../core/quantities.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup } from "../../command/flag.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { STORE_FLAGS, storeWarnings } from "../../shared/sign_in/store_options.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { DATABASE_FLAGS } from "./store_flags.ts";

const REKEY_FLAGS = {
  ...flagGroup("Database:", { storeKeyFile: STORE_FLAGS.storeKeyFile }),
  ...DATABASE_FLAGS,
};

export interface RekeyDocument {
  readonly completed: boolean;
  readonly database: string;
  /** The key that seals now: the first one of the key file. */
  readonly keyId: string;
  /** Sign-ins that were sealed again. */
  readonly sealed: number;
  readonly problems: readonly ErrorMember[];
}

export const REKEY_COMMAND: Command<typeof REKEY_FLAGS> = sessionCommand({
  name: "store rekey",
  summary: "Seal every sign-in in the PostgreSQL store with the first key of the key file",
  examples: [["after a new key became the first line everywhere", "mcpass store rekey"]],
  flags: REKEY_FLAGS,
  notes: [
    "To replace a key: add the new one as the last line of the key file on every machine, then move " +
    "it to the first line everywhere, run this command, and remove the old key when it reports no " +
    "problem. The command can be repeated.",
    "Exit status: 0 done, 1 failed or a sign-in cannot be opened, 2 usage, 130 cancelled.",
  ],
  needs: () => ({ serverUrl: "", writesArtifact: false }),
  async report(session, { options }, { runtime }) {
    const { env, load } = runtime;
    const { rekey } = await load(() => import("../../../store/postgres/rekey.ts"));
    const { storeUrlFile, storeKeyFile, caFile, stepTimeout } = options;
    const warn = storeWarnings(runtime.io, options);
    const { problems, ...done } = await rekey(
      { env, storeUrlFile, storeKeyFile, caFile, stepTimeout, warn },
      session.signal,
    );
    const document: RekeyDocument = {
      completed: problems.length === 0,
      ...done,
      problems: problems.map(errorMember),
    };
    return {
      document,
      failure: problems[0],
      problems: problems.slice(1),
      statesFailure: false,
      text(view) {
        const text =
          `Sealed ${counted(done.sealed, "sign-in")} with the key ${done.keyId} in the ` +
          `database ${done.database}`;
        const mark = problems.length === 0 ? "ok" : "warning";
        return `${verdictPrinter(runtime).lines(mark, text, view).join("\n")}\n`;
      },
    };
  },
});
