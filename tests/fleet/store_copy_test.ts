/** A move between files and PostgreSQL whose process loses the database for good at each request. */

import assert from "node:assert/strict";
import { copyEntry, type CopyOptions } from "../../src/flow/transfer/copy_entry.ts";
import { openStore } from "../../src/store/file/open_store.ts";
import { openPostgresStore } from "../../src/store/postgres/open_store.ts";
import type { Store } from "../../src/store/store.ts";
import { openHome } from "../cli/real_run.ts";
import { entryOf, envOf } from "../store/entries.ts";
import { type CutProxy, startCutProxy, type Verdict } from "./cut_proxy.ts";
import { postgresOfFile } from "./postgres_of_file.ts";

const KEYS = `${"0123456789abcdef".repeat(4)}\n`;
const ENTRY = entryOf({ name: "work" });
const TOKEN = ENTRY.tokens?.refreshToken ?? undefined;
/** So long a process looks for a database that is gone. */
const STEP_TIMEOUT_MS = 300;

const server = postgresOfFile({ certificate: null });

async function openPlaces() {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await openHome());
  const keyFile = `${home.path}/keys`;
  await Deno.writeTextFile(keyFile, KEYS, { mode: 0o600 });
  const database = await server().createDatabase();
  const proxy = stack.use(startCutProxy(server().port));
  const variables = (port: number) => ({
    MCPASS_HOME: home.path,
    MCPASS_STORE: "file",
    MCPASS_STORE_URL: database.url({ port, parameters: { sslmode: "disable" } }),
    MCPASS_STORE_KEY_FILE: keyFile,
  });
  const env = variables(server().port);
  const migrated = await home.run(["store", "migrate"], { env });
  assert.equal(migrated.status, 0, migrated.stderr);
  const shared = await openPostgresStore({ env: envOf(env) });
  stack.defer(() => shared.close());
  const files = openStore({ mode: "file", env: envOf(env) });
  const viaProxy = () =>
    openPostgresStore({ env: envOf(variables(proxy.port)), stepTimeout: STEP_TIMEOUT_MS });
  return {
    ...{ home, env, proxy, files, shared, viaProxy },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Places = Awaited<ReturnType<typeof openPlaces>>;

async function tokenIn(store: Store): Promise<string | undefined> {
  return (await store.read(store.keyOf(ENTRY)))?.tokens?.refreshToken ?? undefined;
}

/** Passes the first requests; nothing reaches the client after them. */
function cutFrom(proxy: CutProxy, at: number, verdict: Verdict): () => number {
  const first = proxy.requests.length;
  proxy.judge = ({ number }) => {
    const count = number - first;
    return count < at ? "pass" : count === at ? verdict : "cut before";
  };
  return () => proxy.requests.length - first;
}

async function copyCutAt(
  { files, shared, proxy, viaProxy }: Places,
  isBack: boolean,
  at: number,
  verdict: Verdict,
) {
  const key = files.keyOf(ENTRY);
  for (const store of [files, shared]) await store.remove(key);
  const [source, target] = isBack ? [shared, files] : [files, shared];
  await source.write(ENTRY);
  const requests = cutFrom(proxy, at, verdict);
  const cut = await viaProxy();
  const place = (store: Store) => ({ store: store === shared ? cut : store, name: store.mode });
  const options: CopyOptions = {
    clock: { now: Date.now },
    signal: new AbortController().signal,
    from: place(source),
    to: place(target),
    moveAll: false,
    dryRun: false,
    chooseName: () => Promise.resolve("work"),
  };
  const outcome = await copyEntry(options, { key });
  await cut.close().catch(() => {});
  const sent = requests();
  const after = [await tokenIn(source), await tokenIn(target)];
  const whole = (store: Store) => ({ store, name: store.mode });
  const again = await copyEntry({ ...options, from: whole(source), to: whole(target) }, { key });
  const finished = [again.status === "failed", await tokenIn(source), await tokenIn(target)];
  return { sent, outcome, after, again, finished };
}

for (const isBack of [false, true]) {
  for (const verdict of ["cut before", "cut after"] as const) {
    const direction = isBack ? "from PostgreSQL to files" : "from files to PostgreSQL";
    Deno.test(`a move ${direction} loses nothing at any request (${verdict})`, async () => {
      await using places = await openPlaces();
      const { sent } = await copyCutAt(places, isBack, Infinity, "pass");
      assert.ok(sent > 5, String(sent));
      for (let at = 1; at <= sent; at += 1) {
        const { after, again, finished } = await copyCutAt(places, isBack, at, verdict);
        assert.ok(after.includes(TOKEN), `lost at request ${at}`);
        assert.deepEqual(finished, [false, undefined, TOKEN], `at ${at}: ${again.reason}`);
      }
    });
  }
}

Deno.test("store copy moves the sign-ins to PostgreSQL and back", async () => {
  await using places = await openPlaces();
  const { home, env, files, shared } = places;
  await files.write(ENTRY);
  const hops = [["file", "postgres", shared], ["postgres", "file", files]] as const;
  // The second time, each store has had the same token before.
  for (const [from, to, store] of [...hops, ...hops]) {
    const args = ["store", "copy", "--from", from, "--to", to];
    const planned = JSON.parse((await home.run([...args, "--dry-run"], { env })).stdout);
    assert.equal(planned.entries[0].status, "moved");
    const ran = await home.run([...args, "--yes"], { env });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    assert.equal(await tokenIn(store), TOKEN);
    const gone = await home.run(["token", "work", "--store", from], { env });
    assert.equal(gone.status, 4);
    assert.match(gone.stderr, new RegExp(`moved to "${to}"`));
  }
});
