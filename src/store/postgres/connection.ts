/** One connection to the server, made when it is needed and made again when it was lost. @module */

import { loadAuthorities } from "../../core/certificate_authorities.ts";
import { unrefTimer } from "../../core/unref_timer.ts";
import { isLoopbackHost } from "../../core/url.ts";
import type { ConnectionSettings } from "./connection_url.ts";
import { connectionLost, databaseFailure, QueryTimeout, TlsMissing } from "./failures.ts";
import { IDLE_CLOSE_MS } from "./pauses.ts";
import { Client } from "./pg_client.ts";
import { DatabaseSocket } from "./socket.ts";

/** A row: each value as the server writes it. */
export type Row = Readonly<Record<string, string | null>>;

export type Values = readonly (string | number | null)[];

export interface DatabaseOptions {
  readonly settings: ConnectionSettings;
  /** Authorities to trust in addition, in PEM. */
  readonly caCerts: readonly string[];
  /** Time limit of connecting, and of each statement, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Connection {
  /**
   * Runs one statement; connects before, if necessary.
   *
   * @param inTransaction True for a statement after the first one of a transaction: it fails if
   * the connection was lost.
   * @throws Failure `store_…`.
   */
  query(sql: string, values?: Values, inTransaction?: boolean): Promise<readonly Row[]>;
  /** While true, the connection is not closed when it is idle. */
  hold(isHeld: boolean): void;
  close(): Promise<void>;
}

const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);

/** A name such as `localhost` is only as local as the resolver says. */
function assertLocal(conn: Deno.TcpConn, host: string): Deno.TcpConn {
  const { hostname } = conn.remoteAddr;
  const address = hostname.includes(":") ? `[${hostname}]` : hostname;
  if (!isLoopbackHost(host) || isLoopbackHost(address)) return conn;
  conn.close();
  throw new TlsMissing(`${host} is not on this machine: its address is ${hostname}`);
}

/** @param signal Closes a connection whose server does not respond. */
async function openConn(
  { settings, caCerts }: DatabaseOptions,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const { host, port, tls } = settings;
  if (host.startsWith("/")) {
    return await Deno.connect({ transport: "unix", path: `${host}/.s.PGSQL.${port}` });
  }
  const conn = await Deno.connect({ hostname: host, port });
  conn.setNoDelay();
  if (!tls) return assertLocal(conn, host);
  const close = () => conn.close();
  signal.addEventListener("abort", close);
  try {
    await conn.write(SSL_REQUEST);
    const answer = new Uint8Array(1);
    const length = await conn.read(answer);
    if (answer[0] === "N".charCodeAt(0)) throw new TlsMissing("the server does not offer TLS");
    // A proxy without a server, and a server that cannot start a process, do that for a while.
    if (length === null || answer[0] !== "S".charCodeAt(0)) {
      throw new Deno.errors.ConnectionReset("the server ended the connection");
    }
    loadAuthorities();
    const secure = await Deno.startTls(conn, { hostname: host, caCerts: [...caCerts] });
    await secure.handshake();
    return secure;
  } catch (error) {
    try {
      conn.close();
    } catch {
      // The TLS connection has replaced it.
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Values stay texts: then no type of a value depends on the library. */
const TYPES = { getTypeParser: () => (value: string) => value };

function newClient(options: DatabaseOptions): Client {
  const { settings } = options;
  const { user, database, password, host, port } = settings;
  const client = new Client({
    ...{ user, database, host, port, ssl: false, types: TYPES },
    // A function, because the library replaces an empty text by a variable of the environment.
    password: () => password,
    stream: () => new DatabaseSocket((signal) => openConn(options, signal)),
  });
  // Poolers refuse other parameters.
  client.getStartupConf = () => ({ user, database, application_name: "mcpass" });
  // Each error also rejects the statement that runs; without a listener it would end the program.
  client.on("error", () => {});
  return client;
}

export function openConnection(options: DatabaseOptions): Connection {
  const { settings: { text }, timeoutMs } = options;
  let client: Client | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let isHeld = false;
  let last: Promise<unknown> = Promise.resolve();

  async function close(): Promise<void> {
    clearTimeout(idle);
    const closing = client;
    client = undefined;
    await closing?.end().catch(() => {});
  }

  /** A connection that did not respond in time is useless: a late response would answer the next statement. */
  async function within<T>(work: Promise<T>, ms: number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new QueryTimeout(`no response within ${Math.round(timeoutMs)} ms`));
    }, ms);
    work.catch(() => {});
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function connected(): Promise<Client> {
    if (client !== undefined) return client;
    const opening = newClient(options);
    try {
      await within(opening.connect(), timeoutMs);
    } catch (error) {
      opening.connection.stream.destroy();
      throw databaseFailure(error, text, false);
    }
    opening.on("end", () => {
      if (client === opening) client = undefined;
    });
    return client = opening;
  }

  async function run(sql: string, values: Values, inTransaction: boolean) {
    clearTimeout(idle);
    if (inTransaction && client === undefined) throw connectionLost(text);
    const began = performance.now();
    const used = await connected();
    try {
      const left = Math.max(1, timeoutMs - (performance.now() - began));
      const result = await within(used.query(sql, [...values]), left);
      // Several statements have a list of results.
      return "rows" in result ? result.rows : [];
    } catch (error) {
      const failure = databaseFailure(error, text, true);
      if (failure.code === "store_connection_lost" || failure.code === "store_late") {
        if (client === used) client = undefined;
        used.connection.stream.destroy();
      }
      throw failure;
    } finally {
      if (!isHeld) {
        idle = setTimeout(close, IDLE_CLOSE_MS);
        unrefTimer(idle);
      }
    }
  }

  return {
    close,
    hold(held) {
      isHeld = held;
      if (held) clearTimeout(idle);
    },
    /** One statement at a time. */
    query(sql, values = [], inTransaction = false) {
      const result = last.then(() => run(sql, values, inTransaction));
      last = result.catch(() => {});
      return result;
    },
  };
}
