import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../../src/core/failure.ts";
import { denoFiles } from "../../../src/store/file/store_files.ts";
import { CHANGES } from "../changes.ts";
import { entryOf, withTokens } from "../entries.ts";
import { filesWithPoints, keyringIn, keyringWithPoints } from "../points.ts";
import { failureOf, makeHome } from "../support.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code} (os error)`), { code });
}

/** What must not fail silently: everything that brings the new content to its place. */
const NEEDED = /^before (createNew|write|sync|rename|openLock|makeFolder|keyring store)$/;

for (const [name, change] of Object.entries(CHANGES)) {
  Deno.test(`${name}: an error at any operation loses nothing and leaves no temporary file`, async () => {
    let last = 1;
    for (let reached = true; reached; last++) {
      await using home = await makeHome();
      const keyring = `${home.home}.keyring`;
      await Deno.mkdir(keyring, { recursive: true });
      const run = keyringIn(keyring);
      if (!change.fresh) await home.open().prepare();
      const before = home.open({ mode: change.modeBefore, run });
      if (change.before !== undefined) await before.write(change.before);
      let passed = 0;
      let at = "";
      const point = (name: string) => {
        passed += 1;
        if (passed !== last) return;
        at = name;
        throw systemError("ENOSPC");
      };
      const faulty = home.open({
        mode: change.mode,
        files: filesWithPoints(point),
        run: keyringWithPoints(run, point),
      });
      const made = await change.make(faulty).then(() => undefined, (error) => error);
      reached = at !== "";
      assert.ok(made === undefined || made instanceof Failure, String(made));
      if (NEEDED.test(at)) assert.ok(made?.remedy, at);

      const store = home.open({ mode: "auto", run });
      const found = await store.read(store.keyOf(entryOf()));
      const expected = made === undefined ? change.after : [change.before, ...change.after];
      assert.ok(expected.some((state) => isDeepStrictEqual(found, state)), at);
      await (await store.lock(store.keyOf(entryOf())))[Symbol.asyncDispose]();
      assert.deepEqual((await home.paths()).filter((path) => path.endsWith(".tmp")), [], at);
    }
    assert.ok(last > 6);
  });
}

const REASONS: readonly (readonly [Error, string])[] = [
  [systemError("ENOSPC"), "the disk is full"],
  [systemError("EDQUOT"), "the disk is full"],
  [systemError("EROFS"), "the disk is read-only"],
  [new Deno.errors.PermissionDenied("os error 13"), "permission denied"],
];

for (const [error, reason] of REASONS) {
  Deno.test(`a write that fails with "${error.message}" says that ${reason}, and keeps the old`, async () => {
    await using home = await makeHome();
    const { key } = await home.open().write(withTokens("old"));
    for (const operation of ["createNew", "rename", "openLock"] as const) {
      const broken = home.open({
        files: { ...denoFiles, [operation]: () => Promise.reject(error) },
      });
      const failure = await failureOf(broken.write(withTokens("new")));
      assert.equal(failure.code, "store_not_written");
      assert.ok(failure.message.includes(reason), failure.message);
      assert.match(failure.message, /what was stored before is unchanged/);
      assert.match(failure.remedy ?? "", /MCPASS_HOME/);
      assert.deepEqual((await home.paths()).filter((path) => path.endsWith(".tmp")), []);
      assert.deepEqual(await home.open().read(key), withTokens("old"));
    }
  });
}

Deno.test("a disk that takes a few bytes at a time still gets the whole file", async () => {
  await using home = await makeHome();
  const slow = home.open({
    files: {
      ...denoFiles,
      async createNew(path) {
        const file = await denoFiles.createNew(path);
        return {
          write: (bytes) => file.write(bytes.subarray(0, 7)),
          sync: () => file.sync(),
          close: () => file.close(),
        };
      },
    },
  });
  const { key } = await slow.write(entryOf());
  assert.deepEqual(await home.open().read(key), entryOf());
});

Deno.test("a store that cannot be written is found by preparing", async () => {
  await using home = await makeHome();
  for (const operation of ["makeFolder", "openLock"] as const) {
    const broken = home.open({
      files: { ...denoFiles, [operation]: () => Promise.reject(systemError("EROFS")) },
    });
    const failure = await failureOf(broken.prepare());
    assert.match(failure.message, /cannot write ".*日本.*": the disk is read-only/);
    await home.open().prepare();
  }
});

Deno.test("a disk without file locks is named, and nothing is written", async () => {
  await using home = await makeHome();
  const broken = home.open({
    files: {
      ...denoFiles,
      async openLock(path) {
        const file = await denoFiles.openLock(path);
        return {
          lock: () => Promise.reject(systemError("ENOLCK")),
          stat: () => file.stat(),
          close: () => file.close(),
        };
      },
    },
  });
  const failure = await failureOf(broken.write(entryOf()));
  assert.equal(failure.code, "store_not_locked");
  assert.deepEqual((await home.paths()).filter((path) => path.endsWith(".json")), []);
});
