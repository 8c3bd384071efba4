import assert from "node:assert/strict";
import {
  isJsonType,
  jsonObject,
  mediaType,
  statusAndType,
  visibleText,
} from "../../../src/oauth/common/endpoint_response.ts";
import { answerOf, deepJson } from "../support.ts";

const TYPES: readonly [header: string | undefined, type: string, json: boolean][] = [
  ["application/json", "application/json", true],
  ["Application/JSON;charset=utf-8", "application/json", true],
  ["application/json, application/json", "application/json", true],
  ["application/problem+json", "application/problem+json", true],
  ["text/html; charset=utf-8", "text/html", false],
  ["application/jsonp", "application/jsonp", false],
  ["text/application/json", "text/application/json", false],
  ["application/+json", "application/+json", false],
  ["", "", false],
  [undefined, "", false],
];

for (const [header, type, json] of TYPES) {
  Deno.test(`content type ${JSON.stringify(header)} is ${type || "none"}`, () => {
    const answer = answerOf(200, "", header === undefined ? {} : { "content-type": header });
    assert.equal(mediaType(answer), type);
    assert.equal(isJsonType(type), json);
  });
}

Deno.test("only a JSON object is an object, whatever the content type says", () => {
  assert.deepEqual(jsonObject(answerOf(200, '{"a":1}', { "content-type": "text/html" })), { a: 1 });
  for (const body of ["", "null", "[]", "1", '"x"', "{", "{} {}", deepJson()]) {
    assert.equal(jsonObject(answerOf(200, body)), undefined, body.slice(0, 10));
  }
});

Deno.test("an answer is described in a few safe words", () => {
  assert.equal(statusAndType(answerOf(200, "", {})), "200 without content type");
  const long = statusAndType(answerOf(200, "", { "content-type": `\u009b2J${"x".repeat(9000)}` }));
  assert.ok(long.startsWith("200 \\x9b2jx"), long.slice(0, 20));
  assert.ok(long.length < 150);
});

const PAGES: readonly (readonly [page: string, text: string])[] = [
  ["", ""],
  ["plain \n text", "plain text"],
  ["<p>a<b>b</b></p>", "a b"],
  ["a<script>x()</script>b<STYLE>p{}</STYLE >c", "a b c"],
  ["a<script>x('</p>')", "a"],
  ["a<scripture>b</scripture>", "a b"],
  ["a < b", "a < b"],
  ["a<!-- Licence: <b>MIT</b> -->b<!-- open", "a b"],
];

for (const [page, text] of PAGES) {
  Deno.test(`of the page ${JSON.stringify(page)} a person reads ${JSON.stringify(text)}`, () => {
    assert.equal(visibleText(page), text);
  });
}
