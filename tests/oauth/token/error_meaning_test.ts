import assert from "node:assert/strict";
import fc from "fast-check";
import {
  explainBodyError,
  explainChallengeError,
  explainTextError,
} from "../../../src/oauth/token/error_meaning.ts";
import { jwtsIn } from "../../../src/oauth/common/jwt_text.ts";

const BODIES: readonly (readonly [body: unknown, kind: string | undefined, meaning?: RegExp])[] = [
  [
    { error: "invalid_grant", error_description: "used" },
    "oauth_error",
    /not valid for this client/,
  ],
  [{ error: "made_up" }, "oauth_error", /not a standard OAuth error code/],
  [{ error: "constructor" }, "oauth_error", /not a standard OAuth error code/],
  [
    { jsonrpc: "2.0", id: 1, error: { code: -32601, message: "m" } },
    "jsonrpc_error",
    /not have this method/,
  ],
  [{ jsonrpc: "2.0", id: 1, error: { code: -32022 } }, "jsonrpc_error", /protocol version/],
  [{ jsonrpc: "2.0", id: 1, error: { code: -32005 } }, "jsonrpc_error", /without a common meaning/],
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
    const found = explainBodyError(body);
    assert.equal(found?.kind, kind);
    if (meaning !== undefined) assert.match(found?.meaning ?? "", meaning);
    assert.deepEqual(explainTextError(JSON.stringify(body)), found);
  });
}

const REFERENCES: Readonly<Record<string, string>> = {
  "RFC 6749 §5.2":
    "invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope",
  "RFC 6749 §4.1.2.1":
    "unsupported_response_type access_denied server_error temporarily_unavailable",
  "RFC 7591 §3.2.2":
    "invalid_redirect_uri invalid_client_metadata invalid_software_statement unapproved_software_statement",
  "RFC 6750 §3.1": "invalid_token insufficient_scope",
  "RFC 8707 §2": "invalid_target",
  "RFC 8628 §3.5": "authorization_pending slow_down expired_token",
  "RFC 9449 §8": "use_dpop_nonce",
  "RFC 9449 §5": "invalid_dpop_proof",
  "RFC 7009 §2.2.1": "unsupported_token_type",
  "OpenID Connect Core §3.1.2.6": "login_required consent_required",
  "RFC 6749 §8.5": "made_up",
};

for (const [reference, codes] of Object.entries(REFERENCES)) {
  Deno.test(`the errors of ${reference} are explained with it`, () => {
    for (const error of codes.split(" ")) {
      const found = explainBodyError({ error, error_description: "" });
      assert.deepEqual([found?.reference, found?.said], [reference, null], error);
      assert.ok(found?.meaning && found.remedy);
    }
  });
}

const JSON_RPC: readonly (readonly [code: number, reference: string, remedy: RegExp])[] = [
  [-32700, "JSON-RPC 2.0 §5.1", /body/],
  [-32600, "JSON-RPC 2.0 §5.1", /"jsonrpc": "2\.0"/],
  [-32601, "JSON-RPC 2.0 §5.1", /capabilities/],
  [-32602, "JSON-RPC 2.0 §5.1", /schema/],
  [-32603, "JSON-RPC 2.0 §5.1", /log/],
  [-32020, "MCP 2026-07-28, Streamable HTTP", /MCP-Protocol-Version, Mcp-Method and Mcp-Name/],
  [-32021, "MCP 2026-07-28", /"requiredCapabilities"/],
  [-32022, "MCP 2026-07-28", /"supported"/],
  [-32002, "MCP, Resources", /resources\/list/],
  [-32042, "MCP, Elicitation", /"elicitations"/],
  [-32000, "JSON-RPC 2.0 §5.1", /documentation/],
  [-32099, "JSON-RPC 2.0 §5.1", /documentation/],
  [-31999, "JSON-RPC 2.0 §5.1", /documentation/],
];

for (const [code, reference, remedy] of JSON_RPC) {
  Deno.test(`the JSON-RPC error ${code} is explained with ${reference}`, () => {
    const found = explainBodyError({ jsonrpc: "2.0", error: { code, message: "m" } });
    assert.deepEqual([found?.code, found?.said, found?.reference], [code, "m", reference]);
    assert.match(found?.remedy ?? "", remedy);
    assert.equal(
      /code of this server/.test(found?.meaning ?? ""),
      code === -32000 || code === -32099,
    );
  });
}

Deno.test("an error in the form encoding, and in a challenge", () => {
  assert.equal(explainTextError("error=slow_down&error_description=too+fast")?.said, "too fast");
  assert.equal(explainBodyError({ error: "slow_down", message: "too fast" })?.said, "too fast");
  const nested = { error: { code: "invalid_grant", message: "gone" } };
  assert.deepEqual(
    [explainBodyError(nested)?.code, explainBodyError(nested)?.said],
    ["invalid_grant", "gone"],
  );
  assert.equal(explainTextError("no error= here"), undefined);
  assert.equal(explainTextError("a=b&error=slow_down")?.code, "slow_down");
  const described = JSON.stringify({ error: "invalid_grant", error_description: "a=b&error=c" });
  assert.equal(explainTextError(described)?.code, "invalid_grant");
  const header = 'Basic realm="x", Bearer error="insufficient_scope", scope="a b"';
  assert.equal(explainChallengeError(header)?.code, "insufficient_scope");
  assert.equal(explainChallengeError("Bearer"), undefined);
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
  for (const before of ["-", "x.", "x.y.", "a "]) {
    const [found] = jwtsIn(JSON.stringify({ access_token: before + SIGNED }));
    assert.deepEqual([found?.member, found?.claims?.["sub"]], [null, "a"], before);
  }
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
    explainTextError(given);
    explainChallengeError(given);
  }));
});
