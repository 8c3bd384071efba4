import assert from "node:assert/strict";
import fc from "fast-check";
import { unverifiedClaims } from "../../../src/oauth/common/jwt_claims.ts";
import { tokenHints } from "../../../src/oauth/token/token_hints.ts";

const NOW = Date.UTC(2026, 6, 28);
const SECONDS = NOW / 1000;
const EXPECTED = { resource: "https://mcp.example/mcp", issuer: "https://as.example", now: NOW };
const RIGHT = {
  aud: "https://mcp.example/mcp",
  iss: "https://as.example",
  exp: SECONDS + 60,
  iat: SECONDS,
};

function jwt(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  return `${part({ alg: "ES256", typ: "at+jwt" })}.${part(claims)}.c2lnbmF0dXJl`;
}

Deno.test("a token of one tenant fits the issuer template for all of them", () => {
  const expected = { ...EXPECTED, issuer: "https://as.example/{tenantid}/v2.0" };
  assert.deepEqual(tokenHints(jwt({ ...RIGHT, iss: "https://as.example/1/v2.0" }), expected), []);
  assert.equal(
    tokenHints(jwt({ ...RIGHT, iss: "https://evil.example/1/v2.0" }), expected).length,
    1,
  );
});

const HINTS: readonly [behaviour: string, claims: unknown, hints: readonly RegExp[]][] = [
  ["all is right", RIGHT, []],
  ["the audience is one of several", { ...RIGHT, aud: ["x", EXPECTED.resource] }, []],
  ["the audience is another", { ...RIGHT, aud: "https://other.example" }, [
    /audience is "https:\/\/other\.example", expected/,
  ]],
  ["the audience differs by a slash", { ...RIGHT, aud: `${EXPECTED.resource}/` }, [/audience is/]],
  ["there is no audience", { ...RIGHT, aud: undefined }, [/no audience/]],
  ["the audience is no string", { ...RIGHT, aud: { a: 1 } }, [/no audience/]],
  ["the issuer is another", { ...RIGHT, iss: "https://evil.example" }, [
    /issuer is "https:\/\/evil\.example", expected/,
  ]],
  ["the issuer differs by a slash", { ...RIGHT, iss: "https://as.example/" }, [/issuer is/]],
  ["it has expired", { ...RIGHT, exp: SECONDS }, [/expired/]],
  ["exp is no number", { ...RIGHT, exp: "1" }, []],
  ["it is not valid yet", { ...RIGHT, nbf: SECONDS + 60 }, [/"nbf" is in the future/]],
  ["it was issued in the future", { ...RIGHT, iat: SECONDS + 60 }, [/"iat" is in the future/]],
  ["the clock differs by a second", { ...RIGHT, iat: SECONDS + 1, nbf: SECONDS + 1 }, []],
  ["everything is wrong", { aud: [], iss: "x", exp: 0, iat: 9e9 }, [
    /audience/,
    /issuer/,
    /expired/,
    /future/,
  ]],
  ["its claims are hostile", { ...RIGHT, iss: "\u001b[2J\u202e" }, [/\\x1b\[2J\\u202e/]],
];

for (const [behaviour, claims, hints] of HINTS) {
  Deno.test(`token hints when ${behaviour}`, () => {
    const found = tokenHints(jwt(claims), EXPECTED);
    assert.equal(found.length, hints.length, found.join("; "));
    hints.forEach((hint, index) => assert.match(found[index] ?? "", hint));
    assert.ok(!found.join().includes("c2lnbmF0dXJl"), "shows the signature");
  });
}

Deno.test("without a resource the audience is not compared", () => {
  assert.deepEqual(tokenHints(jwt({ ...RIGHT, aud: "x" }), { ...EXPECTED, resource: null }), []);
});

const OPAQUE: readonly [what: string, token: string][] = [
  ["opaque", "abcdef"],
  ["empty", ""],
  ["of two parts", "a.b"],
  ["encrypted", "a.b.c.d.e"],
  ["of five parts that hold JSON", `${jwt(RIGHT)}.d.e`],
  ["of three parts that are no base64url", "a.!!.c"],
  ["of three parts that hold no JSON", `a.${btoa("hello")}.c`],
  ["holding a list", jwt([1])],
  ["holding null", jwt(null)],
];

for (const [what, token] of OPAQUE) {
  Deno.test(`a token ${what} gives no hints`, () => {
    assert.equal(unverifiedClaims(token), undefined);
    assert.deepEqual(tokenHints(token, EXPECTED), []);
  });
}

Deno.test("no token makes the hints throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.json().map((text) => jwt(JSON.parse(text))),
      ),
      (token) => {
        tokenHints(token, EXPECTED);
      },
    ),
  );
});
