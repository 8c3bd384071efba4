import assert from "node:assert/strict";
import {
  judgeIntrospection,
  judgeRevocation,
  notRevocableFinding,
  tokenBody,
} from "../../../src/oauth/token/revocation.ts";
import { answerOf } from "../support.ts";

Deno.test("a token is named with its kind", () => {
  assert.equal(
    String(tokenBody("t&1", "refresh_token")),
    "token=t%261&token_type_hint=refresh_token",
  );
});

Deno.test("a token is revoked by a 2xx that names no error", () => {
  for (const [status, body] of [[200, ""], [204, ""], [299, "{}"], [200, "<p>"]] as const) {
    assert.deepEqual(judgeRevocation(answerOf(status, body)), { revoked: true });
  }
});

Deno.test("any other answer leaves it valid, with what the server said", () => {
  const cases: [status: number, body: unknown, why: RegExp][] = [
    [199, "", /^HTTP 199/],
    [300, "", /^HTTP 300/],
    [401, { error: "invalid_client" }, /^HTTP 401, "invalid_client"$/],
    [200, { error: "x", error_description: "y z" }, /^HTTP 200, "x"; it says "y z"$/],
    [503, { error: 7 }, /^HTTP 503/],
  ];
  for (const [status, body, why] of cases) {
    const verdict = judgeRevocation(answerOf(status, body));
    assert.ok(!verdict.revoked);
    assert.match(verdict.why, why);
    assert.equal(verdict.unsupported, undefined);
  }
  const verdict = judgeRevocation(answerOf(400, { error: "unsupported_token_type" }));
  assert.ok(!verdict.revoked && verdict.unsupported);
});

Deno.test("an access token that no server can end has a note with its expiry", () => {
  const known = notRevocableFinding("https://as.example", "2030-01-01T00:00:00.000Z");
  assert.match(known.message, /2030-01-01T00:00:00\.000Z/);
  assert.match(notRevocableFinding("https://as.example", null).message, /until it expires/);
  const { code, severity, reference } = known;
  assert.deepEqual([code, severity, reference], [
    "access_token_not_revocable",
    "warning",
    "RFC 7009 §2.2.1",
  ]);
});

Deno.test("an introspection says whether a token is active, until when and for what", () => {
  const of = (status: number, body: unknown) => judgeIntrospection(answerOf(status, body));
  assert.deepEqual(of(200, { active: true, exp: 7, scope: "a b" }), {
    active: true,
    expiresAt: 7000,
    scope: "a b",
  });
  assert.deepEqual(of(200, { active: true, exp: "7", scope: 1 }), {
    active: true,
    expiresAt: undefined,
    scope: undefined,
  });
  assert.deepEqual(of(200, '{"active":true,"exp":1e999}'), {
    active: true,
    expiresAt: undefined,
    scope: undefined,
  });
  assert.deepEqual(of(200, { active: false, scope: "a" }), { active: false });
  for (
    const [status, body] of [
      [200, {}],
      [200, { active: "true" }],
      [200, "active"],
      [201, { active: true }],
      [403, { active: true }],
    ] as const
  ) {
    assert.equal(of(status, body).active, undefined);
  }
});
