/**
 * A local SOCKS proxy (RFC 1928), so that the runtime's `fetch` uses connections that mcpass makes.
 *
 * `fetch` accepts neither a connection nor an address, but it accepts a SOCKS proxy. This one listens
 * on loopback and serves this process only. The runtime still does TLS, certificates and HTTP.
 *
 * @module
 */

import { portOf } from "../../core/url.ts";

/** Makes the connection to a host: `name` as in the URL. */
export type Connect = (name: string, port: number) => Promise<Deno.TcpConn>;

/** An open tunnel. */
export interface Tunnel {
  /** The `proxy` option of a client that uses this tunnel for every connection. */
  readonly proxy: { readonly url: string; readonly basicAuth: Deno.BasicAuth };
  /** Why the last connection to this host was not made, once; undefined when it was. */
  takeFailure(url: URL): unknown;
  /** Ends every connection. */
  close(): Promise<void>;
}

const VERSION = 5;
const USER_PASSWORD = 2;
const CONNECT = 1;
const DOMAIN_NAME = 3;
const FAILED = 1;
const REFUSED = 0xff;
const ADDRESS_OF_NOTHING = [0, 1, 0, 0, 0, 0, 0, 0];
const COPY_BYTES = 64 * 1024;

/** Connections at a time without the password; a further one ends the oldest of them. */
const MOST_STRANGERS = 16;

function closeQuietly(opened: Deno.TcpConn | Deno.TcpListener | undefined): void {
  try {
    opened?.close();
  } catch {
    // It was closed before.
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

/** Passes on everything that one side sends; its end is passed on too. */
async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (let count; (count = await from.read(buffer)) !== null;) {
    await writeAll(to, buffer.subarray(0, count));
  }
  await to.closeWrite();
}

/** The host that is asked for (RFC 1928 §3 and §4, RFC 1929); undefined for anyone but the owner. */
async function readRequest(
  conn: Deno.TcpConn,
  { username, password }: Deno.BasicAuth,
): Promise<{ readonly name: string; readonly port: number } | undefined> {
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

/** Opens a tunnel whose connections are made by `connect`. */
export function openTunnel(connect: Connect): Tunnel {
  const random = () => crypto.getRandomValues(new Uint8Array(24)).toHex();
  const basicAuth = { username: random(), password: random() };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  /** Those that have not shown the password yet, oldest first. */
  const strangers = new Set<Deno.TcpConn>();
  const failures = new Map<string, unknown>();
  let ending: unknown;

  async function carry(conn: Deno.TcpConn): Promise<void> {
    const request = await readRequest(conn, basicAuth).finally(() => strangers.delete(conn));
    if (request === undefined) return;
    const { name, port } = request;
    const key = `${name}:${port}`;
    failures.delete(key);
    let upstream: Deno.TcpConn;
    try {
      upstream = await connect(name, port);
    } catch (error) {
      failures.set(key, error);
      return await writeAll(conn, new Uint8Array([VERSION, FAILED, ...ADDRESS_OF_NOTHING]));
    }
    open.add(upstream);
    try {
      upstream.setNoDelay();
      conn.setNoDelay();
      await writeAll(conn, new Uint8Array([VERSION, 0, ...ADDRESS_OF_NOTHING]));
      await Promise.all([copy(conn, upstream), copy(upstream, conn)]);
    } finally {
      open.delete(upstream);
      closeQuietly(upstream);
    }
  }

  const carried = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      const [oldest] = strangers;
      if (oldest !== undefined && strangers.size >= MOST_STRANGERS) {
        strangers.delete(oldest);
        closeQuietly(oldest);
      }
      open.add(conn);
      strangers.add(conn);
      const done = carry(conn).catch(() => {}).finally(() => {
        open.delete(conn);
        closeQuietly(conn);
        carried.delete(done);
      });
      carried.add(done);
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
      await Promise.all(carried);
    },
  };
}
