import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { ROOT } from "../../../scripts/shell.ts";
import { scaled } from "../../fleet/scale.ts";
import { openStore } from "../../../src/store/file/open_store.ts";
import type { FileStoreMode, Store } from "../../../src/store/store.ts";
import { type Change, CHANGES } from "../changes.ts";
import { entryOf, envOf } from "../entries.ts";
import { keyringIn } from "../points.ts";
import { type Home, makeHome } from "../support.ts";

/** Each point once, and in the complete run until there are 500. */
const RUNS = scaled(500, 0);
const LANES = 2;
const SCRIPT = `${ROOT}tests/store/fixtures/change.ts`;

/** Runs the change in a process of its own that kills itself at a point; 0 is none. */
async function runChange(name: string, home: Home, point: number): Promise<Deno.CommandOutput> {
  return await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", "--no-config", "--no-lock", SCRIPT],
      ...[name, home.home, keyringOf(home), String(point)],
    ],
  }).output();
}

function keyringOf(home: Home): string {
  return `${home.home}.keyring`;
}

function storeIn(home: Home, mode: FileStoreMode): Store {
  const env = envOf({ MCPASS_HOME: home.home });
  return openStore({ mode, env, run: keyringIn(keyringOf(home)) });
}

/** Brings the store into the state before a change, whatever the run before left. */
async function reset(home: Home, change: Change): Promise<void> {
  const store = storeIn(home, change.modeBefore);
  await store.prepare();
  await store.remove(store.keyOf(entryOf()));
  // What a run that was killed left in the keyring would be a point less in the next one.
  await Deno.remove(keyringOf(home), { recursive: true });
  await Deno.mkdir(keyringOf(home));
  if (change.fresh) await Deno.remove(home.home, { recursive: true });
  if (change.before !== undefined) await store.write(change.before);
}

async function unfinished(home: Home): Promise<string[]> {
  if (await Deno.stat(home.home).catch(() => undefined) === undefined) return [];
  return (await home.paths()).filter((path) => path.endsWith(".tmp"));
}

async function check(home: Home, change: Change): Promise<void> {
  const store = storeIn(home, "auto");
  assert.ok((await unfinished(home)).length <= 1);
  assert.deepEqual((await store.list()).problems, []);
  const key = store.keyOf(entryOf());
  const found = await store.read(key);
  const states = [change.before, ...change.after];
  assert.ok(states.some((state) => isDeepStrictEqual(found, state)), JSON.stringify(found));
  const lock = await store.lock(key, AbortSignal.timeout(30_000));
  await lock[Symbol.asyncDispose]();
  assert.deepEqual(await unfinished(home), []);
  const files = (await home.paths()).filter((path) => /\.(json|lock)$/.test(path));
  assert.equal(files.length, found === undefined ? 0 : 2, files.join(" "));
  assert.ok((await Array.fromAsync(Deno.readDir(keyringOf(home)))).length <= 2);
}

Deno.test("kill -9 at every write point leaves the old or the new state", {
  timeout: 600_000,
}, async () => {
  const homes: Home[] = [];
  try {
    for (let lane = 0; lane < LANES; lane++) {
      const home = await makeHome();
      homes.push(home);
      await Deno.mkdir(keyringOf(home), { recursive: true });
    }
    const points: (readonly [name: string, point: number])[] = [];
    const [first] = homes;
    assert.ok(first);
    for (const [name, change] of Object.entries(CHANGES)) {
      await reset(first, change);
      const { success, stdout } = await runChange(name, first, 0);
      assert.ok(success, name);
      const count = Number(new TextDecoder().decode(stdout));
      assert.ok(count >= 6, `${name}: ${count} points`);
      for (let point = 1; point <= count; point++) points.push([name, point]);
    }
    const runs = Math.max(RUNS, points.length);

    let next = 0;
    await Promise.all(homes.map(async (home) => {
      while (next < runs) {
        const [name, point] = points[next++ % points.length] ?? ["", 0];
        const change = CHANGES[name];
        assert.ok(change);
        await reset(home, change);
        const { signal } = await runChange(name, home, point);
        assert.equal(signal, "SIGKILL", `${name}, point ${point}`);
        try {
          await check(home, change);
        } catch (error) {
          throw new Error(`${name}, point ${point}`, { cause: error });
        }
      }
    }));
  } finally {
    for (const home of homes) await home[Symbol.asyncDispose]();
  }
});
