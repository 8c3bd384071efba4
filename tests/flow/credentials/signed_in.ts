/**
 * Sign-ins at the hand-made lab, for tests of what is done with them later.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { toStoredEntry } from "../../../src/flow/login/stored_login.ts";
import type { StoredEntry, StoredTokens } from "../../../src/store/stored_entry.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { planOf, runLogin } from "../harness.ts";
import {
  type MemoryRepository,
  memoryRepository,
  refreshDeps,
  type TestDeps,
} from "../memory_repository.ts";

/** A real sign-in at the lab, as it would be kept; the lab's journal begins after it. */
export async function signedIn(
  lab: FakeLab,
  tokens: Partial<StoredTokens> = {},
  plan: Partial<Parameters<typeof planOf>[0]> = {},
): Promise<StoredEntry> {
  const whole = planOf({ serverUrl: lab.mcpUrl, ...plan });
  const { session, result } = await runLogin(whole);
  assert.ok(session, JSON.stringify(result.error));
  const entry = toStoredEntry(whole, result.protocolVersion, session);
  assert.ok(entry.tokens);
  lab.requests.length = 0;
  return { ...entry, tokens: { ...entry.tokens, ...tokens } };
}

/** The times of a token that has expired. */
export const EXPIRED = {
  expiresAt: "2020-01-01T00:00:00.000Z",
  obtainedAt: "2019-12-31T00:00:00.000Z",
};

/** The failure with which the work ends. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

/**
 * The token endpoint under another name: the runtime keeps connections by host, and sends a request
 * by itself again when a connection that it had kept closes under it.
 */
export function onOwnConnection(entry: StoredEntry): StoredEntry {
  const token = entry.endpoints.token.replace("127.0.0.1", "localhost");
  return { ...entry, endpoints: { ...entry.endpoints, token } };
}

/** A lab, and a sign-in there whose access token has expired. */
export async function expired(
  options: FakeLabOptions = {},
  plan: Partial<Parameters<typeof planOf>[0]> = {},
): Promise<{
  readonly lab: FakeLab;
  readonly entry: StoredEntry;
  readonly repository: MemoryRepository;
  readonly deps: TestDeps;
}> {
  const lab = await startFakeLab(options);
  const entry = onOwnConnection(await signedIn(lab, EXPIRED, plan));
  return { lab, entry, repository: memoryRepository(entry), deps: refreshDeps(lab.mcpUrl) };
}
