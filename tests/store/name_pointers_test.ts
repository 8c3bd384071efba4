import assert from "node:assert/strict";
import { entryOf } from "./entries.ts";
import { makeHome, replaceDeno } from "./support.ts";

const OTHER = "https://other.example/mcp";

Deno.test("a name is found without reading the entries of other servers", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key } = await store.write(entryOf({ name: "one" }));
  await store.write(entryOf({ name: "two", serverUrl: OTHER }));
  const opened: string[] = [];
  const { openSync } = Deno;
  using _ = replaceDeno("openSync", (path, options) => {
    if (String(path).startsWith(home.home)) opened.push(String(path));
    return openSync(path, options);
  });
  const found = await home.open().findNamed("one");
  assert.deepEqual(found.map((entry) => [entry.key, entry.name]), [[key, "one"]]);
  assert.equal(opened.length, 2, opened.join("\n"));
  assert.match(opened[0] ?? "", /\/name-[0-9a-f]{32}\.json$/);
  assert.ok(opened[1]?.endsWith(`/${key}.json`), opened[1]);
});

Deno.test("the new name is found after a change, and the former one is not", async () => {
  await using home = await makeHome();
  const store = home.open();
  await store.write(entryOf({ name: "one" }));
  await store.write(entryOf({ name: "two" }));
  assert.deepEqual(await store.findNamed("one"), []);
  assert.equal((await store.findNamed("two")).length, 1);
  assert.equal((await home.paths()).filter((path) => path.includes("/name-")).length, 1);
});

Deno.test("a sign-out leaves no name behind, unless another client has it", async () => {
  await using home = await makeHome();
  const store = home.open();
  const first = await store.write(entryOf({ name: "one" }));
  const { client } = entryOf();
  const second = await store.write(entryOf({ name: "one", client: { ...client, clientId: "b" } }));
  await store.remove(first.key);
  assert.deepEqual((await store.findNamed("one")).map(({ key }) => key), [second.key]);
  await store.remove(second.key);
  assert.deepEqual(await home.paths(), ["credentials"]);
});

Deno.test("a name file that is wrong, damaged or unsafe leads to no entry", async () => {
  await using home = await makeHome();
  const store = home.open();
  await store.write(entryOf({ name: "one" }));
  const [file = ""] = (await home.paths()).filter((path) => path.includes("/name-"));
  const path = `${home.home}/${file}`;
  const { server, prefix } = { server: "0".repeat(32), prefix: `${"0".repeat(16)}-` };
  for (const text of [`"${server}/${prefix}"\n`, '"../../other"\n', "{}", ""]) {
    await Deno.writeTextFile(path, text);
    assert.deepEqual(await store.findNamed("one"), [], text);
  }
  await store.write(entryOf({ name: "one" }));
  assert.equal((await store.findNamed("one")).length, 1);
  if (Deno.build.os === "windows") return;
  await Deno.chmod(path, 0o644);
  assert.deepEqual(await store.findNamed("one"), []);
});
