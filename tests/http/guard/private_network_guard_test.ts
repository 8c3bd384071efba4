import assert from "node:assert/strict";
import { holdTimers } from "../../held_timers.ts";
import {
  createPrivateNetworkGuard,
  type PrivateNetworkGuardOptions,
} from "../../../src/http/guard/private_network_guard.ts";
import type { NameLookup } from "../../../src/http/http_client.ts";

const NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["public.example", ["93.184.216.34"]],
  ["other.example", ["93.184.216.35", "2606:2800:220:1::1"]],
  ["inside.example", ["10.1.2.3"]],
  ["mixed.example", ["93.184.216.36", "169.254.169.254"]],
  ["here.example", ["127.0.0.1"]],
  ["mapped.example", ["::ffff:10.0.0.1"]],
  ["intranet.example", ["192.168.1.5"]],
  ["both.example", ["192.168.1.5", "93.184.216.34"]],
  ["sso", ["10.1.2.4"]],
  ["odd.example", ["192.168.1.5", "192.0.2.1"]],
  ["link.example", ["169.254.7.7"]],
  ["nobody.example", ["192.0.2.2"]],
]);

const lookup: NameLookup = (name) => {
  const found = NAMES.get(name.replace(/\.$/, ""));
  return found === undefined
    ? Promise.reject(new Error("failed to lookup address information"))
    : Promise.resolve(found);
};

const signal = () => AbortSignal.timeout(10_000);

function entry(serverUrl: string, more: Partial<PrivateNetworkGuardOptions> = {}) {
  return createPrivateNetworkGuard({
    serverUrl,
    serverViaProxy: false,
    lookup,
    isCertified: () => Promise.resolve(true),
    ...more,
  });
}

const PUBLIC = "https://public.example/mcp";
const INTRANET = "https://intranet.example/mcp";

const NAMED: readonly (readonly [server: string, name: string, allowed: boolean])[] = [
  [PUBLIC, "public.example", true],
  [PUBLIC, "other.example", true],
  [PUBLIC, "inside.example", false],
  [PUBLIC, "inside.example.", false],
  [PUBLIC, "mixed.example", false],
  [PUBLIC, "here.example", false],
  [PUBLIC, "mapped.example", false],
  [PUBLIC, "sso", false],
  [INTRANET, "inside.example", true],
  [INTRANET, "sso", true],
  [INTRANET, "other.example", true],
  [INTRANET, "here.example", false],
  [INTRANET, "mixed.example", false],
  // Who serves a name that has a public address too may be anyone.
  ["https://both.example/mcp", "inside.example", false],
  ["https://gone.example/mcp", "inside.example", false],
  ["https://odd.example/mcp", "inside.example", false],
  ["https://nobody.example/mcp", "inside.example", false],
  [PUBLIC, "nobody.example", false],
  [PUBLIC, "link.example", false],
  ["https://169.254.1.1/mcp", "link.example", true],
  ["https://169.254.1.1/mcp", "inside.example", false],
  ["http://127.0.0.1:3000/mcp", "link.example", false],
  ["http://127.0.0.1:3000/mcp", "inside.example", true],
  ["http://127.0.0.1:3000/mcp", "other.example", true],
  ["https://192.168.0.9/mcp", "inside.example", true],
];

for (const [server, name, allowed] of NAMED) {
  Deno.test(`a server at ${server} ${allowed ? "may" : "may not"} lead to the name ${name}`, async () => {
    const found = entry(server).addressesOf(name, signal());
    if (allowed) assert.deepEqual(await found, NAMES.get(name));
    else await assert.rejects(found, { code: "private_address_refused" });
  });
}

const WRITTEN: readonly (readonly [server: string, url: string, allowed: boolean])[] = [
  [PUBLIC, "https://10.0.0.1/token", false],
  [PUBLIC, "https://169.254.169.254/latest", false],
  [PUBLIC, "https://[::ffff:7f00:1]/token", false],
  [PUBLIC, "https://2130706433/token", false],
  [PUBLIC, "https://127.1/token", false],
  [PUBLIC, "https://localhost/token", false],
  [PUBLIC, "https://a.localhost./token", false],
  [PUBLIC, "https://93.184.216.35/token", true],
  [INTRANET, "https://169.254.169.254/", false],
  [INTRANET, "https://localhost/", false],
  [INTRANET, "https://10.0.0.1/token", true],
  ["https://192.168.0.9/mcp", "https://10.0.0.1/token", true],
  ["http://127.0.0.1:3000/mcp", "http://localhost:4000/token", true],
  ["http://127.0.0.1:3000/mcp", "https://10.0.0.1/token", true],
];

for (const [server, url, allowed] of WRITTEN) {
  Deno.test(`a server at ${server} ${allowed ? "may" : "may not"} lead to ${url}`, async () => {
    const judged = entry(server).judgeUrl(new URL(url), signal());
    if (allowed) await judged;
    else await assert.rejects(judged, { code: "private_address_refused" });
  });
}

Deno.test("a server whose name points into a private network leads there only with a certificate for its name", async () => {
  const asked: unknown[] = [];
  const certified: PrivateNetworkGuardOptions["isCertified"] = ({ hostname }, addresses) => {
    asked.push([hostname, addresses]);
    return Promise.resolve(false);
  };
  const judge = entry(INTRANET, { isCertified: certified });
  await judge.addressesOf("other.example", signal());
  assert.deepEqual(asked, []);
  await assert.rejects(judge.addressesOf("inside.example", signal()), {
    code: "private_address_refused",
  });
  assert.deepEqual(asked, [["intranet.example", ["192.168.1.5"]]]);
});

const BEFORE_PROXY: readonly (readonly [server: string, name: string, allowed: boolean])[] = [
  [PUBLIC, "other.example", true],
  [PUBLIC, "unknown.example", true],
  [PUBLIC, "inside.example", false],
  [PUBLIC, "mixed.example", false],
  [PUBLIC, "sso", false],
  [PUBLIC, "unknown", false],
  [PUBLIC, "unknown.", false],
  // Through a proxy nothing shows where the server is.
  [INTRANET, "inside.example", false],
  ["https://192.168.0.9/mcp", "inside.example", true],
  ["https://192.168.0.9/mcp", "sso", true],
];

for (const [server, name, allowed] of BEFORE_PROXY) {
  Deno.test(`behind a proxy, a server at ${server} ${allowed ? "may" : "may not"} lead to ${name}`, async () => {
    const judged = entry(server, { serverViaProxy: true }).judgeBeforeProxy(name, signal());
    if (allowed) await judged;
    else await assert.rejects(judged, { code: "private_address_refused" });
  });
}

Deno.test("a look-up that is ended says nothing about the server's network", async () => {
  const ending = new AbortController();
  const reason = new Error("enough");
  const asked: string[] = [];
  const judge = entry(INTRANET, {
    lookup: (name, signal) => {
      asked.push(name);
      if (name === "intranet.example") ending.abort(reason);
      return signal.aborted ? Promise.reject(new Error("ended")) : lookup(name, signal);
    },
  });
  await assert.rejects(judge.addressesOf("inside.example", ending.signal), reason);
  // The server's own network was not learned, and is found now.
  assert.deepEqual(await judge.addressesOf("inside.example", signal()), ["10.1.2.3"]);
  await judge.addressesOf("inside.example", signal());
  assert.equal(asked.filter((name) => name === "intranet.example").length, 2);
});

Deno.test("a name that nobody here knows in time is left to the proxy, and an end is an end", async () => {
  using limit = holdTimers(3000);
  const ending = new AbortController();
  const reason = new Error("enough");
  const judge = entry(PUBLIC, {
    serverViaProxy: true,
    lookup: (_, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const late = judge.judgeBeforeProxy("slow.example", signal());
  limit.fire();
  await late;
  const ended = judge.judgeBeforeProxy("slow.example", ending.signal);
  ending.abort(reason);
  await assert.rejects(ended, reason);
  assert.equal(limit.waiting, 0);
});
