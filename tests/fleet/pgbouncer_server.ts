/**
 * PgBouncer of the Debian package `pgbouncer` in front of a test's PostgreSQL: transaction mode, and
 * few connections to the server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { freePort } from "../servers/program.ts";
import { ROLE } from "./database.ts";
import { AS_POSTGRES, type PostgresServer } from "./postgres_server.ts";
import { postgresProgram } from "./postgres_programs.ts";

const PROGRAM = "/usr/sbin/pgbouncer";
const FIXTURES = `${ROOT}tests/http/fixtures/`;

export interface PgbouncerOptions {
  /** Addresses to listen at; default: 127.0.0.1. */
  readonly addresses?: readonly string[];
  /** Connections to the server for each database and role; default: 5. */
  readonly poolSize?: number;
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface PgbouncerServer extends AsyncDisposable {
  /** For the URL of any database of the server. */
  readonly port: number;
  readonly logFile: string;
  /** Runs a command of the admin console, e.g. `SHOW POOLS`; fields are separated by `|`. */
  admin(command: string): Promise<string>;
}

function configuration(
  folder: string,
  port: number,
  server: PostgresServer,
  options: PgbouncerOptions,
) {
  const { addresses = ["127.0.0.1"], poolSize = 5, settings } = options;
  const values = {
    listen_addr: addresses.join(","),
    listen_port: port,
    unix_socket_dir: folder,
    pool_mode: "transaction",
    default_pool_size: poolSize,
    max_client_conn: 1000,
    auth_type: "scram-sha-256",
    auth_file: `${folder}/users.txt`,
    admin_users: "pooler",
    logfile: `${folder}/pgbouncer.log`,
    verbose: 2,
    client_tls_sslmode: "allow",
    client_tls_cert_file: `${folder}/server.crt`,
    client_tls_key_file: `${folder}/server.key`,
    ...settings,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
  return [
    "[databases]",
    `* = host=${server.socketFolder} port=${server.port} pool_size=${poolSize}`,
    "[pgbouncer]",
    ...lines,
    "",
  ].join("\n");
}

/** Waits until it says that it listens. @throws Error with the log. */
async function untilReady(logFile: string, child: Deno.ChildProcess): Promise<void> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  for (;;) {
    const log = await Deno.readTextFile(logFile).catch(() => "");
    if (/process up/.test(log)) return;
    if (hasEnded) throw new Error(log);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts one in front of a server; its log is verbose. */
export async function startPgbouncer(
  server: PostgresServer,
  options: PgbouncerOptions = {},
): Promise<PgbouncerServer> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-pgbouncer-" });
  const port = freePort();
  const files = {
    "pgbouncer.ini": configuration(folder, port, server, options),
    "users.txt": `"${ROLE.user}" "${ROLE.password}"\n"pooler" "pooler"\n`,
    "server.crt": await Deno.readTextFile(`${FIXTURES}server.crt`),
    "server.key": await Deno.readTextFile(`${FIXTURES}server.key`),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
  }
  if (Deno.uid() === 0) await run("chown", ["-R", "postgres:postgres", folder]);
  const [setpriv = "", ...rights] = AS_POSTGRES;
  const child = new Deno.Command(setpriv, {
    args: [...rights, PROGRAM, "--quiet", `${folder}/pgbouncer.ini`],
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const logFile = `${folder}/pgbouncer.log`;
  await untilReady(logFile, child);
  return {
    port,
    logFile,
    async admin(command) {
      const ended = await run(postgresProgram("psql"), [
        ...["-X", "-q", "-A", "-t", "-h", folder, "-p", String(port)],
        ...["-U", "pooler", "-d", "pgbouncer", "-c", command],
      ], { env: { PGPASSWORD: "pooler" }, cwd: "/" });
      assert.ok(ended.success, ended.stderr);
      return ended.stdout.trimEnd();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
