import { flagGroup, toggle } from "../../command/flag.ts";
import type { Command } from "../../command/command.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { storeWarnings } from "../../shared/sign_in/store_options.ts";
import { DATABASE_FLAGS } from "./store_flags.ts";

const MIGRATE_FLAGS = {
  ...flagGroup("Output:", {
    printSql: toggle("print the SQL and the privileges to grant; do not connect"),
  }),
  ...DATABASE_FLAGS,
};

export interface MigrateDocument {
  readonly completed: boolean;
  /** Null with `--print-sql`. */
  readonly database: string | null;
  /** The version before; 0 without tables, null with `--print-sql`. */
  readonly from: number | null;
  readonly to: number;
  readonly sql?: string | undefined;
}

function versionText({ database, from, to }: MigrateDocument): string {
  if (from === to) return `The tables in the database ${database} have version ${to} already`;
  if (from === 0) return `Created the tables in the database ${database} (version ${to})`;
  return `Migrated the tables in the database ${database} from version ${from} to ${to}`;
}

export const MIGRATE_COMMAND: Command<typeof MIGRATE_FLAGS> = sessionCommand({
  name: "store migrate",
  summary: "Create the tables of --store postgres, or migrate those of an older mcpass",
  examples: [
    ["with a role that may create a schema", "mcpass store migrate --store-url-file owner.url"],
    ["to run the migration yourself", "mcpass store migrate --print-sql > mcpass.sql"],
  ],
  flags: MIGRATE_FLAGS,
  notes: [
    "The URL is that of a role that owns the tables, or may create the schema mcpass. The role that " +
    "mcpass uses later needs only the privileges that --print-sql lists.",
    "Tables of a newer mcpass are never changed.",
    "Exit status: 0 done, 1 failed, 2 usage, 130 cancelled.",
  ],
  needs: () => ({ serverUrl: "", writesArtifact: false }),
  async report(session, { options }, { runtime }) {
    const { env, load } = runtime;
    const { schemaSql, grantsAsComments, SCHEMA_VERSION } = await load(() =>
      import("../../../store/postgres/schema.ts")
    );
    if (options.printSql) {
      const sql = `${schemaSql()}\n${grantsAsComments()}\n`;
      const document = { completed: true, database: null, from: null, to: SCHEMA_VERSION, sql };
      const isText = options.format !== "json" && options.field === undefined;
      return {
        document: document satisfies MigrateDocument,
        text: () => sql,
        ...(isText ? { rendered: sql } : {}),
      };
    }
    const { migrate } = await load(() => import("../../../store/postgres/migrate.ts"));
    const { storeUrlFile, caFile, stepTimeout } = options;
    session.signal.throwIfAborted();
    const warn = storeWarnings(runtime.io, options);
    const done = await migrate({ env, storeUrlFile, caFile, stepTimeout, warn });
    const document: MigrateDocument = { completed: true, ...done };
    return {
      document,
      text: (view) =>
        `${verdictPrinter(runtime).lines("ok", versionText(document), view).join("\n")}\n`,
    };
  },
});
