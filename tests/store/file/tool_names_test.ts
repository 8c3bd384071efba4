import assert from "node:assert/strict";
import { readToolNames, storeToolNames } from "../../../src/store/file/tool_names.ts";
import { entryOf, envOf } from "../entries.ts";
import { failureOf, type Home, makeHome } from "../support.ts";

const URL = "https://mcp.example/mcp";
const SECRET = "canary-token";
const mask = (text: string) => text.replaceAll(SECRET, "[masked]");

async function signedIn() {
  const home: Home = await makeHome();
  const { path } = await home.open().write(entryOf());
  const env = envOf({ MCPASS_HOME: home.home });
  return {
    home,
    file: (path ?? "").replace(/[^/]*$/, "tools.json"),
    keep: (tools: readonly unknown[]) => storeToolNames(env, URL, tools, mask),
    kept: () => Promise.try(() => readToolNames(env, URL)),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

Deno.test("names of tools are stored with their titles, or else their descriptions", async () => {
  await using it = await signedIn();
  await it.keep([
    { name: "a", title: "Title", description: "Description" },
    { name: "b", description: "Description" },
    { name: "c" },
    { name: "d", title: 7 },
  ]);
  assert.deepEqual(await it.kept(), [
    { name: "a", about: "Title" },
    { name: "b", about: "Description" },
    { name: "c", about: "" },
    { name: "d", about: "" },
  ]);
  assert.equal(((await Deno.stat(it.file)).mode ?? 0) & 0o777, 0o600);
});

Deno.test("the names of a tool's arguments are stored if a command line can have them", async () => {
  await using it = await signedIn();
  const tool = (properties: unknown) => ({ name: "a", inputSchema: { properties } });
  await it.keep([
    tool({ path: {}, "x-y": {}, "a b": {}, "c=d": {}, [`k${SECRET}`]: {}, "-q": {} }),
  ]);
  assert.deepEqual(await it.kept(), [{ name: "a", about: "", arguments: ["path", "x-y"] }]);
  for (const properties of [null, [], "path", {}]) {
    await it.keep([tool(properties)]);
    assert.deepEqual(await it.kept(), [{ name: "a", about: "" }]);
  }
  const text = '{"tools":[{"name":"a","about":"","arguments":[7]}]}';
  await Deno.writeTextFile(it.file, text, { mode: 0o600 });
  assert.deepEqual(await it.kept(), []);
});

Deno.test("a tool without a name, or with a secret in its name, is left out", async () => {
  await using it = await signedIn();
  const long = "x".repeat(500);
  await it.keep([
    ...[null, "a", [], { title: "b" }, { name: 7 }, { name: `x-${SECRET}` }],
    ...[{ name: "ok", title: `has ${SECRET}${long}` }],
  ]);
  const [tool, ...others] = await it.kept();
  assert.deepEqual(others, []);
  assert.equal(tool?.name, "ok");
  assert.equal(tool.about, `has [masked]${long}`.slice(0, 200));
  assert.equal((await Deno.readTextFile(it.file)).includes("canary"), false);
});

Deno.test("names are stored only where there is a sign-in at the server, and go with the last one", async () => {
  await using it = await signedIn();
  const env = envOf({ MCPASS_HOME: it.home.home });
  await storeToolNames(env, "https://other.example/mcp", [{ name: "a" }], mask);
  assert.deepEqual(readToolNames(env, "https://other.example/mcp"), []);
  await it.keep([{ name: "a" }]);
  const store = it.home.open();
  const second = await store.write(entryOf({ account: "work" }));
  await store.remove(store.keyOf(entryOf()));
  assert.equal((await it.kept()).length, 1);
  await store.remove(second.key);
  assert.deepEqual(await it.kept(), []);
  await assert.rejects(Deno.stat(it.file), Deno.errors.NotFound);
  assert.equal((await it.home.paths()).some((path) => path.endsWith("tools.json")), false);
});

Deno.test("a file of names that stays without a sign-in is not read", async () => {
  await using it = await signedIn();
  await it.keep([{ name: "a" }]);
  await Deno.remove(
    it.file.replace(/[^/]*$/, it.home.open().keyOf(entryOf()).split("/")[1] + ".json"),
  );
  assert.deepEqual(await it.kept(), []);
});

Deno.test("the same names are not written again", async () => {
  await using it = await signedIn();
  await it.keep([{ name: "a" }]);
  const before = await Deno.stat(it.file);
  await it.keep([{ name: "a" }]);
  assert.equal((await Deno.stat(it.file)).ino, before.ino);
  await it.keep([{ name: "b" }]);
  assert.notEqual((await Deno.stat(it.file)).ino, before.ino);
  assert.deepEqual(await it.kept(), [{ name: "b", about: "" }]);
});

for (
  const text of [
    ...["", "x", "null", "[]", "{}", '{"tools":null}', '{"tools":{}}'],
    ...['{"tools":[null,7,"a",[],{},{"name":7,"about":""},{"name":"a"},{"name":"a","about":7}]}'],
  ]
) {
  Deno.test(`a file of names with ${JSON.stringify(text)} offers nothing`, async () => {
    await using it = await signedIn();
    await Deno.writeTextFile(it.file, text, { mode: 0o600 });
    assert.deepEqual(await it.kept(), []);
  });
}

Deno.test({
  name: "names that others could have written are not used, and are no fault of a list of tools",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using it = await signedIn();
    await it.keep([{ name: "a" }]);
    for (const path of [it.file, it.file.replace(/\/[^/]*$/, ""), `${it.home.home}/credentials`]) {
      const mode = (await Deno.stat(path)).mode ?? 0;
      await Deno.chmod(path, mode | 0o022);
      assert.equal((await failureOf(it.kept())).code, "store_permissions");
      await it.keep([{ name: "b" }]);
      await Deno.chmod(path, mode);
      assert.deepEqual(await it.kept(), [{ name: "a", about: "" }]);
    }
  },
});
