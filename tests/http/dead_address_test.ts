import { deepEqual } from "node:assert/strict";
import { sortAddresses } from "../../src/http/dead_address.ts";

Deno.test("an address that refuses, or that this machine has no way to, is not a dead one", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  try {
    const signal = new AbortController().signal;
    // 127.0.0.2 has no listener; a multicast address takes no connection on any machine.
    const found = await sortAddresses(["127.0.0.2", "224.0.0.1", "127.0.0.1"], port, signal);
    deepEqual(found, { alive: ["127.0.0.1"], dead: [] });
  } finally {
    listener.close();
  }
});
