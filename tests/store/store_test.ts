import assert from "node:assert/strict";
import { homeFolder } from "../../src/store/file/home_folder.ts";
import { openStore } from "../../src/store/file/open_store.ts";
import { entryOf, envOf } from "./entries.ts";
import { failureOf, makeHome, replaceDeno } from "./support.ts";

Deno.test("files are 0600 in folders of 0700, and their names reveal nothing", async () => {
  await using home = await makeHome();
  await home.open().write(entryOf({ account: "work" }));
  const paths = await home.paths();
  assert.equal(paths.filter((path) => path.endsWith(".json")).length, 1);
  for (const path of ["", ...paths]) {
    const info = await Deno.stat(`${home.home}/${path}`);
    assert.equal((info.mode ?? 0) & 0o777, info.isDirectory ? 0o700 : 0o600, path);
    assert.doesNotMatch(path, /example|work|client|default/);
  }
});

Deno.test("what is removed leaves no file behind, not even a lock", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key } = await store.write(entryOf());
  const other = await store.write(entryOf({ account: "work" }));
  assert.equal(await store.remove(key), true);
  assert.equal(await store.read(key), undefined);
  assert.equal(await store.remove(key), false);
  assert.deepEqual((await store.find("https://mcp.example/mcp")).map((e) => e.account), ["work"]);
  assert.equal(await store.remove(other.key), true);
  assert.deepEqual(await home.paths(), ["credentials"]);
});

Deno.test("finding, listing and reading create nothing", async () => {
  await using home = await makeHome();
  const store = home.open();
  assert.deepEqual(await store.find("https://mcp.example/mcp"), []);
  assert.deepEqual(await store.list(), { entries: [], problems: [] });
  assert.equal(await store.read(store.keyOf(entryOf())), undefined);
  assert.equal(await store.remove(store.keyOf(entryOf())), false);
  await assert.rejects(Deno.stat(home.home), Deno.errors.NotFound);
});

Deno.test("an entry is found although every other server's files are broken", async () => {
  await using home = await makeHome();
  const store = home.open();
  const other = await store.write(entryOf({ serverUrl: "https://elsewhere.example/mcp" }));
  await store.write(entryOf());
  assert.ok(other.path);
  await Deno.writeTextFile(other.path, "{");
  assert.equal((await store.find("https://mcp.example/mcp")).length, 1);
  const { entries, problems } = await store.list();
  assert.deepEqual(entries.map((entry) => entry.serverUrl), ["https://mcp.example/mcp"]);
  assert.deepEqual(problems.map((problem) => problem.code), ["store_entry_damaged"]);
  assert.equal(
    (await failureOf(store.find("https://elsewhere.example/mcp"))).code,
    problems[0]?.code,
  );
});

Deno.test("preparing makes the folders and leaves nothing else", async () => {
  await using home = await makeHome();
  await home.open().prepare();
  assert.deepEqual(await home.paths(), ["credentials"]);
});

Deno.test("--store none keeps nothing and needs no home", async () => {
  const store = openStore({ mode: "none", env: envOf({}) });
  const { key, secretsIn, path } = await store.write(entryOf());
  assert.deepEqual([secretsIn, path], ["none", null]);
  assert.equal(await store.read(key), undefined);
  assert.deepEqual(await store.find("https://mcp.example/mcp"), []);
  assert.deepEqual([store.mode, store.describe()], ["none", {
    mode: "none",
    folder: null,
    keyring: null,
    text: "nothing is stored (--store none)",
  }]);
  assert.deepEqual(await store.list(), { entries: [], problems: [] });
  assert.deepEqual([await store.remove(key), await store.removeDamaged("x", "y")], [false, []]);
  await using _lock = await store.lock(key);
});

const PLACES: readonly (readonly [os: string, env: Record<string, string>, folder: string])[] = [
  ["linux", { HOME: "/home/ü" }, "/home/ü/.local/share/mcpass"],
  ["linux", { HOME: "/h", XDG_DATA_HOME: "/x y/" }, "/x y/mcpass"],
  ["linux", { HOME: "/h", XDG_DATA_HOME: "relative" }, "/h/.local/share/mcpass"],
  ["linux", { HOME: "/h", XDG_DATA_HOME: "" }, "/h/.local/share/mcpass"],
  ["linux", { HOME: "/h", XDG_DATA_HOME: "/x", MCPASS_HOME: "/m/" }, "/m"],
  ["linux", { MCPASS_HOME: "/m n" }, "/m n"],
  ["linux", { HOME: "/" }, "/.local/share/mcpass"],
  ["freebsd", { HOME: "/h" }, "/h/.local/share/mcpass"],
  [
    "darwin",
    { HOME: "/Users/me", XDG_DATA_HOME: "/x" },
    "/Users/me/Library/Application Support/mcpass",
  ],
  [
    "windows",
    { APPDATA: "C:\\Users\\me\\AppData\\Roaming" },
    "C:\\Users\\me\\AppData\\Roaming\\mcpass",
  ],
  ["windows", { APPDATA: "C:\\a", MCPASS_HOME: "\\\\server\\share" }, "\\\\server\\share"],
];

for (const [os, env, folder] of PLACES) {
  Deno.test(`${os} with ${JSON.stringify(env)} keeps things in ${folder}`, () => {
    assert.equal(homeFolder(envOf(env), os), folder);
  });
}

Deno.test("without a home there is a clear error that names what to set", async () => {
  for (
    const [os, names] of [
      ["linux", "MCPASS_HOME, XDG_DATA_HOME and HOME are not set"],
      ["darwin", "MCPASS_HOME and HOME are not set"],
      ["windows", "MCPASS_HOME and APPDATA are not set"],
    ] as const
  ) {
    const open = () =>
      Promise.resolve().then(() => openStore({ mode: "auto", env: envOf({}), os }));
    const failure = await failureOf(open());
    assert.equal(failure.code, "store_home_unknown");
    assert.ok(failure.message.includes(names), failure.message);
    assert.match(failure.remedy ?? "", /MCPASS_HOME.*--store none/);
  }
});

Deno.test("a home that depends on the current folder is refused", async () => {
  for (const [name, value] of [["MCPASS_HOME", "m"], ["HOME", "h"]] as const) {
    const open = () =>
      Promise.resolve().then(() =>
        openStore({ mode: "auto", env: envOf({ [name]: value }), os: "linux" })
      );
    const failure = await failureOf(open());
    assert.equal(failure.code, "store_home_relative");
    assert.ok(failure.message.includes(name));
  }
});

Deno.test("an entry that is removed while the entries are listed is neither listed nor a problem", async () => {
  await using home = await makeHome();
  const { path } = await home.open().write(entryOf());
  const { openSync: original } = Deno;
  using _ = replaceDeno("openSync", (opened, options) => {
    if (opened === path) Deno.removeSync(path);
    return original(opened, options);
  });
  assert.deepEqual(await home.open().list(), { entries: [], problems: [] });
});
