import assert from "node:assert/strict";
import { openStore } from "../../../../src/store/file/open_store.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, type RecordedRequest } from "../../../lab/journal.ts";
import type { Replacements } from "../../fake_runtime.ts";
import { flat, openHome } from "../../real_run.ts";

const FULL = () =>
  Promise.reject(new Failure("store_not_written", "the disk is full", { remedy: "Make room" }));

/** A store that cannot be written. */
const FULL_STORE: Replacements = {
  openStore: (options) => ({ ...openStore(options), write: FULL }),
};

/** An output file that cannot be written. */
const FULL_FILE: Replacements = {
  openOutputFile: (path) =>
    Promise.resolve({
      path,
      write: () => Promise.reject(new Failure("output_not_written", "the disk is full")),
    }),
};

/** What was revoked, in order. */
function revocations(requests: readonly RecordedRequest[]): (string | null)[] {
  return requests.filter((it) => it.path === "/token").map(formOf)
    .filter((form) => form.has("token"))
    .map((form) => form.get("token_type_hint"));
}

const refusing: FakeLabOptions["token"] = (answer, form) =>
  form.has("token") ? { status: 503, body: { error: "temporarily_unavailable" } } : answer;

const refusingAccess: FakeLabOptions["token"] = (answer, form) =>
  form.get("token_type_hint") === "access_token"
    ? { status: 400, body: { error: "unsupported_token_type" } }
    : answer;

const without: FakeLabOptions["metadata"] = ({ revocation_endpoint: _, ...document }) => document;

const LOGIN = ["login", "--auth-mode", "headless", "--format", "json"];

for (
  const [what, replacements, flags] of [
    ["the store", FULL_STORE, []],
    ["a credentials file", FULL_FILE, ["--credentials-out", "HOME/c.json"]],
    ["either of two places", { ...FULL_FILE, ...FULL_STORE }, [
      "--credentials-out",
      "HOME/c.json",
      "--store",
      "file",
    ]],
  ] as const
) {
  Deno.test(`tokens that cannot be stored in ${what} are revoked, and the login fails`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const rest = flags.map((word) => word.replace("HOME", home.path));
    // Without a variable for the store, a credentials file is the only place.
    const env = { MCPASS_STORE: what === "the store" ? "file" : "" };
    const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, ...rest], { replacements, env });
    assert.equal(ran.status, 1, ran.stderr);
    const { completed, credentials, error } = JSON.parse(ran.stdout);
    assert.equal(completed, false);
    assert.equal(credentials, null);
    assert.match(error.code, /^(store|output)_not_written$/);
    assert.match(
      error.message,
      /the disk is full; mcpass revoked the refresh token and the access token, which it could not store/,
    );
    assert.deepEqual(revocations(lab.requests), ["refresh_token", "access_token"]);
    assert.deepEqual((await home.store.list()).entries, []);
    assert.deepEqual(
      (await Array.fromAsync(Deno.readDir(home.path))).filter(({ name }) => name !== "credentials"),
      [],
    );
  });
}

Deno.test("a token that is stored in one of two places is not revoked", async () => {
  for (const replacements of [FULL_STORE, FULL_FILE]) {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const flags = ["--credentials-out", `${home.path}/c.json`, "--store", "file"];
    const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, ...flags], { replacements });
    assert.equal(ran.status, 1);
    assert.match(JSON.parse(ran.stdout).error.message, /^the disk is full$/);
    assert.deepEqual(revocations(lab.requests), []);
  }
});

Deno.test("a login that is asked to store nothing revokes nothing", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--no-store"], {
    replacements: FULL_STORE,
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(revocations(lab.requests), []);
});

Deno.test("what was not revoked is named, and the tokens are still printed", async () => {
  for (
    const [options, said] of [
      [
        { token: refusing },
        /full; the refresh token was not revoked \(HTTP 503, "temporarily_unavailable"\)/,
      ],
      [
        { token: refusingAccess },
        /full; mcpass revoked the refresh token, which it could not store; the access token was not revoked/,
      ],
      [
        { metadata: without },
        /full; the authorization server has no revocation endpoint, so the tokens stay valid until they expire/,
      ],
    ] as const
  ) {
    await using lab = await startFakeLab(options);
    await using home = await openHome();
    const ran = await home.run([...LOGIN, "--url", lab.mcpUrl], { replacements: FULL_STORE });
    assert.equal(ran.status, 1);
    const { credentials, error } = JSON.parse(ran.stdout);
    assert.match(error.message, said);
    assert.match(credentials.accessToken, /^[!-~]+$/);
  }
});

Deno.test("the artifact has the revocation, and a failed verification does not hide it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const debug = `${home.path}/debug.json`;
  const ran = await home.run([
    ...[...LOGIN, "--url", lab.mcpUrl, "--debug-out", debug],
    ...["--verify-call-tool", "no-such-tool"],
  ], { replacements: FULL_STORE });
  assert.equal(ran.status, 1);
  assert.match(flat(ran.stderr), /mcpass revoked the refresh token and the access token/);
  assert.deepEqual(revocations(lab.requests), ["refresh_token", "access_token"]);
  assert.match(await Deno.readTextFile(debug), /token_type_hint/);
});
