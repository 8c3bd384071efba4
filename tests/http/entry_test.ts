import assert from "node:assert/strict";
import { createEntry } from "../../src/http/entry.ts";
import type { Resolver } from "../../src/http/guard_dns.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "public.example": ["93.184.216.34"],
  "other.example": ["93.184.216.35", "2606:2800:220:1::1"],
  "inside.example": ["10.1.2.3"],
  "mixed.example": ["93.184.216.36", "169.254.169.254"],
  "here.example": ["127.0.0.1"],
  "intranet.example": ["192.168.1.5"],
  "gone.example": [],
};

const resolve: Resolver = (name, type) => {
  const wanted = (NAMES[name] ?? []).filter((it) => it.includes(":") === (type === "AAAA"));
  return Promise.resolve([...wanted]);
};

const CASES: readonly (readonly [server: string, url: string, allowed: boolean])[] = [
  ["https://public.example/mcp", "https://public.example/token", true],
  ["https://public.example/mcp", "https://other.example/token", true],
  ["https://public.example/mcp", "https://gone.example/token", true],
  ["https://public.example/mcp", "https://10.0.0.1/token", false],
  ["https://public.example/mcp", "https://169.254.169.254/latest", false],
  ["https://public.example/mcp", "https://[::ffff:7f00:1]/token", false],
  ["https://public.example/mcp", "https://2130706433/token", false],
  ["https://public.example/mcp", "https://localhost/token", false],
  ["https://public.example/mcp", "https://inside.example/token", false],
  ["https://public.example/mcp", "https://mixed.example/token", false],
  ["https://public.example/mcp", "https://here.example/token", false],
  ["https://intranet.example/mcp", "https://inside.example/token", true],
  ["https://intranet.example/mcp", "https://other.example/token", true],
  ["https://intranet.example/mcp", "https://here.example/token", false],
  ["https://intranet.example/mcp", "https://169.254.169.254/", false],
  ["https://192.168.0.9/mcp", "https://10.0.0.1/token", true],
  ["http://127.0.0.1:3000/mcp", "http://localhost:4000/token", true],
  ["http://127.0.0.1:3000/mcp", "https://10.0.0.1/token", true],
  ["http://127.0.0.1:3000/mcp", "https://other.example/token", true],
];

for (const [server, url, allowed] of CASES) {
  Deno.test(`a server at ${server} ${allowed ? "may" : "may not"} lead to ${url}`, async () => {
    const entry = createEntry({ serverUrl: server }, resolve);
    const check = entry.check(url, AbortSignal.timeout(10_000));
    if (allowed) await check;
    else await assert.rejects(check, { code: "private_address_refused" });
  });
}

Deno.test("a private address that the person named is allowed", async () => {
  const entry = createEntry(
    { serverUrl: "https://public.example/mcp", namedUrls: ["https://inside.example/tenant"] },
    resolve,
  );
  await entry.check("https://inside.example/token", AbortSignal.timeout(10_000));
});

Deno.test("where a proxy looks names up, only spellings are judged", async () => {
  const entry = createEntry({ serverUrl: "https://public.example/mcp" }, undefined);
  await entry.check("https://inside.example/token", AbortSignal.timeout(10_000));
  await assert.rejects(entry.check("https://10.0.0.1/token", AbortSignal.timeout(10_000)), {
    code: "private_address_refused",
  });
});
