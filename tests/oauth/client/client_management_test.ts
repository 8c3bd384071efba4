import assert from "node:assert/strict";
import {
  judgeClientDeletion,
  judgeClientRecord,
  methodOf,
  updateBody,
} from "../../../src/oauth/client/client_management.ts";
import { managementAccess } from "../../../src/oauth/client/management_access.ts";
import { answerOf, failureFrom } from "../support.ts";

const CLIENT = {
  clientId: "c1",
  registrationUri: "https://as.example/register/c1",
  registrationToken: "CANARY-1",
};

Deno.test("each action has its own method", () => {
  assert.deepEqual((["read", "update", "delete"] as const).map(methodOf), ["GET", "PUT", "DELETE"]);
});

Deno.test("an update sends the record back with the changes, without what a server alone sets", () => {
  const current = {
    client_id: "old",
    client_name: "Before",
    scope: "a",
    logo_uri: "https://as.example/logo",
    registration_access_token: "CANARY-1",
    registration_client_uri: "https://as.example/register/c1",
    client_secret: "s",
    client_secret_expires_at: 0,
    client_id_issued_at: 1,
  };
  const changes = { client_name: "After", logo_uri: null, contacts: undefined };
  const sent = { client_id: "c1", client_name: "After", scope: "a" };
  assert.deepEqual(updateBody(current, changes, CLIENT), sent);
  assert.deepEqual(updateBody(current, changes, { ...CLIENT, clientSecret: "s2" }), {
    ...sent,
    client_secret: "s2",
  });
});

Deno.test("an update sends the authentication method in use, whatever the record says", () => {
  const client = { ...CLIENT, method: "client_secret_post" } as const;
  for (const recorded of [undefined, null, "", "client_secret_basic"]) {
    const body = updateBody({ token_endpoint_auth_method: recorded }, {}, client);
    assert.equal(body["token_endpoint_auth_method"], "client_secret_post");
  }
  const changed = updateBody({}, { token_endpoint_auth_method: "none" }, client);
  assert.equal(changed["token_endpoint_auth_method"], "none");
});

Deno.test("a record is the client's own, answered with 2xx and without an error", () => {
  const record = { client_id: "c1", client_name: "x" };
  for (const status of [200, 299]) {
    assert.deepEqual(judgeClientRecord(answerOf(status, record), "read", CLIENT), record);
  }
  for (
    const [body, words] of [
      [{ client_id: "c2" }, /"c1".*"c2"$/],
      [{}, /"c1"$/],
      [[], /"c1"$/],
      ["", /"c1"$/],
    ] as const
  ) {
    const failure = failureFrom(() => judgeClientRecord(answerOf(200, body), "update", CLIENT));
    assert.equal(failure.code, "client_management_answer_invalid");
    assert.match(failure.message, words);
    assert.equal(failure.reference, "RFC 7592 §3");
  }
});

Deno.test("a deletion needs no body, and no error in one", () => {
  for (const status of [200, 204, 299]) judgeClientDeletion(answerOf(status, ""));
  for (const [status, body] of [[199, ""], [300, ""], [200, { error: "no" }]] as const) {
    const failure = failureFrom(() => judgeClientDeletion(answerOf(status, body)));
    assert.equal(failure.code, "client_management_refused");
    assert.match(failure.message, /^deleting the registration/);
  }
});

const REFUSALS: readonly (readonly [status: number, message: RegExp, remedy: RegExp])[] = [
  [401, /registration access token/, /Sign in again/],
  [403, /does not allow this client updating/, /operator/],
  [404, /no longer exists/, /^Sign in again/],
  [405, /does not offer updating/, /operator/],
  [400, /HTTP 400 application\/json(;|$)/, /member that the text/],
];

for (const [status, message, remedy] of REFUSALS) {
  Deno.test(`an update that is refused with HTTP ${status} says what that means`, () => {
    const failure = failureFrom(() => judgeClientRecord(answerOf(status, {}), "update", CLIENT));
    assert.equal(failure.code, "client_management_refused");
    assert.match(failure.message, message);
    assert.match(failure.remedy ?? "", remedy);
    assert.equal(failure.reference, "RFC 7592 §2");
    assert.doesNotMatch(failure.message, /says/);
    const body = { error: "invalid_client_metadata", error_description: "bad logo" };
    const said = failureFrom(() => judgeClientRecord(answerOf(status, body), "read", CLIENT));
    assert.match(said.message, /^reading .*says "invalid_client_metadata: bad logo"$/);
  });
}

Deno.test("a registration can be managed with both members, at a secure address", () => {
  const base = "https://as.example/register";
  const uri = CLIENT.registrationUri;
  const of = (document: Record<string, unknown>) => managementAccess(document, base);
  assert.deepEqual(of({}), { judgements: [] });
  assert.deepEqual(
    of({ registration_client_uri: uri, registration_access_token: "CANARY-1" }),
    { access: { registrationUri: uri, registrationToken: "CANARY-1" }, judgements: [] },
  );
  for (
    const [document, words] of [
      [{ registration_access_token: "CANARY-1" }, /no registration_client_uri$/],
      [{ registration_client_uri: uri }, /no registration_access_token$/],
      [
        { registration_client_uri: uri, registration_access_token: "CANARY-1\r\nx: y" },
        /characters that an Authorization header must not have$/,
      ],
      [
        { registration_client_uri: "http://as.example/c", registration_access_token: "CANARY-1" },
        /http:\/\/as\.example\/c/,
      ],
    ] as const
  ) {
    const { access, judgements } = of(document);
    assert.equal(access, undefined);
    assert.equal(judgements.length, 1);
    assert.equal(judgements[0]?.code, "registration_management_unusable");
    assert.equal(judgements[0]?.severity, "warning");
    assert.equal(judgements[0]?.reference, "RFC 7592 §3");
    assert.match(judgements[0]?.message ?? "", words);
    assert.doesNotMatch(judgements[0]?.message ?? "", /CANARY/);
  }
});
