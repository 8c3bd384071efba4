import assert from "node:assert/strict";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from "jose";
import type { LoginPlan } from "../../../src/flow/context/login_plan.ts";
import { formOf, sequence } from "../../lab/journal.ts";
import { type LabOptions, startLab } from "../../lab/shapes.ts";
import { runLogin } from "../harness.ts";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const KEY = JSON.stringify({ ...await exportJWK(privateKey), kid: "mine" });
const JWKS = { keys: [{ ...await exportJWK(publicKey), alg: "ES256", kid: "mine" }] };

function lab(as: LabOptions["as"] = {}): LabOptions {
  return {
    as: {
      signedRequests: true,
      authMethods: ["none", "private_key_jwt"],
      clients: [{ clientId: "signer", authMethod: "private_key_jwt", jwks: JWKS }],
      ...as,
    },
  };
}

const SIGNER: Partial<LoginPlan> = {
  registration: "preregistered",
  clientId: "signer",
  privateKey: KEY,
  scopes: ["mcp:read"],
};

Deno.test("a server that wants signed requests gets one, made out to it, and nothing beside it", async () => {
  await using servers = await startLab(lab());
  const { failure, codes } = await runLogin({ serverUrl: servers.mcpUrl, ...SIGNER });
  assert.equal(failure, null, failure?.message);
  assert.deepEqual(codes, []);
  const asked = servers.requests.find((request) => request.path === "/auth");
  assert.deepEqual(
    [...asked?.query.keys() ?? []].filter((name) => name !== "prompt"),
    ["client_id", "request"],
  );
  const request = asked?.query.get("request") ?? "";
  assert.deepEqual(decodeProtectedHeader(request), {
    typ: "oauth-authz-req+jwt",
    kid: "mine",
    alg: "ES256",
  });
  const { iss, aud, exp = 0, iat = 0, jti, ...parameters } = decodeJwt(request);
  assert.deepEqual([iss, aud], ["signer", servers.issuer]);
  assert.ok(exp - iat <= 600 && exp > iat && jti);
  assert.deepEqual(Object.keys(parameters), [
    ...["response_type", "client_id", "redirect_uri", "scope", "state"],
    ...["code_challenge", "code_challenge_method", "resource"],
  ]);
});

Deno.test("a signed request can be pushed too", async () => {
  await using servers = await startLab(lab({ par: "required" }));
  const { failure } = await runLogin({ serverUrl: servers.mcpUrl, ...SIGNER });
  assert.equal(failure, null, failure?.message);
  const pushed = servers.requests.find((request) => request.path === "/request");
  const form = formOf(pushed ?? { body: "" });
  assert.ok(form.has("request"));
  assert.equal(form.has("redirect_uri"), false);
  const asked = servers.requests.find((request) => request.path === "/auth");
  assert.deepEqual([...asked?.query.keys() ?? []], ["client_id", "request_uri"]);
});

Deno.test("without a key nothing is registered and nobody is asked: what is missing is said", async () => {
  await using servers = await startLab(lab());
  for (const dryRun of [false, true]) {
    const { failure } = await runLogin({ serverUrl: servers.mcpUrl, dryRun });
    assert.equal(failure?.code, "request_object_key_missing");
    assert.match(failure?.remedy ?? "", /--private-key-file/);
  }
  assert.ok(!sequence(servers.requests).some((line) => /as (POST|GET \/auth)/.test(line)));
});

Deno.test("where signed requests are not demanded, none is made", async () => {
  await using servers = await startLab(lab({ signedRequests: false }));
  const { failure } = await runLogin({ serverUrl: servers.mcpUrl, ...SIGNER });
  assert.equal(failure, null, failure?.message);
  const asked = servers.requests.find((request) => request.path === "/auth");
  assert.equal(asked?.query.has("request"), false);
});

Deno.test("a server without an algorithm for the key: named before anybody is asked", async () => {
  await using servers = await startLab(lab({
    metadata: (document) => ({
      ...document,
      request_object_signing_alg_values_supported: ["RS256"],
    }),
  }));
  const { failure } = await runLogin({ serverUrl: servers.mcpUrl, ...SIGNER });
  assert.equal(failure?.code, "no_common_signing_algorithm");
  assert.match(failure?.message ?? "", /request_object_signing_alg_values_supported/);
  assert.ok(!sequence(servers.requests).some((line) => line.startsWith("as GET /auth")));
});
