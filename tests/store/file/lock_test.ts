import assert from "node:assert/strict";
import { ROOT } from "../../../scripts/shell.ts";
import { entryOf, withTokens } from "../entries.ts";
import { filesWithPoints } from "../points.ts";
import { failureOf, makeHome } from "../support.ts";

/** Starts a script of `fixtures` in a process of its own. */
function start(script: string, ...args: string[]): Deno.ChildProcess {
  const path = `${ROOT}tests/store/fixtures/${script}`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--no-config", "--no-lock", path, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** True while nobody gets the lock. */
async function isHeld(lock: (signal: AbortSignal) => Promise<AsyncDisposable>): Promise<boolean> {
  try {
    await (await lock(AbortSignal.timeout(100)))[Symbol.asyncDispose]();
    return false;
  } catch {
    return true;
  }
}

Deno.test("a lock keeps other processes out, and a killed holder frees it", async () => {
  await using home = await makeHome();
  const store = home.open();
  const key = store.keyOf(entryOf());
  const holder = start("hold.ts", home.home);
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
  await using home = await makeHome();
  const [processes, times] = [4, 50];
  const children = Array.from(
    { length: processes },
    () => start("count.ts", home.home, String(times)),
  );
  for (const child of children) {
    const output = child.output();
    await child.stdin.close();
    assert.ok((await output).success);
  }
  const store = home.open();
  const found = await store.read(store.keyOf(entryOf({ account: "total" })));
  assert.equal(found?.grantedScope, String(processes * times));
  const locks = (await home.paths()).filter((path) => path.endsWith(".lock"));
  assert.equal(locks.length, 1 + (await store.find(entryOf().serverUrl, "default")).length);
});

Deno.test("a hundred callers in one process take turns", async () => {
  await using home = await makeHome();
  const store = home.open();
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
  await using home = await makeHome();
  const key = home.open().keyOf(entryOf());
  const lock = await home.open().lock(key);
  const other = home.open();
  assert.ok(await isHeld((signal) => other.lock(key, signal)));
  await lock[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  await (await other.lock(key))[Symbol.asyncDispose]();
});

Deno.test("giving up waiting for a lock leaves the next caller its turn", async () => {
  await using home = await makeHome();
  const store = home.open();
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
