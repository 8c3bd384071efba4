import assert from "node:assert/strict";
import { openStore } from "../../../../src/store/file/open_store.ts";
import type { Store } from "../../../../src/store/store.ts";
import type { StoredEntry } from "../../../../src/store/stored_entry.ts";
import { entryOf, envOf, withTokens } from "../../../store/entries.ts";
import { filesWithPoints, type Point } from "../../../store/points.ts";
import type { Replacements, Setup } from "../../fake_runtime.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const OLD = "2026-01-01T00:00:00.000Z";
const NEW = "2026-06-01T00:00:00.000Z";

/** Two stores: that of the home, and another folder as `--store postgres`. */
interface Places extends AsyncDisposable {
  readonly home: Home;
  readonly shared: Store;
  /** Without a question, unless the setup has answers. */
  copy(args: readonly string[], point?: Point, setup?: Setup): ReturnType<Home["run"]>;
}

async function openPlaces(): Promise<Places> {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await openHome());
  const other = stack.use(await openHome());
  const shared = (point?: Point): Store => ({
    ...openStore({
      mode: "file",
      env: envOf({ MCPASS_HOME: other.path }),
      ...point && { files: filesWithPoints(point) },
    }),
    mode: "postgres",
  });
  return {
    home,
    shared: shared(),
    copy(args, point, setup = {}) {
      const replacements = {
        openPostgresStore: () => shared(point),
        ...point && {
          openStore: (options: Parameters<typeof openStore>[0]) =>
            openStore({ ...options, files: filesWithPoints(point) }),
        },
      } as Replacements;
      const yes = "answers" in setup ? [] : ["--yes"];
      return home.run(["store", "copy", ...args, ...yes], { ...setup, replacements });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const TO = ["--from", "file", "--to", "postgres"];
const BACK = ["--from", "postgres", "--to", "file"];

function obtained(entry: StoredEntry, obtainedAt: string): StoredEntry {
  return entry.tokens === null ? entry : { ...entry, tokens: { ...entry.tokens, obtainedAt } };
}

const KEY = (store: Store) => store.keyOf(entryOf());
const tokenIn = async (store: Store) => (await store.read(KEY(store)))?.tokens?.refreshToken;

const SERVICE: StoredEntry = entryOf({
  serverUrl: "https://service.example/mcp",
  authMode: "client_credentials",
  name: "service",
});

Deno.test("store copy moves what rotates, copies what does not, and can be repeated", async () => {
  await using places = await openPlaces();
  const { home: { store }, shared, copy } = places;
  const entry = entryOf({ name: "work" });
  await store.write(entry);
  await store.write(SERVICE);
  const planned = JSON.parse((await copy([...TO, "--dry-run"])).stdout);
  assert.deepEqual(
    planned.entries.map(({ status }: { readonly status: string }) => status).sort(),
    ["copied", "moved"],
  );
  assert.equal(await shared.read(KEY(shared)), undefined);
  const ran = await copy(TO);
  assert.equal(ran.status, 0, ran.stderr);
  const arrived = await shared.read(KEY(shared));
  const { received, ...rest } = arrived ?? {};
  assert.deepEqual(rest, entry);
  assert.equal(received?.from, "file");
  const left = await store.read(KEY(store));
  assert.deepEqual([left?.tokens, left?.moved?.to, left?.dpopKey], [null, "postgres", undefined]);
  assert.deepEqual([left?.client.clientSecret, left?.client.registrationToken], [
    entry.client.clientSecret,
    undefined,
  ]);
  assert.equal((await store.read(store.keyOf(SERVICE)))?.moved, undefined);
  const gone = await places.home.run(["token", "work"]);
  assert.equal(gone.status, 4);
  assert.match(flat(gone.stderr), /was moved to "postgres" on 20/);
  const again = JSON.parse((await copy(TO)).stdout);
  assert.deepEqual(
    again.entries.map(({ status }: { readonly status: string }) => status),
    ["unchanged", "unchanged"],
  );
  assert.equal((await copy(BACK)).status, 0);
  assert.equal(await tokenIn(store), entry.tokens?.refreshToken);
  assert.equal(await tokenIn(shared), undefined);
});

Deno.test("--move moves client credentials too", async () => {
  await using places = await openPlaces();
  await places.home.store.write(SERVICE);
  const ran = await places.copy([...TO, "--move"]);
  assert.equal(JSON.parse(ran.stdout).entries[0].status, "moved");
  const left = await places.home.store.read(places.home.store.keyOf(SERVICE));
  assert.deepEqual([left?.moved?.to, left?.tokens], ["postgres", null]);
});

Deno.test("a newer sign-in in the other store is a conflict, an older one is replaced", async () => {
  await using places = await openPlaces();
  const { home: { store }, shared, copy } = places;
  await store.write(obtained(withTokens("mine"), OLD));
  await shared.write(obtained(withTokens("theirs"), NEW));
  const ran = await copy(TO);
  const document = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, document.error.code], [1, "store_copy_incomplete"]);
  assert.deepEqual(document.entries[0].status, "conflict");
  assert.equal(await tokenIn(store), "refresh-mine");
  assert.equal(await tokenIn(shared), "refresh-theirs");
  await store.write(obtained(withTokens("newest"), "2026-07-01T00:00:00.000Z"));
  assert.equal((await copy(TO)).status, 0);
  assert.equal(await tokenIn(shared), "refresh-newest");
});

Deno.test("a repetition disables a sign-in that the other store has refreshed since", async () => {
  await using places = await openPlaces();
  const { home: { store }, shared, copy } = places;
  await store.write(obtained(entryOf(), OLD));
  assert.equal((await copy(TO)).status, 0);
  const arrived = await shared.read(KEY(shared));
  assert.ok(arrived?.tokens);
  await shared.write({ ...arrived, tokens: { ...arrived.tokens, refreshToken: "rotated" } });
  await store.write(obtained(entryOf(), OLD));
  const ran = await copy(TO);
  assert.equal(JSON.parse(ran.stdout).entries[0].status, "moved", ran.stdout);
  assert.equal(await tokenIn(store), undefined);
  assert.equal(await tokenIn(shared), "rotated");
});

Deno.test("an entry that fails does not stop the others", async () => {
  await using places = await openPlaces();
  const { home: { store }, shared, copy } = places;
  await store.write(entryOf());
  await store.write(SERVICE);
  let count = 0;
  const ran = await copy(TO, (name) => {
    if (name === "before createNew" && (count += 1) === 1) throw new Error("disk");
  });
  const document = JSON.parse(ran.stdout);
  const statuses = document.entries.map(({ status }: { readonly status: string }) => status);
  assert.deepEqual([ran.status, document.error.code], [1, "store_copy_incomplete"]);
  assert.deepEqual(statuses.filter((it: string) => it === "failed").length, 1);
  assert.equal((await copy(TO)).status, 0);
  assert.equal((await shared.list()).entries.length, 2);
});

Deno.test("a refresh in another process is not disturbed", async () => {
  await using places = await openPlaces();
  await places.home.store.write(entryOf());
  const replacements = {
    openPostgresStore: () => places.shared,
    openStore: (options: Parameters<typeof openStore>[0]) => ({
      ...openStore(options),
      refreshUnderWay: () => Promise.resolve(1000),
    }),
  } as Replacements;
  const ran = await places.home.run(["store", "copy", ...TO, "--yes"], { replacements });
  const document = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, document.problems[0].code], [1, "store_busy"]);
  assert.equal(await places.shared.read(KEY(places.shared)), undefined);
});

class Killed extends Error {}

/** Every point of a copy in one direction: how many there are, or what is left after one. */
async function copyKilledAt(last: number, args: readonly string[]) {
  await using places = await openPlaces();
  const { home: { store }, shared, copy } = places;
  const [source, target] = args === TO ? [store, shared] : [shared, store];
  await source.write(entryOf({ name: "work" }));
  let passed = 0;
  await copy(args, (name) => {
    if (passed >= last) throw new Killed(name);
    passed += 1;
  });
  const after = [await tokenIn(source), await tokenIn(target)];
  const again = await copy(args);
  const finished = [again.status, await tokenIn(source), await tokenIn(target)];
  return { passed, after, finished };
}

for (const args of [TO, BACK]) {
  Deno.test(`a killed store copy ${args.join(" ")} loses nothing, and a repetition finishes it`, async () => {
    const token = entryOf().tokens?.refreshToken;
    const { passed } = await copyKilledAt(Infinity, args);
    assert.ok(passed > 10);
    for (let last = 0; last < passed; last++) {
      const { after, finished } = await copyKilledAt(last, args);
      assert.ok(after.includes(token), `lost after ${last} points`);
      assert.deepEqual(finished, [0, undefined, token], `after ${last} points`);
    }
  });
}

Deno.test("two places of one store, and a missing one, are usage errors", async () => {
  await using home = await openHome();
  const rows = [
    [["--from", "file", "--to", "auto"], "impossible_combination"],
    [["--from", "file", "--to", "keyring"], "impossible_combination"],
    [["--from", "file"], "missing_options"],
    [["--from", "file", "--to", "none"], "invalid_value"],
  ] as const;
  for (const [args, code] of rows) {
    const ran = await home.run(["store", "copy", ...args, "--format", "json"]);
    assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [2, code]);
  }
});
