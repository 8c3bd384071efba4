import assert from "node:assert/strict";
import { ROOT } from "../../../scripts/shell.ts";
import { entryOf, withTokens } from "../entries.ts";
import { makePlace, type StorePlace } from "./engine.ts";

/** Starts a script of `fixtures` in a process of its own. */
function start(script: string, place: StorePlace, ...args: string[]): Deno.ChildProcess {
  const path = `${ROOT}tests/store/fixtures/${script}`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", path, ...args],
    cwd: ROOT,
    env: { ...place.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** True while nobody gets the lock. */
async function isHeld(lock: (signal: AbortSignal) => Promise<AsyncDisposable>): Promise<boolean> {
  try {
    await (await lock(AbortSignal.timeout(300)))[Symbol.asyncDispose]();
    return false;
  } catch {
    return true;
  }
}

Deno.test("a lock keeps other processes out, and a killed holder frees it", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const key = store.keyOf(entryOf());
  const holder = start("hold.ts", place);
  const reader = holder.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "locked\n");
  assert.ok(await isHeld((signal) => store.lock(key, signal)));
  await using _other = await store.lock(store.keyOf(entryOf({ account: "other" })));
  const waiting = store.lock(key);
  holder.kill("SIGKILL");
  await using _lock = await waiting;
  await holder.status;
  await reader.cancel();
  await holder.stdin.close().catch(() => {});
});

Deno.test("processes that add to one entry under another's lock lose nothing", async () => {
  await using place = await makePlace();
  const [processes, times] = [4, 50];
  const children = Array.from(
    { length: processes },
    () => start("count.ts", place, String(times)),
  );
  await Promise.all(children.map(async (child) => {
    const output = child.output();
    await child.stdin.close();
    assert.ok((await output).success);
  }));
  const store = await place.open();
  const found = await store.read(store.keyOf(entryOf({ account: "total" })));
  assert.equal(found?.grantedScope, String(processes * times));
});

Deno.test("a hundred callers in one process take turns", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const key = store.keyOf(entryOf());
  let inside = 0;
  const order: number[] = [];
  await Promise.all(Array.from({ length: 100 }, async (_, caller) => {
    await using _lock = await store.lock(key);
    assert.equal(++inside, 1);
    await store.write(withTokens(String(caller)));
    order.push(caller);
    inside -= 1;
  }));
  assert.deepEqual(order, Array.from({ length: 100 }, (_, caller) => caller));
});

Deno.test("two stores of one process exclude each other as two processes do", async () => {
  await using place = await makePlace();
  const first = await place.open();
  const key = first.keyOf(entryOf());
  const lock = await first.lock(key);
  const other = await place.open();
  assert.ok(await isHeld((signal) => other.lock(key, signal)));
  await lock[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  await (await other.lock(key))[Symbol.asyncDispose]();
});

Deno.test("the lock of the names excludes other processes, and no entry", async () => {
  await using place = await makePlace();
  const [first, other] = [await place.open(), await place.open()];
  const lock = await first.lockNames();
  assert.ok(await isHeld((signal) => other.lockNames(signal)));
  await (await other.lock(other.keyOf(entryOf())))[Symbol.asyncDispose]();
  await first.write(entryOf({ name: "one" }));
  await lock[Symbol.asyncDispose]();
  await (await other.lockNames())[Symbol.asyncDispose]();
});

Deno.test("giving up waiting for a lock leaves the next caller its turn", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const key = store.keyOf(entryOf());
  const lock = await store.lock(key);
  const controller = new AbortController();
  const first = store.lock(key, controller.signal);
  const second = store.lock(key);
  controller.abort(new Error("cancelled"));
  await assert.rejects(first, /cancelled/);
  await assert.rejects(store.lock(key, controller.signal), /cancelled/);
  await lock[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
});

Deno.test("readers need no lock", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const { key } = await store.write(entryOf());
  await using _lock = await store.lock(key);
  await using _names = await store.lockNames();
  const reader = await place.open();
  assert.deepEqual(await reader.read(key), entryOf());
  assert.equal((await reader.find(entryOf().serverUrl)).length, 1);
  assert.equal((await reader.list()).entries.length, 1);
});
