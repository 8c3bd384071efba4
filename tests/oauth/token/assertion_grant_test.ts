import assert from "node:assert/strict";
import {
  identityExchange,
  judgeExchange,
  jwtBearerGrant,
} from "../../../src/oauth/token/assertion_grant.ts";
import { judgePushedRequest } from "../../../src/oauth/token/pushed_request.ts";
import { tokenEndpointError } from "../../../src/oauth/common/issued_token.ts";
import { answerOf, failureFrom, wordsOf } from "../support.ts";

const AS = { issuer: "https://as.example", tokenEndpoint: "https://as.example/token" };

Deno.test("a workload's assertion goes out with scope and resource, and names no client", () => {
  assert.deepEqual(
    Object.fromEntries(jwtBearerGrant("a.b.c", AS, ["x", "y"], "https://s.example")),
    {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "a.b.c",
      scope: "x y",
      resource: "https://s.example",
    },
  );
});

const jwt = (claims: unknown) => {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
  return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
};

const AUDIENCES: readonly (readonly [what: string, assertion: string, right: boolean])[] = [
  ["the issuer", jwt({ aud: "https://as.example" }), true],
  ["the issuer with a slash", jwt({ aud: "https://as.example/" }), true],
  ["the token endpoint", jwt({ aud: "https://as.example/token" }), true],
  ["a list with the issuer", jwt({ aud: ["https://x.example", "https://as.example"] }), true],
  ["no audience", jwt({ iss: "https://idp.example" }), true],
  ["an opaque assertion", "opaque", true],
  ["an encrypted assertion", "a.b.c.d.e", true],
  ["another issuer", jwt({ aud: "https://evil.example" }), false],
  ["a longer name", jwt({ aud: "https://as.example.evil.example" }), false],
  ["another path", jwt({ aud: "https://as.example/tenant" }), false],
  ["a list of others", jwt({ aud: ["https://x.example", "https://y.example"] }), false],
  ["an empty list", jwt({ aud: [] }), false],
  ["a number", jwt({ aud: 7 }), false],
];

for (const [what, assertion, right] of AUDIENCES) {
  Deno.test(`an assertion for ${what} is ${right ? "sent" : "refused before it is sent"}`, () => {
    const make = () => jwtBearerGrant(assertion, AS, undefined, null);
    if (right) assert.equal(make().get("assertion"), assertion);
    else {
      const failure = failureFrom(make);
      assert.equal(failure.code, "assertion_audience_mismatch");
      assert.ok(!failure.message.includes(assertion));
    }
  });
}

Deno.test("where no token endpoint is known, an assertion is for the issuer", () => {
  const target = { issuer: "https://as.example" };
  const make = (aud: string) => jwtBearerGrant(jwt({ aud }), target, undefined, null);
  assert.equal(make("https://as.example").get("grant_type")?.endsWith(":jwt-bearer"), true);
  const { code, message } = failureFrom(() => make("https://evil.example"));
  assert.equal(code, "assertion_audience_mismatch");
  assert.match(message, /but the authorization server is "https:\/\/as\.example"; mcpass/);
});

Deno.test("the exchange asks for an ID-JAG for the authorization server", () => {
  const body = identityExchange({
    subject: { type: "id_token", token: "i" },
    audience: "https://as.example",
    resource: "https://s.example/mcp",
    scopes: undefined,
  });
  assert.equal(body.get("audience"), "https://as.example");
  assert.equal(body.get("resource"), "https://s.example/mcp");
  assert.equal(body.get("requested_token_type"), "urn:ietf:params:oauth:token-type:id-jag");
  assert.equal(body.has("scope"), false);
});

const ISSUED = {
  access_token: "canary-assertion",
  token_type: "N_A",
  issued_token_type: "urn:ietf:params:oauth:token-type:id-jag",
};

Deno.test("an ID-JAG is taken, any other kind of token is not", () => {
  assert.equal(judgeExchange(answerOf(200, ISSUED)), "canary-assertion");
  const other = "urn:ietf:params:oauth:token-type:access_token";
  const failure = failureFrom(() =>
    judgeExchange(answerOf(200, { ...ISSUED, issued_token_type: other }))
  );
  assert.equal(failure.code, "identity_exchange_invalid");
  assert.match(wordsOf(failure), /token-type:access_token/);
  assert.doesNotMatch(wordsOf(failure), /canary-assertion/);
});

Deno.test("an answer without a token, or without its type, is named for that", () => {
  const said = (members: object) => {
    const failure = failureFrom(() => judgeExchange(answerOf(200, { ...ISSUED, ...members })));
    assert.equal(failure.code, "identity_exchange_invalid");
    return failure.message;
  };
  assert.match(said({ access_token: undefined }), /has no "access_token"$/);
  assert.match(said({ issued_token_type: undefined }), /of type "none"/);
});

for (const error of ["invalid_request", "access_denied", "invalid_target", "strange"]) {
  Deno.test(`a refusal ${error} of the identity provider is named`, () => {
    const failure = failureFrom(() =>
      judgeExchange(answerOf(400, { error, error_description: "no\u001b[31m" }))
    );
    assert.equal(failure.code, "identity_exchange_refused");
    assert.match(failure.message, new RegExp(error));
    assert.ok(!wordsOf(failure).includes("\u001b"));
  });
}

Deno.test("only a status from 200 to 299 without an error issues an ID-JAG", () => {
  for (const status of [200, 201, 299]) {
    assert.equal(judgeExchange(answerOf(status, ISSUED)), "canary-assertion");
  }
  const refused = [[199, ISSUED], [300, ISSUED], [400, ISSUED], [500, ISSUED]] as const;
  for (const [status, body] of [...refused, [200, { ...ISSUED, error: "x" }]] as const) {
    const failure = failureFrom(() => judgeExchange(answerOf(status, body)));
    assert.equal(failure.code, "identity_exchange_refused", String(status));
    assert.equal(tokenEndpointError(failure) !== undefined, status === 200);
    assert.match(failure.message, new RegExp(`: HTTP ${status}\\b`));
    assert.doesNotMatch(wordsOf(failure), /canary/);
  }
});

const EXCHANGE_REMEDIES: Readonly<Record<string, RegExp>> = {
  invalid_client: /--idp-client-id/,
  invalid_request: /ID token/,
  invalid_grant: /ID token/,
  invalid_target: /allow assertions for this authorization server/,
  access_denied: /allow this client/,
  unauthorized_client: /allow this client/,
  strange: /--debug-out/,
};

for (const [error, remedy] of Object.entries(EXCHANGE_REMEDIES)) {
  Deno.test(`after ${error} of the identity provider, the remedy says ${remedy.source}`, () => {
    const said = (members: object) => failureFrom(() => judgeExchange(answerOf(400, members)));
    const failure = said({ error });
    assert.match(failure.remedy ?? "", remedy);
    assert.equal(failure.reference, "RFC 8693 §2.2.2");
    assert.match(failure.message, new RegExp(`"${error}"$`));
    assert.match(said({ error, error_description: "no" }).message, /; it says "no"$/);
  });
}

const judgePushed = (answer: Parameters<typeof judgePushedRequest>[0]) =>
  judgePushedRequest(answer, {
    redirectUri: "http://127.0.0.1:7000/callback",
    resourceSent: true,
  });

Deno.test("a pushed request gives its URI, and a refusal is named", () => {
  const uri = "urn:ietf:params:oauth:request_uri:1";
  const pushed = judgePushed(answerOf(201, { request_uri: uri, expires_in: 60 }));
  assert.deepEqual(pushed, { requestUri: uri, expiresIn: 60 });
  const refused = failureFrom(() =>
    judgePushed(answerOf(400, { error: "invalid_request", error_description: "scope" }))
  );
  assert.equal(refused.code, "pushed_request_refused");
  assert.match(refused.message, /invalid_request.*scope/);
  assert.ok(tokenEndpointError(refused));
  for (
    const [status, body] of [[201, {}], [199, { request_uri: uri }], [300, {
      request_uri: uri,
    }]] as const
  ) {
    const failure = failureFrom(() => judgePushed(answerOf(status, body)));
    assert.equal(failure.code, refused.code);
    assert.equal(tokenEndpointError(failure), undefined);
    assert.equal(/without "request_uri"$/.test(failure.message), status === 201);
  }
  const unknown = failureFrom(() => judgePushed(answerOf(401, { error: "invalid_client" })));
  assert.match(unknown.remedy ?? "", /client ID/);
  const unsaid = judgePushed(answerOf(299, { request_uri: uri }));
  assert.deepEqual(unsaid, { requestUri: uri, expiresIn: null });
});
