import assert from "node:assert/strict";
import { judgeAccessToken } from "../../../src/oauth/token/access_token_claims.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const SECONDS = NOW / 1000;

const CLAIMS = {
  iss: "https://as.example",
  aud: ["https://mcp.example/mcp", "other"],
  client_id: "client-1",
  scope: "read write",
  iat: SECONDS - 60,
  nbf: SECONDS - 60,
  exp: SECONDS + 3600,
};

const EXPECTED = {
  issuers: ["https://as.example"],
  resources: ["https://mcp.example/mcp"],
  clientId: "client-1",
  sendsProof: false,
  requestedScopes: ["read"],
  hasRefreshToken: false,
};

function judge(changes: object, expected = EXPECTED, header = { alg: "ES256" }): string[] {
  const claims = { ...CLAIMS, ...changes };
  return judgeAccessToken({ header, claims, expiresAt: null }, expected, NOW)
    .map(({ code, severity, message }) => `${severity} ${code}: ${message}`);
}

Deno.test("a token whose claims match the sign-in has no findings", () => {
  assert.deepEqual(judge({}), []);
  assert.deepEqual(judge({ scope: undefined, scp: ["read"] }), []);
  assert.deepEqual(judge({ cnf: { jkt: "x" } }, { ...EXPECTED, sendsProof: true }), []);
  assert.deepEqual(judge({ exp: "soon", aud: undefined }, { ...EXPECTED, resources: [] }), []);
});

const FAULTS: readonly (readonly [changes: object, expected: RegExp])[] = [
  [{ exp: SECONDS - 7200 }, /^error token_expiry_failed: .* expired 2 hours ago, at 2026-11-30T10/],
  [{ nbf: SECONDS + 600 }, /^error token_form_failed: .*"nbf" lies 10 minutes in the future/],
  [{ iat: SECONDS + 600 }, /"iat" lies 10 minutes in the future/],
  [
    { aud: "https://other.example" },
    /^error token_audience_failed: .*for "https:\/\/other\.example", not/,
  ],
  [{ aud: undefined }, /^warning token_audience_failed: .*no audience \(aud\)/],
  [{ iss: "https://evil.example" }, /issuer is "https:\/\/evil\.example", not "https:\/\/as/],
  [{ client_id: "client-2" }, /^warning token_form_failed: .*"client_id" is "client-2"/],
  [{ azp: "client-2" }, /"azp" is "client-2"; the client of the sign-in is "client-1"/],
  [{ cnf: { jkt: "x" } }, /bound to a key \(jkt\), and is sent as Bearer/],
  [{ nonce: "n", aud: ["client-1", "https://mcp.example/mcp"] }, /this is an ID token/],
  [{ scope: "write" }, /^warning token_scopes_failed: .*missing from the token: "read"/],
];

for (const [changes, expected] of FAULTS) {
  Deno.test(`one finding for ${JSON.stringify(changes)}`, () => {
    const found = judge(changes);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", expected);
  });
}

Deno.test("an unsigned token is an error, and an opaque one is judged by its announced expiry", () => {
  assert.match(
    judge({}, EXPECTED, { alg: "none" }).join(),
    /^error token_form_failed: .*not signed/,
  );
  const opaque = { header: null, claims: null, expiresAt: new Date(NOW - 90_000).toISOString() };
  const [expired, ...others] = judgeAccessToken(opaque, EXPECTED, NOW);
  assert.deepEqual([expired?.code, others], ["token_expiry_failed", []]);
});
