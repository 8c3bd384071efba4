import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { freshSignIn, refreshSignIn } from "../../../src/flow/credentials/refresh.ts";
import type { StoredEntry, StoredTokens } from "../../../src/store/stored_entry.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { formOf, headerOf, sequence } from "../../lab/journal.ts";
import { closesAtOnce, neverAnswers } from "../../lab/misbehaviour.ts";
import { memoryRepository, refreshDeps } from "../memory_repository.ts";
import { EXPIRED, expired, failureOf, signedIn } from "./signed_in.ts";

Deno.test("a token that lasts is used without a lock, a write or a request", async () => {
  await using lab = await startFakeLab();
  const entry = await signedIn(lab);
  const repository = memoryRepository(entry);
  repository.beforeLock = () => assert.fail("it took the lock");
  await using deps = refreshDeps(lab.mcpUrl);
  assert.deepEqual(await refreshSignIn(deps, repository, lab.mcpUrl), { entry, sent: false });
  assert.deepEqual([lab.requests.length, repository.written.length], [0, 0]);
});

Deno.test("an expired token is renewed once, with resource and without scope, and written back", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
  const [request] = lab.requests;
  assert.ok(request);
  const form = formOf(request);
  assert.deepEqual([...form.keys()].sort(), [
    ...["client_id", "grant_type", "refresh_token", "resource"],
  ]);
  assert.equal(form.get("resource"), entry.resource);
  assert.notEqual(next.tokens?.refreshToken, entry.tokens?.refreshToken);
  assert.ok(lab.as.accessTokens.includes(next.tokens?.accessToken ?? ""));
  assert.deepEqual(repository.now(), next);
  assert.equal(next.journal, undefined);
  assert.deepEqual(lab.as.complaints, []);
});

Deno.test("the journal is written before the request, and holds no token", async () => {
  const states: (StoredEntry | undefined)[] = [];
  let look = (): StoredEntry | undefined => undefined;
  const { lab, entry, repository, deps } = await expired({
    token: (answer) => {
      states.push(look());
      return answer;
    },
  });
  await using _lab = lab;
  await using _deps = deps;
  [look, states.length] = [repository.now, 0];
  await freshSignIn(deps, repository, lab.mcpUrl);
  const journal = states[0]?.journal;
  assert.ok(journal);
  assert.equal(JSON.stringify(journal).includes(entry.tokens?.refreshToken ?? ""), false);
});

Deno.test("one refresh for twenty callers, who all get the same token", async () => {
  const { lab, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const all = await Promise.all(
    Array.from({ length: 20 }, () => freshSignIn(deps, repository, lab.mcpUrl)),
  );
  assert.equal(new Set(all.map((it) => it.tokens?.accessToken)).size, 1);
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
});

Deno.test("oauth refresh by twenty callers at once is one request too", async () => {
  await using lab = await startFakeLab();
  const repository = memoryRepository(await signedIn(lab));
  await using deps = refreshDeps(lab.mcpUrl);
  const all = await Promise.all(
    Array.from({ length: 20 }, () => refreshSignIn(deps, repository, lab.mcpUrl, { force: true })),
  );
  assert.equal(all.filter((it) => it.sent).length, 1);
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
});

Deno.test("a token that another process renewed meanwhile is used as it is", async () => {
  const { lab, entry, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  let current = entry;
  const repository = {
    ...memoryRepository(entry),
    read: () => Promise.resolve(current),
    lock: () => {
      current = {
        ...entry,
        tokens: {
          ...entry.tokens as StoredTokens,
          accessToken: "at-of-the-other",
          obtainedAt: new Date().toISOString(),
          expiresAt: new Date(Date.now() + 30_000).toISOString(),
        },
      };
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
    },
  };
  const next = await freshSignIn(deps, repository, lab.mcpUrl, { minValidityMs: 60_000 });
  assert.equal(next.tokens?.accessToken, "at-of-the-other");
  assert.equal(lab.requests.length, 0);
});

Deno.test("a token refused by the server is renewed although it should last", async () => {
  await using lab = await startFakeLab();
  const entry = await signedIn(lab);
  const repository = memoryRepository(entry);
  await using deps = refreshDeps(lab.mcpUrl);
  const refused = entry.tokens?.accessToken;
  const next = await freshSignIn(deps, repository, lab.mcpUrl, { refused });
  assert.notEqual(next.tokens?.accessToken, refused);
  assert.equal(lab.requests.length, 1);
});

const MINUTE = 60_000;
const NOW = Date.parse("2026-08-01T00:00:00.000Z");
const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString();

const DUE: readonly (readonly [
  name: string,
  obtainedAt: number,
  expiresAt: number | null,
  demand: { readonly minValidityMs?: number },
  due: boolean,
])[] = [
  ["an hour's token with 61 s left is good", -59 * MINUTE + 1000, 61_000, {}, false],
  ["an hour's token with 59 s left is due", -59 * MINUTE - 1000, 59_000, {}, true],
  [
    "a 20 s token with 3 s left is good: it is not refreshed at each start",
    -17_000,
    3000,
    {},
    false,
  ],
  ["a 20 s token with 1 s left is due", -19_000, 1000, {}, true],
  [
    "--min-validity asks for more than a minute",
    -MINUTE,
    9 * MINUTE,
    { minValidityMs: 600_000 },
    true,
  ],
  ["--min-validity asks for less", -59 * MINUTE, 10_000, { minValidityMs: 5000 }, false],
  [
    "a token that has expired is due, whatever is asked for",
    -MINUTE,
    0,
    { minValidityMs: 0 },
    true,
  ],
  ["a token of unknown lifetime is used until the server refuses it", -MINUTE, null, {}, false],
  ["a clock 30 s behind the one that wrote the token is tolerated", 30_000, 59 * MINUTE, {}, false],
  ["a clock that was set back an hour is not believed", 60 * MINUTE, 120 * MINUTE, {}, true],
];

for (const [name, obtained, expires, demand, due] of DUE) {
  Deno.test(`when a token is due: ${name}`, async () => {
    await using lab = await startFakeLab();
    const entry = await signedIn(lab, {
      obtainedAt: at(obtained),
      expiresAt: expires === null ? null : at(expires),
    });
    await using deps = refreshDeps(lab.mcpUrl, { now: () => NOW });
    const { sent } = await refreshSignIn(deps, memoryRepository(entry), lab.mcpUrl, demand);
    assert.deepEqual([sent, lab.requests.length], [due, due ? 1 : 0]);
  });
}

for (const expiresIn of [0, -5, undefined]) {
  Deno.test(`a lifetime of ${expiresIn} counts as unknown: one refresh, not one a start`, async () => {
    const { lab, repository, deps } = await expired({
      token: ({ status, body }) => ({ status, body: { ...body, expires_in: expiresIn } }),
    });
    await using _lab = lab;
    await using _deps = deps;
    for (let start = 0; start < 3; start++) await freshSignIn(deps, repository, lab.mcpUrl);
    assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
    assert.equal(repository.now()?.tokens?.expiresAt, null);
  });
}

Deno.test("a server that issues no new refresh token leaves the old one in place", async () => {
  const { lab, entry, repository, deps } = await expired({
    token: ({ status, body: { refresh_token: _, ...body } }, form) => ({
      status,
      body: form.get("grant_type") === "refresh_token" ? body : { ...body, refresh_token: _ },
    }),
  });
  await using _lab = lab;
  await using _deps = deps;
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.equal(next.tokens?.refreshToken, entry.tokens?.refreshToken);
});

Deno.test("invalid_grant removes the tokens and keeps the client: exit 4 with the login command", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  // Somebody else used the refresh token: the server ends the family.
  await fetch(`${lab.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: entry.tokens?.refreshToken ?? "",
      client_id: entry.client.clientId,
      resource: entry.resource ?? "",
    }),
  }).then((response) => response.body?.cancel());
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.deepEqual([failure.code, failure.kind], ["refresh_token_refused", "sign_in_needed"]);
  assert.match(failure.remedy ?? "", new RegExp(`mcpass login ${lab.mcpUrl}`));
  assert.equal(failure.message.includes(entry.tokens?.refreshToken ?? "?"), false);
  assert.deepEqual(repository.now(), { ...entry, tokens: null });
  assert.deepEqual(lab.as.accessTokens, []);
  const again = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.deepEqual([again.code, again.kind], ["tokens_gone", "sign_in_needed"]);
});

for (const description of ["Refresh token expired", "Token has been revoked"]) {
  Deno.test(`invalid_request with "${description}" is about an invalid refresh token`, async () => {
    const { lab, entry, repository, deps } = await expired({
      token: (answer, form) =>
        form.get("grant_type") === "refresh_token"
          ? { status: 400, body: { error: "invalid_request", error_description: description } }
          : answer,
    });
    await using _lab = lab;
    await using _deps = deps;
    const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
    assert.equal(failure.code, "refresh_token_refused");
    assert.deepEqual(repository.now(), { ...entry, tokens: null });
  });
}

Deno.test("invalid_client drops the registration and its tokens: exit 4", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  lab.as.clients.forget(entry.client.clientId);
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.deepEqual([failure.code, failure.kind], ["client_refused", "sign_in_needed"]);
  assert.equal(repository.now(), undefined);
});

for (const error of ["invalid_scope", "server_error", "temporarily_unavailable"]) {
  Deno.test(`after ${error} the tokens are kept, without a journal`, async () => {
    const { lab, entry, repository, deps } = await expired({
      token: (answer, form) =>
        form.get("grant_type") === "refresh_token" ? { status: 400, body: { error } } : answer,
    });
    await using _lab = lab;
    await using _deps = deps;
    const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
    assert.equal(failure.kind, error === "invalid_scope" ? "sign_in_needed" : "operation");
    assert.deepEqual(repository.now(), entry);
    assert.equal(lab.requests.length, 1);
  });
}

Deno.test("no answer: the same request is sent once more, and its token is kept", async () => {
  const { lab, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const token = lab.asServer.routes["POST /token"];
  assert.ok(token);
  lab.asServer.routes["POST /token"] = (...args) => {
    lab.asServer.routes["POST /token"] = token;
    return closesAtOnce()(...args);
  };
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.ok(lab.as.accessTokens.includes(next.tokens?.accessToken ?? ""));
  assert.equal(lab.requests.length, 2);
  assert.match(deps.notes[0] ?? "", /sent no response .* sends the request again/);
});

Deno.test("an answer that was lost after the server had replaced the token: told, client kept", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const token = lab.asServer.routes["POST /token"];
  assert.ok(typeof token === "function");
  lab.asServer.routes["POST /token"] = async (...args) => {
    lab.asServer.routes["POST /token"] = token;
    await token(...args);
    return closesAtOnce()(...args);
  };
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.equal(failure.code, "refresh_token_refused");
  assert.match(failure.message, /the response to the first request was lost/);
  assert.deepEqual(repository.now(), { ...entry, tokens: null });
});

Deno.test("no answer twice: the old tokens stay, the next run tries once more and says why", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const token = lab.asServer.routes["POST /token"];
  assert.ok(token);
  lab.asServer.routes["POST /token"] = closesAtOnce();
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.match(failure.code, /^network_/);
  assert.equal(lab.requests.length, 2);
  assert.deepEqual(repository.now()?.tokens, entry.tokens);
  assert.ok(repository.now()?.journal);

  lab.asServer.routes["POST /token"] = token;
  await using later = refreshDeps(lab.mcpUrl);
  const next = await freshSignIn(later, repository, lab.mcpUrl);
  assert.match(later.notes[0] ?? "", /was interrupted; the old refresh token is tried once/);
  assert.equal(next.journal, undefined);
  assert.ok(lab.as.accessTokens.includes(next.tokens?.accessToken ?? ""));
});

Deno.test("a crash after the server had answered: the next run tries once, and says what may be", async () => {
  const { lab, entry, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const crashed = memoryRepository(entry);
  const write = crashed.write.bind(crashed);
  let writes = 0;
  const dying = {
    ...crashed,
    write: (next: StoredEntry) => {
      if (++writes === 2) throw new Error("killed");
      return write(next);
    },
    lock: crashed.lock.bind(crashed),
  };
  await assert.rejects(freshSignIn(deps, dying, lab.mcpUrl), /killed/);
  assert.ok(crashed.now()?.journal);
  lab.requests.length = 0;

  await using later = refreshDeps(lab.mcpUrl);
  const failure = await failureOf(freshSignIn(later, crashed, lab.mcpUrl));
  assert.equal(failure.code, "refresh_token_refused");
  assert.match(failure.message, /was interrupted, so the server may have replaced the token/);
  assert.match(later.notes[0] ?? "", /was interrupted/);
  assert.equal(lab.requests.length, 1);
});

Deno.test("a server that cannot be reached at all costs nothing: no journal is left", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _deps = deps;
  await lab.close();
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.equal(failure.code, "network_connection_refused");
  assert.deepEqual(repository.now(), entry);
});

Deno.test("Ctrl-C during the request keeps the tokens and the journal", async () => {
  const stop = new AbortController();
  const { lab, entry, repository } = await expired();
  await using _lab = lab;
  lab.asServer.routes["POST /token"] = (...args) => {
    stop.abort();
    return neverAnswers()(...args);
  };
  await using deps = refreshDeps(lab.mcpUrl, { signal: stop.signal });
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.equal(failure.kind, "cancelled");
  assert.deepEqual(repository.now()?.tokens, entry.tokens);
  assert.ok(repository.now()?.journal);
  assert.equal(lab.requests.length, 1);
});

Deno.test("Ctrl-C during the request does not lose the new tokens if the response arrives soon", async () => {
  const stop = new AbortController();
  const { lab, repository } = await expired({
    token: (answer, form) => {
      if (form.get("grant_type") === "refresh_token") stop.abort();
      return answer;
    },
  });
  await using _lab = lab;
  await using deps = refreshDeps(lab.mcpUrl, { signal: stop.signal });
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.ok(stop.signal.aborted);
  assert.deepEqual(repository.now(), next);
  assert.ok(lab.as.accessTokens.includes(next.tokens?.accessToken ?? ""));
  assert.equal(next.journal, undefined);
});

Deno.test("neither the MCP server's headers nor its token go to the authorization server", async () => {
  await using lab = await startFakeLab({ placement: "same_origin" });
  const entry = await signedIn(lab, EXPIRED);
  const canary = "canary-header-value";
  await using deps = refreshDeps(lab.mcpUrl, { headers: [["x-key", canary]] });
  await freshSignIn(deps, memoryRepository(entry), lab.mcpUrl);
  const [request] = lab.requests;
  assert.equal(lab.requests.length, 1);
  assert.ok(request);
  const whole = JSON.stringify([request.headers, request.body, request.target]);
  assert.equal(whole.includes(canary), false);
  assert.equal(headerOf(request, "authorization"), undefined);
  assert.equal(whole.includes(entry.tokens?.accessToken ?? "?"), false);
});

Deno.test("the token endpoint and the method are those that are kept, with no discovery", async () => {
  await using lab = await startFakeLab({
    authMethods: ["client_secret_post", "client_secret_basic"],
  });
  const entry = await signedIn(lab, EXPIRED, { tokenAuthMethod: "client_secret_post" });
  await using deps = refreshDeps(lab.mcpUrl);
  await freshSignIn(deps, memoryRepository(entry), lab.mcpUrl);
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
  assert.equal(formOf(lab.requests[0] ?? { body: "" }).has("client_secret"), true);
});

Deno.test("client credentials are asked for again, with the same scope and no refresh token", async () => {
  const client = {
    clientId: "machine",
    clientSecret: "machine-secret",
    authMethod: "client_secret_basic" as const,
    grantTypes: ["client_credentials"],
  };
  await using lab = await startFakeLab({ clients: [client] });
  const entry = await signedIn(lab, EXPIRED, {
    authMode: "client_credentials",
    registration: "preregistered",
    clientId: "machine",
    clientSecret: "machine-secret",
    scopes: ["mcp:read"],
  });
  const repository = memoryRepository(entry);
  await using deps = refreshDeps(lab.mcpUrl);
  const next = await freshSignIn(deps, repository, lab.mcpUrl);
  assert.deepEqual(sequence(lab.requests), ["as POST /token client_credentials"]);
  assert.equal(formOf(lab.requests[0] ?? { body: "" }).get("scope"), "mcp:read");
  assert.ok(lab.as.accessTokens.includes(next.tokens?.accessToken ?? ""));
});

Deno.test("a token without a refresh token ends in exit 4, before any lock or request", async () => {
  await using lab = await startFakeLab({ refreshTokens: false });
  const repository = memoryRepository(await signedIn(lab, EXPIRED));
  repository.beforeLock = () => assert.fail("it took the lock");
  await using deps = refreshDeps(lab.mcpUrl);
  const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
  assert.deepEqual([failure.code, failure.kind], ["no_refresh_token", "sign_in_needed"]);
  assert.equal(lab.requests.length, 0);
});

/** A repository whose disk is full for new tokens. */
function fullFor(repository: ReturnType<typeof memoryRepository>, before: StoredEntry) {
  const { write } = repository;
  return {
    ...repository,
    write: (entry: StoredEntry) =>
      entry.tokens?.accessToken === before.tokens?.accessToken
        ? write(entry)
        : Promise.reject(new Failure("store_not_written", "the disk is full")),
  };
}

Deno.test("new tokens that cannot be stored are not revoked where that could end the stored ones", async () => {
  for (const rotates of [true, false]) {
    const { lab, entry, repository, deps } = await expired({
      token: (answer, form) => {
        if (form.get("grant_type") !== "refresh_token" || rotates) return answer;
        const { refresh_token: _, ...body } = answer.body as Record<string, unknown>;
        return { ...answer, body };
      },
    });
    await using _lab = lab;
    await using _deps = deps;
    let now = Date.now();
    const sleep = (ms: number) => Promise.resolve(void (now += ms));
    const waiting = { ...deps, clock: { now: () => now, sleep } };
    const failure = await failureOf(freshSignIn(waiting, fullFor(repository, entry), lab.mcpUrl));
    assert.equal(failure.code, "store_not_written");
    assert.match(
      failure.message,
      rotates
        ? /the new refresh token is lost, and the next run sends the stored one/
        : /the stored refresh token is still the current one, and the next run uses it/,
    );
    assert.equal(lab.requests.filter((it) => formOf(it).has("token")).length, 0);
    // The next run says that a refresh was cut off.
    assert.equal(repository.now()?.tokens?.refreshToken, entry.tokens?.refreshToken);
    assert.ok(repository.now()?.journal);
  }
});

Deno.test("a disk that is full before a refresh is found before the request", async () => {
  const { lab, entry, repository, deps } = await expired();
  await using _lab = lab;
  await using _deps = deps;
  const full = {
    ...repository,
    write: () => Promise.reject(new Failure("store_not_written", "the disk is full")),
  };
  assert.equal((await failureOf(freshSignIn(deps, full, lab.mcpUrl))).code, "store_not_written");
  assert.deepEqual(sequence(lab.requests), []);
  assert.equal(repository.now(), entry);
});

for (const error of ["slow_down", "temporarily_unavailable"]) {
  Deno.test(`${error} to a refresh passes: the tokens stay, and nobody has to sign in`, async () => {
    const { lab, entry, repository, deps } = await expired({
      token: (answer, form) =>
        form.get("grant_type") === "refresh_token" ? { status: 400, body: { error } } : answer,
    });
    await using _lab = lab;
    await using _deps = deps;
    const failure = await failureOf(freshSignIn(deps, repository, lab.mcpUrl));
    assert.deepEqual([failure.kind, failure.code], ["operation", "token_error"]);
    assert.deepEqual(repository.now(), entry);
    assert.equal(sequence(lab.requests).length, 1);
  });
}
