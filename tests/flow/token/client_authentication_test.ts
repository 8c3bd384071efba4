import assert from "node:assert/strict";
import { startFakeLab } from "../../lab/fake_lab.ts";
import type { Members } from "../../lab/fake_as_options.ts";
import { formOf, headerOf, type RecordedRequest } from "../../lab/journal.ts";
import { runLogin } from "../harness.ts";

const METHODS = "token_endpoint_auth_methods_supported";

/** How each token request authenticated the client. */
function authentications(requests: readonly RecordedRequest[]): string[] {
  return requests.filter(({ path }) => path === "/token").map((request) => {
    if (headerOf(request, "authorization") !== undefined) return "client_secret_basic";
    return formOf(request).has("client_secret") ? "client_secret_post" : "none";
  });
}

const listing = (methods: readonly string[] | undefined) => (document: Members): Members => {
  const { [METHODS]: _, ...rest } = document;
  return methods === undefined ? rest : { ...rest, [METHODS]: methods };
};

const LISTS: readonly (readonly string[] | undefined)[] = [
  undefined,
  ["none"],
  ["client_secret_post", "private_key_jwt", "client_secret_basic"],
  ["private_key_jwt", "tls_client_auth", "client_secret_jwt"],
  ["vendor_handshake"],
];

for (const methods of LISTS) {
  Deno.test(`a public client signs in where the server lists ${methods ?? "no methods"}`, async () => {
    await using lab = await startFakeLab({
      clients: [{ clientId: "by-hand" }],
      metadata: listing(methods),
    });
    const { result, session } = await runLogin({ serverUrl: lab.mcpUrl, clientId: "by-hand" });
    assert.equal(result.error, undefined);
    assert.deepEqual(authentications(lab.requests), ["none"]);
    assert.equal(session?.client.method, "none");
  });
}

Deno.test("a public client that needs a secret: the refusal names the flags for what the server lists", async () => {
  await using lab = await startFakeLab({
    clients: [{ clientId: "own", clientSecret: "s3cret-s3cret" }],
    metadata: listing(["client_secret_basic", "private_key_jwt"]),
  });
  const { failure } = await runLogin({ serverUrl: lab.mcpUrl, clientId: "own" });
  assert.equal(failure?.code, "token_error");
  assert.match(failure?.remedy ?? "", /--private-key-file .*--client-secret-file/s);
  assert.doesNotMatch(failure?.remedy ?? "", /--client-cert/);
  assert.deepEqual(authentications(lab.requests), ["none"]);
});

const OTHER = {
  client_secret_basic: "client_secret_post",
  client_secret_post: "client_secret_basic",
} as const;

for (const authMethod of ["client_secret_basic", "client_secret_post"] as const) {
  for (const methods of [undefined, ["client_secret_basic", "client_secret_post"]]) {
    Deno.test(`a client of ${authMethod} signs in where the server lists ${methods ?? "no methods"}`, async () => {
      const clientSecret = "s3cret-s3cret";
      await using lab = await startFakeLab({
        clients: [{ clientId: "own", clientSecret, authMethod }],
        metadata: listing(methods),
      });
      const run = await runLogin({ serverUrl: lab.mcpUrl, clientId: "own", clientSecret });
      assert.equal(run.result.error, undefined);
      const tried = authentications(lab.requests);
      assert.ok(tried.length <= 2);
      assert.equal(tried.at(-1), authMethod);
      assert.equal(run.session?.client.method, authMethod);
      const found = run.result.findings.find(({ code }) => code === "client_auth_method_refused");
      assert.equal(found?.severity, tried.length === 2 ? "info" : undefined);
    });

    Deno.test(`a wrong secret at ${authMethod}: the first refusal is shown, listed ${methods}`, async () => {
      await using lab = await startFakeLab({
        clients: [{ clientId: "own", clientSecret: "s3cret-s3cret", authMethod }],
        metadata: listing(methods),
      });
      const plan = { serverUrl: lab.mcpUrl, clientId: "own", clientSecret: "wr0ng-wr0ng" };
      const { failure } = await runLogin(plan);
      assert.equal(failure?.code, "token_error");
      assert.equal(failure?.detail, "invalid_client");
      assert.equal(authentications(lab.requests).length, 2);
    });
  }

  Deno.test(`--token-auth-method ${OTHER[authMethod]} is final at a server of ${authMethod}`, async () => {
    const clientSecret = "s3cret-s3cret";
    const tokenAuthMethod = OTHER[authMethod];
    await using lab = await startFakeLab({
      clients: [{ clientId: "own", clientSecret, authMethod }],
    });
    const plan = { serverUrl: lab.mcpUrl, clientId: "own", clientSecret, tokenAuthMethod };
    assert.equal((await runLogin(plan)).failure?.detail, "invalid_client");
    assert.deepEqual(authentications(lab.requests), [tokenAuthMethod]);
  });
}

Deno.test("a server that uses up the code when it refuses a method: the flag that signs in", async () => {
  const clientSecret = "s3cret-s3cret";
  let isUsedUp = false;
  await using lab = await startFakeLab({
    clients: [{ clientId: "own", clientSecret, authMethod: "client_secret_post" }],
    token(answer) {
      if (isUsedUp) return { status: 400, body: { error: "invalid_grant" } };
      isUsedUp = answer.status === 401;
      return answer;
    },
  });
  const plan = { serverUrl: lab.mcpUrl, clientId: "own", clientSecret };
  const { failure } = await runLogin(plan);
  assert.equal(failure?.detail, "invalid_client");
  assert.match(failure?.remedy ?? "", /mcpass .*login .*--token-auth-method client_secret_post/);
  isUsedUp = false;
  const { result } = await runLogin({ ...plan, tokenAuthMethod: "client_secret_post" });
  assert.equal(result.error, undefined);
});

for (const error of ["invalid_grant", "invalid_target", "server_error"]) {
  Deno.test(`${error} is not a refusal of the client: nothing is sent again`, async () => {
    await using lab = await startFakeLab({
      clients: [{ clientId: "own", clientSecret: "s3cret-s3cret" }],
      token: () => ({ status: 400, body: { error, error_description: "the client's code" } }),
    });
    const plan = { serverUrl: lab.mcpUrl, clientId: "own", clientSecret: "s3cret-s3cret" };
    assert.equal((await runLogin(plan)).failure?.detail, error);
    assert.equal(authentications(lab.requests).length, 1);
  });
}

for (const required of [true, false]) {
  const title = required
    ? "used where the server requires it"
    : "not stored where it is not needed";
  Deno.test(`a secret that was issued although none was asked for is ${title}`, async () => {
    const refusal = { error: "invalid_request", error_description: "Client secret is required" };
    await using lab = await startFakeLab({
      registrationResponse: ({ status, body }) => ({
        status,
        body: { ...body, client_secret: "issued-issued" },
      }),
      token(answer, form) {
        if (!required) return answer;
        return form.has("client_secret")
          ? { body: { access_token: "a-token", token_type: "Bearer" } }
          : { status: 400, body: refusal };
      },
    });
    const { result, session } = await runLogin({ serverUrl: lab.mcpUrl, registration: "dcr" });
    assert.equal(result.error, undefined);
    const expected = required
      ? ["client_secret_post", "issued-issued", ["none", "client_secret_post"]]
      : ["none", undefined, ["none"]];
    const { method, clientSecret } = session?.client ?? {};
    assert.deepEqual([method, clientSecret, authentications(lab.requests)], expected);
  });
}

Deno.test("a client that was registered without a secret where one is required: the flag that registers one", async () => {
  await using lab = await startFakeLab({
    token: (answer, form) =>
      form.has("client_secret") ? answer : { status: 401, body: { error: "invalid_client" } },
  });
  const plan = { serverUrl: lab.mcpUrl, registration: "dcr" } as const;
  const { failure } = await runLogin(plan);
  assert.match(failure?.remedy ?? "", /mcpass .*login .*--token-auth-method client_secret_post/);
  const { result } = await runLogin({ ...plan, tokenAuthMethod: "client_secret_post" });
  assert.equal(result.error, undefined);
});

Deno.test("the words of a refusal decide, and not the name of the endpoint", async () => {
  await using lab = await startFakeLab({
    clients: [{ clientId: "own", clientSecret: "s3cret-s3cret" }],
    metadata: (document) => ({ ...document, token_endpoint: `${document["issuer"]}/token?client` }),
    token: () => ({ status: 400, body: { error: "invalid_request", error_description: "scope" } }),
  });
  const plan = { serverUrl: lab.mcpUrl, clientId: "own", clientSecret: "s3cret-s3cret" };
  assert.equal((await runLogin(plan)).failure?.detail, "invalid_request");
  assert.equal(authentications(lab.requests).length, 1);
});
