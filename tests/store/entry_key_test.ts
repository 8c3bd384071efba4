import assert from "node:assert/strict";
import {
  accountPrefix,
  entryKey,
  entryName,
  isServerFolderName,
  serverFolderName,
  splitKey,
} from "../../src/store/entry_key.ts";

const IDENTITY = {
  serverUrl: "https://mcp.example/mcp",
  account: "default",
  issuer: "https://as.example",
  client: { clientId: "c1" },
};

Deno.test("an entry is found by server, account, issuer and client, and by all of them", () => {
  const key = entryKey(IDENTITY);
  assert.match(key, /^[0-9a-f]{32}\/[0-9a-f]{16}-[0-9a-f]{16}$/);
  const same = { ...IDENTITY, serverUrl: "HTTPS://MCP.example:443/mcp" };
  assert.equal(entryKey(same), key);
  const others = [
    { ...IDENTITY, serverUrl: "https://mcp.example/other" },
    { ...IDENTITY, account: "work" },
    { ...IDENTITY, issuer: "https://as.example/" },
    { ...IDENTITY, client: { clientId: "c2" } },
  ].map(entryKey);
  assert.equal(new Set([key, ...others]).size, 5);
});

Deno.test("a key begins with its server's folder, and a name with its account", () => {
  const { server, name } = splitKey(entryKey(IDENTITY));
  assert.equal(server, serverFolderName(IDENTITY.serverUrl));
  assert.ok(name.startsWith(accountPrefix("default")));
  assert.match(accountPrefix("default"), /^[0-9a-f]{16}-$/);
});

Deno.test("what leads out of the store is no key and no name", () => {
  const [a, b] = ["a".repeat(16), "b".repeat(16)];
  const server = a + b;
  assert.deepEqual(splitKey(`${server}/${a}-${b}`), { server, name: `${a}-${b}` });
  for (
    const key of [
      "",
      `${server}/${a}-${b}/x`,
      `../${server}/${a}-${b}`,
      `${server}/../${a}-${b}`,
      `${server}/${a}-${b}\n`,
      `${server}a/${a}-${b}`,
      `${server.toUpperCase()}/${a}-${b}`,
    ]
  ) assert.throws(() => splitKey(key), RangeError, key);
  assert.equal(isServerFolderName(server), true);
  for (const name of ["", "..", `${server}a`, `x${server}`, server.slice(1), `${server}.old`]) {
    assert.equal(isServerFolderName(name), false, name);
  }
  assert.equal(entryName(`${a}-${b}.json`), `${a}-${b}`);
  for (const name of [`${a}-${b}.json.tmp`, `x${a}-${b}.json`, `${a}-${b}xjson`, "tools.json"]) {
    assert.equal(entryName(name), undefined, name);
  }
});
