/**
 * A local SOCKS proxy (RFC 1928) for this process alone: the runtime's `fetch` accepts neither a
 * connection nor an address. It still does TLS and HTTP; a client on Node's sockets (undici) would cost a
 * login two thirds of an empty program's start.
 * @module
 */

import { portOf } from "../../core/url.ts";

export type Connect = (name: string, port: number) => Promise<Deno.TcpConn>;

export interface Tunnel {
  readonly proxy: { readonly url: string; readonly basicAuth: Deno.BasicAuth };
  /** Returns and forgets why the last connection to this host failed; undefined when it did not. */
  takeFailure(url: URL): unknown;
  close(): Promise<void>;
}

const VERSION = 5;
const USER_PASSWORD = 2;
const CONNECT = 1;
const DOMAIN_NAME = 3;
const FAILED = 1;
const REFUSED = 0xff;
const NO_ADDRESS = [0, 1, 0, 0, 0, 0, 0, 0];
const COPY_BYTES = 64 * 1024;

/** Most connections at a time without the password; a further one ends the oldest of them. */
const MOST_UNAUTHENTICATED = 16;

function closeQuietly(opened: Deno.TcpConn | Deno.TcpListener | undefined): void {
  try {
    opened?.close();
  } catch {
    // Already closed.
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

async function readBytes(conn: Deno.TcpConn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const more = await conn.read(bytes.subarray(at));
    if (more === null) throw new Error("the connection ended within the SOCKS request");
    at += more;
  }
  return bytes;
}

async function readText(conn: Deno.TcpConn): Promise<string> {
  const [length = 0] = await readBytes(conn, 1);
  return new TextDecoder().decode(await readBytes(conn, length));
}

async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (let count; (count = await from.read(buffer)) !== null;) {
    await writeAll(to, buffer.subarray(0, count));
  }
  await to.closeWrite();
}

/** The requested host (RFC 1928 §3 and §4, RFC 1929); undefined without the password. */
async function readRequest(conn: Deno.TcpConn, { username, password }: Deno.BasicAuth) {
  const [version, methods = 0] = await readBytes(conn, 2);
  const offered = await readBytes(conn, methods);
  if (version !== VERSION || !offered.includes(USER_PASSWORD)) {
    await writeAll(conn, new Uint8Array([VERSION, REFUSED]));
    return undefined;
  }
  await writeAll(conn, new Uint8Array([VERSION, USER_PASSWORD]));
  await readBytes(conn, 1);
  const isOwner = await readText(conn) === username && await readText(conn) === password;
  await writeAll(conn, new Uint8Array([1, isOwner ? 0 : FAILED]));
  if (!isOwner) return undefined;
  const [, command, , kind] = await readBytes(conn, 4);
  if (command !== CONNECT || kind !== DOMAIN_NAME) return undefined;
  const name = await readText(conn);
  const port = new DataView((await readBytes(conn, 2)).buffer).getUint16(0);
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
      return await writeAll(conn, new Uint8Array([VERSION, FAILED, ...NO_ADDRESS]));
    }
    open.add(upstream);
    try {
      upstream.setNoDelay();
      conn.setNoDelay();
      await writeAll(conn, new Uint8Array([VERSION, 0, ...NO_ADDRESS]));
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
      if (oldest !== undefined && unauthenticated.size >= MOST_UNAUTHENTICATED) {
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
