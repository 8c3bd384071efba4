import assert from "node:assert/strict";
import { Failure } from "../../../../src/core/failure.ts";
import type { Code } from "../../../../src/findings/mod.ts";
import { openStore, type OpenStoreOptions } from "../../../../src/store/file/open_store.ts";
import { startFakeLab } from "../../../lab/shapes.ts";
import { addressAfter, begin, finish } from "../login/hand_over/begun_logins.ts";
import { flat, openHome } from "../../real_run.ts";

/** A clock that a wait moves; `onPause` is called in each pause. */
function movingClock(onPause: (pauses: number) => Promise<void> = () => Promise.resolve()) {
  let now = Date.now();
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    async sleep(ms: number, signal: AbortSignal) {
      pauses.push(ms);
      now += ms;
      await onPause(pauses.length);
      signal.throwIfAborted();
    },
  };
}

Deno.test("a sign-in that is there ends the wait at once", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--account", "work");
  const clock = movingClock();
  const ran = await home.run(["oauth", "wait", lab.mcpUrl, "--format", "json"], clock);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(clock.pauses, []);
  const { entries } = JSON.parse(ran.stdout);
  assert.deepEqual([entries[0].account, entries[0].signedIn], ["work", true]);
  const text = await home.run(["oauth", "wait", "--url", lab.mcpUrl, "--format", "human"], clock);
  assert.match(flat(text.stdout), /signed in to http\S+ as work, valid/);
});

Deno.test("a wait ends when the login is finished", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const begun = await begin(home, lab);
  const clock = movingClock(async (pauses) => {
    if (pauses !== 3) return;
    assert.equal((await finish(home, await addressAfter(begun), begun.handle)).status, 0);
  });
  const ran = await home.run(["oauth", "wait", lab.mcpUrl], clock);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(clock.pauses.length, 3);
});

Deno.test("without a sign-in, a wait ends at its limit with the command to sign in", async () => {
  await using home = await openHome();
  const clock = movingClock();
  const start = clock.now();
  const ran = await home.run(
    [
      ...["oauth", "wait", "https://mcp.example/mcp", "--account", "work", "--timeout", "60000"],
      ...["--format", "json"],
    ],
    clock,
  );
  assert.equal(ran.status, 4);
  assert.equal(clock.now() - start, 60_000);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "not_signed_in");
  assert.match(error.message, /nobody signed in to "https:\/\/mcp\.example\/mcp" under .*"work"/);
  assert.equal(error.try, "mcpass login https://mcp.example/mcp --account work");
  const [first = 0] = clock.pauses;
  assert.ok(first < 300 && Math.max(...clock.pauses) > 3000, `${clock.pauses}`);
});

Deno.test("the sign-in of another account, and one that cannot be used, do not end the wait", async () => {
  await using lab = await startFakeLab({ refreshTokens: false });
  await using home = await openHome();
  await home.signIn(lab);
  const other = ["oauth", "wait", lab.mcpUrl, "--account", "work", "--timeout", "1000"];
  assert.equal((await home.run(other, movingClock())).status, 4);
  await home.expire(lab);
  const ran = await home.run(["oauth", "wait", lab.mcpUrl, "--timeout", "1000"], movingClock());
  assert.equal(ran.status, 4);
});

/** A store whose server is away at some of the looks. */
function awayAt(looks: readonly number[], code: "store_unreachable" | "store_not_read") {
  let count = 0;
  return (options: OpenStoreOptions) => {
    const store = openStore(options);
    return {
      ...store,
      list(serverUrl?: string, account?: string) {
        count += 1;
        return looks.includes(count)
          ? Promise.reject(new Failure(code as Code, "the database does not respond"))
          : store.list(serverUrl, account);
      },
    };
  };
}

Deno.test("a wait survives a store that is away for a while, and says so once", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const clock = movingClock(async (pauses) => {
    if (pauses === 4) await home.signIn(lab);
  });
  const replacements = { openStore: awayAt([1, 2, 3], "store_unreachable") };
  const ran = await home.run(["oauth", "wait", lab.mcpUrl], { ...clock, replacements });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.stderr.match(/the store cannot be read now/g)?.length, 1);
  assert.match(ran.stderr, /the store can be read again/);
});

Deno.test("a store that cannot be used ends the wait", async () => {
  await using home = await openHome();
  const replacements = { openStore: awayAt([1], "store_not_read") };
  const line = ["oauth", "wait", "https://mcp.example/mcp"];
  const ran = await home.run(line, { ...movingClock(), replacements });
  assert.equal(ran.status, 1);
});

Deno.test("Ctrl-C ends a wait with 130", async () => {
  await using home = await openHome();
  const stop = new AbortController();
  const clock = movingClock(() => Promise.resolve(stop.abort()));
  const line = ["oauth", "wait", "https://mcp.example/mcp"];
  const ran = await home.run(line, { ...clock, signal: stop.signal });
  assert.equal(ran.status, 130);
});

Deno.test("on a terminal, a wait says until when; --store none is refused", async () => {
  await using home = await openHome();
  const command = ["oauth", "wait", "https://mcp.example/mcp", "--timeout", "60000"];
  const ran = await home.run(command, { ...movingClock(), terminal: true });
  assert.match(
    flat(ran.stderr),
    /waiting for a sign-in to "https:\/\/mcp\.example\/mcp" until \S+ \(1 min/,
  );
  assert.doesNotMatch((await home.run(command, movingClock())).stderr, /waiting/);
  for (const none of [["--no-store"], ["--store", "none"]]) {
    const refused = await home.run([...command, ...none], movingClock());
    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, /has no sign-in to wait for/);
  }
});

Deno.test("a name that is not stored yet, or cannot be looked up, is waited for", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const clock = movingClock(async (pauses) => {
    if (pauses === 4) await home.signIn(lab, "--name", "main", "--account", "work");
  });
  const replacements = { openStore: awayAt([1, 2], "store_unreachable") };
  const ran = await home.run(["oauth", "wait", "main"], { ...clock, replacements });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stderr, /the store cannot be read now/);
  assert.match(ran.stdout, /"account": "work"/);
  const never = await home.run(["oauth", "wait", "other", "--timeout", "1000"], movingClock());
  assert.equal(never.status, 4);
  assert.match(never.stderr, /nobody signed in to "other"[^]*login <server>\s+--name other/);
});
