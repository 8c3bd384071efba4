import { equal } from "node:assert/strict";
import { openConnections } from "../../../src/http/guard/connections.ts";
import type { Attempt } from "../../../src/http/exchange_log.ts";
import type { HttpClientOptions } from "../../../src/http/http_client.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";

function connections(more: Partial<HttpClientOptions> = {}) {
  return openConnections({
    serverUrl: "https://mcp.example/mcp",
    namedUrls: ["https://issuer.example/tenant"],
    customHeaders: [],
    stepTimeoutMs: 20_000,
    emit: () => {},
    secrets: createSecrets(),
    clock: { now: () => Date.now() },
    env: { get: () => undefined, toObject: () => ({}) },
    signal: new AbortController().signal,
    ...more,
  });
}

function attempt(namedHosts?: readonly string[]): Attempt {
  return {
    ...{ purpose: "token", step: "token", method: "POST", url: "", headers: [], body: null },
    ...{ redirectOf: null, certificate: undefined },
    ...(namedHosts === undefined ? {} : { namedHosts }),
  } as Attempt;
}

const HOSTS: readonly (readonly [url: string, byRuntime: boolean])[] = [
  ["https://mcp.example/other", true],
  ["https://issuer.example/token", true],
  ["https://stored.example/token", true],
  ["https://other.example/token", false],
  ["https://mcp.example./mcp", false],
  ["https://localhost/mcp", false],
  ["https://a.localhost/mcp", false],
  ["https://127.0.0.1/mcp", false],
  ["https://[::1]/mcp", false],
];

for (const [text, byRuntime] of HOSTS) {
  Deno.test(`${text} is ${byRuntime ? "" : "not "}looked up by the runtime`, async () => {
    const url = new URL(text);
    // Every one of them was named, but for the one of another party.
    const named = /other\.example|example\./.test(url.hostname) ? [] : [url.hostname];
    const open = connections();
    equal(open.isLookedUpByRuntime(url, attempt(named)), byRuntime);
    open.pin(url, ["192.0.2.1"]);
    equal(open.isLookedUpByRuntime(url, attempt(named)), false, "after its addresses were pinned");
    await open.close();
  });
}

Deno.test("a host is named for the request that says so, and for no other", async () => {
  const open = connections();
  const url = new URL("https://stored.example/token");
  equal(open.isLookedUpByRuntime(url, attempt()), false);
  equal(open.isLookedUpByRuntime(url, attempt(["stored.example"])), true);
  equal(open.isLookedUpByRuntime(url, attempt(["mcp.example"])), false);
  await open.close();
});
