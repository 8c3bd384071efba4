import assert from "node:assert/strict";
import { expiryOf, lifetimeOf } from "../../../src/oauth/common/issued_token.ts";
import { clientCredentialsGrant, refreshGrant } from "../../../src/oauth/token/token_grant.ts";

Deno.test("a client credentials request has scopes and a resource where they are asked for", () => {
  assert.equal(String(clientCredentialsGrant(undefined, null)), "grant_type=client_credentials");
  assert.equal(String(clientCredentialsGrant([], null)), "grant_type=client_credentials");
  assert.equal(
    String(clientCredentialsGrant(["a", "b"], "r")),
    "grant_type=client_credentials&scope=a+b&resource=r",
  );
});

Deno.test("a refresh has no scope", () => {
  assert.equal(String(refreshGrant("t", null)), "grant_type=refresh_token&refresh_token=t");
  assert.equal(
    String(refreshGrant("t", "r")),
    "grant_type=refresh_token&refresh_token=t&resource=r",
  );
});

const NOW = Date.UTC(2030, 0, 1);

function jwt(claims: object): string {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
  return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
}

const seconds = (after: number) => NOW / 1000 + after;

const EXPIRIES: readonly (readonly [
  name: string,
  accessToken: string,
  expiresIn: number | null,
  end: number | null,
])[] = [
  ["a lifetime above zero gives the end", "opaque", 1, 1],
  ["a lifetime of zero is unknown", "opaque", 0, null],
  ["a negative lifetime is unknown", "opaque", -1, null],
  ["no lifetime is unknown", "opaque", null, null],
  ["a JWT that ends earlier shortens it", jwt({ exp: seconds(3) }), 3600, 3],
  ["a JWT that ends later does not lengthen it", jwt({ exp: seconds(7200) }), 3600, 3600],
  ["a JWT ends a token without lifetime", jwt({ exp: seconds(60) }), null, 60],
  ["a server's clock that is ahead", jwt({ exp: seconds(960), iat: seconds(900) }), null, 60],
  ["a JWT that had ended says nothing", jwt({ exp: seconds(-60) }), 3600, 3600],
  ["an end that is not a number says nothing", jwt({ exp: "soon" }), 3600, 3600],
  ["an end that no clock has says nothing", jwt({ exp: 1e300 }), 3600, 3600],
  ["an encrypted JWT says nothing", `${jwt({ exp: seconds(3) })}.x.y`, 3600, 3600],
];

for (const [name, accessToken, expiresIn, end] of EXPIRIES) {
  Deno.test(`the end of a token: ${name}`, () => {
    const expected = end === null ? null : new Date(NOW + end * 1000).toISOString();
    assert.equal(expiryOf({ accessToken, expiresIn }, NOW), expected);
    // A lifetime that is not positive is shown.
    assert.equal(lifetimeOf({ accessToken, expiresIn }, NOW), end ?? expiresIn);
  });
}
