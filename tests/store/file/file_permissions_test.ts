import assert from "node:assert/strict";
import type { Failure } from "../../../src/core/failure.ts";
import { isSameFile, readPrivateFile } from "../../../src/store/file/file_permissions.ts";
import type { Store } from "../../../src/store/store.ts";
import { entryOf } from "../entries.ts";
import { failureOf, type Home, makeHome, replaceDeno } from "../support.ts";

/** What is tampered with: the outermost folder, the store, a server's folder, a file, its lock. */
const PLACES: Readonly<Record<string, (home: Home, path: string) => string>> = {
  "the home": ({ home }) => home,
  "the store's folder": ({ home }) => `${home}/credentials`,
  "a server's folder": (_home, path) => path.replace(/\/[^/]*$/, ""),
  "an entry's file": (_home, path) => path,
};

const USES: readonly (readonly [string, (store: Store, key: string) => Promise<unknown>])[] = [
  ["read", (store, key) => store.read(key)],
  ["find", (store) => store.find("https://mcp.example/mcp")],
  ["write", (store) => store.write(entryOf())],
  ["remove", (store, key) => store.remove(key)],
];

/** Every use ends in the same failure. */
async function refusal(store: Store, key: string): Promise<Failure> {
  const failures = [];
  for (const [name, use] of USES) failures.push([name, await failureOf(use(store, key))] as const);
  const first = failures[0]?.[1];
  assert.ok(first);
  for (const [name, { code }] of failures) assert.equal(code, first.code, name);
  return first;
}

/** Runs the command that a remedy names, as a person would. */
async function obey(failure: Failure, command: RegExp): Promise<void> {
  const [line] = command.exec(failure.remedy ?? "") ?? [];
  assert.ok(line, failure.remedy);
  const { success } = await new Deno.Command("sh", { args: ["-c", line] }).output();
  assert.ok(success, line);
}

for (const [what, pathOf] of Object.entries(PLACES)) {
  Deno.test(`${what} with wider permissions is refused with the command that mends it`, async () => {
    await using home = await makeHome();
    const store = home.open();
    const { key, path } = await store.write(entryOf());
    assert.ok(path);
    const place = pathOf(home, path);
    // A home folder that others can only read is narrowed instead.
    const bits = what === "the home" ? [0o020, 0o002] : [0o040, 0o020, 0o004, 0o002, 0o001];
    for (const bit of bits) {
      const { mode } = await Deno.stat(place);
      await Deno.chmod(place, (mode ?? 0) | bit);
      const failure = await refusal(store, key);
      assert.equal(failure.code, "store_permissions");
      assert.ok(failure.message.includes(place), failure.message);
      await obey(failure, /chmod \d+ '.*'/);
      assert.deepEqual(await store.read(key), entryOf());
    }
  });

  Deno.test(`${what} that is a symbolic link is refused`, async () => {
    await using home = await makeHome();
    const store = home.open();
    const { key, path } = await store.write(entryOf());
    assert.ok(path);
    const place = pathOf(home, path);
    const elsewhere = `${place}.moved`;
    await Deno.rename(place, elsewhere);
    await Deno.symlink(elsewhere, place);
    const failure = await refusal(store, key);
    assert.equal(failure.code, "store_symlink");
    await obey(failure, /rm '.*?'/);
    assert.equal(await store.read(key), undefined);
    await Deno.rename(elsewhere, place);
    assert.deepEqual(await store.read(key), entryOf());
  });
}

const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;

for (const mode of [0o755, 0o775, 0o777]) {
  Deno.test(`an empty home folder with mode ${mode.toString(8)} is narrowed before a secret is written`, async () => {
    await using home = await makeHome();
    await Deno.mkdir(home.home, { recursive: true });
    await Deno.chmod(home.home, mode);
    const store = home.open();
    assert.deepEqual((await store.list()).entries, []);
    assert.equal(await modeOf(home.home), 0o700);
    await Deno.chmod(home.home, mode);
    const { key } = await store.write(entryOf());
    assert.equal(await modeOf(home.home), 0o700);
    assert.deepEqual(await store.read(key), entryOf());
  });
}

Deno.test("a home folder with the store alone in it is narrowed if nobody else could write to it", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key } = await store.write(entryOf());
  await Deno.chmod(home.home, 0o755);
  assert.deepEqual(await store.read(key), entryOf());
  assert.equal(await modeOf(home.home), 0o700);
});

Deno.test("a home folder with files of others in it is refused and not changed", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key } = await store.write(entryOf());
  await Deno.writeTextFile(`${home.home}/notes.txt`, "");
  await Deno.chmod(home.home, 0o755);
  assert.equal((await refusal(store, key)).code, "store_permissions");
  assert.equal(await modeOf(home.home), 0o755);
});

Deno.test("what belongs to another user is refused with the command that mends it", async () => {
  await using home = await makeHome();
  const { key } = await home.open().write(entryOf());
  const mine = Deno.uid() ?? 0;
  const failure = await refusal(home.open({ uid: mine + 1 }), key);
  assert.equal(failure.code, "store_owner");
  assert.ok(failure.message.includes(`belongs to user ${mine}, not to you (user ${mine + 1})`));
  assert.ok(failure.remedy?.includes(`sudo chown ${mine + 1} '${home.home}'`), failure.remedy);
  assert.deepEqual(await home.open().read(key), entryOf());
});

Deno.test("a folder or pipe in place of a file, and a file in place of a folder, are refused", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key, path } = await store.write(entryOf());
  assert.ok(path);
  await Deno.remove(path);
  await Deno.mkdir(path);
  assert.equal((await refusal(store, key)).code, "store_wrong_kind");
  await Deno.remove(path);
  assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
  assert.equal((await refusal(store, key)).code, "store_wrong_kind");
  const folder = path.replace(/\/[^/]*$/, "");
  await Deno.remove(folder, { recursive: true });
  await Deno.writeTextFile(folder, "");
  assert.equal((await refusal(store, key)).code, "store_wrong_kind");
});

Deno.test("a lock that is a symbolic link is not followed", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { path } = await store.write(entryOf());
  assert.ok(path);
  const target = `${home.home}/target`;
  await Deno.remove(path.replace(/json$/, "lock"));
  await Deno.symlink(target, path.replace(/json$/, "lock"));
  assert.equal((await failureOf(store.write(entryOf()))).code, "store_symlink");
  await assert.rejects(Deno.stat(target), Deno.errors.NotFound);
});

Deno.test("the command that fixes a path with quotes in it runs", async () => {
  await using home = await makeHome();
  const quoted = `${home.home}/it's "here"`;
  const store = home.open({
    env: { get: (name) => name === "MCPASS_HOME" ? quoted : undefined, toObject: () => ({}) },
  });
  const { key } = await store.write(entryOf());
  await Deno.chmod(quoted, 0o775);
  await obey(await refusal(store, key), /chmod \d+ '.*'$/m);
  assert.deepEqual(await store.read(key), entryOf());
});

/** What another program puts in the place of an entry's file after it was looked at. */
const SWAPS: readonly (readonly [
  what: string,
  code: string,
  swap: (path: string, other: string) => void,
])[] = [
  ["a file that others can read", "store_permissions", (path, other) => {
    Deno.writeTextFileSync(other, "{}", { mode: 0o600 });
    Deno.chmodSync(other, 0o604);
    Deno.renameSync(other, path);
  }],
  ["a link to a file that others can write", "store_permissions", (path, other) => {
    Deno.writeTextFileSync(other, "{}", { mode: 0o600 });
    Deno.chmodSync(other, 0o620);
    Deno.removeSync(path);
    Deno.symlinkSync(other, path);
  }],
  ["a folder", "store_wrong_kind", (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path, { mode: 0o700 });
  }],
];

for (const [what, code, swap] of SWAPS) {
  Deno.test({
    name: `${what} that replaces an entry's file between the look and the opening is refused`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using home = await makeHome();
      const { path } = await home.open().write(entryOf());
      assert.ok(path);
      const { lstatSync: original } = Deno;
      using _ = replaceDeno("lstatSync", (looked) => {
        const info = original(looked);
        swap(path, `${home.home}/other`);
        return info;
      });
      assert.throws(() => readPrivateFile(path, Deno.uid()), { code });
    },
  });
}

Deno.test("a file of another user that replaces an entry's file after the look is refused", async () => {
  await using home = await makeHome();
  const { path } = await home.open().write(entryOf());
  assert.ok(path);
  const { lstatSync: original } = Deno;
  const uid = Deno.uid() ?? 0;
  // The look finds a file of the user who looks, and the opened one belongs to another.
  using _ = replaceDeno("lstatSync", (looked) => ({ ...original(looked), uid: uid + 1 }));
  assert.throws(() => readPrivateFile(path, uid + 1), { code: "store_owner" });
});

Deno.test("a file that is gone when it is opened is absent, and one that cannot be opened is not", async () => {
  await using home = await makeHome();
  const { path } = await home.open().write(entryOf());
  assert.ok(path);
  const reading = (error: Error) => {
    using _ = replaceDeno("openSync", () => {
      throw error;
    });
    return readPrivateFile(path, Deno.uid());
  };
  assert.equal(reading(new Deno.errors.NotFound()), undefined);
  assert.throws(() => reading(new Deno.errors.PermissionDenied("no")), { code: "store_not_read" });
});

Deno.test("the same file has the same number on the same disk", async () => {
  const info = await Deno.stat(import.meta.filename ?? "");
  assert.equal(isSameFile(info, { ...info }), true);
  assert.equal(isSameFile(info, { ...info, ino: (info.ino ?? 0) + 1 }), false);
  assert.equal(isSameFile(info, { ...info, dev: info.dev + 1 }), false);
});
