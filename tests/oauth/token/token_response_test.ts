import assert from "node:assert/strict";
import type { AuthorizationRecord } from "../../../src/oauth/authorization/authorization.ts";
import {
  judgeTokenResponse,
  type SentTokenRequest,
} from "../../../src/oauth/token/token_response.ts";
import { clientCredentialsGrant, codeGrant } from "../../../src/oauth/token/token_grant.ts";
import { answerOf, deepJson, failureFrom, INHERITED_NAMES, remedyOf, wordsOf } from "../support.ts";

const RECORD: AuthorizationRecord = {
  issuer: "https://as.example",
  issParameter: true,
  state: "state",
  codeVerifier: "verifier",
  codeChallenge: "challenge",
  redirectUri: "http://127.0.0.1:33418/callback?x=1",
  clientId: "client",
  resource: "https://MCP.example",
  scopes: ["a"],
};

Deno.test("a code is redeemed with redirect URI, verifier and resource, byte for byte", () => {
  assert.deepEqual([...codeGrant(RECORD, "c&d=e")], [
    ["grant_type", "authorization_code"],
    ["code", "c&d=e"],
    ["redirect_uri", RECORD.redirectUri],
    ["code_verifier", "verifier"],
    ["resource", "https://MCP.example"],
  ]);
  assert.equal(codeGrant({ ...RECORD, resource: null }, "c").has("resource"), false);
});

Deno.test("client credentials ask for scope and resource where there are any", () => {
  assert.deepEqual([...clientCredentialsGrant(["a", "b"], "https://r.example")], [
    ["grant_type", "client_credentials"],
    ["scope", "a b"],
    ["resource", "https://r.example"],
  ]);
  for (const scopes of [undefined, []]) {
    assert.deepEqual([...clientCredentialsGrant(scopes, null)], [[
      "grant_type",
      "client_credentials",
    ]]);
  }
});

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };
const GOOD = { access_token: "t0ken", token_type: "Bearer", expires_in: 3600 };

const SENT: SentTokenRequest = {
  encodingMatters: false,
  resourceSent: true,
  assertion: false,
  bound: false,
};

function judge(status: number, body: unknown, headers: Record<string, string> = JSON_HEADERS) {
  return judgeTokenResponse(answerOf(status, body, headers), SENT);
}

const ACCEPTED: readonly [
  behaviour: string,
  body: unknown,
  headers: Record<string, string>,
  codes: string[],
][] = [
  ["a clean answer", GOOD, JSON_HEADERS, []],
  ["token_type in lower case", { ...GOOD, token_type: "bearer" }, JSON_HEADERS, []],
  ["token_type in capitals", { ...GOOD, token_type: "BEARER" }, JSON_HEADERS, []],
  ["no token_type", { ...GOOD, token_type: undefined }, JSON_HEADERS, ["token_type_missing"]],
  ["a null token_type", { ...GOOD, token_type: null }, JSON_HEADERS, ["token_type_missing"]],
  ["no expires_in", { ...GOOD, expires_in: undefined }, JSON_HEADERS, ["expires_in_missing"]],
  ["expires_in a string", { ...GOOD, expires_in: "3600" }, JSON_HEADERS, ["expires_in_string"]],
  ["expires_in zero", { ...GOOD, expires_in: 0 }, JSON_HEADERS, ["expires_in_not_positive"]],
  ["expires_in negative", { ...GOOD, expires_in: -1 }, JSON_HEADERS, ["expires_in_not_positive"]],
  ['expires_in "0"', { ...GOOD, expires_in: "0" }, JSON_HEADERS, ["expires_in_not_positive"]],
  ['expires_in "-5"', { ...GOOD, expires_in: "-5" }, JSON_HEADERS, ["expires_in_not_positive"]],
  ["expires_in no number", { ...GOOD, expires_in: "soon" }, JSON_HEADERS, ["expires_in_invalid"]],
  ["expires_in an object", { ...GOOD, expires_in: {} }, JSON_HEADERS, ["expires_in_invalid"]],
  ["expires_in beyond all calendars", { ...GOOD, expires_in: 1e300 }, JSON_HEADERS, [
    "expires_in_invalid",
  ]],
  ["expires_in long before them", { ...GOOD, expires_in: -1e300 }, JSON_HEADERS, [
    "expires_in_not_positive",
  ]],
  ["scope separated by commas", { ...GOOD, scope: "a,b" }, JSON_HEADERS, ["token_scope_form"]],
  ["scope a list", { ...GOOD, scope: ["a", "b"] }, JSON_HEADERS, ["token_scope_form"]],
  ["scope a number", { ...GOOD, scope: 7 }, JSON_HEADERS, ["token_scope_form"]],
  ["content type text/plain", GOOD, { ...JSON_HEADERS, "content-type": "text/plain" }, [
    "token_content_type",
  ]],
  ["no content type", GOOD, { "cache-control": "no-store" }, ["token_content_type"]],
  ["no Cache-Control", GOOD, { "content-type": "application/json" }, ["token_cacheable"]],
  ["Cache-Control without no-store", GOOD, { ...JSON_HEADERS, "cache-control": "private" }, [
    "token_cacheable",
  ]],
  ["a form", "access_token=t0ken&token_type=bearer&expires_in=3600", {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "cache-control": "no-store",
  }, ["token_content_type", "expires_in_string"]],
  ["an empty error", { ...GOOD, error: "" }, JSON_HEADERS, []],
  ["a null error", { ...GOOD, error: null }, JSON_HEADERS, []],
  ["ok: true", { ...GOOD, ok: true }, JSON_HEADERS, []],
];

for (const [behaviour, body, headers, codes] of ACCEPTED) {
  Deno.test(`a token answer with ${behaviour} is taken, and says ${codes.join() || "nothing"}`, () => {
    const token = judge(200, body, headers);
    assert.equal(token.accessToken, "t0ken");
    assert.equal(token.tokenType.toLowerCase(), "bearer");
    assert.deepEqual(token.judgements.map(({ code }) => code), codes);
    for (const { message } of token.judgements) assert.ok(!message.includes("t0ken"));
  });
}

const LIFETIMES: readonly [value: unknown, seconds: number | null][] = [
  [3600, 3600],
  [0.5, 0.5],
  [0, 0],
  [-1, -1],
  ["3600", 3600],
  ["3600.5", 3600.5],
  ["0", 0],
  ["-5", -5],
  ["soon", null],
  ["", null],
  ["1e9", null],
  ["0x10", null],
  [true, null],
  [[3600], null],
  [1e300, null],
  ["9".repeat(400), null],
  [undefined, null],
  [null, null],
];

for (const [value, seconds] of LIFETIMES) {
  Deno.test(`expires_in ${String(JSON.stringify(value)).slice(0, 20)} lasts ${seconds ?? "an unknown time"}`, () => {
    const { expiresIn } = judge(200, { ...GOOD, expires_in: value });
    assert.equal(expiresIn, seconds);
  });
}

Deno.test("whatever expires_in is, the date it gives can be written", () => {
  for (
    const text of [
      "1e300",
      "-1e300",
      "1e400",
      "8640000000001",
      "-8640000000001",
      "9007199254740993",
    ]
  ) {
    const body = `{"access_token":"t0ken","token_type":"Bearer","expires_in":${text}}`;
    const { expiresIn } = judge(200, body);
    assert.ok(new Date(Date.UTC(2026, 0) + (expiresIn ?? 0) * 1000).toISOString());
    assert.ok(!text.startsWith("-") || (expiresIn ?? 1) <= 0, "expired stays expired");
  }
});

const SCOPES: readonly [value: unknown, scope: string | null][] = [
  ['a b"c d', "a d"],
  [["a", "b\\c", "d e", 7], "a d e"],
  ["a,é,b", "a b"],
  ["é", ""],
  ["a b", "a b"],
  ["", ""],
  ["a,b", "a b"],
  ["a, b", "a b"],
  [["a", 1, null, "b"], "a b"],
  [7, null],
  [{}, null],
  [null, null],
  [undefined, null],
];

for (const [value, scope] of SCOPES) {
  Deno.test(`scope ${JSON.stringify(value)} of a token answer reads ${JSON.stringify(scope)}`, () => {
    assert.equal(judge(200, { ...GOOD, scope: value }).scope, scope);
  });
}

Deno.test("refresh and id token are taken when they are strings", () => {
  const full = judge(200, { ...GOOD, refresh_token: "r", id_token: "i" });
  assert.deepEqual([full.refreshToken, full.idToken], ["r", "i"]);
  const odd = judge(200, { ...GOOD, refresh_token: ["r"], id_token: 7 });
  assert.deepEqual([odd.refreshToken, odd.idToken], [null, undefined]);
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };

const REFUSED: readonly [
  behaviour: string,
  status: number,
  body: unknown,
  headers: Record<string, string>,
  code: string,
][] = [
  ...[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "use_dpop_nonce",
  ].map((error): [string, number, unknown, Record<string, string>, string] => [
    error,
    400,
    { error },
    JSON_HEADERS,
    "token_error",
  ]),
  ["401 invalid_client", 401, { error: "invalid_client" }, JSON_HEADERS, "token_error"],
  ["an error inside 200", 200, { error: "bad_verification_code" }, JSON_HEADERS, "token_error"],
  [
    "an error beside a token",
    200,
    { ...GOOD, error: "invalid_scope" },
    JSON_HEADERS,
    "token_error",
  ],
  [
    "an error object beside a token",
    200,
    { ...GOOD, error: { code: 1 } },
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  ["ok: false", 200, { ok: false, error: "invalid_code" }, JSON_HEADERS, "token_error"],
  ["ok: false beside a token", 200, { ...GOOD, ok: false }, JSON_HEADERS, "token_answer_invalid"],
  ["an error in a form", 200, "error=bad_code", FORM, "token_error"],
  [
    "a form with two tokens",
    200,
    "access_token=a&access_token=b&token_type=bearer",
    FORM,
    "token_answer_invalid",
  ],
  ["a token in 400", 400, GOOD, JSON_HEADERS, "token_answer_invalid"],
  ["a token in 302", 302, GOOD, JSON_HEADERS, "token_answer_invalid"],
  ["a token nested elsewhere", 200, { authed_user: GOOD }, JSON_HEADERS, "token_answer_invalid"],
  ["an empty token", 200, { ...GOOD, access_token: "" }, JSON_HEADERS, "token_answer_invalid"],
  [
    "a token that is no string",
    200,
    { ...GOOD, access_token: ["a"] },
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  [
    "a token with a line break",
    200,
    { ...GOOD, access_token: "a\r\nX-Evil: 1" },
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  [
    "a token with a space around it",
    200,
    { ...GOOD, access_token: " a" },
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  [
    "a token beyond ASCII",
    200,
    { ...GOOD, access_token: "tökén" },
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  ["a list", 200, [GOOD], JSON_HEADERS, "token_answer_invalid"],
  ["HTML", 200, "<h1>Sign in</h1>", { "content-type": "text/html" }, "token_answer_invalid"],
  ["nothing", 200, "", JSON_HEADERS, "token_answer_invalid"],
  ["500", 500, "", {}, "token_answer_invalid"],
  ["deeply nested JSON", 200, deepJson(), JSON_HEADERS, "token_answer_invalid"],
  ["token type DPoP", 200, { ...GOOD, token_type: "DPoP" }, JSON_HEADERS, "token_type_unknown"],
  ["token type N_A", 200, { ...GOOD, token_type: "N_A" }, JSON_HEADERS, "token_type_unknown"],
  ["token type mac", 200, { ...GOOD, token_type: "mac" }, JSON_HEADERS, "token_type_unknown"],
  ["an empty token type", 200, { ...GOOD, token_type: "" }, JSON_HEADERS, "token_type_unknown"],
  [
    "a token type in a list",
    200,
    { ...GOOD, token_type: ["Bearer"] },
    JSON_HEADERS,
    "token_type_unknown",
  ],
  [
    "a token type that cannot be a string",
    200,
    { ...GOOD, token_type: { toString: 1, valueOf: 1 } },
    JSON_HEADERS,
    "token_type_unknown",
  ],
  [
    "a token type nested deeply",
    200,
    `{"access_token":"t0ken","token_type":${deepJson()}}`,
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  [
    "a token for __proto__",
    200,
    '{"__proto__":{"access_token":"t0ken","token_type":"Bearer"}}',
    JSON_HEADERS,
    "token_answer_invalid",
  ],
  ["a form for __proto__", 200, "__proto__=x&constructor=y", FORM, "token_answer_invalid"],
];

for (const [behaviour, status, body, headers, code] of REFUSED) {
  Deno.test(`a token answer with ${behaviour} fails as ${code}`, () => {
    const failure = failureFrom(() => judge(status, body, headers));
    assert.equal(failure.code, code);
    assert.ok(failure.remedy, "says what to do");
    assert.ok(!wordsOf(failure).includes("t0ken"), "shows the token");
  });
}

for (const error of [...INHERITED_NAMES, "something_new"]) {
  Deno.test(`a token error named ${error} is like any unknown one`, () => {
    assert.match(String(failureFrom(() => judge(400, { error })).remedy), /^Look up this error/);
  });
}

Deno.test("a server's words are made safe before they are shown", () => {
  const failure = failureFrom(() =>
    judge(400, { error: "a\u001b[2J", error_description: "\u202eb" }, {
      "content-type": "a/\u009b2J",
    })
  );
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(wordsOf(failure), /[\u001b\u202e\u009b]/);
});

Deno.test("the encoding of Basic is suspected for invalid_client, and for nothing else", () => {
  const remedy = (error: string, matters: boolean) =>
    remedyOf(
      failureFrom(() =>
        judgeTokenResponse(answerOf(401, { error }), { ...SENT, encodingMatters: matters })
      ),
    );
  assert.match(remedy("invalid_client", true), /client_secret_post/);
  assert.doesNotMatch(remedy("invalid_client", false), /form-encoded/);
  assert.doesNotMatch(remedy("invalid_grant", true), /form-encoded/);
});

Deno.test("a member that occurs twice is named", () => {
  const body = '{"access_token":"a","token_type":"Bearer","expires_in":1,"access_token":"t0ken"}';
  const { judgements } = judge(200, body);
  assert.deepEqual(judgements.map(({ code }) => code), ["json_member_repeated"]);
  assert.match(judgements[0]?.message ?? "", /"access_token"/);
});

Deno.test("a server's words are not cut before secrets are masked: none may be halved", () => {
  const words = `${"x".repeat(295)}canary-secret ${"y".repeat(5000)}`;
  const failure = failureFrom(() =>
    judge(400, { error: "invalid_grant", error_description: words })
  );
  assert.ok(failure.message.includes(words));
});

Deno.test("an invalid grant is about the assertion only where one was sent", () => {
  const remedy = (assertion: boolean) =>
    failureFrom(() =>
      judgeTokenResponse(answerOf(400, { error: "invalid_grant" }), { ...SENT, assertion })
    ).remedy ?? "";
  assert.match(remedy(true), /^Compare aud, exp and iss of the assertion/);
  assert.doesNotMatch(remedy(false), /assertion/);
});

Deno.test("an error with status 200 is named for its status too", () => {
  const remedy = (status: number) =>
    failureFrom(() => judge(status, { error: "invalid_scope" })).remedy ?? "";
  assert.match(remedy(200), /^Authorization server: return an error with status 400\n/);
  assert.doesNotMatch(remedy(400), /with status 400/);
});

Deno.test("tokens that are numbers are read as text, and the findings do not show them", () => {
  const token = judge(200, { ...GOOD, access_token: 12_345_678, refresh_token: 87_654_321 });
  assert.deepEqual([token.accessToken, token.refreshToken], ["12345678", "87654321"]);
  const said = JSON.stringify(token.judgements);
  assert.equal(said.match(/number_instead_of_string/g)?.length, 2);
  assert.doesNotMatch(said, /12345678|87654321/);
});

Deno.test("a text as error is not an OAuth error, and the remedy says what to send", () => {
  const response = answerOf(400, { error: "missing `provider` form value" });
  const failure = failureFrom(() => judgeTokenResponse(response, SENT));
  assert.equal(failure.code, "token_answer_invalid");
  assert.match(remedyOf(failure), /send a code of RFC 6749 §5\.2 as "error"/);
});
