import assert from "node:assert/strict";
import { errorResponse, retryRemedy } from "../../../src/oauth/common/error_response.ts";
import { serverWords } from "../../../src/oauth/common/server_words.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { answerOf, deepJson } from "../support.ts";
import fc from "fast-check";

const JSON_TYPE = "application/json";

/** What servers answer, and what of it is for a person. */
const BODIES: readonly (readonly [what: string, type: string, body: unknown, words?: string])[] = [
  [
    "an OAuth error",
    JSON_TYPE,
    { error: "invalid_grant", error_description: "unknown" },
    "unknown",
  ],
  [
    "an OAuth error, and its description again after a headline",
    JSON_TYPE,
    {
      message: "The provided authorization grant is invalid: Token has been revoked",
      error: "invalid_request",
      error_description: "Token has been revoked",
    },
    "Token has been revoked",
  ],
  ["an OAuth error with message", JSON_TYPE, { error: "invalid_grant", message: "gone" }, "gone"],
  ["an OAuth error alone", JSON_TYPE, { error: "invalid_grant" }],
  [
    "FastAPI, 422",
    JSON_TYPE,
    { detail: [{ type: "missing", loc: ["body", "grant_type"], msg: "Field required" }] },
    "Field required (body.grant_type)",
  ],
  ["FastAPI, an exception", JSON_TYPE, { detail: "Not authenticated" }, "Not authenticated"],
  [
    "FastAPI, an exception with an object",
    JSON_TYPE,
    { detail: { error: "invalid_client", error_description: "no such client" } },
    "no such client",
  ],
  [
    "Okta",
    JSON_TYPE,
    {
      errorCode: "E0000001",
      errorSummary: "Api validation failed: redirect_uris",
      errorLink: "E0000001",
      errorId: "oae1",
      errorCauses: [{ errorSummary: "redirect_uris: must use https" }],
    },
    "Api validation failed: redirect_uris; redirect_uris: must use https",
  ],
  [
    "a problem document",
    "application/problem+json",
    { type: "about:blank", title: "Quota exceeded", status: 403, detail: "10 clients a day" },
    "Quota exceeded; 10 clients a day",
  ],
  [
    "ASP.NET",
    "application/problem+json",
    {
      title: "One or more validation errors occurred.",
      errors: { scope: ["The scope field is required."] },
    },
    "One or more validation errors occurred.; The scope field is required. (scope)",
  ],
  [
    "Laravel",
    JSON_TYPE,
    {
      message: "The given data was invalid.",
      errors: { redirect_uris: ["The redirect uris field is required."] },
    },
    "The given data was invalid.; The redirect uris field is required. (redirect_uris)",
  ],
  [
    "Nest",
    JSON_TYPE,
    { statusCode: 400, message: ["scope must be a string"], error: "Bad Request" },
    "scope must be a string",
  ],
  [
    "Spring",
    JSON_TYPE,
    { timestamp: "2026-01-01", status: 401, error: "Unauthorized", path: "/token" },
    "Unauthorized",
  ],
  ["Nest without words", JSON_TYPE, { statusCode: 401, message: "Unauthorized" }, "Unauthorized"],
  [
    "Spring with words",
    JSON_TYPE,
    { status: 401, error: "Unauthorized", message: "Bad credentials" },
    "Bad credentials",
  ],
  ["an array", JSON_TYPE, [{ logref: "1", message: "Bad credentials" }], "Bad credentials"],
  [
    "Google, an error object",
    JSON_TYPE,
    { error: { code: 403, message: "API not enabled", status: "PERMISSION_DENIED" } },
    "API not enabled",
  ],
  [
    "JSON-RPC",
    JSON_TYPE,
    { jsonrpc: "2.0", id: null, error: { code: -32001, message: "missing bearer token" } },
    "missing bearer token",
  ],
  [
    "JSON-RPC in an event stream",
    "text/event-stream",
    'event: message\ndata: {"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no token"}}\n\n',
    "no token",
  ],
  ["Cloudflare", JSON_TYPE, { success: false, errors: [{ code: 10000, message: "no" }] }, "no"],
  [
    "Apigee",
    JSON_TYPE,
    { fault: { faultstring: "Invalid ApiKey", detail: { errorcode: "E" } } },
    "Invalid ApiKey",
  ],
  [
    "AWS",
    JSON_TYPE,
    { message: "Claim 'client_id' value mismatch" },
    "Claim 'client_id' value mismatch",
  ],
  ["AWS API Gateway", JSON_TYPE, { Message: "User is not authorized" }, "User is not authorized"],
  [
    "Ory",
    JSON_TYPE,
    { error: "invalid_client", error_description: "failed", error_hint: "use another method" },
    "failed; use another method",
  ],
  ["Atlassian", JSON_TYPE, { errorMessages: ["no app"], errors: {} }, "no app"],
  [
    "Discord",
    JSON_TYPE,
    {
      message: "Invalid Form Body",
      errors: { client_id: { _errors: [{ message: "Unknown app here" }] } },
    },
    "Invalid Form Body; Unknown app here (_errors) (client_id)",
  ],
  ["a JSON string", JSON_TYPE, '"out of order"', "out of order"],
  ["JSON with unknown names", JSON_TYPE, { why: "no" }, '{"why":"no"}'],
  ["JSON with a secret under an unknown name", JSON_TYPE, { mySecret: "canary" }],
  ["JSON without words", JSON_TYPE, {}],
  ["JSON under another type", "text/html", '{"message":"no"}', "no"],
  ["text", "text/plain", "in maintenance \n until 14:00", "in maintenance until 14:00"],
  ["text without a type", "", "blocked", "blocked"],
  ["a form", "application/x-www-form-urlencoded", "error=a&error_description=b+c", "b c"],
  [
    "a page",
    "text/html; charset=utf-8",
    "<html><head><title>Attention</title><style>x{}</style></head><body><h1>Sorry</h1><p>you&#39;re blocked</p>",
    "Attention: Sorry you're blocked",
  ],
  [
    "a page with a title alone",
    "text/html",
    "<title>Sign in</title><script>x()</script>",
    "Sign in",
  ],
  ["XML", "application/xml", "<Error><Code>AccessDenied</Code></Error>", "AccessDenied"],
  ["damaged JSON", JSON_TYPE, '{"access_token":"canary'],
  ["deeply nested JSON", JSON_TYPE, `{"a":${deepJson()}}`],
  ["bytes", "application/octet-stream", "\u0000\u0001"],
  ["nothing", "", ""],
];

for (const [what, type, body, words] of BODIES) {
  Deno.test(`of ${what}, a person reads ${words ?? "nothing"}`, () => {
    assert.equal(serverWords(answerOf(401, body, { "content-type": type })), words);
  });
}

const CODES: readonly (readonly [what: string, body: unknown, code: string | undefined])[] = [
  ["a code", { error: "invalid_grant" }, "invalid_grant"],
  ["a code in capitals", { error: "INVALID_CLIENT" }, "INVALID_CLIENT"],
  ["a nested code", { error: { code: "invalid_grant", message: "gone" } }, "invalid_grant"],
  ["a code in a list", [{ error: "invalid_grant" }], "invalid_grant"],
  ["a code in detail", { detail: { error: "invalid_client" } }, "invalid_client"],
  ["a number", { error: { code: 403 } }, undefined],
  ["a code of its own", { error: { code: "E42" } }, undefined],
  ["a phrase", { error: "Unauthorized" }, undefined],
  ["two words of a phrase", { error: "Bad Request" }, undefined],
  ["the name of an exception", { error: "UnauthorizedException" }, undefined],
  ["a phrase in lower case", { error: "forbidden" }, undefined],
  ["a sentence", { error: "the client is unknown" }, undefined],
];

for (const [what, body, code] of CODES) {
  Deno.test(`${what} in a response is ${code ?? "not an error code"}`, () => {
    const response = errorResponse(answerOf(400, body));
    assert.equal(response.error, code);
    assert.equal(response.hasError, true);
  });
}

Deno.test("an error in a form has a code", () => {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const { error, summary } = errorResponse(
    answerOf(400, "error=slow_down&error_description=no", type),
  );
  assert.deepEqual([error, summary], ["slow_down", 'HTTP 400, "slow_down"; it says "no"']);
});

Deno.test("words are masked before they are cut, so that no part of a secret remains", () => {
  const secrets = createSecrets();
  secrets.add("canary with spaces & signs");
  for (const before of ["", "x ".repeat(140), "x ".repeat(148)]) {
    const text = `${before}canary with spaces & signs ${"y ".repeat(9000)}`;
    for (const body of [text, { message: text }, `<title>${text.replace("&", "&amp;")}</title>`]) {
      const answer = {
        ...answerOf(401, body, { "content-type": "text/html" }),
        mask: secrets.maskForeign,
      };
      const words = serverWords(answer) ?? "";
      assert.doesNotMatch(words, /canary|signs/);
      assert.ok([...words].length <= 301, String(words.length));
    }
  }
});

const RETRIES: readonly (readonly [status: number, after: string, remedy: RegExp | undefined])[] = [
  [503, "120", /not available now: try again in 120 s \(Retry-After\)$/],
  [503, "Wed, 21 Oct 2026 07:28:00 GMT", /try again after Wed, 21 Oct 2026 07:28:00 GMT/],
  [500, "", /try again later$/],
  [502, "soon\u00a0", /try again later$/],
  [429, "5", /limits requests: try again in 5 s/],
  [403, "60", /try again in 60 s/],
  [400, "", undefined],
  [501, "", undefined],
];

for (const [status, after, remedy] of RETRIES) {
  Deno.test(`HTTP ${status} with Retry-After "${after}" says ${remedy?.source ?? "nothing"}`, () => {
    const found = retryRemedy(answerOf(status, "", { "retry-after": after }));
    if (remedy === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", remedy);
  });
}

Deno.test("whatever a server answers, no secret is in its words, and they are short", () => {
  const secrets = createSecrets();
  const secret = "canary:  a secret & 'quotes' \\u0041";
  secrets.add(secret);
  const members = fc.constantFrom("message", "error", "detail", "errors", "loc", "title", "x");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.constantFrom(secret, `${"x".repeat(290)} ${secret} y`),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(members, tie("value"), { maxKeys: 4 }),
    ),
  }));
  const types = fc.constantFrom("application/json", "text/html", "text/plain", "");
  fc.assert(fc.property(value, types, fc.boolean(), (body, type, isText) => {
    const text = isText && typeof body === "string" ? body : JSON.stringify(body);
    const answer = answerOf(400, text, { "content-type": type });
    const words = serverWords({ ...answer, mask: secrets.maskForeign }) ?? "";
    assert.ok(!words.includes("canary"), words);
    assert.ok([...words].length <= 301);
  }));
});

for (
  const unit of ["<", "<title", "<head>", "</head", "<script", "&amp", "{", "[", '{"error":', " "]
) {
  Deno.test(`1 MB of ${JSON.stringify(unit)} is read in linear time`, () => {
    const body = unit.repeat(Math.ceil(1_000_000 / unit.length));
    for (const type of ["text/html", "application/json"]) {
      const answer = answerOf(500, body, { "content-type": type });
      const words = serverWords({ ...answer, mask: (text) => text }) ?? "";
      assert.ok([...words].length <= 301);
    }
  });
}
