import assert from "node:assert/strict";
import {
  identityExchange,
  judgeExchange,
  jwtBearerGrant,
} from "../../src/oauth/assertion_grant.ts";
import { judgePushedRequest } from "../../src/oauth/pushed_request.ts";
import { answerOf, failureFrom, wordsOf } from "./support.ts";

Deno.test("a workload's assertion goes out with scope and resource, and names no client", () => {
  assert.deepEqual(Object.fromEntries(jwtBearerGrant("a.b.c", ["x", "y"], "https://s.example")), {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: "a.b.c",
    scope: "x y",
    resource: "https://s.example",
  });
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

Deno.test("a pushed request gives its URI, and a refusal is named", () => {
  const uri = "urn:ietf:params:oauth:request_uri:1";
  assert.equal(judgePushedRequest(answerOf(201, { request_uri: uri, expires_in: 60 })), uri);
  const refused = failureFrom(() =>
    judgePushedRequest(answerOf(400, { error: "invalid_request", error_description: "scope" }))
  );
  assert.equal(refused.code, "pushed_request_refused");
  assert.match(refused.message, /invalid_request.*scope/);
  assert.equal(failureFrom(() => judgePushedRequest(answerOf(201, {}))).code, refused.code);
});
