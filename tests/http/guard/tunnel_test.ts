import { deepEqual, equal, rejects } from "node:assert/strict";
import { type Connect, openTunnel } from "../../../src/http/guard/tunnel.ts";
import { serveRaw, untilClosed, write } from "../support.ts";

const USER_AND_PASSWORD = [5, 1, 2];
const NO_PASSWORD = [5, 1, 0];
const REQUEST = [5, 1, 0, 3, 1, 0x61, 0, 80];

/** Everything that the other side sends until it closes the connection. */
async function talk(port: number, ...parts: readonly (readonly number[])[]): Promise<number[]> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const received: number[] = [];
  const buffer = new Uint8Array(256);
  for (const part of parts) {
    try {
      await write(conn, new Uint8Array(part));
      const count = await conn.read(buffer);
      if (count === null) return received;
      received.push(...buffer.subarray(0, count));
    } catch {
      // A closed connection may be reset.
      return received;
    }
  }
  return received;
}

/** What a program with these credentials says to sign in to the tunnel (RFC 1929 §2). */
function login(username: string, password: string): number[] {
  const counted = (text: string) => {
    const bytes = [...new TextEncoder().encode(text)];
    return [bytes.length, ...bytes];
  };
  return [1, ...counted(username), ...counted(password)];
}

Deno.test("the tunnel makes no connection for a program that does not have its password", async () => {
  const asked: string[] = [];
  const tunnel = openTunnel((name) => {
    asked.push(name);
    return Promise.reject(new Error("not here"));
  });
  const port = Number(new URL(tunnel.proxy.url).port);
  deepEqual(await talk(port, NO_PASSWORD, REQUEST), [5, 255]);
  deepEqual(await talk(port, USER_AND_PASSWORD, [1, 1, 0x61, 1, 0x62], REQUEST), [5, 2, 1, 1]);
  deepEqual(await talk(port, [4, 1, 0, 80, 127, 0, 0, 1, 0]), [5, 255]);
  const { username, password } = tunnel.proxy.basicAuth;
  deepEqual(await talk(port, USER_AND_PASSWORD, login(username, "")), [5, 2, 1, 1]);
  deepEqual(asked, []);
  const reply = await talk(port, USER_AND_PASSWORD, login(username, password), REQUEST);
  deepEqual(reply.slice(0, 6), [5, 2, 1, 0, 5, 1]);
  deepEqual(asked, ["a"]);
  equal((tunnel.takeFailure(new URL("http://a/")) as Error).message, "not here");
  equal(tunnel.takeFailure(new URL("http://a/")), undefined);
  await tunnel.close();
});

/** A tunnel whose only user has asked for a connection. */
async function openTunnelWithUser(connect: Connect) {
  const tunnel = openTunnel(connect);
  const { username, password } = tunnel.proxy.basicAuth;
  const user = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(tunnel.proxy.url).port),
  });
  const buffer = new Uint8Array(256);
  const say = async (part: readonly number[]) => {
    await write(user, new Uint8Array(part));
    return [...buffer.subarray(0, await user.read(buffer) ?? 0)];
  };
  await say(USER_AND_PASSWORD);
  await say(login(username, password));
  return { tunnel, user, say };
}

/** A server that reports when its connection has ended. */
function serveUntilEnd() {
  const ended = Promise.withResolvers<void>();
  const server = serveRaw(async (conn) => {
    await untilClosed(conn);
    ended.resolve();
  });
  return Object.assign(server, { ended: ended.promise });
}

/** Requests that name no host to connect to (RFC 1928 §4). */
const OTHER_REQUESTS: Readonly<Record<string, readonly number[]>> = {
  "an IPv4 address": [5, 1, 0, 1, 127, 0, 0, 1, 0, 80],
  "an IPv6 address": [5, 1, 0, 4, ...Array(15).fill(0), 1, 0, 80],
  "a port to be bound": [5, 2, 0, 3, 1, 0x61, 0, 80],
  "a UDP association": [5, 3, 0, 3, 1, 0x61, 0, 80],
};

for (const [what, request] of Object.entries(OTHER_REQUESTS)) {
  Deno.test(`the tunnel makes no connection for ${what}`, async () => {
    const asked: string[] = [];
    const { tunnel, user, say } = await openTunnelWithUser((name) => {
      asked.push(name);
      return Promise.reject(new Error("not here"));
    });
    deepEqual(await say(request).catch(() => []), []);
    deepEqual(asked, []);
    user.close();
    await tunnel.close();
  });
}

Deno.test("a name and a port are asked for as they were written", async () => {
  const asked: unknown[] = [];
  const { tunnel, user, say } = await openTunnelWithUser((name, port) => {
    asked.push([name, port]);
    return Promise.reject(new Error("not here"));
  });
  deepEqual((await say([5, 1, 0, 3, 3, 0x61, 0x2e, 0x62, 0x21, 0x03])).slice(0, 2), [5, 1]);
  deepEqual(asked, [["a.b", 0x2103]]);
  user.close();
  await tunnel.close();
});

Deno.test("a tunnel that is closed ends the connections that are in use", async () => {
  await using server = serveUntilEnd();
  const { tunnel, user, say } = await openTunnelWithUser(() =>
    Deno.connect({ hostname: "127.0.0.1", port: server.port })
  );
  deepEqual((await say(REQUEST)).slice(0, 2), [5, 0]);
  await tunnel.close();
  await untilClosed(user);
  await server.ended;
  user.close();
});

Deno.test("a connection that is made after its tunnel was closed is closed", async () => {
  await using server = serveUntilEnd();
  const asked = Promise.withResolvers<void>();
  const mayConnect = Promise.withResolvers<void>();
  const { tunnel, user, say } = await openTunnelWithUser(async () => {
    asked.resolve();
    await mayConnect.promise;
    return await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  });
  const answer = say(REQUEST).catch(() => []);
  await Promise.race([asked.promise, answer]);
  const closed = tunnel.close();
  mayConnect.resolve();
  await closed;
  await server.ended;
  deepEqual(await answer, []);
  user.close();
});

/** True when the tunnel has ended the connection: it answers nothing anymore. */
async function isEnded(conn: Deno.TcpConn): Promise<boolean> {
  try {
    await write(conn, new Uint8Array(USER_AND_PASSWORD));
    return await conn.read(new Uint8Array(1)) === null;
  } catch {
    return true;
  }
}

Deno.test("connections without the password end when others follow, and their number is limited", async () => {
  const tunnel = openTunnel(() => Promise.reject(new Error("not here")));
  const port = Number(new URL(tunnel.proxy.url).port);
  const strangers: Deno.TcpConn[] = [];
  for (let at = 0; at < 200; at++) {
    strangers.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  }
  for (const conn of strangers.slice(0, 180)) equal(await isEnded(conn), true);
  const client = Deno.createHttpClient({ proxy: { ...tunnel.proxy } });
  const url = new URL("http://host.example/");
  await rejects(fetch(url, { client }));
  equal((tunnel.takeFailure(url) as Error).message, "not here");
  client.close();
  await tunnel.close();
  for (const conn of strangers) conn.close();
});

Deno.test("a tunnel that cannot accept connections says why, and ends no program", async () => {
  const { listen } = Deno;
  const refused = new Error("Too many open files (os error 24)");
  const failing = (options: Deno.TcpListenOptions & { transport?: "tcp" }) =>
    Object.assign(listen(options), {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(refused) }),
    });
  Object.assign(Deno, { listen: failing });
  try {
    const tunnel = openTunnel(() => Promise.reject(new Error("not asked")));
    const client = Deno.createHttpClient({ proxy: { ...tunnel.proxy } });
    const url = new URL("http://host.example/");
    await rejects(fetch(url, { client }));
    equal(tunnel.takeFailure(url), refused);
    client.close();
    await tunnel.close();
  } finally {
    Object.assign(Deno, { listen });
  }
});
