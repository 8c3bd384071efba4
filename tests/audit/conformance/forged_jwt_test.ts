import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import {
  createOwnKey,
  jwtParts,
  signedWithSecret,
  textsOfKey,
  unsigned,
  withClaims,
  withOtherSignature,
} from "../../../src/audit/judge/forged_jwt.ts";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const token = await new SignJWT({ sub: "a", exp: 2_000_000_000 })
  .setProtectedHeader({ alg: "ES256", typ: "at+jwt" }).sign(privateKey);

function parts() {
  const found = jwtParts(token);
  assert.ok(found !== undefined);
  return found;
}

const bytesOf = (text = "") => Uint8Array.fromBase64(text, { alphabet: "base64url" });

Deno.test("one bit of the signature is changed, in its middle, and nothing else", () => {
  const [header, claims, signature] = withOtherSignature(parts()).split(".");
  const [first, second, original] = parts().encoded;
  assert.deepEqual([header, claims], [first, second]);
  const [before, after] = [bytesOf(original), bytesOf(signature)];
  const changed = [...after].flatMap((byte, at) => byte === before[at] ? [] : [at]);
  assert.deepEqual(changed, [before.length / 2]);
});

Deno.test("changed claims have the old header and signature", () => {
  const forged = jwtParts(withClaims(parts(), { sub: "b" }));
  assert.deepEqual(forged?.claims, { sub: "b" });
  assert.equal(forged?.encoded[0], parts().encoded[0]);
  assert.equal(forged?.encoded[2], parts().encoded[2]);
});

Deno.test("an unsigned token has its algorithm and an empty signature", () => {
  const { header, claims } = parts();
  const [head = "", , signature] = unsigned("nOnE", header, claims).split(".");
  assert.equal(JSON.parse(new TextDecoder().decode(bytesOf(head))).alg, "nOnE");
  assert.equal(signature, "");
});

Deno.test("the texts of a key are those that a server has: PEM, DER, JWK", async () => {
  const jwk = { ...await exportJWK(publicKey), kid: "1" };
  const texts = new Map(await textsOfKey(jwk));
  const pem = new TextDecoder().decode(texts.get("PEM"));
  assert.equal(createPublicKey(pem).export({ type: "spki", format: "pem" }), pem);
  assert.equal(new TextDecoder().decode(texts.get("JWK text")), JSON.stringify(jwk));
  assert.equal(texts.size, 4);
  const forged = await signedWithSecret({}, { sub: "a" }, texts.get("DER") ?? new Uint8Array());
  assert.equal(jwtParts(forged)?.header["alg"], "HS256");
});

Deno.test("keys that are private, symmetric or broken do not end the audit", async () => {
  const keys = [await exportJWK(privateKey), { kty: "oct", k: "AAAA" }, { kty: "EC" }, {}];
  for (const key of keys) {
    const names = (await textsOfKey(key)).map(([name]) => name);
    assert.ok(names.includes("JWK text"));
  }
});

Deno.test("a key of our own signs with the algorithm of the token", async () => {
  const key = await createOwnKey("ES256");
  const forged = await key.sign({ typ: "at+jwt" }, { sub: "a" });
  const [header, claims, signature] = forged.split(".");
  const jwk = createPublicKey({ key: { ...key.publicJwk }, format: "jwk" });
  const options = { key: jwk, dsaEncoding: "ieee-p1363" } as const;
  assert.ok(
    verify("sha256", new TextEncoder().encode(`${header}.${claims}`), options, bytesOf(signature)),
  );
});

for (const text of ["opaque", "a.b.c", "e30.e30.", "e30.e30.!!!", "e30.e30.AA.AA", "..", ""]) {
  Deno.test(`not a signed JWT: "${text}"`, () => assert.equal(jwtParts(text), undefined));
}
