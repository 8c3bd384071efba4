import assert from "node:assert/strict";
import {
  judgeRegistration,
  type RegistrationJudgement,
} from "../../../src/oauth/client/registration.ts";
import {
  registrationBody,
  type RegistrationRequest,
} from "../../../src/oauth/client/registration_request.ts";
import { answerOf, deepJson, failureFrom, INHERITED_NAMES, wordsOf } from "../support.ts";

const REQUEST: RegistrationRequest = {
  clientName: "mcpass",
  redirectUri: "http://127.0.0.1:33418/callback",
  method: "none",
  grantTypes: ["authorization_code", "refresh_token"],
  scopes: ["files:read", "b"],
};

Deno.test("a registration says everything that strict servers want", () => {
  assert.deepEqual(registrationBody(REQUEST), {
    client_name: "mcpass",
    redirect_uris: ["http://127.0.0.1:33418/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
    scope: "files:read b",
  });
});

Deno.test("a registration without a computed scope names none", () => {
  for (const scopes of [undefined, []]) {
    assert.equal("scope" in registrationBody({ ...REQUEST, scopes }), false);
  }
});

Deno.test("a registration for client credentials has no redirect URI and no code", () => {
  const body = registrationBody({
    ...REQUEST,
    redirectUri: null,
    grantTypes: ["client_credentials"],
    method: "client_secret_basic",
  });
  assert.deepEqual(body["grant_types"], ["client_credentials"]);
  assert.deepEqual(body["redirect_uris"], []);
  assert.deepEqual(body["response_types"], []);
  assert.equal(body["token_endpoint_auth_method"], "client_secret_basic");
  assert.equal(body["application_type"], "native");
});

const SENT = Object.keys(registrationBody(REQUEST));

function judge(status: number, body: unknown, request = REQUEST): RegistrationJudgement {
  return judgeRegistration(answerOf(status, body), request, SENT);
}

const ECHO = {
  client_id: "id-1",
  token_endpoint_auth_method: "none",
  redirect_uris: [REQUEST.redirectUri],
};

/** Codes of the judgements of an answer that registers a client. */
const REGISTERED: readonly [behaviour: string, status: number, body: object, codes: string[]][] = [
  ["a full answer", 201, ECHO, []],
  ["200 in place of 201", 200, ECHO, ["registration_status"]],
  ["no echo at all", 201, { client_id: "id-1" }, ["registration_echo_missing"]],
  ["a null method", 201, { ...ECHO, token_endpoint_auth_method: null }, [
    "registration_echo_missing",
  ]],
  ["a secret with none", 201, { ...ECHO, client_secret: "canary" }, [
    "registration_needless_secret",
  ]],
  ["other redirect URIs", 201, { ...ECHO, redirect_uris: ["https://x.example"] }, [
    "registration_redirect_changed",
  ]],
  ["a changed port", 201, { ...ECHO, redirect_uris: ["http://127.0.0.1:1/callback"] }, [
    "registration_redirect_changed",
  ]],
  ["no redirect URI", 201, { ...ECHO, redirect_uris: [] }, ["registration_redirect_changed"]],
  ["redirect URIs that are no strings", 201, { ...ECHO, redirect_uris: [1, null] }, [
    "registration_redirect_changed",
  ]],
  ["unknown members", 201, { ...ECHO, __proto__x: 1, constructor: 2 }, []],
];

for (const [behaviour, status, body, codes] of REGISTERED) {
  Deno.test(`registration answered with ${behaviour} registers, and says ${codes.join() || "nothing"}`, () => {
    const judged = judge(status, body);
    assert.ok(judged.registered);
    assert.equal(judged.client.clientId, "id-1");
    assert.equal(judged.client.method, "none");
    assert.equal(judged.client.clientSecret, "client_secret" in body ? "canary" : undefined);
    assert.deepEqual(judged.judgements.map(({ code }) => code), codes);
    for (const { reference, remedy } of judged.judgements) {
      assert.match(reference, /^RFC \d+ §/);
      assert.match(remedy, /^Authorization server: /);
    }
    assert.deepEqual(
      judged.judgements.map(({ code, severity }) => [code, severity]),
      codes.map((code) => [code, code === "registration_needless_secret" ? "info" : "warning"]),
    );
  });
}

Deno.test("a client that the server registered for DPoP is one", () => {
  for (const [value, dpop] of [[true, true], [false, undefined], ["true", undefined]] as const) {
    const judged = judge(201, { ...ECHO, dpop_bound_access_tokens: value });
    assert.ok(judged.registered);
    assert.equal(judged.client.dpop, dpop, String(value));
  }
});

Deno.test("the method in effect is the server's, with the secret it needs", () => {
  const judged = judge(201, {
    ...ECHO,
    token_endpoint_auth_method: "client_secret_post",
    client_secret: "s3cret",
    client_secret_expires_at: 0,
    registration_access_token: "r4t",
  });
  assert.ok(judged.registered);
  assert.deepEqual(judged.client, {
    clientId: "id-1",
    clientName: "mcpass",
    clientSecret: "s3cret",
    method: "client_secret_post",
    registeredScope: "files:read b",
  });
  assert.deepEqual([...judged.secrets].sort(), ["r4t", "s3cret"]);
});

Deno.test("a member that a registered client has twice is noted", () => {
  const body = JSON.stringify(ECHO).replace("{", '{"client_id":"other",');
  const judged = judge(201, body);
  assert.ok(judged.registered);
  assert.deepEqual(judged.judgements.map(({ code }) => code), ["json_member_repeated"]);
});

Deno.test("the scopes of a client are those that the server registered, or else those sent", () => {
  const scopeOf = (body: object, sent = SENT) => {
    const judged = judgeRegistration(answerOf(201, { ...ECHO, ...body }), REQUEST, sent);
    assert.ok(judged.registered);
    return judged.client.registeredScope;
  };
  assert.equal(scopeOf({ scope: "other" }), "other");
  assert.equal(scopeOf({}), REQUEST.scopes?.join(" "));
  assert.equal(scopeOf({}, SENT.filter((name) => name !== "scope")), undefined);
});

Deno.test("numbers are read as text, and the finding does not show them", () => {
  const body = {
    ...ECHO,
    client_id: 42,
    client_secret: 77_777_777,
    token_endpoint_auth_method: "",
  };
  const judged = judge(201, body);
  assert.ok(judged.registered);
  assert.deepEqual([judged.client.clientId, judged.client.clientSecret], ["42", "77777777"]);
  assert.deepEqual(judged.secrets, ["77777777"]);
  const said = judged.judgements.map(({ code, message }) => `${code} ${message}`).join("\n");
  assert.match(said, /number_instead_of_string "client_id" is a number/);
  assert.doesNotMatch(said, /7777/);
});

const NOT_ABSENT = [
  [["a"], 'has "client_id": a list, expected a string'],
  [{}, 'has "client_id": an object, expected a string'],
  [null, 'has "client_id": null, expected a string'],
  ["", 'has an empty "client_id"'],
] as const;

for (const [value, said] of NOT_ABSENT) {
  Deno.test(`client_id ${JSON.stringify(value)} is not called absent`, () => {
    const judged = judge(201, { client_id: value });
    assert.ok(!judged.registered);
    assert.ok(judged.failure.message.endsWith(said), judged.failure.message);
  });
}

for (const value of [null, "", undefined]) {
  Deno.test(`token_endpoint_auth_method ${JSON.stringify(value)} counts as absent`, () => {
    const judged = judge(201, { client_id: "a", token_endpoint_auth_method: value });
    assert.ok(judged.registered);
    assert.equal(judged.client.method, REQUEST.method);
    const found = judged.judgements.find(({ code }) => code === "registration_echo_missing");
    const said = value === undefined
      ? /has no "tok/
      : value === ""
      ? /has an empty "tok/
      : /": null,/;
    assert.match(found?.message ?? "", said);
  });
}

Deno.test("a secret that is not used is still masked", () => {
  const judged = judge(201, { ...ECHO, client_secret: "s3cret" });
  assert.ok(judged.registered);
  assert.deepEqual(judged.secrets, ["s3cret"]);
});

const NO_CLIENT: readonly [behaviour: string, status: number, body: unknown, code: string][] = [
  ["no client_id", 201, { client_secret: "canary" }, "registration_answer_invalid"],
  ["an empty client_id", 201, { client_id: "" }, "registration_answer_invalid"],
  [
    "a client_id that is an object",
    201,
    { client_id: { a: "canary" } },
    "registration_answer_invalid",
  ],
  ["a list", 201, [ECHO], "registration_answer_invalid"],
  ["null", 201, "null", "registration_answer_invalid"],
  ["HTML", 200, "<h1>Sign in</h1>", "registration_answer_invalid"],
  ["nothing", 201, "", "registration_answer_invalid"],
  ["an error inside 200", 200, { error: "invalid_redirect_uri" }, "registration_refused"],
  [
    "an error beside a client_id",
    201,
    { ...ECHO, error: "invalid_redirect_uri" },
    "registration_refused",
  ],
  ["a secret method without a secret", 201, {
    ...ECHO,
    token_endpoint_auth_method: "client_secret_basic",
  }, "registration_answer_invalid"],
  ["a secret that is no string", 201, {
    ...ECHO,
    token_endpoint_auth_method: "client_secret_basic",
    client_secret: ["canary"],
  }, "registration_answer_invalid"],
  ["204", 204, "", "registration_refused"],
  ["302", 302, "", "registration_refused"],
  ["400", 400, { error: "invalid_redirect_uri" }, "registration_refused"],
  ["401", 401, "", "registration_refused"],
  ["403 in plain text", 403, "not on the list", "registration_refused"],
  ["404", 404, "", "registration_refused"],
  ["429", 429, "", "registration_refused"],
  ["500", 500, "<h1>Sorry</h1>", "registration_refused"],
  ["deeply nested JSON", 201, deepJson(), "registration_answer_invalid"],
  [
    "a deeply nested method",
    201,
    `{"client_id":"a","token_endpoint_auth_method":${deepJson()}}`,
    "registration_answer_invalid",
  ],
];

for (const [behaviour, status, body, code] of NO_CLIENT) {
  Deno.test(`registration answered with ${behaviour} fails as ${code}`, () => {
    const judged = judge(status, body);
    assert.ok(!judged.registered);
    assert.equal(judged.failure.code, code);
    assert.ok(judged.failure.remedy, "says what to do");
    assert.ok(!wordsOf(judged.failure).includes("canary"), "shows a value");
  });
}

for (
  const value of ['[[["none"]]]', '{"toString":1,"valueOf":1}', "7", '"private_key_jwt"', "[]"]
) {
  Deno.test(`a method of ${value.slice(0, 30)} is refused as unknown`, () => {
    const body = `{"client_id":"a","token_endpoint_auth_method":${value}}`;
    assert.equal(failureFrom(() => judge(201, body)).code, "registration_method_unknown");
  });
}

const REMEDIES: readonly [status: number, body: unknown, remedy: RegExp][] = [
  [400, { error: "invalid_redirect_uri" }, /loopback/],
  [400, { error: "invalid_client_metadata" }, /member that the text of the server names/],
  [400, { error: "invalid_software_statement" }, /software statement/],
  [400, { error: "unapproved_software_statement" }, /software statement/],
  [401, "", /no open registration/],
  [403, { error: "insufficient_scope" }, /no open registration/],
  [404, "", /serve registration at this URL/],
  [405, "", /serve registration at this URL/],
  [422, "", /^Obtain a client from the operator/],
  [503, "", /not available now: try again later/],
  [400, { message: "too many clients for this tenant" }, /limits registrations: try again later/],
  [403, "a software statement is needed", /approve this software/],
  [400, { detail: "Missing initial access token" }, /--registration-token-file/],
  [400, { message: "redirect_uris: only https is allowed" }, /redirect URI "http:\/\/127/],
  [403, "scope mcp:admin is not allowed", /does not register this client for these scopes/],
  [403, "client name is not on the allow list", /Use a name that it allows/],
  [501, "", /serve registration at this URL/],
  [404, { error: "not_here" }, /^Obtain a client from the operator/],
  [400, "", /^Obtain a client from the operator/],
  [429, "", /limits requests: try again later/],
  ...INHERITED_NAMES.map((error) =>
    [400, { error }, /^Obtain a client from the operator/] as [number, unknown, RegExp]
  ),
];

for (const [status, body, remedy] of REMEDIES) {
  Deno.test(`registration refused with ${status} ${JSON.stringify(body)} says ${remedy.source}`, () => {
    const judged = judge(status, body);
    assert.ok(!judged.registered);
    assert.match(String(judged.failure.remedy), remedy);
    const named = typeof body === "object" && body !== null && "error" in body;
    assert.equal(judged.failure.detail, named ? body.error : `HTTP ${status}`);
  });
}

const REFUSED: readonly [error: string, description: unknown, member: string | undefined][] = [
  ["invalid_client_metadata", "unknown member application_type", "application_type"],
  ["invalid_client_metadata", "scope is not allowed", "scope"],
  ["invalid_request", "client_name not accepted", "client_name"],
  ["invalid_client_metadata", "scopes_supported differs, microscope", undefined],
  ["invalid_client_metadata", "redirect_uris is wrong", undefined],
  ["invalid_client_metadata", undefined, undefined],
  ["invalid_client_metadata", ["scope"], "scope"],
  ["insufficient_scope", "Not permitted to use specified clientScope", "scope"],
  ["invalid_client_metadata", "scope and client_name are not allowed", "scope,client_name"],
  ["invalid_redirect_uri", "scope", undefined],
  ["server_error", "scope", undefined],
];

for (const [error, error_description, member] of REFUSED) {
  Deno.test(`${error} (${String(error_description)}) suggests leaving out ${member ?? "nothing"}`, () => {
    const judged = judge(400, { error, error_description });
    assert.ok(!judged.registered);
    assert.equal(judged.refusedMembers.join() || undefined, member);
  });
}

for (const name of ["dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens"]) {
  Deno.test(`a refused ${name} is one that can be left out, if it was sent`, () => {
    const answer = answerOf(400, { error: "invalid_client_metadata", error_description: name });
    const of = (sent: readonly string[]) => {
      const judged = judgeRegistration(answer, REQUEST, sent);
      return judged.registered ? "registered" : judged.refusedMembers[0];
    };
    assert.equal(of([...SENT, name]), name);
    assert.equal(of(SENT.filter((it) => it !== name)), undefined);
  });
}

Deno.test("a software statement is sent where there is one", () => {
  assert.equal("software_statement" in registrationBody(REQUEST), false);
  const body = registrationBody({ ...REQUEST, softwareStatement: "a.b.c" });
  assert.equal(body["software_statement"], "a.b.c");
});

Deno.test("of what a server says when it refuses a client, only what it said is shown", () => {
  const shown = (body: unknown) => {
    const judged = judge(400, body);
    assert.ok(!judged.registered);
    return /; the server says "(.*)"$/.exec(judged.failure.message)?.[1];
  };
  assert.equal(shown({ error: "made_up", error_description: "no" }), "made_up: no");
  assert.equal(shown({ error: "made_up" }), "made_up");
  assert.equal(shown({ error_description: "no" }), "no");
  assert.equal(shown({}), undefined);
});

Deno.test("a member that was not sent is not left out", () => {
  const answer = answerOf(400, { error: "invalid_client_metadata", error_description: "scope" });
  const judged = judgeRegistration(answer, REQUEST, SENT.filter((name) => name !== "scope"));
  assert.ok(!judged.registered);
  assert.deepEqual(judged.refusedMembers, []);
});

Deno.test("a server's words and content type are made safe before they are shown", () => {
  const answer = answerOf(400, { error: "a\u001b[2J", error_description: "\u202eb" }, {
    "content-type": "text/\u009b2Jhtml",
  });
  const judged = judgeRegistration(answer, REQUEST, SENT);
  assert.ok(!judged.registered);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(wordsOf(judged.failure), /[\u001b\u202e\u009b]/);
});

Deno.test("a server's words are not cut before secrets are masked: none may be halved", () => {
  const words = `${"x".repeat(295)}canary-secret ${"y".repeat(5000)}`;
  const judged = judge(400, { error: "invalid_client_metadata", error_description: words });
  assert.ok(!judged.registered && judged.failure.message.includes(words));
});
