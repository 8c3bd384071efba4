import assert from "node:assert/strict";
import { createPrivateNetworkGuard } from "../../../src/http/guard/private_network_guard.ts";
import { redirectObjection } from "../../../src/http/request_url.ts";

/** Addresses in public networks whose owner has put a private IPv4 address into them. */
const BORROWED = [
  ["ISATAP with a private address", "2606:4700::5efe:a00:1", "10.1.2.3"],
  ["ISATAP, global form", "2606:4700::200:5efe:c0a8:1", "10.1.2.3"],
  ["ISATAP with loopback", "2606:4700::5efe:7f00:1", "127.0.0.1"],
  ["ISATAP with a metadata service", "2606:4700::5efe:a9fe:a9fe", "169.254.169.254"],
  ["6to4 with a public address", "2002:5db8:d822::1", "0.0.0.0"],
  ["6to4 with a private address", "2002:a00:1::1", "10.1.2.3"],
  ["Teredo", "2001:0:5db8:d822::1", "0.0.0.0"],
  ["NAT64 with a private address", "64:ff9b::a00:1", "10.1.2.3"],
] as const;

const entry = (server: string, serverAddress: string, other = "") =>
  createPrivateNetworkGuard({
    serverUrl: server,
    serverViaProxy: false,
    lookup: (name) => Promise.resolve([name === "mcp.example" ? serverAddress : other]),
    isCertified: () => Promise.resolve(true),
  });

const signal = () => AbortSignal.timeout(10_000);
const REFUSED = { code: "private_address_refused" };

for (const [what, serverAddress, inside] of BORROWED) {
  Deno.test(`a server at ${serverAddress} is in no private network: ${what}`, async () => {
    const named = entry("https://mcp.example/mcp", serverAddress, inside);
    await assert.rejects(named.addressesOf("as.example", signal()), REFUSED);
    const written = new URL(`https://${inside}/token`);
    await assert.rejects(named.judgeUrl(written, signal()), REFUSED);
    const typed = entry(`https://[${serverAddress}]/mcp`, "", inside);
    await assert.rejects(typed.addressesOf("as.example", signal()), REFUSED);
    await assert.rejects(typed.judgeUrl(written, signal()), REFUSED);
    const server = `https://[${serverAddress}]/mcp`;
    const objection = await redirectObjection(written, [server], server);
    assert.match(objection ?? "", /^it leads into a \S+ network from outside$/);
  });
}

for (const address of ["10.0.0.1", "::ffff:10.0.0.1", "fd12:3456::1"]) {
  Deno.test(`a server at ${address} leads into its own network`, async () => {
    const found = entry("https://mcp.example/mcp", address, "10.1.2.3");
    assert.deepEqual(await found.addressesOf("as.example", signal()), ["10.1.2.3"]);
  });
}

const BEHIND_PROXY: readonly (readonly [server: string, name: string, allowed: boolean])[] = [
  ["https://mcp.example/mcp", "printer.local", false],
  ["https://mcp.example/mcp", "printer.local.", false],
  ["https://mcp.example/mcp", "vault.corp.internal", false],
  ["https://mcp.example/mcp", "router.home.arpa", false],
  ["https://mcp.example/mcp", "local", false],
  ["https://mcp.example/mcp", "sso", false],
  ["https://mcp.example/mcp", "internal.example", true],
  ["https://mcp.example/mcp", "notlocal.example", true],
  ["https://mcp.example/mcp", "notlocal", false],
  ["https://mcp.example/mcp", "as.local.example", true],
  ["https://mcp.example/mcp", "as.internal.example", true],
  ["https://mcp.example/mcp", "in-addr.arpa", true],
  ["https://[2606:4700::1111]/mcp", "sso", false],
  ["https://mcp.corp.internal/mcp", "sso.corp.internal", true],
  ["https://mcp/mcp", "sso.corp.internal", true],
  ["https://mcp/mcp", "sso", false],
  ["https://mcp.corp.internal/mcp", "sso.", false],
];

for (const [serverUrl, name, allowed] of BEHIND_PROXY) {
  Deno.test(
    `behind a proxy that knows more names, ${serverUrl} ${
      allowed ? "may" : "may not"
    } lead to ${name}`,
    async () => {
      const judged = createPrivateNetworkGuard({
        serverUrl,
        serverViaProxy: true,
        lookup: () => Promise.reject(new Error("failed to lookup address information")),
        isCertified: () => Promise.resolve(true),
      }).judgeBeforeProxy(name, signal());
      if (allowed) await judged;
      else await assert.rejects(judged, REFUSED);
    },
  );
}
