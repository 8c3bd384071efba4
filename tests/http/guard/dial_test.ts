import { deepEqual, equal, rejects } from "node:assert/strict";
import { holdTimers } from "../../held_timers.ts";
import { connectToFirst, hasValidCertificate, systemLookup } from "../../../src/http/guard/dial.ts";
import { AUTHORITY, fixture } from "../guard_support.ts";
import { silentNetwork } from "../silent_network.ts";
import { serveRaw, untilClosed } from "../support.ts";

const signal = () => new AbortController().signal;

Deno.test("of several addresses, the first that accepts gets the one connection", async () => {
  const seen: string[] = [];
  const listen = (hostname: string, port = 0) =>
    serveRaw((conn) => {
      seen.push(hostname);
      return untilClosed(conn);
    }, Deno.listen({ hostname, port }));
  await using first = listen("127.0.0.2");
  await using _second = listen("127.0.0.3", first.port);
  {
    using conn = await connectToFirst(
      ["127.0.0.9", "127.0.0.2", "127.0.0.3"],
      first.port,
      signal(),
    );
    equal(conn.remoteAddr.hostname, "127.0.0.2");
    // The other listener would have its connection by now.
    using other = await connectToFirst(["127.0.0.3"], first.port, signal());
    equal(other.remoteAddr.hostname, "127.0.0.3");
  }
  deepEqual(seen, ["127.0.0.2", "127.0.0.3"]);
});

Deno.test("without an address that accepts, the last refusal is the reason", async () => {
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  await rejects(connectToFirst(["127.0.0.1", "127.0.0.2"], gone.addr.port, signal()), {
    name: "ConnectionRefused",
  });
  await rejects(connectToFirst([], 443, signal()), /no address/);
});

Deno.test("a dial that was ended connects to nothing", async () => {
  let connections = 0;
  await using server = serveRaw(() => {
    connections += 1;
    return Promise.resolve();
  });
  const reason = new Error("enough");
  await rejects(connectToFirst(["127.0.0.1"], server.port, AbortSignal.abort(reason)), reason);
  equal(connections, 0);
});

/** Lets what is ready run. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("each silent address has its quarter of a second before the next one is tried", async () => {
  await using server = serveRaw(untilClosed);
  using network = silentNetwork(["192.0.2.1", "192.0.2.2"]);
  using quarter = holdTimers(250);
  const addresses = ["127.0.0.9", "192.0.2.1", "192.0.2.2", "127.0.0.1"];
  const dialled = connectToFirst(addresses, server.port, signal());
  while (network.tried.length < 2) await turn();
  equal(quarter.waiting, 1);
  quarter.fire();
  await turn();
  deepEqual(network.tried, addresses.slice(0, 3));
  quarter.fire();
  using conn = await dialled;
  equal(conn.remoteAddr.hostname, "127.0.0.1");
  deepEqual(network.tried, addresses);
  deepEqual(network.ended, ["192.0.2.1", "192.0.2.2"]);
  equal(quarter.waiting, 0);
});

Deno.test("a connection that is made after another one was chosen is closed", async () => {
  const { connect } = Deno;
  const connecting: PromiseWithResolvers<Deno.TcpConn>[] = [];
  const closed: string[] = [];
  const connection = (name: string) =>
    ({ close: () => void closed.push(name) }) as unknown as Deno.TcpConn;
  Object.assign(Deno, {
    connect() {
      const made = Promise.withResolvers<Deno.TcpConn>();
      connecting.push(made);
      return made.promise;
    },
  });
  try {
    using quarter = holdTimers(250);
    const dialled = connectToFirst(["192.0.2.1", "192.0.2.2"], 443, signal());
    quarter.fire();
    const second = connection("second");
    connecting[1]?.resolve(second);
    equal(await dialled, second);
    connecting[0]?.resolve(connection("first"));
    await turn();
    deepEqual(closed, ["first"]);
  } finally {
    Object.assign(Deno, { connect });
  }
});

Deno.test("a dial that is ended while no address answers ends with the signal's reason", async () => {
  using network = silentNetwork(["192.0.2.1", "192.0.2.2"]);
  using quarter = holdTimers(250);
  const ending = new AbortController();
  const reason = new Error("enough");
  const dialled = connectToFirst(["192.0.2.1", "192.0.2.2"], 443, ending.signal);
  ending.abort(reason);
  await rejects(dialled, reason);
  await turn();
  deepEqual([network.tried, network.ended, quarter.waiting], [["192.0.2.1"], ["192.0.2.1"], 0]);
});

Deno.test("while an earlier address may still answer, one that refuses ends nothing", async () => {
  using network = silentNetwork(["192.0.2.1"]);
  using quarter = holdTimers(250);
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  const { port } = gone.addr;
  const ending = new AbortController();
  const dialled = connectToFirst(["192.0.2.1", "127.0.0.1"], port, ending.signal);
  let isOver = false;
  dialled.catch(() => isOver = true);
  quarter.fire();
  while (network.tried.length < 2) await turn();
  await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => {});
  await turn();
  equal(isOver, false);
  ending.abort(new Error("enough"));
  await rejects(dialled, /enough/);
});

Deno.test("a server is certified by a trusted certificate for its name, over TLS only", {
  // A connection that was checked is closed.
  sanitizeResources: true,
}, async () => {
  const serve = (certificate: string) =>
    serveRaw(
      untilClosed,
      Deno.listenTls({
        ...{ hostname: "127.0.0.1", port: 0 },
        ...{ cert: fixture(certificate), key: fixture("server.key") },
      }),
    );
  await using right = serve("server.crt");
  await using expired = serve("expired.crt");
  const at = (url: string, caCerts = [AUTHORITY]) =>
    hasValidCertificate(new URL(url), ["127.0.0.1"], caCerts, signal());
  equal(await at(`https://mcp.example:${right.port}/mcp`), true);
  equal(await at(`https://other.example:${right.port}/mcp`), false);
  equal(await at(`https://mcp.example:${right.port}/mcp`, []), false);
  equal(await at(`https://127.0.0.1:${expired.port}/mcp`), false);
  equal(await at(`http://mcp.example:${right.port}/mcp`), false);
  const ended = AbortSignal.abort(new Error("enough"));
  const url = new URL(`https://mcp.example:${right.port}/mcp`);
  equal(await hasValidCertificate(url, ["127.0.0.1"], [AUTHORITY], ended), false);
});

Deno.test("the system's answer has each address once; a name without one is a DNS fault; an end ends it", async () => {
  const found = await systemLookup("localhost", signal());
  equal(found.length, new Set(found).size);
  equal(found.every((it) => it === "127.0.0.1" || it === "::1"), true, String(found));
  await rejects(systemLookup("name.invalid", signal()), /^Error: failed to lookup address/);
  const reason = new Error("enough");
  await rejects(systemLookup("localhost", AbortSignal.abort(reason)), reason);
  const ending = new AbortController();
  const looking = systemLookup("name.invalid", ending.signal);
  ending.abort(reason);
  await rejects(looking, reason);
});
