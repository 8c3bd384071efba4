import assert from "node:assert/strict";
import { copyEntry, type CopyOptions } from "../../../../src/flow/transfer/copy_entry.ts";
import { openStore } from "../../../../src/store/file/open_store.ts";
import { entryChanged } from "../../../../src/store/postgres/failures.ts";
import type { Store } from "../../../../src/store/store.ts";
import { entryOf, envOf, withTokens } from "../../../store/entries.ts";
import { openHome } from "../../real_run.ts";

const ENTRY = entryOf({ name: "work" });

/** Two machines and the store that they share; the last one as `postgres`. */
async function openStores() {
  const stack = new AsyncDisposableStack();
  const open = async () => {
    const home = stack.use(await openHome());
    return openStore({ mode: "file", env: envOf({ MCPASS_HOME: home.path }) });
  };
  const stores: Store[] = [await open(), await open()];
  stores.push({ ...await open(), mode: "postgres" });
  return { stores, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const key = (store: Store) => store.keyOf(ENTRY);
const tokenIn = async (store: Store) => (await store.read(key(store)))?.tokens?.refreshToken;

function move(from: Store, to: Store, moveAll = false) {
  const options: CopyOptions = {
    clock: { now: Date.now },
    signal: new AbortController().signal,
    from: { store: from, name: from.mode },
    to: { store: to, name: to.mode },
    moveAll,
    dryRun: false,
    chooseName: () => Promise.resolve("work"),
  };
  return copyEntry(options, { key: key(from) });
}

/** The order of the stores: from machine to shared store to machine, from any of them. */
const WALKS = [
  [0, 2, 0, 2, 0],
  [2, 0, 2, 0, 2],
  [0, 2, 1, 2, 0, 2, 1],
  [2, 1, 2, 0, 2, 1, 0, 1, 2],
];

for (const walk of WALKS) {
  for (const kind of ["rotating", "client credentials"] as const) {
    Deno.test(`a ${kind} sign-in moves over the stores ${walk.join(" ")} without a refresh`, async () => {
      await using places = await openStores();
      const { stores } = places;
      const at = (index: number) => stores[index] as Store;
      const isGrant = kind === "client credentials";
      const grant = { authMode: "client_credentials", tokens: null } as const;
      const holds = async (store: Store) => {
        const entry = await store.read(key(store));
        return isGrant
          ? entry !== undefined && entry.moved === undefined
          : entry?.tokens !== null && entry !== undefined;
      };
      await at(walk[0] ?? 0).write(isGrant ? { ...ENTRY, ...grant } : ENTRY);
      for (const [step, to] of walk.slice(1).entries()) {
        const { status, reason } = await move(at(walk[step] ?? 0), at(to), true);
        assert.equal(status, "moved", `step ${step}: ${reason}`);
        const found = await Promise.all(stores.map(holds));
        assert.deepEqual(found, stores.map((_, index) => index === to), `step ${step}`);
      }
    });
  }
}

Deno.test("an interrupted move does not bring a token to a store that it has left", async () => {
  await using places = await openStores();
  const [one, other, shared] = places.stores as [Store, Store, Store];
  await one.write(ENTRY);
  await move(one, shared);
  await move(shared, other);
  // As a process leaves it that ended before it disabled the sign-in.
  await one.write(ENTRY);
  assert.equal((await move(one, shared)).status, "moved");
  const tokens = await Promise.all([one, shared, other].map(tokenIn));
  assert.deepEqual(tokens, [undefined, undefined, ENTRY.tokens?.refreshToken]);
});

for (const older of [undefined, withTokens("older", { name: "work" })]) {
  Deno.test(`a token that was refreshed during a move is in one place (${older ? "replaced" : "new"})`, async () => {
    await using places = await openStores();
    const [one, , shared] = places.stores as [Store, Store, Store];
    if (older?.tokens) {
      const tokens = { ...older.tokens, obtainedAt: "2020-01-01T00:00:00.000Z" };
      await shared.write({ ...older, tokens });
    }
    await one.write(ENTRY);
    const refreshedMeanwhile: Store = {
      ...one,
      async write(entry, event) {
        if (event !== "moved") return await one.write(entry, event);
        await one.write(withTokens("rotated", { name: "work" }), "refreshed");
        throw entryChanged(entry.serverUrl, "web-1:7");
      },
    };
    const { status, failure } = await move(refreshedMeanwhile, shared);
    assert.deepEqual([status, failure?.code], ["failed", "store_entry_changed"]);
    assert.equal(await tokenIn(shared), older?.tokens?.refreshToken);
    assert.equal((await move(one, shared)).status, "moved");
    assert.equal(await tokenIn(shared), "refresh-rotated");
  });
}

Deno.test("two processes that move in both directions at once leave the sign-in in one place", async () => {
  await using places = await openStores();
  const [one, other] = places.stores as [Store, Store];
  await one.write(ENTRY);
  const outcomes = await Promise.all([move(one, other), move(other, one)]);
  assert.ok(outcomes.every(({ status }) => status !== "failed"), JSON.stringify(outcomes));
  const tokens = await Promise.all([one, other].map(tokenIn));
  assert.equal(tokens.filter((it) => it !== undefined).length, 1);
});
