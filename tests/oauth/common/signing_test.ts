import assert from "node:assert/strict";
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
} from "jose";
import { addClientAssertion } from "../../../src/oauth/client/client_assertion.ts";
import {
  requestKeyFailure,
  signedRequest,
} from "../../../src/oauth/authorization/request_object.ts";
import {
  algorithmsOf,
  chooseAlgorithm,
  isSigningAlgorithm,
  keyIdOf,
  keySecrets,
  publicJwk,
  signJwt,
} from "../../../src/oauth/common/signing.ts";
import { failureFrom } from "../support.ts";

async function newKey(algorithm: string, members: object = {}): Promise<string> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return JSON.stringify({ ...await exportJWK(privateKey), ...members });
}

const KEY = await newKey("ES256", { kid: "k1" });

const ALGORITHMS: readonly (readonly [key: object, algorithms: readonly string[]])[] = [
  [{ kty: "EC", crv: "P-256" }, ["ES256"]],
  [{ kty: "EC", crv: "P-384" }, ["ES384"]],
  [{ kty: "EC", crv: "P-521" }, ["ES512"]],
  [{ kty: "EC", crv: "secp256k1" }, []],
  [{ kty: "OKP", crv: "Ed25519" }, ["EdDSA", "Ed25519"]],
  [{ kty: "OKP", crv: "X25519" }, []],
  [{ kty: "RSA" }, ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"]],
  [{ kty: "RSA", alg: "PS256" }, ["PS256"]],
  [{ kty: "RSA", alg: "RSA-OAEP" }, []],
  [{ kty: "RSA", alg: 7 }, ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"]],
  [{ kty: "oct" }, []],
  [[], []],
];

for (const [key, algorithms] of ALGORITHMS) {
  Deno.test(`a key ${JSON.stringify(key)} signs with ${algorithms.join(", ") || "nothing"}`, () => {
    assert.deepEqual(algorithmsOf(JSON.stringify(key)), algorithms);
  });
}

Deno.test("the algorithms of the standards are known, and none that proves nothing", () => {
  const known =
    "RS256 PS256 RS384 PS384 RS512 PS512 ES256 ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512";
  for (const name of known.split(" ")) assert.equal(isSigningAlgorithm(name), true, name);
  for (const name of ["none", "", "rs256", "RSA-OAEP", "ES256K", "HS1"]) {
    assert.equal(isSigningAlgorithm(name), false, name);
  }
});

Deno.test("the algorithm is the first of the key's that the server lists", () => {
  const rsa = { jwk: '{"kty":"RSA"}' };
  assert.equal(chooseAlgorithm(rsa, undefined, "x"), "RS256");
  assert.equal(chooseAlgorithm(rsa, ["PS512", "RS384"], "x"), "RS384");
  assert.equal(chooseAlgorithm({ secret: "s" }, undefined, "x"), "HS256");
  assert.equal(chooseAlgorithm({ secret: "s" }, ["HS512", "HS384"], "x"), "HS384");
  const cases: [key: { jwk: string }, listed: string[] | undefined, words: RegExp][] = [
    [rsa, ["ES256", "EdDSA"], /RS256, PS256.*ES256, EdDSA \(algs\)$/],
    [rsa, [], /none \(algs\)$/],
    [{ jwk: "{}" }, undefined, /no supported algorithm/],
  ];
  for (const [key, listed, words] of cases) {
    const failure = failureFrom(() => chooseAlgorithm(key, listed, "algs"));
    assert.equal(failure.code, "no_common_signing_algorithm");
    assert.match(failure.message, words);
    assert.equal(failure.reference, "RFC 8414 §2");
  }
});

Deno.test("the public part of a key has no private member, and these are secrets", () => {
  const all = { kty: "RSA", crv: "c", x: "x", y: "y", n: "n", e: "e", kid: "k", alg: "RS256" };
  const hidden = { d: "1d", p: "1p", q: "1q", dp: "1dp", dq: "1dq", qi: "1qi", k: "1k" };
  const jwk = JSON.stringify({ ...all, ...hidden, oth: 7 });
  assert.deepEqual(publicJwk(jwk), { kty: "RSA", crv: "c", x: "x", y: "y", n: "n", e: "e" });
  assert.deepEqual(keySecrets(jwk), [jwk, ...Object.values(hidden)]);
  assert.deepEqual(keySecrets('{"d":7}'), ['{"d":7}']);
  assert.equal(keyIdOf(jwk), "k");
  assert.equal(keyIdOf('{"kid":7}'), undefined);
});

Deno.test("an identifier of a token is 128 bits, and another one each time", async () => {
  const tokens = Array.from({ length: 50 }, () => signJwt({}, {}, { secret: "s" }, "HS256"));
  const ids = (await Promise.all(tokens)).map((token) => decodeJwt(token).jti ?? "");
  assert.ok(ids.every((id) => /^[\w-]{22}$/.test(id)));
  assert.equal(new Set(ids).size, 50);
});

Deno.test("a client assertion is signed for the issuer alone and lasts a minute", async () => {
  const body = new URLSearchParams({ grant_type: "x" });
  const audience = "https://as.example";
  await addClientAssertion(body, { clientId: "c1", audience, key: { jwk: KEY } });
  assert.deepEqual([...body.keys()], [
    "grant_type",
    "client_id",
    "client_assertion_type",
    "client_assertion",
  ]);
  assert.equal(body.get("client_id"), "c1");
  assert.equal(
    body.get("client_assertion_type"),
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  );
  const assertion = body.get("client_assertion") ?? "";
  const { payload, protectedHeader } = await jwtVerify(
    assertion,
    await importJWK(publicJwk(KEY), "ES256"),
    { issuer: "c1", subject: "c1", typ: "client-authentication+jwt" },
  );
  assert.equal(payload.aud, audience);
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60);
  assert.match(payload.jti ?? "", /^[\w-]{22}$/);
  assert.deepEqual([protectedHeader.alg, protectedHeader.kid], ["ES256", "k1"]);
});

Deno.test("a shared secret signs an assertion with the algorithm that is named, without a key id", async () => {
  const body = new URLSearchParams();
  await addClientAssertion(body, {
    clientId: "c1",
    audience: "https://as.example",
    key: { secret: "s".repeat(64) },
    algorithm: "HS512",
  });
  assert.deepEqual(decodeProtectedHeader(body.get("client_assertion") ?? ""), {
    typ: "client-authentication+jwt",
    alg: "HS512",
  });
});

Deno.test("a signed request holds the parameters, lasts five minutes, and is sent with the client id", async () => {
  const signer = {
    clientId: "c1",
    issuer: "https://as.example",
    key: KEY,
    algorithms: ["RS256", "ES256"],
  };
  const sent = await signedRequest([["state", "s1"], ["aud", "x"]], signer);
  assert.deepEqual(sent.map(([name]) => name), ["client_id", "request"]);
  assert.equal(sent[0]?.[1], "c1");
  const request = sent[1]?.[1] ?? "";
  const { iat = 0, exp = 0, jti, ...claims } = decodeJwt(request);
  assert.deepEqual(claims, { state: "s1", iss: "c1", aud: "https://as.example" });
  assert.equal(exp - iat, 300);
  assert.match(jti ?? "", /^[\w-]{22}$/);
  assert.deepEqual(decodeProtectedHeader(request), {
    typ: "oauth-authz-req+jwt",
    kid: "k1",
    alg: "ES256",
  });
  const without = await signedRequest([], { ...signer, key: await newKey("ES256") });
  assert.equal(decodeProtectedHeader(without[1]?.[1] ?? "").kid, undefined);
});

Deno.test("a signed request needs a key, with an algorithm that the server accepts", async () => {
  const signer = { clientId: "c1", issuer: "https://as.example", key: KEY, algorithms: ["RS256"] };
  await assert.rejects(signedRequest([], signer), {
    code: "no_common_signing_algorithm",
    message: /request_object_signing_alg_values_supported/,
  });
  await assert.rejects(signedRequest([], { ...signer, key: undefined }), {
    code: "request_object_key_missing",
    kind: "usage",
  });
  assert.equal(requestKeyFailure("x").reference, "RFC 9101 §10.5");
});
