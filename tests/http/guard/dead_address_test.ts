import { deepEqual, equal } from "node:assert/strict";
import { probeHost } from "../../../src/http/guard/dial.ts";
import { silentNetwork } from "../silent_network.ts";
import { untilClosed } from "../support.ts";

function probe(addresses: readonly string[], port: number, signal: AbortSignal) {
  const url = new URL(`http://mcp.example:${port}/`);
  return probeHost(url, signal, () => Promise.resolve(addresses));
}

Deno.test("an address that refuses, or that this machine has no way to, is not a dead one", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  try {
    const signal = new AbortController().signal;
    // 127.0.0.2 has no listener; a multicast address takes no connection on any machine.
    const found = await probe(["127.0.0.2", "224.0.0.1", "127.0.0.1"], port, signal);
    deepEqual(found, { reachable: ["127.0.0.1"], silent: [] });
  } finally {
    listener.close();
  }
});

Deno.test("an address that says nothing in its time is a dead one", async () => {
  const { timeout } = AbortSignal;
  const limit = new AbortController();
  Object.assign(AbortSignal, {
    timeout(ms: number) {
      equal(ms, 2000);
      return limit.signal;
    },
  });
  using network = silentNetwork(["192.0.2.1"]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { signal } = new AbortController();
    const sorting = probe(["192.0.2.1", "127.0.0.1"], listener.addr.port, signal);
    using conn = await listener.accept();
    await untilClosed(conn);
    deepEqual(network.ended, []);
    limit.abort();
    deepEqual(await sorting, { reachable: ["127.0.0.1"], silent: ["192.0.2.1"] });
    deepEqual(network.ended, ["192.0.2.1"]);
  } finally {
    Object.assign(AbortSignal, { timeout });
    listener.close();
  }
});

Deno.test("the search for dead addresses ends with its signal", async () => {
  const addresses = ["192.0.2.1", "192.0.2.2"];
  using network = silentNetwork(addresses);
  const ending = new AbortController();
  const sorting = probe(addresses, 443, ending.signal);
  while (network.tried.length < 2) await new Promise((resolve) => setTimeout(resolve));
  ending.abort();
  await sorting;
  deepEqual(network.ended, addresses);
});
