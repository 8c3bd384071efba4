import assert from "node:assert/strict";
import { openPendingFiles } from "../../../src/store/file/pending_files.ts";
import { denoFiles, type StoreFiles } from "../../../src/store/file/store_files.ts";
import { PENDING_CASES, type PendingEngine } from "../pending_contract.ts";

interface FileEngine extends PendingEngine {
  readonly home: string;
  with(files: Partial<StoreFiles>): ReturnType<typeof openPendingFiles>;
}

async function openEngine(): Promise<FileEngine> {
  const home = await Deno.makeTempDir({ prefix: "mcpass-pending-" });
  let now = Date.now();
  const openWith = (files: Partial<StoreFiles>) =>
    openPendingFiles({
      ...{ home, os: Deno.build.os, uid: Deno.uid() },
      files: { ...denoFiles, ...files },
      now: () => now,
    });
  return {
    home,
    with: openWith,
    open: () => Promise.resolve(openWith({})),
    advance(milliseconds) {
      now += milliseconds;
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

for (const [name, test] of Object.entries(PENDING_CASES)) {
  Deno.test(`files: ${name}`, async () => {
    await using engine = await openEngine();
    await test(() => engine.open(), engine);
  });
}

const ID = "a".repeat(64);

const names = (home: string) => [...Deno.readDirSync(`${home}/pending`)].map(({ name }) => name);

Deno.test("only the owner can read pending logins", async () => {
  await using engine = await openEngine();
  const logins = await engine.open();
  await logins.put(ID, "sealed", 60_000);
  const mode = (path: string) => (Deno.statSync(`${engine.home}/${path}`).mode ?? 0) & 0o777;
  assert.deepEqual(names(engine.home), [`${ID}.json`]);
  assert.deepEqual([mode("pending"), mode(`pending/${ID}.json`)], [0o700, 0o600]);
  await Deno.chmod(`${engine.home}/pending/${ID}.json`, 0o644);
  await assert.rejects(logins.claim(ID), { code: "store_permissions" });
  await Deno.chmod(`${engine.home}/pending/${ID}.json`, 0o600);
  assert.equal((await logins.claim(ID))?.state, "open");
});

/** Files of a process that ends, as far as files show it, at the n-th change. */
function killedAt(last: number) {
  let changes = 0;
  const ended = Promise.withResolvers<void>();
  const guarded = <A extends unknown[], R>(work: (...args: A) => Promise<R>) => (...args: A) => {
    if (changes < last) {
      changes += 1;
      return work(...args);
    }
    ended.resolve();
    return new Promise<R>(() => {});
  };
  const { createNew, rename, remove } = denoFiles;
  const files = {
    createNew: guarded(createNew),
    rename: guarded(rename),
    remove: guarded(remove),
  };
  return { files, ended: ended.promise };
}

Deno.test("after a kill at any change, a record is received at most once more", async () => {
  for (let last = 0; last < 12; last += 1) {
    await using engine = await openEngine();
    const logins = await engine.open();
    await logins.put(ID, "sealed", 60_000);
    const { files, ended } = killedAt(last);
    const killed = engine.with(files);
    let received = 0;
    const work = (async () => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        if ((await killed.claim(ID))?.state === "open") received += 1;
        if (attempt === 0) await killed.release(ID);
      }
      await killed.close(ID, "signed_in");
    })();
    await Promise.race([work, ended]);
    const claims = [await logins.claim(ID), await logins.claim(ID)];
    const later = claims.filter((claim) => claim?.state === "open").length;
    assert.ok(received + later <= 2, `killed at ${last}: received ${received + later} times`);
    assert.notEqual(claims[1], undefined, `killed at ${last}: nothing is known`);
  }
});
