/** What can fail at a database, as errors that name the cause and what to do. @module */

import { commandText } from "../../core/command_text.ts";
import { Failure, usageFailure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";

const URL_SOURCES = "MCPASS_STORE_URL or --store-url-file";
const KEY_SOURCES = "--store-key-file or MCPASS_STORE_KEY_FILE";

export function urlMissing(): Failure {
  return usageFailure(
    "store_url_missing",
    "--store postgres: the URL of the database is missing",
    `Set MCPASS_STORE_URL to its URL, or name a file with the URL: --store-url-file <path>`,
  );
}

export function urlInvalid(reason: string): Failure {
  return usageFailure(
    "store_url_invalid",
    `the URL of the database (${URL_SOURCES}) cannot be used: ${reason}`,
    "Write it as postgres://user:password@host:5432/database",
  );
}

const NOT_THE_SECRET =
  "Give the path of a file that exists and that you can read, not the secret itself";

/** The path is not quoted: it may be the URL itself. */
export function urlFileUnreadable(reason: string): Failure {
  const message = `--store-url-file: the file cannot be read: ${reason}`;
  return usageFailure("store_url_missing", message, NOT_THE_SECRET);
}

export function authoritiesUnreadable(path: string, reason: string): Failure {
  const message = `cannot read certificate authorities for the database from ${
    quoted(path, 4096)
  }: ${reason}`;
  return usageFailure(
    "no_certificate",
    message,
    "Use a file with -----BEGIN CERTIFICATE----- in --ca-file, or in sslrootcert of the URL",
  );
}

export function keyMissing(): Failure {
  return usageFailure(
    "store_key_missing",
    "--store postgres: the sealing key is missing, and secrets are never stored unsealed",
    `Copy the key file of the machines that use this database: ${KEY_SOURCES}. ` +
      "Only for a new database, create a key:\n  " +
      `${commandText("store new-key", {})} > mcpass.key`,
  );
}

/** The path is not quoted: it may be the key itself. */
export function keyFileUnreadable(reason: string): Failure {
  const message = `${KEY_SOURCES}: the file cannot be read: ${reason}`;
  return usageFailure("store_key_missing", message, NOT_THE_SECRET);
}

export function keyFileInvalid(path: string, reason: string): Failure {
  return usageFailure(
    "store_key_invalid",
    `the key file ${quoted(path, 4096)} cannot be used: ${reason}`,
    "Write one key per line: 64 hexadecimal digits, or 32 bytes in base64",
  );
}

export function keyUnknown(where: string, keyId: string, known: string): Failure {
  return new Failure(
    "store_key_unknown",
    `${where} is sealed with the key ${quoted(keyId, 40)}, and the key file does not have it ` +
      `(its first key is ${quoted(known, 40)})`,
    {
      remedy: `Copy the key file of the machine that signed in, or add that key to the file of ` +
        `${KEY_SOURCES}, below the first line`,
    },
  );
}

export function rowDamaged(where: string, reason: string): Failure {
  return new Failure("store_entry_damaged", `${where} cannot be used: ${reason}`, {
    remedy: "Sign in again: a login replaces it",
  });
}

export function rowVersionNewer(where: string, version: number, known: number): Failure {
  return new Failure(
    "store_version_newer",
    `${where} has version ${version}, and this mcpass knows versions up to ${known}; ` +
      "it is neither used nor overwritten",
    { remedy: "Use the newer mcpass that wrote it" },
  );
}

export function sealBroken(where: string): Failure {
  return new Failure(
    "store_secrets_lost",
    `the secrets of ${where} cannot be decrypted: the row was changed after mcpass wrote it`,
    { remedy: "Sign in again" },
  );
}

export function entryChanged(serverUrl: string, by: string | undefined): Failure {
  const who = by === undefined ? "another process removed" : `${quoted(by, 100)} changed`;
  return new Failure(
    "store_entry_changed",
    `${who} the sign-in to ${quoted(serverUrl)} in the meantime; nothing was written`,
    { remedy: "Run the command again" },
  );
}

const MIGRATE = () => commandText("store migrate", {});

export function schemaMissing(database: string): Failure {
  return new Failure(
    "store_schema_missing",
    `the database ${database} does not have the mcpass tables`,
    { remedy: `Create them with a role that may create a schema:\n  ${MIGRATE()}` },
  );
}

export function schemaOlder(database: string, version: number, known: number): Failure {
  return new Failure(
    "store_schema_older",
    `the tables in the database ${database} have version ${version}, and this mcpass needs ` +
      `version ${known}`,
    { remedy: `Migrate them with a role that owns them:\n  ${MIGRATE()}` },
  );
}

export function schemaNewer(database: string, version: number, known: number): Failure {
  return new Failure(
    "store_schema_newer",
    `the tables in the database ${database} have version ${version}, and this mcpass knows ` +
      `versions up to ${known}; nothing was read or changed`,
    { remedy: "Update mcpass on this machine" },
  );
}

export function readOnly(database: string, reason: string): Failure {
  return new Failure(
    "store_read_only",
    `cannot write to the database ${database}: ${reason}; what was stored before is unchanged`,
    { remedy: "Connect to the primary server. Valid tokens can be read here" },
  );
}

export function notAllowed(database: string, reason: string): Failure {
  return new Failure(
    "store_not_allowed",
    `the database ${database} does not allow this role to do that: ${reason}`,
    {
      remedy: "Grant the privileges that mcpass needs; to print them:\n  " +
        commandText("store migrate", { printSql: true }),
    },
  );
}

interface Fault {
  readonly code: Code;
  readonly what: string;
  readonly remedy: string;
}

const AGAIN = "Run the command again when the server is available";

const fault = (code: Code, what: string, remedy: string): Fault => ({ code, what, remedy });

const LOST = fault("store_connection_lost", "the connection to the database was lost", AGAIN);
const UNREACHABLE = fault(
  "store_unreachable",
  "cannot connect to the database",
  "Check that the server is running, and check the host and the port in its URL",
);
const AUTH = fault(
  "store_login_refused",
  "the server refused the user or the password for the database",
  `Correct the user and the password in ${URL_SOURCES}`,
);
const FULL = fault(
  "store_full",
  "the disk of the server is full, so nothing was written to the database",
  "Free disk space on the server; what was stored before is unchanged",
);
const CROWDED = fault(
  "store_too_many_connections",
  "the server accepts no more connections to the database",
  "Raise max_connections, or put a connection pooler such as PgBouncer in front of the server",
);
const LATE = fault(
  "store_late",
  "the server did not respond in time for the database",
  "Check the load of the server, or raise the time limit: --step-timeout <ms>",
);
const OTHER = fault(
  "store_database_failed",
  "the server refused a statement for the database",
  "Fix what the server reports",
);
const NO_TLS = fault(
  "store_tls_not_verified",
  "the connection is not secure, so mcpass sent no password to the database",
  "Enable TLS on the server and pass its CA certificate with --ca-file <path>. In a trusted " +
    "network, add ?sslmode=disable to the URL",
);

/** By SQLSTATE, or its first two characters. */
const FAULTS: ReadonlyMap<string, Fault> = new Map([
  ["28", AUTH],
  ["3D", fault("store_unreachable", "there is no such database", "Correct its name in the URL")],
  ["53100", FULL],
  ["53", CROWDED],
  ["57014", LATE],
  ["57", LOST],
  ["57P03", UNREACHABLE],
  ["08", LOST],
  ["25P03", LOST],
]);

/** What a connection pooler says instead of a SQLSTATE of its own. */
const POOLER_TEXTS: readonly (readonly [RegExp, Fault])[] = [
  [/password authentication failed|no such user|auth(?:entication)? failed/i, AUTH],
  [/no more connections allowed|too many (?:clients|connections)/i, CROWDED],
  [/query_wait_timeout|no working server connection/i, LATE],
  [
    /server login (?:has been )?failing|server_login_retry|connect(?:ion)? (?:timeout|failed)/i,
    UNREACHABLE,
  ],
  [/no such database/i, FAULTS.get("3D") ?? UNREACHABLE],
];

export class TlsMissing extends Error {}
export class QueryTimeout extends Error {}

function stateOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function faultOf(error: unknown, isConnected: boolean): Fault {
  const state = stateOf(error);
  const message = error instanceof Error ? error.message : "";
  if (error instanceof TlsMissing) return NO_TLS;
  if (error instanceof QueryTimeout) return LATE;
  if (state === undefined) {
    const isTls = error instanceof Deno.errors.InvalidData ||
      /certificate|tls|handshake/i.test(message);
    if (isTls && !isConnected) return NO_TLS;
    if (/SCRAM|SASL|password/i.test(message)) return AUTH;
    return isConnected ? LOST : UNREACHABLE;
  }
  const pooler = POOLER_TEXTS.find(([pattern]) => pattern.test(message))?.[1];
  return pooler ?? FAULTS.get(state) ?? FAULTS.get(state.slice(0, 2)) ?? OTHER;
}

export function connectionLost(database: string): Failure {
  return new Failure(LOST.code, `${LOST.what} ${database}`, { remedy: LOST.remedy });
}

/** The failure for an error of the connection or the server. */
export function databaseFailure(error: unknown, database: string, isConnected: boolean): Failure {
  if (error instanceof Failure) return error;
  const message = printable(error instanceof Error ? error.message : String(error), 300);
  const state = stateOf(error);
  if (state === "42501") return notAllowed(database, message);
  if (state === "25006") return readOnly(database, message);
  if (state === "42P01" || state === "3F000") return schemaMissing(database);
  const { code, what, remedy } = faultOf(error, isConnected);
  const said = message === "" ? "" : `: ${message}`;
  const detail = state === undefined ? {} : { detail: state };
  return new Failure(code, `${what} ${database}${said}`, { remedy, cause: error, ...detail });
}
