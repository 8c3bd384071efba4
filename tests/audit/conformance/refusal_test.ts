import assert from "node:assert/strict";
import type { HttpResponse } from "../../../src/http/http_client.ts";
import { judgeRefusal } from "../../../src/audit/judge/refusal.ts";

function response(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): HttpResponse {
  const url = "https://as.example/token";
  return { exchangeId: 1, url, status, headers: new Headers(headers), body };
}

const JSON_TYPE = { "content-type": "application/json" };

const ROWS: readonly (readonly [name: string, HttpResponse, kind: string, message: RegExp])[] = [
  [
    "a 4xx with the expected code",
    response(400, '{"error":"invalid_grant"}', JSON_TYPE),
    "passed",
    /refused/,
  ],
  [
    "an error sent to the redirect URI",
    response(302, "", { location: "http://127.0.0.1/cb?error=invalid_grant&state=x" }),
    "passed",
    /redirected with the error/,
  ],
  ["success", response(200, '{"access_token":"t"}', JSON_TYPE), "deviates", /is accepted/],
  [
    "a redirect without an error",
    response(302, "", { location: "http://127.0.0.1/cb?code=x" }),
    "deviates",
    /is accepted/,
  ],
  [
    "an error in a success",
    response(200, '{"error":"invalid_grant"}', JSON_TYPE),
    "deviates",
    /with a success status/,
  ],
  ["a crash", response(500, "oops"), "deviates", /causes a server error/],
  ["a limit", response(429, ""), "inconclusive", /limits requests/],
  ["an outage", response(503, ""), "inconclusive", /not available/],
  [
    "another error",
    response(400, '{"error":"invalid_scope"}', JSON_TYPE),
    "inconclusive",
    /another reason/,
  ],
  [
    "another status",
    response(422, '{"error":"invalid_grant"}', JSON_TYPE),
    "deviates",
    /expected 400/,
  ],
];

for (const [name, answer, kind, message] of ROWS) {
  Deno.test(`a response to a wrong code: ${name}`, () => {
    const outcome = judgeRefusal(answer, {
      what: "a wrong code",
      codes: ["invalid_grant"],
      statuses: [400],
    });
    assert.equal(outcome.kind, kind);
    assert.match(outcome.message, message);
  });
}
