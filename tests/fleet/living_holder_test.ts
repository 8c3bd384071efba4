import assert from "node:assert/strict";
import { type FakeLab, startFakeLab } from "../lab/fake_lab.ts";
import { until } from "../cli/real_process.ts";
import { startCutProxy, type Verdict } from "./cut_proxy.ts";
import { fillTables, fillWal } from "./exhausted_disk.ts";
import { postgresOfFile } from "./postgres_of_file.ts";
import { type PostgresOptions, type PostgresServer, startPostgres } from "./postgres_server.ts";
import { scaled } from "./scale.ts";
import { expire, isFamilyAlive, refreshTokensSent, signIn, storedEntry } from "./shared_sign_in.ts";
import { makeSharedStore, mcpass, type SharedStore } from "./shared_store.ts";
import { hookTokenRoute, type TokenRoute } from "./token_route.ts";
import type { UrlParts } from "./database.ts";
import type { RunResult } from "../../scripts/shell.ts";

interface Scene extends AsyncDisposable {
  readonly server: PostgresServer;
  readonly lab: FakeLab;
  readonly shared: SharedStore;
  readonly tokens: TokenRoute;
  /** Runs `oauth token`. */
  token(parts?: UrlParts): Promise<RunResult>;
  /** Lets the token expire. */
  expire(): Promise<string>;
  /** One refresh was sent, with this token, and what the runs printed is stored and valid. */
  assertOneRefresh(sent: string, runs: readonly RunResult[]): Promise<void>;
}

const serverOfFile = postgresOfFile();

/** @param options Of a server of its own; by default the tests share one. */
async function openScene(options?: PostgresOptions): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const server = options === undefined ? serverOfFile() : stack.use(await startPostgres(options));
  const lab = stack.use(await startFakeLab());
  const shared = stack.use(await makeSharedStore(server));
  await signIn(lab, shared);
  const running = stack.move();
  return {
    ...{ server, lab, shared, tokens: hookTokenRoute(lab) },
    token: (parts) => mcpass(["oauth", "token", "--url", lab.mcpUrl], shared.env(parts)),
    expire: async () => await expire(await shared.open(), lab),
    async assertOneRefresh(sent, runs) {
      for (const { code, stderr } of runs) assert.equal(code, 0, stderr);
      assert.deepEqual(refreshTokensSent(lab), [sent]);
      const store = await shared.open();
      const { tokens } = await storedEntry(store, lab);
      assert.deepEqual([...new Set(runs.map(({ stdout }) => stdout))], [
        `${tokens?.accessToken}\n`,
      ]);
      assert.ok(await isFamilyAlive(store, lab));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Waits for a line in the server's log that was not there before. */
function watchLog({ logFile }: PostgresServer, line: RegExp): () => Promise<void> {
  const start = Deno.statSync(logFile).size;
  return () => until(async () => line.test((await Deno.readTextFile(logFile)).slice(start)));
}

/** Errors with which a process may end whose connection was cut before it sent a refresh. */
const CUT_BEFORE_REFRESH = /store_(unreachable|connection_lost)/;

Deno.test("a living process whose connection is cut at any request loses no token", {
  timeout: 1_800_000,
}, async () => {
  await using scene = await openScene();
  await using proxy = startCutProxy(scene.server.port);
  const through = { port: proxy.port, parameters: { sslmode: "disable" } };
  const run = async (cut: number, verdict: Verdict) => {
    const sent = await scene.expire();
    proxy.requests.length = 0;
    proxy.judge = ({ number }) => number === cut ? verdict : "pass";
    return { sent, ran: await scene.token(through) };
  };
  const { sent, ran } = await run(0, "pass");
  await scene.assertOneRefresh(sent, [ran]);
  const count = proxy.requests.length;
  assert.ok(count >= 8, proxy.requests.map(({ text }) => text).join("\n"));
  const step = scaled(1, 2);
  for (const verdict of ["cut before", "cut after"] as const) {
    for (let cut = verdict === "cut before" ? 1 : step; cut <= count; cut += step) {
      const { sent, ran } = await run(cut, verdict);
      const text = `${verdict} request ${cut}, "${proxy.requests[cut - 1]?.text}": ${ran.stderr}`;
      if (ran.code === 0) {
        await scene.assertOneRefresh(sent, [ran]);
        continue;
      }
      assert.match(ran.stderr, CUT_BEFORE_REFRESH, text);
      assert.deepEqual(refreshTokensSent(scene.lab), [], text);
      await scene.assertOneRefresh(sent, [await scene.token()]);
    }
  }
});

for (const mode of ["fast", "immediate"] as const) {
  Deno.test(`the server restarts (${mode}) while tokens are refreshed: they are stored, and all processes get them`, async () => {
    await using scene = await openScene();
    const sent = await scene.expire();
    let others: Promise<RunResult>[] = [];
    scene.tokens.onIssued = async () => {
      scene.tokens.onIssued = () => {};
      await scene.server.restart(mode);
      others = [scene.token(), scene.token()];
    };
    const first = await scene.token();
    await scene.assertOneRefresh(sent, [first, ...await Promise.all(others)]);
  });
}

Deno.test("the server is down when the tokens arrive and starts later: they are stored", async () => {
  await using scene = await openScene();
  const sent = await scene.expire();
  scene.tokens.onIssued = () => scene.server.stop("immediate");
  const running = scene.token();
  await until(() => refreshTokensSent(scene.lab).length === 1);
  await until(async () => !await isListening(scene.server.port));
  await scene.server.start();
  await scene.assertOneRefresh(sent, [await running]);
});

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Ends every connection of the role that is in a transaction: that of the lock. */
const TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
  "WHERE usename = 'mcpass' AND state = 'idle in transaction'";

Deno.test("the lock's connection is terminated while the refresh runs: nobody else refreshes", async () => {
  await using scene = await openScene();
  const sent = await scene.expire();
  let other: Promise<RunResult> | undefined;
  scene.tokens.onRequest = async () => {
    scene.tokens.onRequest = () => {};
    assert.equal(await scene.shared.database.admin(TERMINATE), "t");
    const locked = watchLog(scene.server, /pg_try_advisory_xact_lock/);
    other = scene.token();
    await locked();
  };
  const first = await scene.token();
  assert.ok(other);
  await scene.assertOneRefresh(sent, [first, await other]);
});

/** True when the transaction of the lock has been idle for longer than the server's limit. */
const IDLE_TOO_LONG = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) " +
  "WHERE locktype = 'advisory' AND state = 'idle in transaction' " +
  "AND clock_timestamp() - state_change > interval '300 ms'";

Deno.test("a server's limit for idle transactions does not end the lock while the refresh runs", async () => {
  await using scene = await openScene({ settings: { idle_in_transaction_session_timeout: 100 } });
  const sent = await scene.expire();
  scene.tokens.onRequest = () =>
    until(async () => await scene.shared.database.admin(IDLE_TOO_LONG) === "1");
  await scene.assertOneRefresh(sent, [await scene.token()]);
});

Deno.test("the disk of the tables is full when the tokens arrive and has room later: they are stored", async () => {
  await using scene = await openScene({ disk: { of: "tables", megabytes: 40 } });
  const { server, shared } = scene;
  const sent = await scene.expire();
  let makeRoom: (() => Promise<void>) | undefined;
  const refused = watchLog(server, /mcpass@.*No space left on device/);
  scene.tokens.onIssued = async () => {
    makeRoom = await fillTables(server, shared.database);
  };
  const running = scene.token();
  await refused();
  await makeRoom?.();
  await scene.assertOneRefresh(sent, [await running]);
});

Deno.test("a full disk ends the server when the tokens arrive, and it starts again later: they are stored", async () => {
  await using scene = await openScene({ disk: { of: "all", megabytes: 96 } });
  const { server, shared } = scene;
  const sent = await scene.expire();
  let isFull = false;
  scene.tokens.onIssued = async () => {
    await fillWal(server, shared.database);
    isFull = true;
  };
  const running = scene.token();
  await until(() => isFull);
  await server.disk?.free();
  await server.stop("immediate");
  await server.start();
  await scene.assertOneRefresh(sent, [await running]);
});
