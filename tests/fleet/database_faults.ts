/** What makes a database fail, and what commands say then. @module */

import { ROOT } from "../../scripts/shell.ts";
import type { FakeLab } from "../lab/fake_lab.ts";
import { fillTables } from "./exhausted_disk.ts";
import { type PostgresServer, startPostgres } from "./postgres_server.ts";
import type { SharedStore, StoreVariables } from "./shared_store.ts";

/** Commands that only use the store. */
export type StoreCommand = "copy" | "migrate" | "rekey" | "wait";

export interface Scene {
  readonly server: PostgresServer;
  readonly shared: SharedStore;
  readonly lab: FakeLab;
  /** Undone after the row, last first. */
  readonly cleanUp: AsyncDisposableStack;
}

export interface DatabaseFault {
  readonly name: string;
  /** `oauth token` with a token that has to be refreshed, unless it is given. */
  readonly args?: readonly string[];
  /** Makes the database fail; returns the variables that change. */
  readonly arrange: (scene: Scene) => StoreVariables | Promise<StoreVariables>;
  readonly code: string;
  readonly status: number;
  /** What the message or the remedy says. */
  readonly says: RegExp;
  /** Other commands whose code is another one; `none` if they succeed, null if they are not run. */
  readonly others?: Readonly<Partial<Record<StoreCommand, string | null>>>;
}

async function undoSql({ shared, cleanUp }: Scene, sql: string, undo: string): Promise<void> {
  await shared.database.admin(sql);
  cleanUp.defer(async () => {
    await shared.database.admin(undo);
  });
}

/** A role with the documented rights of a reader. */
export const READER = {
  create: "CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA mcpass TO reader; " +
    "GRANT SELECT ON mcpass.schema_version, mcpass.entries TO reader",
  drop: "DROP OWNED BY reader; DROP ROLE reader",
};

export const DATABASE_FAULTS: readonly DatabaseFault[] = [
  {
    name: "nothing listens at the port",
    arrange: ({ shared }) => ({ MCPASS_STORE_URL: shared.database.url({ port: 1 }) }),
    code: "store_unreachable",
    status: 1,
    says: /127\.0\.0\.1:1/,
  },
  {
    name: "a server accepts the connection and never responds",
    arrange({ shared, cleanUp }) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      cleanUp.defer(() => listener.close());
      const url = shared.database.url({ port: listener.addr.port });
      return { MCPASS_STORE_URL: url, MCPASS_STEP_TIMEOUT: "1000" };
    },
    code: "store_late",
    status: 1,
    says: /1000 ms/,
  },
  {
    name: "the password is wrong",
    arrange: ({ shared }) => ({ MCPASS_STORE_URL: shared.database.url({ password: "wrong-one" }) }),
    code: "store_login_refused",
    status: 1,
    says: /password authentication failed/,
  },
  {
    name: "the certificate of the server has an unknown issuer",
    arrange: ({ shared }) => ({
      MCPASS_STORE_URL: shared.database.url({ parameters: { sslmode: "verify-full" } }),
      MCPASS_CA_FILE: `${ROOT}tests/http/fixtures/client_ca.crt`,
    }),
    code: "store_tls_not_verified",
    status: 1,
    says: /--ca-file/,
  },
  {
    name: "the certificate of the server is for another name",
    async arrange({ cleanUp }) {
      const other = cleanUp.use(await startPostgres({ certificate: "other_name" }));
      const database = await other.createDatabase();
      return { MCPASS_STORE_URL: database.url({ parameters: { sslmode: "verify-full" } }) };
    },
    code: "store_tls_not_verified",
    status: 1,
    says: /--ca-file/,
  },
  {
    name: "the server offers no TLS",
    async arrange({ cleanUp }) {
      const other = cleanUp.use(await startPostgres({ certificate: null }));
      const database = await other.createDatabase();
      return { MCPASS_STORE_URL: database.url({ parameters: { sslmode: "verify-full" } }) };
    },
    code: "store_tls_not_verified",
    status: 1,
    says: /does not offer TLS/,
  },
  {
    name: "there is no such database",
    arrange: ({ shared }) => ({
      MCPASS_STORE_URL: shared.database.url().replace(shared.database.name, "nowhere"),
    }),
    code: "store_unreachable",
    status: 1,
    says: /no such database/,
  },
  {
    name: "the role has no rights",
    async arrange(scene) {
      await undoSql(scene, "CREATE ROLE stranger LOGIN PASSWORD 's'", "DROP ROLE stranger");
      return { MCPASS_STORE_URL: scene.shared.database.url({ user: "stranger", password: "s" }) };
    },
    code: "store_not_allowed",
    status: 1,
    says: /permission denied.*store migrate --print-sql/s,
  },
  {
    name: "the role may only read",
    async arrange(scene) {
      const undo = "REVOKE ALL ON ALL TABLES IN SCHEMA mcpass FROM reader; " +
        "REVOKE ALL ON SCHEMA mcpass FROM reader; DROP ROLE reader";
      const sql =
        "CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA mcpass TO reader; " +
        "GRANT SELECT ON mcpass.schema_version, mcpass.entries TO reader";
      await undoSql(scene, sql, undo);
      return { MCPASS_STORE_URL: scene.shared.database.url({ user: "reader", password: "r" }) };
    },
    code: "store_not_allowed",
    status: 1,
    says: /INSERT on mcpass\.entries/,
    others: { wait: "none" },
  },
  {
    name: "the tables are missing",
    async arrange({ server }) {
      return { MCPASS_STORE_URL: (await server.createDatabase()).url() };
    },
    code: "store_schema_missing",
    status: 1,
    says: /mcpass store migrate/,
    others: { migrate: "none" },
  },
  {
    name: "the tables are newer",
    async arrange(scene) {
      const set = (version: string) => `UPDATE mcpass.schema_version SET version = ${version}`;
      await undoSql(scene, set("version + 1"), set("version - 1"));
      return {};
    },
    code: "store_schema_newer",
    status: 1,
    says: /nothing was read or changed/,
  },
  {
    name: "the disk is full",
    async arrange({ server, shared, cleanUp }) {
      const makeRoom = await fillTables(server, shared.database);
      cleanUp.defer(makeRoom);
      return { MCPASS_STEP_TIMEOUT: "2000" };
    },
    code: "store_full",
    status: 1,
    says: /disk of the server is full/,
    others: { wait: "none" },
  },
  {
    name: "the server is a standby",
    async arrange({ server, shared, cleanUp }) {
      const standby = cleanUp.use(await server.startStandby());
      const url = shared.database.url({ port: standby.port });
      return { MCPASS_STORE_URL: url, MCPASS_STEP_TIMEOUT: "2000" };
    },
    code: "store_read_only",
    status: 1,
    says: /standby.*Connect to the primary server/s,
    others: { wait: "none" },
  },
  {
    name: "the server has too many connections",
    async arrange(scene) {
      const role = "ALTER ROLE mcpass CONNECTION LIMIT";
      await undoSql(scene, `${role} 0`, `${role} -1`);
      return { MCPASS_STEP_TIMEOUT: "2000" };
    },
    code: "store_too_many_connections",
    status: 1,
    says: /too many connections.*PgBouncer/s,
  },
  {
    name: "the URL is missing",
    arrange: () => ({ MCPASS_STORE_URL: "" }),
    code: "store_url_missing",
    status: 2,
    says: /MCPASS_STORE_URL/,
  },
  {
    name: "the URL is not one",
    arrange: () => ({ MCPASS_STORE_URL: "mysql://u:secret-word@h/d" }),
    code: "store_url_invalid",
    status: 2,
    says: /postgres:\/\//,
  },
  {
    name: "the key is missing",
    arrange: () => ({ MCPASS_STORE_KEY_FILE: "" }),
    code: "store_key_missing",
    status: 2,
    says: /mcpass store new-key/,
    others: { migrate: null },
  },
  {
    name: "the key is another one",
    async arrange({ cleanUp }) {
      const path = await Deno.makeTempFile();
      cleanUp.defer(() => Deno.remove(path));
      await Deno.writeTextFile(path, `${"ab".repeat(32)}\n`);
      await Deno.chmod(path, 0o600);
      return { MCPASS_STORE_KEY_FILE: path };
    },
    code: "store_key_unknown",
    status: 1,
    says: /key/,
    others: { migrate: null, copy: null },
  },
];
