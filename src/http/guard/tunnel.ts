/**
 * A local SOCKS proxy (RFC 1928) for this process only, because the runtime's `fetch` accepts neither a
 * connection nor an address. The runtime still does TLS and HTTP. A client on Node's sockets (undici) would
 * cost a login two thirds of the start of an empty program.
 * @module
 */

import { portOf } from "../../core/url.ts";

export type Connect = (name: string, port: number) => Promise<Deno.TcpConn>;

export interface Tunnel {
  readonly proxy: { readonly url: string; readonly basicAuth: Deno.BasicAuth };
  /** Returns and removes the error of the last connection to this host; undefined if it succeeded. */
  takeFailure(url: URL): unknown;
  close(): Promise<void>;
}

const SOCKS_VERSION = 5;
const USER_PASSWORD = 2;
const CONNECT = 1;
const DOMAIN_NAME = 3;
const FAILED = 1;
const REFUSED = 0xff;
const NO_ADDRESS = [0, 1, 0, 0, 0, 0, 0, 0];
const COPY_BYTES = 64 * 1024;

/** Limit of connections that have not sent the password; another one ends the oldest. */
const MAX_UNAUTHENTICATED = 16;

function closeQuietly(opened: Deno.TcpConn | Deno.TcpListener | undefined): void {
  try {
    opened?.close();
  } catch {
    // Already closed.
  }
}

async function writeBytes(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

async function readExactly(conn: Deno.TcpConn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const more = await conn.read(bytes.subarray(at));
    if (more === null) throw new Error("the connection ended during the SOCKS request");
    at += more;
  }
  return bytes;
}

async function readString(conn: Deno.TcpConn): Promise<string> {
  const [length = 0] = await readExactly(conn, 1);
  return new TextDecoder().decode(await readExactly(conn, length));
}

async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (let count; (count = await from.read(buffer)) !== null;) {
    await writeBytes(to, buffer.subarray(0, count));
  }
  await to.closeWrite();
}

/** The requested host (RFC 1928 §3 and §4, RFC 1929); undefined without the password. */
async function readRequest(conn: Deno.TcpConn, { username, password }: Deno.BasicAuth) {
  const [version, methods = 0] = await readExactly(conn, 2);
  const offered = await readExactly(conn, methods);
  if (version !== SOCKS_VERSION || !offered.includes(USER_PASSWORD)) {
    await writeBytes(conn, new Uint8Array([SOCKS_VERSION, REFUSED]));
    return undefined;
  }
  await writeBytes(conn, new Uint8Array([SOCKS_VERSION, USER_PASSWORD]));
  await readExactly(conn, 1);
  const isOwner = await readString(conn) === username && await readString(conn) === password;
  await writeBytes(conn, new Uint8Array([1, isOwner ? 0 : FAILED]));
  if (!isOwner) return undefined;
  const [, command, , kind] = await readExactly(conn, 4);
  if (command !== CONNECT || kind !== DOMAIN_NAME) return undefined;
  const name = await readString(conn);
  const port = new DataView((await readExactly(conn, 2)).buffer).getUint16(0);
  return { name, port };
}

export function openTunnel(connect: Connect): Tunnel {
  const random = () => crypto.getRandomValues(new Uint8Array(24)).toHex();
  const basicAuth = { username: random(), password: random() };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  /** Connections without the password yet, oldest first. */
  const unauthenticated = new Set<Deno.TcpConn>();
  const failures = new Map<string, unknown>();
  let ending: unknown;

  async function serve(conn: Deno.TcpConn): Promise<void> {
    const request = await readRequest(conn, basicAuth).finally(() => unauthenticated.delete(conn));
    if (request === undefined) return;
    const { name, port } = request;
    const key = `${name}:${port}`;
    failures.delete(key);
    let upstream: Deno.TcpConn;
    try {
      upstream = await connect(name, port);
    } catch (error) {
      failures.set(key, error);
      return await writeBytes(conn, new Uint8Array([SOCKS_VERSION, FAILED, ...NO_ADDRESS]));
    }
    open.add(upstream);
    try {
      upstream.setNoDelay();
      conn.setNoDelay();
      await writeBytes(conn, new Uint8Array([SOCKS_VERSION, 0, ...NO_ADDRESS]));
      await Promise.all([copy(conn, upstream), copy(upstream, conn)]);
    } finally {
      open.delete(upstream);
      closeQuietly(upstream);
    }
  }

  const served = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      const [oldest] = unauthenticated;
      if (oldest !== undefined && unauthenticated.size >= MAX_UNAUTHENTICATED) {
        unauthenticated.delete(oldest);
        closeQuietly(oldest);
      }
      open.add(conn);
      unauthenticated.add(conn);
      const done = serve(conn).catch(() => {}).finally(() => {
        open.delete(conn);
        closeQuietly(conn);
        served.delete(done);
      });
      served.add(done);
    }
  })().catch((error: unknown) => {
    ending = error;
    closeQuietly(listener);
  });
  return {
    proxy: { url: `socks5h://127.0.0.1:${listener.addr.port}`, basicAuth },
    takeFailure(url) {
      const key = `${url.hostname}:${portOf(url)}`;
      const failure = failures.get(key) ?? ending;
      failures.delete(key);
      return failure;
    },
    async close() {
      closeQuietly(listener);
      open.forEach(closeQuietly);
      await accepting;
      await Promise.all(served);
    },
  };
}
