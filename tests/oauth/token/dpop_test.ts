import assert from "node:assert/strict";
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { createDpopKey, dpopNonce, dpopProof } from "../../../src/oauth/token/dpop.ts";
import { keyThumbprint } from "../../../src/oauth/common/signing.ts";
import { Failure } from "../../../src/core/failure.ts";

async function claimsOf(proof: string): Promise<Record<string, unknown>> {
  const { jwk = {}, alg = "" } = decodeProtectedHeader(proof);
  const { payload } = await jwtVerify(proof, await importJWK(jwk, alg), { typ: "dpop+jwt" });
  return payload;
}

const PARTS = { method: "POST", url: "https://s.example/mcp?a=1#b" };

Deno.test("a proof names method and URL without query, and carries the public key alone", async () => {
  const key = await createDpopKey([]);
  const proof = await dpopProof(key, PARTS);
  const { htm, htu, ath, nonce } = await claimsOf(proof);
  assert.deepEqual([htm, htu, ath, nonce], ["POST", "https://s.example/mcp", undefined, undefined]);
  const { jwk, alg } = decodeProtectedHeader(proof);
  assert.equal(alg, "ES256");
  assert.deepEqual(Object.keys(jwk ?? {}).sort(), ["crv", "kty", "x", "y"]);
});

Deno.test("two proofs for one request differ in jti", async () => {
  const key = await createDpopKey([]);
  const [a, b] = [await dpopProof(key, PARTS), await dpopProof(key, PARTS)];
  assert.notEqual((await claimsOf(a))["jti"], (await claimsOf(b))["jti"]);
});

Deno.test("a proof beside a token carries its hash, and the nonce that was given", async () => {
  const key = await createDpopKey([["ES256"]]);
  const claims = await claimsOf(
    await dpopProof(key, { ...PARTS, accessToken: "token", nonce: "n-1" }),
  );
  assert.equal(claims["ath"], "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A");
  assert.equal(claims["nonce"], "n-1");
});

Deno.test("the key is made for an algorithm that the server lists", async () => {
  const proof = await dpopProof(await createDpopKey([["PS256", "RS256"]]), PARTS);
  assert.equal(decodeProtectedHeader(proof).alg, "PS256");
  assert.equal((await claimsOf(proof))["htm"], "POST");
});

Deno.test("a server whose algorithms cannot be made is named with what it lists", async () => {
  await assert.rejects(createDpopKey([["HS256"]]), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "no_common_dpop_algorithm");
    assert.match(error.message, /HS256/);
    return true;
  });
});

Deno.test("the thumbprint is of the public key", async () => {
  const key = await createDpopKey([]);
  const { d: _, ...open } = JSON.parse(key);
  assert.equal(await keyThumbprint(key), await keyThumbprint(JSON.stringify(open)));
});

Deno.test("a nonce that no header can carry is not taken", () => {
  assert.equal(dpopNonce(new Headers({ "dpop-nonce": "good-1" })), "good-1");
  for (const bad of ['a"b', "a\\b", "a b", ""]) {
    assert.equal(dpopNonce(new Headers({ "dpop-nonce": bad })), undefined, bad);
  }
  assert.equal(dpopNonce(new Headers()), undefined);
});

for (const algorithm of ["ES256", "EdDSA", "Ed25519", "ES384", "PS256", "RS256"]) {
  Deno.test(`a key can be made where a server takes ${algorithm} alone`, async () => {
    const key = JSON.parse(await createDpopKey([[algorithm, "ES512"], [algorithm]]));
    assert.equal(key.alg, algorithm);
    assert.equal(typeof key.d, "string");
  });
}
