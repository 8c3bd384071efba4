import assert from "node:assert/strict";
import { processName } from "../../../src/core/process_name.ts";
import { fileRepository } from "../../../src/flow/credentials/file_repository.ts";
import { entryOf } from "../entries.ts";
import { failureOf, makeHome } from "../support.ts";

const LIMIT_MS = 30;
const HELD = new RegExp(
  `within 0 seconds: ${
    processName().replace(/[()]/g, "\\$&")
  } has held it since 20\\d\\d-\\d\\d-\\d\\dT`,
);

Deno.test("the wait for a lock has a limit, and the failure names who has it, since when", async () => {
  await using home = await makeHome();
  const store = home.open();
  const other = home.open({ lockTimeoutMs: LIMIT_MS });
  const { key } = await store.write(entryOf());
  const lock = await store.lock(key);
  for (
    const work of [() => other.lock(key), () => other.write(entryOf()), () => other.remove(key)]
  ) {
    const { code, message, remedy } = await failureOf(work());
    assert.equal(code, "store_lock_timeout");
    assert.match(message, HELD);
    assert.match(remedy ?? "", /--step-timeout/);
  }
  await lock[Symbol.asyncDispose]();
  await (await other.lock(key))[Symbol.asyncDispose]();
});

Deno.test("the lock of names and that of a credentials file have the same limit", async () => {
  await using home = await makeHome();
  await using _names = await home.open().lockNames();
  const other = home.open({ lockTimeoutMs: LIMIT_MS });
  assert.match((await failureOf(other.lockNames())).message, HELD);

  const path = `${home.home}/credentials.json`;
  const { signal } = new AbortController();
  await using _file = await fileRepository(path, "https://mcp.example").lock(signal);
  const waiting = fileRepository(path, "https://mcp.example", LIMIT_MS).lock(signal);
  assert.match((await failureOf(waiting)).message, HELD);
});

Deno.test("who has a lock is unknown if the locked file does not say it", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key, path } = await store.write(entryOf());
  await using _lock = await store.lock(key);
  await Deno.writeTextFile(`${path?.replace(/json$/, "lock")}`, "\x1b[2J\nnot a time\n");
  const failure = await failureOf(home.open({ lockTimeoutMs: LIMIT_MS }).lock(key));
  assert.match(failure.message, /: another process holds it$/);
});

Deno.test("Ctrl-C ends the wait for a lock with its own reason", async () => {
  await using home = await makeHome();
  const store = home.open();
  const key = store.keyOf(entryOf());
  await using _lock = await store.lock(key);
  const stop = new AbortController();
  const waiting = home.open({ lockTimeoutMs: 60_000 }).lock(key, stop.signal);
  stop.abort(new Error("cancelled by the person"));
  await assert.rejects(waiting, /cancelled by the person/);
});
