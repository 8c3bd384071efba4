import assert from "node:assert/strict";
import { checkChanges } from "../../../../src/cli/commands/server/doctor_changes.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { flat, type Home, openHome } from "../../real_run.ts";
import type { Setup } from "../../fake_runtime.ts";

function doctor(home: Home, url: string, setup: Setup = {}) {
  const words = ["server", "doctor", "--url", url];
  return (...args: string[]) => home.run([...words, ...args], setup);
}

Deno.test("--fail-on decides which findings end the doctor with a failure", async () => {
  // The server issues no refresh token, which is a warning.
  await using lab = await startFakeLab({ refreshTokens: false });
  await using home = await openHome();
  await home.signIn(lab);
  const run = doctor(home, lab.mcpUrl);
  const plain = await run();
  assert.equal(JSON.parse(plain.stdout).status, "warning", plain.stdout);
  assert.equal(plain.status, 0);
  const strict = await run("--fail-on", "warning");
  assert.equal(strict.status, 1);
  assert.match(strict.stderr, /refresh/);
  const human = await run("--fail-on", "warning", "--format", "human");
  assert.match(human.stdout, /^! \S+ works, with 1 warning\n\nwarning: /);
  await home.run(["oauth", "logout", "--all"]);
  const signedOut = await Promise.all(
    ["error", "warning", "never"].map(async (it) => (await run("--fail-on", it)).status),
  );
  assert.deepEqual(signedOut, [4, 4, 0]);
  const wrong = await run("--fail-on", "info");
  assert.equal(wrong.status, 2);
});

/** Breaks the server before the second round, repairs it before the fourth, and stops. */
function rounds(lab: Awaited<ReturnType<typeof startFakeLab>>) {
  const stop = new AbortController();
  let round = 0;
  return {
    signal: stop.signal,
    sleep: (ms: number) => {
      assert.equal(ms, 7000);
      round += 1;
      if (round === 1) lab.mcp.intercept(() => ({ status: 500 }));
      if (round === 3) lab.mcp.intercept(() => undefined);
      if (round === 5) stop.abort();
      return Promise.resolve();
    },
  };
}

Deno.test("--watch writes one JSON line for each change, with the checks that changed", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await doctor(home, lab.mcpUrl, rounds(lab))("--watch", "--interval", "7");
  assert.equal(ran.status, 130);
  const documents = ran.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(documents.length, 3);
  const [first, broken, fixed] = documents.map(({ changes }) =>
    changes.filter(({ id }: { id: string }) => id === "connection")
      .map(({ change, to }: { change: string; to: string }) => [change, to])
  );
  assert.deepEqual([first, broken, fixed], [[], [["new", "error"]], [["fixed", "ok"]]]);
});

Deno.test("--watch shows what is new and what is fixed, below the last result on a terminal", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const human = ["--watch", "--interval", "7", "--format", "human"];
  const piped = await doctor(home, lab.mcpUrl, rounds(lab))(...human);
  assert.match(
    flat(piped.stdout),
    /^✓ \S+ works .*new: Connection: .*✗ .*fixed: Connection/,
  );
  const env = { NO_COLOR: "1" };
  const screen = await doctor(home, lab.mcpUrl, { ...rounds(lab), terminal: true, env })(...human);
  const last = screen.stdout.split("\x1b[H\x1b[2J").at(-1) ?? "";
  assert.match(flat(last), /^✓ \S+ works .*new: Connection.*fixed: Connection.* Checking/);
  assert.equal(screen.stderr, "");
});

Deno.test("a check that another fault prevents is not fixed, and a running clock is no change", () => {
  const check = (status: "ok" | "error" | "warning" | "skipped", detail = "") => [
    { id: "tools" as const, title: "Tools", status, detail },
  ];
  const change = (...[before, after]: ReturnType<typeof check>[]) =>
    checkChanges(before ?? [], after ?? [], 0).map((it) => it.change);
  assert.deepEqual(change(check("error"), check("skipped")), ["unchecked"]);
  assert.deepEqual(
    change(check("error", "expired 5 s ago"), check("error", "expired 9 s ago")),
    [],
  );
  assert.deepEqual(change(check("error", "HTTP error"), check("error", "no JSON")), ["changed"]);
  assert.deepEqual(change(check("skipped"), check("ok")), []);
});

Deno.test("a command that fixes two errors is printed once", async () => {
  await using lab = await startFakeLab({
    metadata: ({ code_challenge_methods_supported: _, ...others }) => others,
  });
  await using home = await openHome();
  const { stdout } = await doctor(home, lab.mcpUrl)("--format", "human");
  assert.equal(stdout.match(/mcpass login \S+ --trust-pkce/g)?.length, 1, stdout);
  assert.match(stdout, /error: Credentials: .*\nFix: {3}Sign in \(command above\)\nMore:/);
});
