import { deepEqual, equal, rejects } from "node:assert/strict";
import { holdTimers } from "../held_timers.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { Connections } from "../../src/http/guard/connections.ts";
import type { Attempt } from "../../src/http/exchange_log.ts";
import type { HttpClientOptions } from "../../src/http/http_client.ts";
import { resendingFetch } from "../../src/http/client/resend.ts";
import { silentNetwork } from "./silent_network.ts";
import { serveRaw, untilClosed } from "./support.ts";

const ATTEMPT: Attempt = {
  purpose: "resource_metadata",
  step: "resource_metadata",
  method: "GET",
  url: "",
  headers: [],
  body: null,
  redirectOf: null,
};

/** A sender whose requests the test answers, on a network with a server at 127.0.0.1. */
function stalledSender(addresses: readonly string[] | Error, isLookedUp = true) {
  let knocks = 0;
  const server = serveRaw(async (conn) => {
    await untilClosed(conn);
    knocks += 1;
  });
  const stall = holdTimers(3000);
  const network = silentNetwork(["192.0.2.1", "192.0.2.2"]);
  const requests: (PromiseWithResolvers<Response> & { readonly signal: AbortSignal })[] = [];
  const pinned: unknown[] = [];
  const findings: Finding[] = [];
  const lookedUp: string[] = [];
  const connections: Connections = {
    send(_url, { signal }) {
      const answer = Promise.withResolvers<Response>();
      requests.push({ ...answer, signal });
      return answer.promise;
    },
    isLookedUpByRuntime: () => isLookedUp,
    pin: ({ hostname }, to) => void pinned.push([hostname, to]),
    close: () => Promise.resolve(),
  };
  const options = {
    emit: (event) => {
      if (event.type === "finding") findings.push(event.finding);
    },
    resolve: (name) => {
      lookedUp.push(name);
      return addresses instanceof Error ? Promise.reject(addresses) : Promise.resolve(addresses);
    },
  } as Partial<HttpClientOptions> as HttpClientOptions;
  const send = resendingFetch(options, connections);
  const ending = new AbortController();
  return {
    ...{ requests, pinned, findings, lookedUp, stall, network, ending },
    knocks: () => knocks,
    send: (parts: Partial<Attempt> = {}) =>
      send(new URL(`http://mcp.example:${server.port}/`), {
        ...{ method: "GET", headers: [], body: null, redirect: "manual" },
        signal: ending.signal,
      }, { ...ATTEMPT, ...parts }),
    async [Symbol.asyncDispose]() {
      network[Symbol.dispose]();
      stall[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Lets what is ready run until `ready`. */
async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a request that stays without an answer is sent to the living address of its name", async () => {
  const { timeout } = AbortSignal;
  const knocking = new AbortController();
  Object.assign(AbortSignal, { timeout: () => knocking.signal });
  try {
    await using it = stalledSender(["192.0.2.1", "127.0.0.1"]);
    const sending = it.send();
    it.stall.fire();
    await until(() => it.knocks() === 1);
    knocking.abort();
    await until(() => it.requests.length === 2);
    deepEqual(it.pinned, [["mcp.example", ["127.0.0.1"]]]);
    deepEqual(it.requests.map(({ signal }) => signal.aborted), [true, false]);
    const [{ code, severity, step, message } = {} as Finding] = it.findings;
    deepEqual([it.findings.length, code, severity, step], [
      1,
      "address_dead",
      "warning",
      "resource_metadata",
    ]);
    equal(
      /"mcp\.example" accepts no connection at 192\.0\.2\.1 .* 127\.0\.0\.1$/.test(message),
      true,
      message,
    );
    // What the given up request ends with is nobody's failure.
    it.requests[0]?.reject(new Error("given up"));
    const answer = new Response("second");
    it.requests[1]?.resolve(answer);
    equal(await sending, answer);
  } finally {
    Object.assign(AbortSignal, { timeout });
  }
});

/** Names of which no address is known to be dead while another one lives. */
const OTHERS: Readonly<Record<string, readonly string[] | Error>> = {
  "has one address": ["192.0.2.1"],
  "has no address": new Error("failed to lookup address information"),
  "has only living addresses": ["127.0.0.1", "127.0.0.1"],
  "has an address that refuses": ["127.0.0.9", "127.0.0.1"],
  "has no living address": ["127.0.0.9", "127.0.0.8"],
};

for (const [what, addresses] of Object.entries(OTHERS)) {
  Deno.test(`a request to a name that ${what} is waited for`, async () => {
    await using it = stalledSender(addresses);
    const sending = it.send();
    it.stall.fire();
    await until(() => it.lookedUp.length === 1);
    const tried = addresses instanceof Error || addresses.length < 2 ? 0 : 2;
    await until(() => it.network.tried.length === tried);
    const answer = new Response("late");
    it.requests[0]?.resolve(answer);
    equal(await sending, answer);
    deepEqual([it.requests.length, it.pinned, it.findings], [1, [], []]);
    equal(it.requests[0]?.signal.aborted, false);
    equal(it.stall.waiting, 0);
  });
}

Deno.test("an answer that arrives while addresses are tried is the answer", async () => {
  await using it = stalledSender(["192.0.2.1", "192.0.2.2"]);
  const sending = it.send();
  it.stall.fire();
  await until(() => it.network.tried.length === 2);
  const answer = new Response("late");
  it.requests[0]?.resolve(answer);
  equal(await sending, answer);
  it.ending.abort();
  await until(() => it.network.ended.length === 2);
});

Deno.test("a request that is answered or fails in time tries no address", async () => {
  await using it = stalledSender(["192.0.2.1", "127.0.0.1"]);
  const answered = it.send();
  equal(it.stall.waiting, 1);
  const answer = new Response("early");
  it.requests[0]?.resolve(answer);
  equal(await answered, answer);
  equal(it.stall.waiting, 0);
  const failing = it.send();
  it.requests[1]?.reject(new Error("refused"));
  await rejects(failing, /refused/);
  equal(it.stall.waiting, 0);
  it.ending.abort();
  equal(it.requests[1]?.signal.aborted, true);
  deepEqual(it.lookedUp, []);
});

for (
  const [what, parts, isLookedUp] of [
    ["may be sent only once", { purpose: "token", method: "POST" }, true],
    ["the runtime does not look up", {}, false],
  ] as const
) {
  Deno.test(`no address is tried for a request that ${what}`, async () => {
    await using it = stalledSender(["192.0.2.1", "127.0.0.1"], isLookedUp);
    const sending = it.send(parts);
    equal(it.stall.waiting, 0);
    const answer = new Response("late");
    it.requests[0]?.resolve(answer);
    equal(await sending, answer);
  });
}
