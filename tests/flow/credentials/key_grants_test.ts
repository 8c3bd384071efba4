import assert from "node:assert/strict";
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload } from "jose";
import { ROOT } from "../../../scripts/shell.ts";
import { readClientCertificate } from "../../../src/flow/client/certificate_files.ts";
import { toStoredEntry } from "../../../src/flow/login/stored_login.ts";
import type { LoginPlan } from "../../../src/flow/context/login_plan.ts";
import { refreshSignIn } from "../../../src/flow/credentials/refresh.ts";
import { revokeTokens } from "../../../src/flow/credentials/revoke.ts";
import { formOf, headerOf, sequence } from "../../lab/journal.ts";
import { type LabOptions, startFakeLab, startLab } from "../../lab/shapes.ts";
import { planOf, runLogin } from "../harness.ts";
import { memoryRepository, refreshDeps } from "../memory_repository.ts";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const KEY = JSON.stringify(await exportJWK(privateKey));

const MACHINE: LabOptions = {
  as: {
    authMethods: ["private_key_jwt"],
    clients: [{
      clientId: "machine",
      authMethod: "private_key_jwt",
      grantTypes: ["client_credentials"],
      jwks: { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] },
    }],
  },
};
const AS_MACHINE = {
  authMode: "client_credentials",
  registration: "preregistered",
  clientId: "machine",
} as const;

/** Claims of the assertions that the token endpoint was sent. */
function assertions(lab: Awaited<ReturnType<typeof startLab>>): JWTPayload[] {
  return lab.requests.filter((request) => request.path === "/token")
    .map((request) => decodeJwt(formOf(request).get("client_assertion") ?? ""));
}

Deno.test("a client with a key signs in, renews by its own grant and shows the key nowhere", async () => {
  await using lab = await startLab(MACHINE);
  const plan = planOf({ serverUrl: lab.mcpUrl, ...AS_MACHINE, privateKey: KEY });
  const { session, result, exchanges, secrets } = await runLogin(plan);
  assert.ok(session, JSON.stringify(result.error));
  const entry = toStoredEntry(plan, result.protocolVersion, session);
  await using deps = refreshDeps(lab.mcpUrl);
  const renewal = await refreshSignIn(deps, memoryRepository(entry), lab.mcpUrl, { force: true });
  assert.equal(renewal.sent, true);
  assert.notEqual(renewal.entry.tokens?.accessToken, entry.tokens?.accessToken);
  const [first, second] = assertions(lab);
  assert.deepEqual([first?.iss, first?.sub, first?.aud], ["machine", "machine", lab.issuer]);
  assert.ok((first?.exp ?? 0) - (first?.iat ?? 0) <= 300);
  assert.notEqual(first?.jti, second?.jti);
  const { d } = JSON.parse(KEY);
  assert.doesNotMatch(JSON.stringify([exchanges, result]), new RegExp(d));
  assert.ok(!secrets.mask(`key ${d}`).includes(d));
});

Deno.test("a key that is not the client's is refused, and the failure does not show it", async () => {
  await using lab = await startLab(MACHINE);
  const { privateKey: other } = await generateKeyPair("ES256", { extractable: true });
  const wrong = JSON.stringify(await exportJWK(other));
  const { failure } = await runLogin({ serverUrl: lab.mcpUrl, ...AS_MACHINE, privateKey: wrong });
  assert.equal(failure?.code, "token_error");
  assert.match(failure?.message ?? "", /invalid_client/);
  // For the issuer, and for the endpoint.
  assert.equal(assertions(lab).length, 2);
});

Deno.test("a server that wants a key from a client without one: named before any token request", async () => {
  await using lab = await startLab(MACHINE);
  const { failure } = await runLogin({ serverUrl: lab.mcpUrl, ...AS_MACHINE });
  assert.equal(failure?.code, "private_key_missing");
  assert.equal(assertions(lab).length, 0);
});

Deno.test("a token is bound to a key with the server's nonce; refresh and revocation keep it", async () => {
  await using lab = await startLab({ as: { dpop: "nonce" } });
  const plan = planOf({ serverUrl: lab.mcpUrl, dpop: true });
  const { session, result } = await runLogin(plan);
  assert.ok(session, JSON.stringify(result.error));
  assert.equal(result.credentials?.tokenType, "DPoP");
  const tokenRequests = lab.requests.filter((request) => request.path === "/token");
  const proofs = tokenRequests.map((request) => decodeJwt(headerOf(request, "dpop") ?? ""));
  assert.deepEqual(proofs.map((proof) => typeof proof["nonce"]), ["undefined", "string"]);
  assert.notEqual(proofs[0]?.jti, proofs[1]?.jti);
  const entry = toStoredEntry(plan, result.protocolVersion, session);
  const { d } = JSON.parse(entry.dpopKey ?? "{}");
  assert.ok(d);
  assert.doesNotMatch(JSON.stringify(result), new RegExp(d));
  await using deps = refreshDeps(lab.mcpUrl);
  const { entry: next } = await refreshSignIn(deps, memoryRepository(entry), lab.mcpUrl, {
    force: true,
  });
  assert.equal(next.tokens?.tokenType, "DPoP");
  assert.equal(next.dpopKey, entry.dpopKey);
  const thumbprint = (token = "") => (decodeJwt(token)["cnf"] as { jkt: string }).jkt;
  assert.equal(thumbprint(next.tokens?.accessToken), thumbprint(entry.tokens?.accessToken));
  const outcomes = await revokeTokens(deps, next);
  assert.deepEqual(outcomes.map(({ outcome }) => outcome.revoked)[0], true);
});

for (const par of ["required", true] as const) {
  Deno.test(`a pushed authorization request, ${par === true ? "by --par" : "required"}`, async () => {
    await using lab = await startLab({ as: { par } });
    const { failure } = await runLogin({
      serverUrl: lab.mcpUrl,
      scopes: ["mcp:read"],
      ...(par === true ? { par } : {}),
    });
    assert.equal(failure, null);
    const [asked] = lab.requests.filter((request) => request.path.startsWith("/auth"));
    assert.deepEqual([...asked?.query.keys() ?? []], [
      "client_id",
      "request_uri",
    ]);
    const pushed = lab.requests.find((request) => request.path === "/request");
    assert.ok(pushed, sequence(lab.requests).join(" | "));
    assert.equal(formOf(pushed).get("code_challenge_method"), "S256");
  });
}

const WORKLOAD: Partial<LoginPlan> = {
  authMode: "jwt_bearer",
  assertion: { text: "eyJhbGciOiJFUzI1NiJ9.canary-assertion.x", file: null },
};

Deno.test("a workload's assertion that is refused is sent once, and by no other grant", async () => {
  await using lab = await startLab();
  const { failure, result, secrets } = await runLogin({ serverUrl: lab.mcpUrl, ...WORKLOAD });
  assert.equal(failure?.code, "token_error");
  assert.equal(result.registrationStrategy, "none");
  const posts = sequence(lab.requests).filter((line) => line.startsWith("as POST"));
  assert.equal(posts.length, 1, posts.join(" | "));
  assert.doesNotMatch(JSON.stringify(result), /canary-assertion/);
  assert.doesNotMatch(secrets.mask(WORKLOAD.assertion?.text ?? ""), /canary/);
});

Deno.test("a client that authenticates in the handshake sends nothing to an endpoint without one", async () => {
  await using lab = await startLab({ as: { clients: [{ clientId: "machine" }] } });
  const fixture = (name: string) => `${ROOT}tests/http/fixtures/${name}`;
  const files = { certFile: fixture("client.crt"), keyFile: fixture("client.key") };
  const certificate = await readClientCertificate(files, "usage", () => Promise.resolve(undefined));
  const { failure } = await runLogin({
    serverUrl: lab.mcpUrl,
    ...AS_MACHINE,
    certificate,
    tokenAuthMethod: "tls_client_auth",
  });
  assert.equal(failure?.code, "client_certificate_without_tls");
  assert.deepEqual(lab.requests.filter((request) => request.path === "/token"), []);
});

Deno.test("pushed requests that are wanted where no endpoint is named: whose fault it is", async () => {
  for (const par of [true, undefined]) {
    await using lab = await startFakeLab({
      metadata: (document) => ({
        ...document,
        ...(par === undefined ? { require_pushed_authorization_requests: true } : {}),
      }),
    });
    const { failure } = await runLogin({ serverUrl: lab.mcpUrl, ...(par ? { par } : {}) });
    assert.equal(failure?.code, "pushed_request_endpoint_missing");
    assert.match(failure?.remedy ?? "", par ? /Omit --par/ : /^Authorization server: publish/);
    assert.ok(!sequence(lab.requests).some((line) => /authorize/.test(line)));
  }
});
