import assert from "node:assert/strict";
import {
  idTokenExpiry,
  judgeIdToken,
  judgeRefreshedIdToken,
} from "../../../src/oauth/token/id_token.ts";
import { failureFrom } from "../support.ts";

const NOW = 1_800_000_000_000;
const EXPECTED = { issuer: "https://idp.example", clientId: "c1", nonce: "n1", now: NOW };
const CLAIMS = {
  iss: EXPECTED.issuer,
  aud: EXPECTED.clientId,
  sub: "ada",
  nonce: EXPECTED.nonce,
  exp: NOW / 1000 + 300,
};

type Claims = Readonly<Record<string, unknown>>;

function encoded(part: unknown): string {
  return new TextEncoder().encode(JSON.stringify(part)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

const tokenOf = (claims: Claims) => `${encoded({ alg: "ES256" })}.${encoded(claims)}.c2ln`;

const ACCEPTED: Readonly<Record<string, Claims>> = {
  "the client alone as audience": {},
  "the client in a list of audiences": { aud: ["x", "c1"] },
  "an authorized party that is the client": { azp: "c1" },
  "an expiry less than a minute ago": { exp: NOW / 1000 - 59 },
};

for (const [what, claims] of Object.entries(ACCEPTED)) {
  Deno.test(`an ID token with ${what} is accepted`, () => {
    const token = tokenOf({ ...CLAIMS, ...claims });
    assert.equal(judgeIdToken(token, EXPECTED), token);
    assert.equal(judgeRefreshedIdToken(token, { ...EXPECTED, idToken: tokenOf(CLAIMS) }), token);
  });
}

const REFUSED: readonly (readonly [what: string, claims: Claims, said: RegExp])[] = [
  ["another issuer", { iss: "https://idp.example/" }, /"iss" is .*https:\/\/idp\.example\//],
  ["no issuer", { iss: undefined }, /"iss" is missing/],
  ["another audience", { aud: "c2" }, /"aud" is .*c2/],
  ["no audience", { aud: undefined }, /"aud" is missing/],
  ["an audience that holds the client's name", { aud: "c1x" }, /"aud" is/],
  ["another authorized party", { azp: "c2" }, /"azp" is .*c2/],
  ["an empty authorized party", { azp: "" }, /"azp" is/],
  ["no expiry", { exp: undefined }, /"exp" is missing/],
  ["an expiry as text", { exp: String(CLAIMS.exp) }, /"exp" is/],
  ["an expiry a minute ago", { exp: NOW / 1000 - 60 }, /"exp"/],
  ["no subject", { sub: undefined }, /"sub" is missing/],
  ["an empty subject", { sub: "" }, /"sub" is/],
  ["a subject that is a number", { sub: 1 }, /"sub" is/],
];

for (const [what, claims, said] of REFUSED) {
  Deno.test(`an ID token with ${what} is refused, at a refresh too`, () => {
    const token = tokenOf({ ...CLAIMS, ...claims });
    const before = { ...EXPECTED, idToken: tokenOf(CLAIMS) };
    for (
      const [judge, reference] of [
        [() => judgeIdToken(token, EXPECTED), "OpenID Connect Core §3.1.3.7"],
        [() => judgeRefreshedIdToken(token, before), "OpenID Connect Core §12.2"],
      ] as const
    ) {
      const failure = failureFrom(judge);
      assert.equal(failure.code, "id_token_invalid");
      assert.match(failure.message, said);
      assert.equal(failure.reference, reference);
    }
  });
}

Deno.test("the nonce counts at a sign-in and not at a refresh, the person at a refresh", () => {
  const other = tokenOf({ ...CLAIMS, nonce: "n2" });
  assert.match(failureFrom(() => judgeIdToken(other, EXPECTED)).message, /"nonce"/);
  const none = tokenOf({ ...CLAIMS, nonce: undefined });
  assert.match(failureFrom(() => judgeIdToken(none, EXPECTED)).message, /"nonce"/);
  const before = { ...EXPECTED, idToken: tokenOf(CLAIMS) };
  assert.equal(judgeRefreshedIdToken(none, before), none);
  const bob = tokenOf({ ...CLAIMS, sub: "bob" });
  assert.match(failureFrom(() => judgeRefreshedIdToken(bob, before)).message, /bob.*ada/);
});

Deno.test("what is missing, encrypted or not a token is refused", () => {
  const before = { ...EXPECTED, idToken: tokenOf(CLAIMS) };
  assert.equal(failureFrom(() => judgeIdToken(undefined, EXPECTED)).code, "id_token_missing");
  assert.equal(
    failureFrom(() => judgeRefreshedIdToken(undefined, before)).code,
    "id_token_missing",
  );
  for (const text of ["", "opaque", `${encoded({ alg: "RSA-OAEP", enc: "A128GCM" })}.a.b.c.d`]) {
    assert.equal(failureFrom(() => judgeIdToken(text, EXPECTED)).code, "id_token_invalid", text);
  }
});

Deno.test("the expiry of an ID token is in milliseconds, and unknown where it is not a number", () => {
  assert.equal(idTokenExpiry(tokenOf({ exp: 5 })), 5000);
  assert.equal(idTokenExpiry(tokenOf({ exp: "5" })), undefined);
  assert.equal(idTokenExpiry("opaque"), undefined);
});
