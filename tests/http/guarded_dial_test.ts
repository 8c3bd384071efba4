import { deepEqual, equal, rejects } from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { holdTimers } from "../held_timers.ts";
import {
  type Connected,
  type ConnectionAttempt,
  dial,
  HandshakeError,
  type Undici,
} from "../../src/http/guard/guarded_dial.ts";

/** A dial whose sockets do what the test says. */
function dialling(url: string, addresses: readonly string[], ending = new AbortController()) {
  const limit = holdTimers(5000);
  const sockets = new Map<string, { done: Connected; socket: Socket; options: unknown }>();
  const destroyed: string[] = [];
  const seen: (ConnectionAttempt | string)[] = [];
  let settings: unknown;
  const undici = {
    buildConnector(given: unknown) {
      settings = given;
      return (options: { readonly hostname: string }, done: Connected) => {
        const { hostname } = options;
        const socket = Object.assign(new EventEmitter(), {
          destroy: () => void destroyed.push(hostname),
        }) as unknown as Socket;
        sockets.set(hostname, { done, socket, options });
        return socket;
      };
    },
  } as unknown as Undici;
  const listener = {
    attempt: (attempt: ConnectionAttempt) => void seen.push(attempt),
    connected: (address: string) => void seen.push(address),
  };
  const at = new URL(url);
  const host = at.hostname.replace(/^\[|\]$/g, "");
  const dialled = dial({ url: at, host, addresses, caCerts: [] }, undici, listener, ending.signal);
  return {
    ...{ limit, dialled, seen, destroyed, ending },
    settings: () => settings,
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
  using it = dialling("https://mcp.example/", [ONE, TWO]);
  await it.socket(ONE);
  equal(it.limit.waiting, 1);
  it.limit.fire();
  const { socket, done } = await it.socket(TWO);
  deepEqual(it.destroyed, [ONE]);
  equal(it.limit.waiting, 0);
  socket.emit("connect");
  done(null, socket);
  equal(await it.dialled, socket);
  const error = `connect ETIMEDOUT ${ONE}: no answer in 5000 ms`;
  deepEqual(it.seen, [{ address: ONE, error }, TWO, { address: TWO, error: null }]);
});

Deno.test("an address that has answered is waited for, however long its TLS takes", async () => {
  using it = dialling("https://mcp.example/", [ONE, TWO]);
  const { socket, done } = await it.socket(ONE);
  socket.emit("connect");
  it.limit.fire();
  done(null, socket);
  equal(await it.dialled, socket);
  deepEqual([it.seen, it.destroyed], [[ONE, { address: ONE, error: null }], []]);
});

Deno.test("a fault of TLS ends the dial; a refused connection leads to the next address", async () => {
  for (const url of ["https://mcp.example/", "http://mcp.example/"]) {
    using it = dialling(url, [ONE, TWO]);
    const { socket, done } = await it.socket(ONE);
    socket.emit("connect");
    done(new Error("broken"));
    if (url.startsWith("https:")) {
      await rejects(it.dialled, (error) => error instanceof HandshakeError);
    } else {
      const second = await it.socket(TWO);
      second.done(new Error("refused"));
      await rejects(it.dialled, /^Error: refused$/);
    }
    deepEqual(it.seen[1], { address: ONE, error: "broken" });
    equal(it.limit.waiting, 0);
  }
  using it = dialling("https://mcp.example/", [ONE, TWO]);
  (await it.socket(ONE)).done(new Error("refused"));
  (await it.socket(TWO)).done(new Error("refused too"));
  await rejects(it.dialled, /^Error: refused too$/);
  equal(it.seen.length, 2);
});

Deno.test("a dial that is ended closes its socket and tries no other address", async () => {
  using it = dialling("https://mcp.example/", [ONE, TWO]);
  await it.socket(ONE);
  const reason = new Error("enough");
  it.ending.abort(reason);
  await rejects(it.dialled, reason);
  deepEqual([it.destroyed, it.seen, it.limit.waiting], [
    [ONE],
    [{ address: ONE, error: "enough" }],
    0,
  ]);
});

Deno.test("a dial that was ended before connects to nothing", async () => {
  const ended = new AbortController();
  const reason = new Error("enough");
  ended.abort(reason);
  using it = dialling("https://mcp.example/", [ONE, TWO], ended);
  await rejects(it.dialled, reason);
  deepEqual(it.destroyed, [ONE]);
});

Deno.test("without an address there is nothing to dial", async () => {
  using it = dialling("https://mcp.example/", []);
  await rejects(it.dialled, /no address/);
});

/** What the connector is asked for: the name stays where the certificate needs it. */
const ASKED: readonly (readonly [url: string, address: string, options: object])[] = [
  ["https://mcp.example:8443/a", ONE, {
    ...{ hostname: ONE, host: "mcp.example:8443", protocol: "https:", port: "8443" },
    servername: "mcp.example",
  }],
  [`https://${ONE}/`, ONE, {
    ...{ hostname: ONE, host: ONE, protocol: "https:", port: "" },
    servername: "",
  }],
  ["http://mcp.example/", ONE, {
    ...{ hostname: ONE, host: "mcp.example", protocol: "http:", port: "" },
  }],
];

for (const [url, address, options] of ASKED) {
  Deno.test(`${url} is dialled at ${address} under its own name`, async () => {
    using it = dialling(url, [address]);
    const { done, socket, options: asked } = await it.socket(address);
    deepEqual(asked, options);
    equal(
      JSON.stringify(it.settings()),
      '{"allowH2":false,"timeout":0,"rejectUnauthorized":true}',
    );
    done(null, socket);
    await it.dialled;
  });
}
