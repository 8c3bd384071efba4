/**
 * PostgreSQL of the Debian package `postgresql`, in a temporary folder on a free port: TLS with a
 * certificate of the tests' authority, a Unix socket, fsync on, and a log with every statement.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ignoreMissing, ROOT, run, sha256 } from "../../scripts/shell.ts";
import { freePort } from "../servers/program.ts";
import { type Database, databaseOf } from "./database.ts";
import { type FullDisk, mountDisk } from "./full_disk.ts";
import { postgresProgram } from "./postgres_programs.ts";

const FIXTURES = `${ROOT}tests/http/fixtures/`;

/** The certificate of the authority that issued the server's certificate. */
export const CA_FILE = `${FIXTURES}ca.crt`;

export interface PostgresOptions {
  /** Addresses to listen at; default: 127.0.0.1. */
  readonly addresses?: readonly string[];
  /** A certificate of `tests/http/fixtures`, e.g. `server` or `expired`; null for no TLS. */
  readonly certificate?: string | null;
  /** Lines of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** A disk of its own that a test can fill: for the tables of new databases, or for all files. */
  readonly disk?: { readonly of: "tables" | "all"; readonly megabytes: number };
}

export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Folder of the Unix socket. */
  readonly socketFolder: string;
  /** Folder with the tables and the WAL (`pg_wal`). */
  readonly dataFolder: string;
  readonly logFile: string;
  readonly pid: number;
  /** The disk of {@link PostgresOptions.disk}. */
  readonly disk: FullDisk | undefined;
  /** Makes an empty database, or a copy of another one, that belongs to the role `mcpass`. */
  createDatabase(template?: Database): Promise<Database>;
  /** Ends as `pg_ctl stop -m` does, then starts again. */
  restart(mode: StopMode): Promise<void>;
  stop(mode: StopMode): Promise<void>;
  start(): Promise<void>;
  /** Starts a standby that follows this server, and accepts only reads. */
  startStandby(): Promise<PostgresServer>;
}

/** Modes of `pg_ctl stop -m`. */
export type StopMode = "fast" | "immediate";

const SIGNALS: Readonly<Record<StopMode, Deno.Signal>> = { fast: "SIGINT", immediate: "SIGQUIT" };

/** What starts a program as `postgres`, which refuses to run as root; it ends with the test. */
export const AS_POSTGRES = [
  ...["setpriv", "--pdeathsig", "SIGQUIT"],
  ...(Deno.uid() === 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []),
];

/** Runs a program as the user `postgres`. */
async function asPostgres(program: string, ...args: string[]): Promise<void> {
  const [setpriv = "", ...options] = AS_POSTGRES;
  const ended = await run(setpriv, [...options, postgresProgram(program), ...args], {
    cwd: "/",
  });
  assert.ok(ended.success, `${program}: ${ended.stdout}${ended.stderr}`);
}

async function ownedFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  await own(path);
}

async function own(path: string): Promise<void> {
  if (Deno.uid() !== 0) return;
  const { success } = await run("chown", ["-R", "postgres:postgres", path]);
  assert.ok(success, path);
}

async function temporaryFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-postgres-" });
  await Deno.chmod(folder, 0o755);
  await own(folder);
  return folder;
}

const INITDB = [
  ...["--no-sync", "--no-instructions", "--username=postgres"],
  ...["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1"],
];

/** A data folder to copy, which is made once in a clone: `initdb` needs more time than most tests. */
async function templateFolder(): Promise<string> {
  const words = [postgresProgram("initdb"), ...INITDB];
  const name = await sha256(new TextEncoder().encode(words.join(" ")));
  const template = `${ROOT}dist/postgres-${name.slice(0, 8)}`;
  if (await Deno.lstat(template).catch(ignoreMissing) !== undefined) return template;
  const folder = await temporaryFolder();
  await asPostgres("initdb", "-D", `${folder}/data`, ...INITDB);
  const copy = await Deno.makeTempDir({ dir: `${ROOT}dist`, prefix: "postgres-" });
  await run("cp", ["-a", `${folder}/data/.`, copy]);
  await Deno.remove(folder, { recursive: true });
  try {
    await Deno.rename(copy, template);
  } catch {
    // Another process was faster.
    await Deno.remove(copy, { recursive: true });
  }
  return template;
}

const RULES = [
  "local all postgres trust",
  "local replication postgres trust",
  "local all all scram-sha-256",
  "host all all 0.0.0.0/0 scram-sha-256",
  "",
].join("\n");

function configuration(settings: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(settings).map(([name, value]) =>
    `${name} = ${typeof value === "number" ? value : `'${value}'`}`
  );
  return `${lines.join("\n")}\n`;
}

async function settingsOf(folder: string, port: number, options: PostgresOptions) {
  const { addresses = ["127.0.0.1"], certificate = "server", settings } = options;
  const tls = certificate === null ? {} : {
    ssl: "on",
    ssl_cert_file: `${folder}/server.crt`,
    ssl_key_file: `${folder}/server.key`,
  };
  if (certificate !== null) {
    await Deno.copyFile(`${FIXTURES}${certificate}.crt`, `${folder}/server.crt`);
    await Deno.copyFile(`${FIXTURES}server.key`, `${folder}/server.key`);
    await Deno.chmod(`${folder}/server.key`, 0o600);
    for (const name of ["server.crt", "server.key"]) await own(`${folder}/${name}`);
  }
  return configuration({
    listen_addresses: addresses.join(","),
    port,
    unix_socket_directories: folder,
    ...tls,
    shared_buffers: "16MB",
    fsync: "on",
    recovery_init_sync_method: "syncfs",
    log_statement: "all",
    log_connections: "on",
    log_line_prefix: "%m [%p] %u@%d ",
    ...settings,
  });
}

/** Waits until the server's file says that it accepts connections. @throws Error with the log. */
async function untilReady(data: string, log: string, child: Deno.ChildProcess): Promise<void> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  for (;;) {
    const lines = await Deno.readTextFile(`${data}/postmaster.pid`).catch(() => "");
    const [pid, , , , , , , status = ""] = lines.split("\n");
    if (Number(pid) === child.pid && /^(ready|standby)/.test(status)) return;
    if (hasEnded) throw new Error(await Deno.readTextFile(log));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function launch(data: string, log: string): Promise<Deno.ChildProcess> {
  const [program = "", ...options] = AS_POSTGRES;
  const child = new Deno.Command(program, {
    args: [
      ...[...options, "sh", "-c", 'exec "$0" -D "$1" >>"$2" 2>&1'],
      ...[postgresProgram("postgres"), data, log],
    ],
    cwd: "/",
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilReady(data, log, child);
  return child;
}

interface Folders {
  readonly folder: string;
  readonly data: string;
  readonly disk: FullDisk | undefined;
}

async function serve({ folder, data, disk }: Folders, port: number): Promise<PostgresServer> {
  const logFile = `${folder}/postgres.log`;
  let child = await launch(data, logFile);
  let runs = true;
  let databases = 0;
  const address = { port, socketFolder: folder };
  const server: PostgresServer = {
    ...address,
    dataFolder: data,
    logFile,
    disk,
    get pid() {
      return child.pid;
    },
    async createDatabase(template) {
      const database = databaseOf(address, `fleet_${++databases}`);
      const from = template === undefined ? "" : ` TEMPLATE ${template.name}`;
      await databaseOf(address, "postgres").admin(
        `CREATE DATABASE ${database.name} OWNER mcpass${from}`,
      );
      return database;
    },
    async stop(mode) {
      if (runs) child.kill(SIGNALS[mode]);
      runs = false;
      await child.status;
    },
    async start() {
      child = await launch(data, logFile);
      runs = true;
    },
    async restart(mode) {
      await server.stop(mode);
      await server.start();
    },
    startStandby: () => startStandby(address, `${folder}/disk/tables`),
    async [Symbol.asyncDispose]() {
      await server.stop("immediate");
      await disk?.[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
  return server;
}

/** @param tables The folder of the primary's tablespace, if it has one: the standby has its own. */
async function startStandby(
  primary: { readonly port: number; readonly socketFolder: string },
  tables: string,
) {
  const folder = await temporaryFolder();
  const data = `${folder}/data`;
  await asPostgres("pg_basebackup", ...[
    ...["-h", primary.socketFolder, "-p", String(primary.port), "-U", "postgres"],
    ...["-D", data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
    `--tablespace-mapping=${tables}=${folder}/tables`,
  ]);
  const port = freePort();
  await Deno.writeTextFile(`${data}/mcpass.conf`, await settingsOf(folder, port, {}));
  return await serve({ folder, data, disk: undefined }, port);
}

/** Starts a server with the role `mcpass` (see {@link Database.url}) and no database of its own. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const original = await templateFolder();
  const folder = await temporaryFolder();
  const { disk: wanted } = options;
  const disk = wanted && await mountDisk(`${folder}/disk`, wanted.megabytes);
  const data = `${wanted?.of === "all" ? `${folder}/disk` : folder}/data`;
  if (disk !== undefined) await ownedFolder(disk.folder);
  const { success } = await run("cp", ["-a", original, data]);
  assert.ok(success);
  const port = freePort();
  await Deno.writeTextFile(`${data}/mcpass.conf`, await settingsOf(folder, port, options));
  await Deno.writeTextFile(`${data}/pg_hba.conf`, RULES);
  await Deno.writeTextFile(`${data}/postgresql.conf`, "include 'mcpass.conf'\n");
  const server = await serve({ folder, data, disk }, port);
  const { admin } = databaseOf({ port, socketFolder: folder }, "postgres");
  await admin("CREATE ROLE mcpass LOGIN PASSWORD 'mcpass-password'");
  if (wanted?.of === "tables") {
    await ownedFolder(`${folder}/disk/tables`);
    await admin(`CREATE TABLESPACE tables OWNER mcpass LOCATION '${folder}/disk/tables'`);
    await admin("ALTER SYSTEM SET default_tablespace = 'tables'");
    await admin("SELECT pg_reload_conf()");
  }
  return server;
}
