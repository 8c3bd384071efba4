import assert from "node:assert/strict";
import type { StoredEntry, StoredTokens } from "../../../../src/store/stored_entry.ts";
import { entryOf } from "../../../store/entries.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const tokens = (parts: Partial<StoredTokens>): StoredTokens => ({
  accessToken: "canary-access",
  refreshToken: null,
  tokenType: "Bearer",
  obtainedAt: "2020-01-01T00:00:00.000Z",
  expiresAt: "2020-01-01T01:00:00.000Z",
  ...parts,
});

const at = (host: string, parts: Partial<StoredEntry>) =>
  entryOf({ serverUrl: `https://${host}.example/mcp`, name: host, ...parts });

/** One entry of each kind. Only the first can be used by nobody. */
const ENTRIES: readonly StoredEntry[] = [
  at("expired", { tokens: tokens({}) }),
  at("refreshable", { tokens: tokens({ refreshToken: "canary-refresh" }) }),
  at("valid", { tokens: tokens({ expiresAt: "2099-01-01T00:00:00.000Z" }) }),
  at("unknown-lifetime", { tokens: tokens({ expiresAt: null }) }),
  at("repeated-grant", { authMode: "client_credentials", tokens: tokens({}) }),
  at("registered", { registeredOnly: true, tokens: null }),
  at("revoked", { tokens: null }),
];

async function filledHome(): Promise<Home> {
  const home = await openHome();
  for (const entry of ENTRIES) await home.store.write(entry);
  return home;
}

const namesIn = async ({ store }: Home) =>
  (await store.list()).entries.map(({ name = "" }) => name).sort();

const ALL = ENTRIES.map(({ name = "" }) => name).sort();

Deno.test("store prune removes what has expired and cannot be refreshed, and nothing else", async () => {
  await using home = await filledHome();
  const ran = await home.run(["store", "prune", "--yes"]);
  assert.equal(ran.status, 0, ran.stderr);
  const { entries, events, ...document } = JSON.parse(ran.stdout);
  assert.deepEqual(document, { ok: true, completed: true, dryRun: false, problems: [] });
  assert.deepEqual(entries, [{
    name: "expired",
    serverUrl: "https://expired.example/mcp",
    account: "default",
    issuer: "https://as.example",
    expiresAt: "2020-01-01T01:00:00.000Z",
    reason: "expired",
    removed: true,
  }]);
  assert.ok(events === null || events.count === 0);
  assert.deepEqual(await namesIn(home), ALL.filter((name) => name !== "expired"));
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});

Deno.test("store prune --without-tokens also removes entries without tokens", async () => {
  await using home = await filledHome();
  const ran = await home.run(["store", "prune", "--without-tokens", "--yes"]);
  assert.equal(ran.status, 0, ran.stderr);
  const gone = ["expired", "registered", "revoked"];
  assert.deepEqual(await namesIn(home), ALL.filter((name) => !gone.includes(name)));
});

Deno.test("store prune --dry-run lists what would be removed and removes nothing", async () => {
  await using home = await filledHome();
  const args = ["store", "prune", "--dry-run", "--without-tokens", "--no-color"];
  const ran = await home.run(args, { terminal: true });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(
    flat(ran.stdout),
    /3 sign-ins.* would be removed expired https:\/\/expired\.example/,
  );
  assert.deepEqual(await namesIn(home), ALL);
});

Deno.test("store prune asks on a terminal, and requires --yes without one", async () => {
  await using home = await filledHome();
  const refused = await home.run(["store", "prune"]);
  assert.equal(refused.status, 2);
  assert.match(refused.stdout, /missing --yes/);
  const no = await home.run(["store", "prune"], { terminal: true, answers: ["no"] });
  assert.equal(no.status, 130);
  assert.deepEqual(no.questions, ["Remove 1 sign-in?"]);
  assert.match(
    no.stderr,
    /expired {2}https:\/\/expired\.example\/mcp {2}expired, cannot be refreshed/,
  );
  assert.deepEqual(await namesIn(home), ALL);
  const yes = await home.run(["store", "prune"], { terminal: true, answers: ["yes"] });
  assert.equal(yes.status, 0, yes.stderr);
  assert.equal((await namesIn(home)).length, ALL.length - 1);
});

Deno.test("store prune without anything to remove asks nothing", async () => {
  await using home = await openHome();
  const ran = await home.run(["store", "prune", "--no-color"], { terminal: true });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, []);
  assert.match(ran.stdout, /no sign-ins.* removed/);
});

Deno.test("the entry of a moved sign-in remains for a week: a file with its token may be imported", async () => {
  await using home = await openHome();
  const moved = { at: new Date().toISOString(), to: "postgres" };
  await home.store.write(at("moved", { tokens: null, moved }));
  const args = ["store", "prune", "--without-tokens", "--yes"];
  assert.equal((await home.run(args)).status, 0);
  assert.deepEqual(await namesIn(home), ["moved"]);
  const later = { now: () => Date.now() + 7 * 86_400_000 };
  assert.equal((await home.run(args, later)).status, 0);
  assert.deepEqual(await namesIn(home), []);
});
