import assert from "node:assert/strict";
import { toStoredEntry } from "../../../src/flow/login/stored_login.ts";
import { credentialsFile } from "../../../src/flow/credentials/credentials_file.ts";
import { fileRepository } from "../../../src/flow/credentials/file_repository.ts";
import { freshSignIn, refreshSignIn } from "../../../src/flow/credentials/refresh.ts";
import { fromFileMembers, toFileMembers } from "../../../src/store/entry_codec.ts";
import type { StoredRefresh, StoredTokens } from "../../../src/store/stored_entry.ts";
import type { JsonAnswer } from "../../lab/fake_as_options.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { formOf } from "../../lab/journal.ts";
import { planOf, runLogin } from "../harness.ts";
import { memoryRepository, refreshDeps } from "../memory_repository.ts";
import { EXPIRED, expired, failureOf, signedIn } from "./signed_in.ts";

type Refusal = (form: URLSearchParams) => JsonAnswer | undefined;

/** A lab that refuses some refreshes before it looks at their token, with an expired sign-in. */
async function refusing(refusal: Refusal) {
  const plan = { scopes: ["mcp:read"] };
  const { lab, entry, repository, deps } = await expired({ resourceParameter: "optional" }, plan);
  const token = lab.asServer.routes["POST /token"];
  assert.ok(typeof token === "function");
  lab.asServer.routes["POST /token"] = (request, ...rest) =>
    refusal(formOf(request)) ?? token(request, ...rest);
  return { lab, entry, repository, deps };
}

const refused = (error: string, error_description?: string): JsonAnswer => ({
  status: 400,
  body: { error, ...(error_description && { error_description }) },
});

const AADSTS90009 = "AADSTS90009: Application is requesting a token for itself. This scenario is " +
  "supported only if resource is specified using the GUID based App Identifier.";

const CURES:
  readonly (readonly [name: string, refusal: Refusal, StoredRefresh, requests: number])[] = [
    [
      "scope is required, with words about resource",
      (form) => form.has("scope") ? undefined : refused("invalid_request", AADSTS90009),
      { withScope: true },
      3,
    ],
    [
      "scope is required, without words",
      (form) => form.has("scope") ? undefined : refused("invalid_scope"),
      { withScope: true },
      2,
    ],
    [
      "scope is required, in FastAPI's form",
      (form) =>
        form.has("scope")
          ? undefined
          : { status: 422, body: { detail: [{ loc: ["body", "scope"], msg: "Field required" }] } },
      { withScope: true },
      2,
    ],
    [
      "resource is an unknown parameter",
      (form) =>
        form.has("resource")
          ? refused("invalid_request", "Unknown parameter: resource")
          : undefined,
      { withoutResource: true },
      2,
    ],
    [
      "resource is refused as a target",
      (form) => form.has("resource") ? refused("invalid_target") : undefined,
      { withoutResource: true },
      2,
    ],
  ];

for (const [name, refusal, how, requests] of CURES) {
  Deno.test(`a refresh where ${name}: refreshed, and remembered`, async () => {
    const { lab, entry, repository, deps } = await refusing(refusal);
    await using _lab = lab;
    await using _deps = deps;
    const next = await freshSignIn(deps, repository, lab.mcpUrl);
    assert.ok(next.tokens);
    assert.notEqual(next.tokens.accessToken, entry.tokens?.accessToken);
    assert.deepEqual(next.refresh, how);
    assert.equal(lab.requests.length, requests);
    assert.match(deps.notes.join(), /refreshing again with/);

    lab.requests.length = 0;
    const file = fromFileMembers(
      toFileMembers({ ...next, tokens: { ...next.tokens, ...EXPIRED } }),
    );
    await freshSignIn(deps, memoryRepository(file), lab.mcpUrl);
    assert.equal(lab.requests.length, 1);
  });
}

Deno.test("a server that stops to accept scope in a refresh is asked without it", async () => {
  const { lab, entry, deps } = await refusing((form) =>
    form.has("scope") ? refused("invalid_scope") : undefined
  );
  await using _lab = lab;
  await using _deps = deps;
  const repository = memoryRepository({
    ...entry,
    grantedScope: "a",
    refresh: { withScope: true },
  });
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.deepEqual(next.refresh, { withScope: false });
  assert.equal(lab.requests.length, 2);
});

Deno.test("if no alternative helps, the first refusal is shown, and the sign-in is unchanged", async () => {
  const { lab, entry, repository, deps } = await refusing((form) =>
    form.has("scope") || !form.has("resource")
      ? refused("invalid_request", "the second words")
      : refused("invalid_request", "resource, the first words")
  );
  await using _lab = lab;
  await using _deps = deps;
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.deepEqual([failure.code, failure.kind], ["refresh_refused", "sign_in_needed"]);
  assert.match(failure.message, /the first words/);
  assert.deepEqual(repository.now(), entry);
  assert.equal(lab.requests.length, 3);
});

Deno.test("an alternative that shows that the refresh token is invalid removes the tokens", async () => {
  const { lab, repository, deps } = await refusing((form) =>
    refused(form.has("scope") ? "invalid_grant" : "invalid_request", "no")
  );
  await using _lab = lab;
  await using _deps = deps;
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.equal(failure.code, "refresh_token_refused");
  assert.equal(repository.now()?.tokens, null);
});

const jwt = (aud: unknown) => `e30.${btoa(JSON.stringify({ aud })).replace(/=+$/, "")}.c2ln`;

const AUDIENCES: readonly (readonly [before: unknown, after: unknown, isUsed: boolean])[] = [
  ["https://mcp.example", "https://mcp.example", true],
  [["https://mcp.example", "b"], "b", true],
  ["https://mcp.example", undefined, true],
  [undefined, "https://graph.example", true],
  ["https://mcp.example", ["https://mcp.example", "https://graph.example"], false],
  ["https://mcp.example", "https://graph.example", false],
];

for (const [before, after, isUsed] of AUDIENCES) {
  Deno.test(`a token for ${before}, and one for ${after} without resource: ${isUsed ? "" : "not "}used`, async () => {
    const { lab, entry, deps } = await refusing((form) =>
      form.has("resource") ? refused("invalid_target") : {
        status: 200,
        body: { access_token: jwt(after), token_type: "Bearer", expires_in: 60 },
      }
    );
    await using _lab = lab;
    await using _deps = deps;
    assert.ok(entry.tokens);
    const tokens = { ...entry.tokens, accessToken: jwt(before) };
    const repository = memoryRepository({ ...entry, tokens });
    const refreshed = freshSignIn(deps, repository, lab.mcpUrl);
    if (isUsed) assert.equal((await refreshed).tokens?.accessToken, jwt(after));
    else {
      assert.equal((await failureOf(refreshed)).code, "refresh_refused");
      assert.equal(repository.now()?.tokens?.accessToken, jwt(before));
      assert.match(
        deps.notes.join(),
        /does not use the new token: it is also for "https:\/\/graph\.example"/,
      );
    }
  });
}

const BUSY: readonly (readonly [status: number, body: Record<string, unknown>])[] = [
  [408, {}],
  [429, { message: "scope and resource" }],
  [500, { message: "the refresh token could not be read" }],
  [429, { error: "rate_limited" }],
  [500, { error: "invalid_request" }],
  [503, { error: "maintenance" }],
  [200, {}],
];

for (const [status, body] of BUSY) {
  Deno.test(`HTTP ${status} ${JSON.stringify(body)} may pass: one request, tokens kept, exit 1`, async () => {
    const { lab, entry, repository, deps } = await refusing(() => ({ status, body }));
    await using _lab = lab;
    await using _deps = deps;
    const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
    assert.equal(failure.kind, "operation");
    assert.deepEqual(repository.now(), entry);
    assert.equal(lab.requests.length, 1);
    const namesSignIn = /sign in again:\n {2}mcpass login /.test(failure.remedy ?? "");
    assert.equal(namesSignIn, status === 500);
  });
}

for (const error of ["unsupported_grant_type", "unauthorized_client"]) {
  Deno.test(`${error} is remembered: asked once, exit 4 each time; oauth refresh asks again`, async () => {
    let supports = false;
    const { lab, entry, repository, deps } = await refusing(() =>
      supports ? undefined : refused(error)
    );
    await using _lab = lab;
    await using _deps = deps;
    for (let start = 0; start < 3; start += 1) {
      const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
      assert.deepEqual([failure.code, failure.kind], ["refresh_refused", "sign_in_needed"]);
      assert.match(failure.message, new RegExp(error));
      assert.match(failure.remedy ?? "", /mcpass login/);
    }
    assert.equal(lab.requests.length, 1);
    assert.deepEqual(repository.now(), { ...entry, refresh: { refusedWith: error } });

    supports = true;
    const { sent, entry: next } = await refreshSignIn(deps, repository, lab.mcpUrl, {
      force: true,
    });
    assert.equal(sent, true);
    assert.equal(next.refresh, undefined);
  });
}

Deno.test("a refusal is remembered in a credentials file, and forgotten there after a refresh", async () => {
  let supports = false;
  const { lab, entry, deps } = await refusing(() =>
    supports ? undefined : refused("unsupported_grant_type")
  );
  await using _lab = lab;
  await using _deps = deps;
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, JSON.stringify(credentialsFile(entry)));
  await Deno.chmod(path, 0o600);
  const repository = fileRepository(path, lab.mcpUrl);
  const stored = async () => JSON.parse(await Deno.readTextFile(path)).refresh;
  await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.deepEqual(await stored(), { refusedWith: "unsupported_grant_type" });
  supports = true;
  await refreshSignIn(deps, repository, lab.mcpUrl, { force: true });
  assert.equal(await stored(), undefined);
  await Deno.remove(path);
});

Deno.test("a refused client is refreshed with its next method, which is then stored", async () => {
  const clientSecret = "s3cret-s3cret";
  const clients = [{ clientId: "own", clientSecret, authMethod: "client_secret_post" as const }];
  await using lab = await startFakeLab({ clients });
  const entry = await signedIn(lab, EXPIRED, { clientId: "own", clientSecret });
  const tokenAuthMethod = "client_secret_basic" as const;
  const stale = { ...entry, client: { ...entry.client, tokenAuthMethod } };
  await using deps = refreshDeps(lab.mcpUrl);
  const repository = memoryRepository(stale);
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.equal(next.client.tokenAuthMethod, "client_secret_post");
  assert.deepEqual(repository.now(), next);
  assert.match(deps.notes.join(), /authenticating again with client_secret_post/);
});

const UNKNOWN_CLIENT = ["Invalid client_id", "Client not found", "The client x does not exist"];

for (const words of UNKNOWN_CLIENT) {
  Deno.test(`a server that says "${words}" is not asked with another method`, async () => {
    const clientSecret = "s3cret-s3cret";
    const clients = [{ clientId: "own", clientSecret }];
    await using lab = await startFakeLab({ clients });
    const entry = await signedIn(lab, EXPIRED, { clientId: "own", clientSecret });
    lab.asServer.routes["POST /token"] = refused("invalid_client", words);
    await using deps = refreshDeps(lab.mcpUrl);
    const before = lab.requests.length;
    const failure = await failureOf(freshSignIn(deps, memoryRepository(entry), lab.mcpUrl));
    assert.equal(failure.code, "client_refused");
    // Its owner registered it, so the same line leads to the same refusal.
    assert.match(failure.remedy ?? "", /register the client again if it no longer exists/);
    assert.equal(lab.requests.length, before + 1);
  });
}

const DEAD: readonly (readonly [status: number, body: Record<string, unknown>])[] = [
  [200, { error: "bad_refresh_token", error_description: "incorrect or expired" }],
  [200, { ok: false, error: "invalid_refresh_token" }],
  [400, { error: "invalid_request", error_description: "Refresh token has expired" }],
  [401, { message: "The refresh token was revoked" }],
  [422, { detail: "refresh token not found" }],
];

for (const [status, body] of DEAD) {
  Deno.test(`HTTP ${status} ${JSON.stringify(body)} is about the refresh token: asked once, tokens removed`, async () => {
    const { lab, repository, deps } = await refusing(() => ({ status, body }));
    await using _lab = lab;
    await using _deps = deps;
    const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
    assert.deepEqual([failure.code, failure.kind], ["refresh_token_refused", "sign_in_needed"]);
    assert.equal(repository.now()?.tokens, null);
    assert.equal(lab.requests.length, 1);
  });
}

for (const status of [403, 404, 405]) {
  Deno.test(`HTTP ${status} without an error: tokens kept, and a sign-in reads the metadata again`, async () => {
    const { lab, entry, repository, deps } = await refusing(() => ({ status, body: {} }));
    await using _lab = lab;
    await using _deps = deps;
    const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
    assert.deepEqual([failure.code, failure.kind], ["refresh_refused", "sign_in_needed"]);
    assert.deepEqual(repository.now(), entry);
  });
}

/** A token of the JWT form that ends after some seconds, whatever the response says. */
function shortJwt(seconds: number): string {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
  const exp = Date.now() / 1000 + seconds;
  return `${part({ alg: "RS256" })}.${part({ exp, jti: crypto.randomUUID() })}.c2ln`;
}

Deno.test("a token that ends before its announced lifetime is refreshed, never used", async () => {
  await using lab = await startFakeLab({
    token: ({ status, body }) => ({ status, body: { ...body, access_token: shortJwt(30) } }),
  });
  const plan = planOf({ serverUrl: lab.mcpUrl });
  const { session, result, codes } = await runLogin(plan);
  assert.ok(session);
  assert.ok(codes.includes("token_lifetime_shorter"));
  const end = Date.parse(result.credentials?.expiresAt ?? "");
  assert.ok(end < Date.now() + 60_000);
  assert.ok((result.credentials?.expiresIn ?? 0) < 60);
  const entry = toStoredEntry(plan, result.protocolVersion, session);
  lab.requests.length = 0;
  await using deps = refreshDeps(lab.mcpUrl, { now: () => end + 1000 });
  const { sent } = await refreshSignIn(deps, memoryRepository(entry), lab.mcpUrl);
  assert.equal(sent, true);
});

Deno.test("so is one whose lifetime nobody stored, as in a file of another program", async () => {
  const { lab, entry, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const tokens = { ...entry.tokens as StoredTokens, accessToken: shortJwt(-5), expiresAt: null };
  const repository = memoryRepository({ ...entry, tokens });
  assert.equal((await refreshSignIn(deps, repository, lab.mcpUrl)).sent, true);
});
