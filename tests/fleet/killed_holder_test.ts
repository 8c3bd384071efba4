import assert from "node:assert/strict";
import { type FakeLab, startFakeLab } from "../lab/fake_lab.ts";
import { type CutProxy, type DatabaseRequest, startCutProxy } from "./cut_proxy.ts";
import { MCPASS } from "./machines.ts";
import { type PostgresServer, startPostgres } from "./postgres_server.ts";
import { IS_FULL } from "./scale.ts";
import { expire, isFamilyAlive, refreshTokensSent, signIn, storedEntry } from "./shared_sign_in.ts";
import { makeSharedStore, mcpass, type SharedStore } from "./shared_store.ts";
import { hookTokenRoute, type TokenRoute } from "./token_route.ts";

/** The sample has each point once. */
const FULL_RUNS = 500;
const LANES = 2;

/** Where a process is killed: at a request to the database, or at its request for tokens. */
interface KillPoint {
  /** Of the database's request, from 1; null for the token request. */
  readonly request: number | null;
  /** Whether the server does what was requested. */
  readonly done: boolean;
}

/** One sign-in with servers of its own, so that lanes do not meet. */
interface Lane extends AsyncDisposable {
  readonly lab: FakeLab;
  readonly shared: SharedStore;
  readonly proxy: CutProxy;
  readonly tokens: TokenRoute;
}

async function openLane(server: PostgresServer): Promise<Lane> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await startFakeLab());
  const shared = stack.use(await makeSharedStore(server));
  const proxy = stack.use(startCutProxy(server.port));
  await signIn(lab, shared);
  const tokens = hookTokenRoute(lab);
  const running = stack.move();
  return { lab, shared, proxy, tokens, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Runs `oauth token` through the proxy, and kills it at a point. False if it ended before. */
async function runKilled(lane: Lane, point: KillPoint | undefined): Promise<boolean> {
  const { lab, shared, proxy, tokens } = lane;
  const variables = shared.env({ port: proxy.port, parameters: { sslmode: "disable" } });
  proxy.requests.length = 0;
  const child = new Deno.Command(MCPASS, {
    args: ["oauth", "token", "--url", lab.mcpUrl],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...variables },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const kill = () => child.kill("SIGKILL");
  proxy.judge = ({ number }: DatabaseRequest) => {
    if (number !== point?.request) return "pass";
    if (!point.done) kill();
    return point.done ? "cut after" : "cut before";
  };
  proxy.afterDone = kill;
  const killAt = (done: boolean) => () => {
    if (point?.request === null && point.done === done) kill();
  };
  [tokens.onRequest, tokens.onIssued] = [killAt(false), killAt(true)];
  const { signal, code } = await child.status;
  tokens.onRequest = tokens.onIssued = () => {};
  proxy.judge = () => "pass";
  if (point === undefined) assert.equal(code, 0);
  return signal === "SIGKILL";
}

/** Lets the time of the killed process's refresh pass soon: another one waits until then. */
const SHORT_LIMIT = "UPDATE mcpass.entries SET refresh_until = " +
  "least(refresh_until, clock_timestamp() + interval '100 ms')";

/** What the next process finds: a token that works, or a sign-in that only a person can repeat. */
async function check(lane: Lane, sent: string): Promise<void> {
  const { lab, shared } = lane;
  const store = await shared.open();
  const before = await storedEntry(store, lab);
  const wasSent = refreshTokensSent(lab).length > 0;
  const isStored = before.tokens?.refreshToken !== sent;
  await shared.database.sql(SHORT_LIMIT);
  const next = await mcpass(["oauth", "token", "--url", lab.mcpUrl], shared.env());
  if (wasSent && !isStored) {
    // The server replaced the token, and the only process that received the new one is dead.
    assert.equal(next.code, 4, next.stderr);
    assert.match(next.stderr, /refresh_token_refused/);
    assert.match(next.stderr, /was interrupted/);
    await signIn(lab, shared);
    return;
  }
  assert.equal(next.code, 0, next.stderr);
  assert.deepEqual(refreshTokensSent(lab), [sent]);
  assert.ok(lab.as.accessTokens.includes(next.stdout.trimEnd()), "the family is dead");
  assert.ok(await isFamilyAlive(store, lab));
}

Deno.test(
  "the holder of the lock is killed at every request: the next process finds the old or the new tokens",
  {
    timeout: 1_800_000,
  },
  async () => {
    await using server = await startPostgres({ settings: { log_statement: "none" } });
    await using stack = new AsyncDisposableStack();
    const lanes: Lane[] = [];
    for (let lane = 0; lane < LANES; lane++) lanes.push(stack.use(await openLane(server)));
    const [first] = lanes;
    assert.ok(first);
    await expire(await first.shared.open(), first.lab);
    assert.equal(await runKilled(first, undefined), false);
    const count = first.proxy.requests.length;
    assert.ok(count >= 8, first.proxy.requests.map(({ text }) => text).join("\n"));
    const points: KillPoint[] = [
      ...Array.from({ length: count }, (_, at) => at + 1),
      null,
    ].flatMap((request) => [{ request, done: false }, { request, done: true }]);

    const runs = IS_FULL ? FULL_RUNS : points.length;
    let next = 0;
    let killed = 0;
    await Promise.all(lanes.map(async (lane) => {
      const store = await lane.shared.open();
      while (next < runs) {
        const point = points[next++ % points.length];
        assert.ok(point);
        const sent = await expire(store, lane.lab);
        if (await runKilled(lane, point)) killed++;
        try {
          await check(lane, sent);
        } catch (error) {
          throw new Error(
            `killed at ${JSON.stringify(point)}: ${lane.proxy.requests.at(-1)?.text}`,
            { cause: error },
          );
        }
      }
    }));
    assert.ok(killed > runs * 0.8, `${killed} of ${runs} processes were killed`);
  },
);
