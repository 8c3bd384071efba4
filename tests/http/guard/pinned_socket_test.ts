import { deepEqual, equal, rejects } from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { holdTimers } from "../../held_timers.ts";
import {
  type ConnectionAttempt,
  type Connectors,
  HandshakeError,
  openPinnedSocket,
} from "../../../src/http/guard/pinned_socket.ts";

/** A connection whose sockets do what the test says. */
function connecting(url: string, addresses: readonly string[], ending = new AbortController()) {
  const limit = holdTimers(5000);
  const sockets = new Map<string, { socket: Socket; made: unknown }>();
  const destroyed: string[] = [];
  const seen: (ConnectionAttempt | string)[] = [];
  const maker = (protocol: string) => (options: { readonly host?: string | undefined }) => {
    const address = options.host ?? "";
    const socket = Object.assign(new EventEmitter(), {
      destroy: () => void destroyed.push(address),
    }) as unknown as Socket;
    sockets.set(address, { socket, made: { protocol, ...options } });
    return socket;
  };
  const connectors = { tcp: maker("tcp"), tls: maker("tls") } as Connectors;
  const listener = {
    attempt: (attempt: ConnectionAttempt) => void seen.push(attempt),
    connected: (address: string) => void seen.push(address),
  };
  const at = new URL(url);
  const host = at.hostname.replace(/^\[|\]$/g, "");
  const destination = { url: at, host, addresses, caCerts: [] };
  const opened = openPinnedSocket(destination, connectors, listener, ending.signal);
  return {
    ...{ limit, opened, seen, destroyed, ending },
    /** The socket for an address, once it is tried. */
    async socket(address: string) {
      for (;;) {
        const found = sockets.get(address);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    [Symbol.dispose]: () => limit[Symbol.dispose](),
  };
}

const ONE = "192.0.2.1";
const TWO = "192.0.2.2";

Deno.test("a silent address is given up after five seconds, the last one never", async () => {
  using it = connecting("https://mcp.example/", [ONE, TWO]);
  await it.socket(ONE);
  equal(it.limit.waiting, 1);
  it.limit.fire();
  const { socket } = await it.socket(TWO);
  deepEqual(it.destroyed, [ONE]);
  equal(it.limit.waiting, 0);
  socket.emit("connect");
  socket.emit("secureConnect");
  equal(await it.opened, socket);
  const error = `connect ETIMEDOUT ${ONE}: no answer in 5000 ms`;
  deepEqual(it.seen, [{ address: ONE, error }, TWO, { address: TWO, error: null }]);
});

Deno.test("an address that has answered is waited for, however long its TLS takes", async () => {
  using it = connecting("https://mcp.example/", [ONE, TWO]);
  const { socket } = await it.socket(ONE);
  socket.emit("connect");
  it.limit.fire();
  socket.emit("secureConnect");
  equal(await it.opened, socket);
  deepEqual([it.seen, it.destroyed], [[ONE, { address: ONE, error: null }], []]);
});

Deno.test("a fault of TLS ends it; a refused connection leads to the next address", async () => {
  using it = connecting("https://mcp.example/", [ONE, TWO]);
  const { socket } = await it.socket(ONE);
  socket.emit("connect");
  socket.emit("error", new Error("broken"));
  await rejects(it.opened, (error) => error instanceof HandshakeError);
  deepEqual(it.seen, [ONE, { address: ONE, error: "broken" }]);
  equal(it.limit.waiting, 0);

  using refused = connecting("https://mcp.example/", [ONE, TWO]);
  (await refused.socket(ONE)).socket.emit("error", new Error("refused"));
  (await refused.socket(TWO)).socket.emit("error", new Error("refused too"));
  await rejects(refused.opened, /^Error: refused too$/);
  equal(refused.seen.length, 2);
  equal(refused.limit.waiting, 0);
});

Deno.test("http is connected as soon as TCP is; a later error is not one of connecting", async () => {
  using it = connecting("http://mcp.example/", [ONE, TWO]);
  const { socket } = await it.socket(ONE);
  socket.emit("connect");
  equal(await it.opened, socket);
  socket.emit("error", new Error("reset"));
  deepEqual(it.seen, [ONE, { address: ONE, error: null }]);
});

Deno.test("a connection that is ended closes its socket and tries no other address", async () => {
  using it = connecting("https://mcp.example/", [ONE, TWO]);
  await it.socket(ONE);
  const reason = new Error("enough");
  it.ending.abort(reason);
  await rejects(it.opened, reason);
  deepEqual([it.destroyed, it.seen, it.limit.waiting], [
    [ONE],
    [{ address: ONE, error: "enough" }],
    0,
  ]);
});

Deno.test("a connection that was ended before is closed", async () => {
  const ended = new AbortController();
  const reason = new Error("enough");
  ended.abort(reason);
  using it = connecting("https://mcp.example/", [ONE, TWO], ended);
  await rejects(it.opened, reason);
  deepEqual(it.destroyed, [ONE]);
});

Deno.test("without an address there is nothing to connect to", async () => {
  using it = connecting("https://mcp.example/", []);
  await rejects(it.opened, /no address/);
});

/** The options of the connection: the name is needed for the certificate. */
const MADE: readonly (readonly [url: string, options: object])[] = [
  ["https://mcp.example:8443/a", {
    ...{ protocol: "tls", host: ONE, port: 8443, servername: "mcp.example" },
    ...{ ALPNProtocols: ["http/1.1"], rejectUnauthorized: true },
  }],
  [`https://${ONE}/`, {
    ...{ protocol: "tls", host: ONE, port: 443 },
    ...{ ALPNProtocols: ["http/1.1"], rejectUnauthorized: true },
  }],
  ["http://mcp.example/", { protocol: "tcp", host: ONE, port: 80 }],
];

for (const [url, options] of MADE) {
  Deno.test(`${url} is connected to at ${ONE} under its own name`, async () => {
    using it = connecting(url, [ONE]);
    const { socket, made } = await it.socket(ONE);
    deepEqual(made, options);
    socket.emit("connect");
    socket.emit("secureConnect");
    await it.opened;
  });
}
