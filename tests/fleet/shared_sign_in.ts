/** A sign-in of a lab in a shared store, whose access token a test lets expire. @module */

import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import type { Store } from "../../src/store/store.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../lab/fake_lab.ts";
import { formOf } from "../lab/journal.ts";
import { SERVICE_HOST } from "./machines.ts";
import { mcpass, type SharedStore } from "./shared_store.ts";

/** The refresh tokens that were sent to a lab since the list was emptied. */
export function refreshTokensSent({ requests }: FakeLab): string[] {
  return requests.filter((it) => it.path === "/token").map(formOf)
    .filter((form) => form.get("grant_type") === "refresh_token")
    .map((form) => form.get("refresh_token") ?? "");
}

/** A lab that the machines of a fleet reach. */
export async function startFleetLab(
  address: string,
  options: FakeLabOptions = {},
): Promise<FakeLab> {
  const fixtures = `${ROOT}tests/http/fixtures/`;
  const [cert, key] = await Promise.all(
    ["server.crt", "server.key"].map((name) => Deno.readTextFile(fixtures + name)),
  );
  return await startFakeLab({
    ...options,
    host: SERVICE_HOST,
    address,
    tls: { cert: cert ?? "", key: key ?? "" },
  });
}

/** Arguments of a sign-in without a person. */
export function loginArgs({ mcpUrl }: FakeLab): string[] {
  return ["login", "--url", mcpUrl, "--auth-mode", "headless", "--format", "json"];
}

/** Signs in outside of the machines. */
export async function signIn(lab: FakeLab, store: SharedStore): Promise<void> {
  const ended = await mcpass(loginArgs(lab), store.env());
  assert.ok(ended.success, ended.stdout + ended.stderr);
}

/** The only sign-in of a lab. @throws AssertionError if there is none. */
export async function storedEntry(store: Store, lab: FakeLab): Promise<StoredEntry> {
  const [found] = await store.find(lab.mcpUrl);
  const entry = found && await store.read(found.key);
  assert.ok(entry, "nothing is stored");
  return entry;
}

/** Lets the stored access token expire, and forgets the lab's requests. Returns the refresh token. */
export async function expire(store: Store, lab: FakeLab): Promise<string> {
  const entry = await storedEntry(store, lab);
  assert.ok(entry.tokens?.refreshToken, "no refresh token is stored");
  const tokens = {
    ...entry.tokens,
    obtainedAt: "2026-01-01T00:00:00.000Z",
    expiresAt: "2026-01-01T01:00:00.000Z",
  };
  await store.write({ ...entry, tokens, journal: undefined });
  lab.requests.length = 0;
  return entry.tokens.refreshToken;
}

/** True if the lab's server accepts the tokens that are stored: nobody used a token twice. */
export async function isFamilyAlive(store: Store, lab: FakeLab): Promise<boolean> {
  const { tokens } = await storedEntry(store, lab);
  return lab.as.accessTokens.includes(tokens?.accessToken ?? "");
}
