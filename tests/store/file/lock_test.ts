import assert from "node:assert/strict";
import { entryOf } from "../entries.ts";
import { filesWithPoints } from "../points.ts";
import { failureOf, makeHome } from "../support.ts";

Deno.test("a lock without an entry leaves no file behind", async () => {
  await using home = await makeHome();
  const store = home.open();
  await (await store.lock(store.keyOf(entryOf())))[Symbol.asyncDispose]();
  assert.deepEqual(await home.paths(), ["credentials"]);
});

Deno.test("temporary files of dead processes go when the entry is locked, and no others", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { path } = await store.write(entryOf());
  const other = await store.write(entryOf({ account: "other" }));
  const left = (of: string | null) => `${of?.replace(/json$/, "")}0123456789abcdef.tmp`;
  for (const name of [left(path), left(other.path)]) await Deno.writeTextFile(name, "half");
  await store.write(entryOf());
  const paths = await home.paths();
  assert.deepEqual(
    paths.filter((name) => name.endsWith(".tmp")),
    [left(other.path).slice(home.home.length + 1)],
  );
});

Deno.test("a folder that another process removes before the lock is opened is made again", async () => {
  await using home = await makeHome();
  const files = filesWithPoints(() => {});
  let opened = 0;
  const store = home.open({
    files: {
      ...files,
      openLock(path) {
        opened += 1;
        return opened === 1 ? Promise.reject(new Deno.errors.NotFound()) : files.openLock(path);
      },
    },
  });
  await store.write(entryOf());
  assert.ok(opened > 1);
  const refusing = home.open({
    files: { ...files, openLock: () => Promise.reject(new Deno.errors.PermissionDenied()) },
  });
  assert.equal((await failureOf(refusing.write(entryOf()))).code, "store_not_written");
});
