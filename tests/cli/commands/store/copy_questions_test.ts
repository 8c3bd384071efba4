import assert from "node:assert/strict";
import { cancelledFailure } from "../../../../src/core/failure.ts";
import { openStore } from "../../../../src/store/file/open_store.ts";
import { entryOf, envOf } from "../../../store/entries.ts";
import type { Replacements, Setup } from "../../fake_runtime.ts";
import { flat, openHome } from "../../real_run.ts";

async function openPlaces() {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await openHome());
  const other = stack.use(await openHome());
  const shared = {
    ...openStore({ mode: "file", env: envOf({ MCPASS_HOME: other.path }) }),
    mode: "postgres" as const,
  };
  for (const name of ["work", "home"]) {
    await home.store.write(entryOf({ name, serverUrl: `https://${name}.example/mcp` }));
  }
  return {
    count: async () => (await shared.list()).entries.length,
    copy(args: readonly string[], setup: Setup = {}, ended = () => {}) {
      const lockNames = async (signal: AbortSignal) => {
        const lock = await shared.lockNames(signal);
        ended();
        return lock;
      };
      const replacements = { openPostgresStore: () => ({ ...shared, lockNames }) } as Replacements;
      const command = ["store", "copy", "--from", "file", "--to", "postgres", ...args];
      return home.run(command, { ...setup, replacements });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("store copy asks on a terminal, and requires --yes without one", async () => {
  await using places = await openPlaces();
  const refused = await places.copy([]);
  assert.deepEqual([refused.status, await places.count()], [2, 0]);
  assert.match(refused.stdout, /missing --yes/);
  const no = await places.copy([], { terminal: true, answers: ["no"] });
  assert.deepEqual([no.status, await places.count()], [130, 0]);
  assert.deepEqual(no.questions, ["Move 2 sign-ins from file to postgres?"]);
  assert.match(no.stderr, /move {2}work {2}https:\/\/work\.example\/mcp/);
  const yes = await places.copy([], { terminal: true, answers: ["yes"] });
  assert.deepEqual([yes.status, await places.count()], [0, 2]);
  const again = await places.copy([]);
  assert.deepEqual([again.status, again.questions], [0, []]);
});

Deno.test("a dry run does not say that something was moved", async () => {
  await using places = await openPlaces();
  const ran = await places.copy(["--dry-run", "--no-color"], { terminal: true });
  assert.deepEqual([ran.status, await places.count()], [0, 0]);
  assert.match(flat(ran.stdout), /would be moved: work https/);
  assert.match(ran.stdout, /Nothing was changed/);
});

Deno.test("after Ctrl-C, store copy says what was moved", async () => {
  await using places = await openPlaces();
  const stop = new AbortController();
  let count = 0;
  const ran = await places.copy(["--yes"], { signal: stop.signal }, () => {
    if ((count += 1) === 2) stop.abort(cancelledFailure());
  });
  assert.deepEqual([ran.status, await places.count()], [130, 1], ran.stderr);
  assert.match(
    ran.stderr + ran.stdout,
    /cancelled after 1 of 2 sign-ins: (work|home); run the command again for the others/,
  );
});
