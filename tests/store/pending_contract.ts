/** What each engine does with pending logins. @module */

import assert from "node:assert/strict";
import type { PendingLogins } from "../../src/store/pending_logins.ts";

export interface PendingEngine extends AsyncDisposable {
  /** As another process opens it. */
  open(): Promise<PendingLogins>;
  /** Lets the clock of the store go forward. */
  advance(milliseconds: number): Promise<void>;
}

const MINUTES = 60_000;
const DAY = 24 * 60 * MINUTES;

const newId = () => crypto.getRandomValues(new Uint8Array(32)).toHex();

async function claimedRecord(logins: PendingLogins, id: string): Promise<string> {
  const claim = await logins.claim(id);
  assert.equal(claim?.state, "open");
  return claim?.state === "open" ? claim.record : "";
}

type Case = (open: () => Promise<PendingLogins>, engine: PendingEngine) => Promise<void>;

export const PENDING_CASES: Readonly<Record<string, Case>> = {
  "a record is claimed once, by any process": async (open) => {
    const id = newId();
    const expiresAt = await (await open()).put(id, "sealed", 10 * MINUTES);
    assert.equal(new Date(expiresAt).toISOString(), expiresAt);
    const other = await open();
    assert.deepEqual(await other.claim(id), { state: "open", record: "sealed", expiresAt });
    assert.deepEqual(await other.claim(id), { state: "claimed" });
    assert.deepEqual(await (await open()).claim(id), { state: "claimed" });
  },

  "nothing is known about an id that was not put": async (open) => {
    assert.equal(await (await open()).claim(newId()), undefined);
    await (await open()).put(newId(), "sealed", MINUTES);
    assert.equal(await (await open()).claim(newId()), undefined);
  },

  "of 20 claims at the same time one receives the record": async (open) => {
    const id = newId();
    await (await open()).put(id, "sealed", MINUTES);
    const all = await Promise.all(Array.from({ length: 20 }, open));
    const claims = await Promise.all(all.map((logins) => logins.claim(id)));
    assert.equal(claims.filter((claim) => claim?.state === "open").length, 1);
    assert.equal(claims.filter((claim) => claim?.state === "claimed").length, 19);
  },

  "a claimed record can be released once": async (open) => {
    const id = newId();
    const logins = await open();
    await logins.put(id, "sealed", MINUTES);
    assert.equal(await logins.release(id), false);
    await claimedRecord(logins, id);
    assert.equal(await logins.release(id), true);
    assert.equal(await claimedRecord(await open(), id), "sealed");
    assert.equal(await logins.release(id), false);
    assert.deepEqual(await logins.claim(id), { state: "claimed" });
  },

  "a closed login says for a day how it ended": async (open, engine) => {
    const id = newId();
    const logins = await open();
    await logins.put(id, "sealed", MINUTES);
    await claimedRecord(logins, id);
    await logins.close(id, "signed_in");
    const closed = await (await open()).claim(id);
    assert.equal(closed?.state, "signed_in");
    assert.equal(await logins.release(id), false);
    await engine.advance(DAY - 2 * MINUTES);
    await logins.put(newId(), "sealed", MINUTES);
    assert.equal((await logins.claim(id))?.state, "signed_in");
    await engine.advance(3 * MINUTES);
    await logins.put(newId(), "sealed", MINUTES);
    assert.equal(await logins.claim(id), undefined);
  },

  "a record expires, and another begin removes it": async (open, engine) => {
    const logins = await open();
    const [late, swept] = [newId(), newId()];
    await logins.put(late, "sealed", 10 * MINUTES);
    await engine.advance(10 * MINUTES);
    assert.equal((await logins.claim(late))?.state, "expired");
    assert.equal((await logins.claim(late))?.state, "expired");
    await logins.put(swept, "sealed", 10 * MINUTES);
    await engine.advance(11 * MINUTES);
    await logins.put(newId(), "sealed", MINUTES);
    assert.equal((await logins.claim(swept))?.state, "expired");
  },

  "an expired record is not released": async (open, engine) => {
    const id = newId();
    const logins = await open();
    await logins.put(id, "sealed", MINUTES);
    await claimedRecord(logins, id);
    await engine.advance(2 * MINUTES);
    assert.equal(await logins.release(id), false);
  },
};
