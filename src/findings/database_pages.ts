import type { Pages } from "./page.ts";

const UNCHANGED = "What was stored before is unchanged.";

/** The PostgreSQL store. */
export const DATABASE_PAGES = {
  store_url_missing: {
    title: "the URL of the database is missing",
    meaning:
      "--store postgres needs the URL of a database. The URL contains a password, so it is never a command-line argument.",
    example: "mcpass status --store postgres without MCPASS_STORE_URL",
    fix: "Set MCPASS_STORE_URL, or name a file with the URL: --store-url-file <path>",
  },
  store_url_invalid: {
    title: "the URL of the database is invalid",
    meaning:
      "mcpass did not connect. The message does not repeat the URL, because it contains a password.",
    example: "MCPASS_STORE_URL=localhost/mcpass",
    fix:
      "Write it as postgres://user:password@host:5432/database. Percent-encode special characters in the password.",
  },
  store_key_missing: {
    title: "the sealing key is missing",
    meaning:
      "mcpass seals tokens before they leave the process, so that the database never has them in clear text. It needs the same key file on every machine.",
    example: "mcpass login --store postgres without --store-key-file",
    fix:
      "Create a key once (mcpass store new-key), copy the file to every machine, and set MCPASS_STORE_KEY_FILE to its path.",
  },
  store_key_invalid: {
    title: "the file of sealing keys is invalid",
    meaning: "A key has 32 bytes. The message gives the line number, not the key.",
    example: "a key that was truncated when it was copied",
    fix: "Write one key per line: 64 hexadecimal digits or 32 bytes in base64. # starts a comment.",
  },
  store_key_unknown: {
    title: "a sign-in is sealed with a key that is not in the key file",
    meaning:
      "Another machine sealed it with another key, or the key was removed before mcpass store rekey had resealed every sign-in.",
    example: "two machines with different key files",
    fix:
      "Add the missing key below the first line of the key file. If it is lost, delete what it sealed as the owner of the tables (DELETE FROM mcpass.entries WHERE key_id = '…', with the key that the message names), and sign in again.",
  },
  store_unreachable: {
    title: "the database cannot be reached",
    meaning: `No connection was established. ${UNCHANGED}`,
    example: "a server that is not running, or a wrong port",
    fix:
      "Check that the server is running, and check the host, the port and the database in its URL.",
  },
  store_login_refused: {
    title: "the database refused the user or the password",
    meaning: "The server is running, and did not accept the user or the password in the URL.",
    example: 'password authentication failed for user "mcpass"',
    fix: "Correct the user and the password in MCPASS_STORE_URL or the file of --store-url-file.",
  },
  store_tls_not_verified: {
    title: "the connection to the database is not secure",
    meaning:
      "The server does not offer TLS, or its certificate is not trusted or is for another host. mcpass sent no password.",
    example: "a server whose certificate is from a private CA, without --ca-file",
    fix:
      "Enable TLS on the server, and pass its CA certificate with --ca-file <path>. In a trusted network, add ?sslmode=disable to the URL.",
  },
  store_schema_missing: {
    title: "the database does not have the mcpass tables",
    meaning: "The tables must be created once, before the first sign-in.",
    example: "a new database",
    fix: "Create the tables once: mcpass store migrate",
  },
  store_schema_older: {
    title: "the tables in the database are from an older mcpass",
    meaning: "This version needs a migration of the tables. Nothing was read or changed.",
    example: "mcpass was updated, and the database was not migrated",
    fix: "Migrate the tables: mcpass store migrate",
  },
  store_schema_newer: {
    title: "the tables in the database are from a newer mcpass",
    meaning: "This version does not support them, so it reads and changes nothing.",
    example: "two versions of mcpass with one database",
    fix: "Update mcpass on this machine.",
  },
  store_not_allowed: {
    title: "the database role does not have enough privileges",
    meaning:
      "The database refused a statement. A role that may only read can use valid tokens, but not sign in, refresh or sign out.",
    example: "permission denied for table entries",
    fix: "Grant the privileges that mcpass store migrate --print-sql lists.",
  },
  store_read_only: {
    title: "the database accepts no writes",
    meaning:
      `The server is a standby, or it is read-only. Valid tokens can be used; no request for a refresh was sent. ${UNCHANGED}`,
    example: "the URL of a read replica",
    fix: "Use the URL of the primary server.",
  },
  store_full: {
    title: "the disk of the database is full",
    meaning: `The server could not write. ${UNCHANGED}`,
    example: "could not extend file: No space left on device",
    fix: "Free disk space on the server.",
  },
  store_too_many_connections: {
    title: "the database accepts no more connections",
    meaning: "All connections of the server or of the pooler are in use.",
    example: "sorry, too many clients already",
    fix:
      "Raise max_connections, or put a connection pooler such as PgBouncer in front of the server (docs/fleet.md).",
  },
  store_late: {
    title: "the database did not respond in time",
    meaning: "mcpass closed the connection after the time limit of --step-timeout.",
    example: "a slow disk, or a pooler without a free connection",
    fix: "Check the load of the server, or raise --step-timeout.",
  },
  store_connection_lost: {
    title: "the connection to the database was lost",
    meaning:
      "The server or the network ended the connection. mcpass reconnected once, and checked the version of the entry before it wrote again.",
    example: "a restart of the server",
    fix: "Run the command again.",
  },
  store_database_failed: {
    title: "the database refused a statement",
    meaning: `The message contains the server's error. ${UNCHANGED}`,
    example: "a trigger that another program added",
    fix: "Fix what the server reports.",
  },
} as const satisfies Pages;
