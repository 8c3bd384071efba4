import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bodyErrorMeaning,
  challengeMeaning,
  textErrorMeaning,
} from "../../src/oauth/error_meaning.ts";
import { jwtsIn } from "../../src/oauth/jwt_text.ts";

const BODIES: readonly (readonly [body: unknown, kind: string | undefined, meaning?: RegExp])[] = [
  [{ error: "invalid_grant", error_description: "used" }, "oauth_error", /was used, has expired/],
  [{ error: "made_up" }, "oauth_error", /none of the standards' own/],
  [{ error: "constructor" }, "oauth_error", /none of the standards' own/],
  [{ jsonrpc: "2.0", id: 1, error: { code: -32601, message: "m" } }, "jsonrpc_error", /exist/],
  [{ jsonrpc: "2.0", id: 1, error: { code: -32022 } }, "jsonrpc_error", /protocol version/],
  [{ jsonrpc: "2.0", id: 1, error: { code: -32005 } }, "jsonrpc_error", /no common meaning/],
  [{ jsonrpc: "2.0", id: 1, error: { code: 7 } }, "jsonrpc_error", /method itself/],
  [
    [{ jsonrpc: "2.0", id: 1, result: {} }, { jsonrpc: "2.0", error: { code: -32700 } }],
    "jsonrpc_error",
  ],
  [{ error: { message: "no code" } }, undefined],
  [{ access_token: "x" }, undefined],
  [null, undefined],
  ["error", undefined],
];

for (const [body, kind, meaning] of BODIES) {
  Deno.test(`the error in ${JSON.stringify(body)}: ${kind ?? "none"}`, () => {
    const found = bodyErrorMeaning(body);
    assert.equal(found?.kind, kind);
    if (meaning !== undefined) assert.match(found?.meaning ?? "", meaning);
    assert.deepEqual(textErrorMeaning(JSON.stringify(body)), found);
  });
}

Deno.test("an error in the form encoding, and in a challenge", () => {
  assert.equal(textErrorMeaning("error=slow_down&error_description=too+fast")?.said, "too fast");
  assert.equal(textErrorMeaning("no error= here"), undefined);
  const header = 'Basic realm="x", Bearer error="insufficient_scope", scope="a b"';
  assert.equal(challengeMeaning(header)?.code, "insufficient_scope");
  assert.equal(challengeMeaning("Bearer"), undefined);
});

const part = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
const SIGNED = `${part({ alg: "RS256" })}.${part({ sub: "a", exp: 1893456000 })}.c2ln`;

Deno.test("tokens in a text are decoded, each once, with their times", () => {
  const body = JSON.stringify({ access_token: SIGNED, again: SIGNED, opaque: "eyJhbGci.x.y" });
  assert.deepEqual(jwtsIn(body), [{
    member: "access_token",
    header: { alg: "RS256" },
    claims: { sub: "a", exp: 1893456000 },
    times: { exp: "2030-01-01T00:00:00.000Z" },
  }]);
  const encrypted = `${part({ alg: "dir", enc: "A256GCM" })}.a.b.c.d`;
  assert.equal(jwtsIn(`token ${encrypted}.`)[0]?.claims, null);
  const unsigned = `${part({ alg: "none" })}.${part({ sub: "a" })}.`;
  assert.deepEqual(jwtsIn(unsigned)[0]?.header, { alg: "none" });
});

Deno.test("any text is searched for tokens and errors without a throw", () => {
  const pieces = fc.constantFrom(SIGNED, "eyJ", ".", '"', ":", "error=", "&", "{", "}", "\0");
  const text = fc.array(fc.oneof(pieces, fc.string())).map((parts) => parts.join(""));
  fc.assert(fc.property(text, (given) => {
    assert.ok(jwtsIn(given).length <= 10);
    textErrorMeaning(given);
    challengeMeaning(given);
  }));
});
