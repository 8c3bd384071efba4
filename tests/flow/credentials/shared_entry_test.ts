import assert from "node:assert/strict";
import { unlessAborted } from "../../../src/core/abort.ts";
import { Failure } from "../../../src/core/failure.ts";
import { changeEntry, withChanges } from "../../../src/flow/credentials/change_sign_in.ts";
import { freshSignIn } from "../../../src/flow/credentials/refresh.ts";
import type { StoredEntry } from "../../../src/store/stored_entry.ts";
import { formOf } from "../../lab/journal.ts";
import { entryOf, withTokens } from "../../store/entries.ts";
import { expired, failureOf } from "./signed_in.ts";

const changedMeanwhile = () => new Failure("store_entry_changed", "another process wrote it");

/** A clock that passes only in pauses. */
function steppedClock(start: number) {
  let now = start;
  return {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
}

Deno.test("a change is made again to what another process has stored meanwhile", async () => {
  let stored = entryOf();
  let writes = 0;
  const changed = await changeEntry({
    read: () => Promise.resolve(stored),
    write(entry) {
      if (++writes === 1) {
        stored = withTokens("other");
        return Promise.reject(changedMeanwhile());
      }
      stored = entry;
      return Promise.resolve("written");
    },
  }, (entry) => entry && { ...entry, name: "work" });
  assert.equal(changed?.written, "written");
  assert.deepEqual(stored, { ...withTokens("other"), name: "work" });
});

Deno.test("nothing is written without a change, and after many faster processes the change fails", async () => {
  let writes = 0;
  const value = {
    read: () => Promise.resolve(entryOf()),
    write: () => {
      writes += 1;
      return Promise.reject(changedMeanwhile());
    },
  };
  assert.equal(await changeEntry(value, () => undefined), undefined);
  assert.equal(writes, 0);
  const failure = await failureOf(changeEntry(value, (entry) => entry));
  assert.equal(failure.code, "store_entry_changed");
  assert.ok(writes > 10);
});

Deno.test("only what changed is changed in the entry of another process", () => {
  const before = entryOf();
  const after: StoredEntry = {
    ...before,
    client: { ...before.client, tokenAuthMethod: "client_secret_post" },
    refresh: { withScope: true },
  };
  const { dpopKey: _, ...others } = before;
  const stored = { ...others, name: "work", client: { ...before.client, clientName: "other" } };
  assert.deepEqual(withChanges(before, after, stored), {
    ...stored,
    refresh: { withScope: true },
    client: { ...stored.client, tokenAuthMethod: "client_secret_post" },
  });
});

Deno.test("a refresh of another process that stores no result ends the wait, and names the process", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const startedAt = "2026-08-01T00:00:00.000Z";
  const journal = { startedAt, refreshTokenFingerprint: "ab", by: "web-7 (process 41)", id: "cd" };
  const running = {
    ...repository,
    read: () => Promise.resolve({ ...entry, journal }),
    refreshUnderWay: () => Promise.resolve(60_000),
  };
  const waiting = { ...deps, clock: steppedClock(Date.now()) };
  const failure = await failureOf(freshSignIn(waiting, running, lab.mcpUrl));
  assert.equal(failure.code, "refresh_under_way");
  assert.match(
    failure.message,
    /refreshed by web-7 \(process 41\) since 2026-08-01T00:00:00\.000Z/,
  );
  assert.match(failure.remedy ?? "", /--step-timeout/);
  assert.equal(lab.requests.length, 0);
});

Deno.test("a sign-in that was removed during the refresh stays removed: the new tokens are revoked", async () => {
  const { lab, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  let writes = 0;
  const removing = {
    ...repository,
    read: () => Promise.resolve(writes < 2 ? repository.now() : undefined),
    write: (next: StoredEntry) =>
      ++writes === 2 ? Promise.reject(changedMeanwhile()) : repository.write(next),
    lock: repository.lock.bind(repository),
  };
  const failure = await failureOf(freshSignIn(deps, removing, lab.mcpUrl));
  assert.deepEqual([failure.code, failure.kind], ["not_signed_in", "sign_in_needed"]);
  assert.match(failure.message, /was removed while its token was refreshed/);
  assert.deepEqual(lab.requests.map((it) => formOf(it).get("token_type_hint")), [
    ...[null, "refresh_token", "access_token"],
  ]);
  assert.equal(writes, 2);
});

Deno.test("new tokens that the store refuses at first are stored later, within the time of a step", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  let refused = 0;
  const clock = steppedClock(Date.now());
  const busy = {
    ...repository,
    write(next: StoredEntry) {
      if (next.tokens?.accessToken === entry.tokens?.accessToken || ++refused > 3) {
        return repository.write(next);
      }
      return Promise.reject(new Failure("store_not_written", "the disk is full"));
    },
    lock: repository.lock.bind(repository),
  };
  const next = await freshSignIn({ ...deps, clock }, busy, lab.mcpUrl);
  assert.deepEqual(repository.now(), next);
  assert.equal(refused, 4);
  assert.equal(lab.requests.length, 1);
  assert.ok(deps.notes.some((note) => /the disk is full; mcpass tries again/.test(note)));
});

Deno.test("a process that could not store new tokens stores them at its next use, without a request", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  let isFull = true;
  const busy = {
    ...repository,
    write: (next: StoredEntry) =>
      isFull && next.tokens?.accessToken !== entry.tokens?.accessToken
        ? Promise.reject(new Failure("store_not_written", "the disk is full"))
        : repository.write(next),
    lock: repository.lock.bind(repository),
  };
  const waiting = { ...deps, clock: steppedClock(Date.now()) };
  const failure = await failureOf(freshSignIn(waiting, busy, lab.mcpUrl));
  assert.equal(failure.code, "store_not_written");
  assert.equal(repository.now()?.tokens?.accessToken, entry.tokens?.accessToken);
  isFull = false;
  const next = await freshSignIn(deps, busy, lab.mcpUrl);
  assert.equal(lab.requests.length, 1);
  assert.ok(lab.as.accessTokens.includes(next.tokens?.accessToken ?? ""));
  assert.deepEqual(repository.now(), next);
  assert.equal(next.journal, undefined);
  const again = await freshSignIn(deps, busy, lab.mcpUrl, { force: true });
  assert.equal(lab.requests.length, 2);
  assert.ok(lab.as.accessTokens.includes(again.tokens?.accessToken ?? ""));
});

Deno.test("a process that waits for a lock far away uses a token that another one has stored", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const tokens = {
    ...withTokens("other").tokens ?? assert.fail(),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    obtainedAt: new Date().toISOString(),
  };
  let isFree = true;
  let looks = 0;
  const far = {
    ...repository,
    lookMs: 1,
    read: () => Promise.resolve(++looks > 3 ? { ...entry, tokens } : entry),
    async lock(signal: AbortSignal): Promise<AsyncDisposable> {
      isFree = false;
      await unlessAborted(Promise.withResolvers<void>().promise, signal).finally(() =>
        isFree = true
      );
      return assert.fail("nobody freed the lock");
    },
  };
  const next = await freshSignIn(deps, far, lab.mcpUrl);
  assert.equal(next.tokens?.accessToken, tokens.accessToken);
  assert.equal(isFree, true);
  assert.equal(lab.requests.length, 0);
});

Deno.test("a failure of a lock far away ends the wait for it", async () => {
  const { lab, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const lock = () => Promise.reject(new Failure("store_lock_timeout", "another process holds it"));
  const far = { ...repository, lookMs: 1, lock };
  assert.equal((await failureOf(freshSignIn(deps, far, lab.mcpUrl))).code, "store_lock_timeout");
});
