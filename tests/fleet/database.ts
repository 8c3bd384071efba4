/** A database of a test's PostgreSQL: its URLs, and statements by `psql`. @module */

import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";
import { postgresProgram } from "./postgres_programs.ts";

/** The role that owns the databases. */
export const ROLE = { user: "mcpass", password: "mcpass-password" } as const;

/** What a URL says other than the usual. */
export interface UrlParts {
  /** A name, an address, or the folder of a Unix socket; default: 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  /** Parameters such as `sslmode`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface Database {
  readonly name: string;
  /** The URL for `MCPASS_STORE_URL`. */
  url(parts?: UrlParts): string;
  /** Runs SQL as the superuser over the Unix socket; returns the rows, fields separated by `|`. */
  admin(sql: string): Promise<string>;
  /** Runs SQL as the role `mcpass`. */
  sql(sql: string): Promise<string>;
}

export interface ServerAddress {
  readonly port: number;
  readonly socketFolder: string;
}

export function databaseOf({ port, socketFolder }: ServerAddress, name: string): Database {
  async function psql(user: string, password: string, sql: string): Promise<string> {
    const ended = await run(postgresProgram("psql"), [
      ...["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socketFolder],
      ...["-p", String(port), "-U", user, "-d", name, "-c", sql],
    ], { env: { PGPASSWORD: password, PGOPTIONS: "-c client_min_messages=warning" }, cwd: "/" });
    assert.ok(ended.success, `${sql}: ${ended.stderr}`);
    return ended.stdout.trimEnd();
  }
  return {
    name,
    url: (parts = {}) => urlOf(name, { port, ...parts }),
    admin: (sql) => psql("postgres", "", sql),
    sql: (sql) => psql(ROLE.user, ROLE.password, sql),
  };
}

function urlOf(name: string, parts: UrlParts): string {
  const { host = "127.0.0.1", port, user = ROLE.user, password = ROLE.password } = parts;
  const isSocket = host.startsWith("/");
  const query = new URLSearchParams(parts.parameters);
  if (isSocket) query.set("host", host);
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const search = query.size === 0 ? "" : `?${query}`;
  return `postgres://${login}@${isSocket ? "localhost" : host}:${port}/${name}${search}`;
}
