import assert from "node:assert/strict";
import { readCredentialRequest } from "../../../../src/cli/commands/credentials/credential_request.ts";
import { toFailure } from "../../../../src/core/failure.ts";

const URL = "https://server.example/mcp";
const encode = (text: string) => new TextEncoder().encode(text);
const get = (members: object = {}) => JSON.stringify({ v: 1, action: "get", url: URL, ...members });

function problem(input: string | Uint8Array): string {
  try {
    readCredentialRequest(typeof input === "string" ? encode(input) : input);
    return "";
  } catch (error) {
    const { code, kind, message } = toFailure(error);
    assert.deepEqual([code, kind], ["credential_request_invalid", "usage"]);
    return message.replace("the credential request is invalid: ", "");
  }
}

Deno.test("a request with every member is read, null is the same as absent, others are ignored", () => {
  const rejected = `sha256:${"a".repeat(64)}`;
  const request = { method: "POST", url: URL, nonce: "n-1" };
  const members = { account: "work", scope: ["a"], minValidSeconds: 60, challenge: "Bearer" };
  const known = { ...members, rejected, request };
  const others = { interaction: "never", later: { deep: [1] }, __proto__: 1 };
  assert.deepEqual(readCredentialRequest(encode(get({ ...known, ...others }))), {
    action: "get",
    url: URL,
    ...known,
  });
  const absent = { account: null, scope: null, request: null, interaction: null };
  assert.deepEqual(readCredentialRequest(encode(`\ufeff ${get(absent)} \r\n`)), {
    action: "get",
    url: URL,
  });
});

const WRONG: readonly (readonly [what: string, input: string | Uint8Array, said: RegExp])[] = [
  ["nothing", "", /standard input is empty/],
  ["blanks", " \n", /standard input is empty/],
  ["no JSON", "get", /not a JSON object/],
  ["a list", "[]", /not a JSON object/],
  ["two objects", `${get()}\n${get()}`, /not a JSON object/],
  ["a comment", `${get()} // x`, /not a JSON object/],
  ["10 MB", get({ later: "x".repeat(10_000_000) }), /larger than 64 KiB/],
  ["10 MB of brackets", "[".repeat(10_000_000), /larger than 64 KiB/],
  [
    "deep nesting",
    get({ later: JSON.parse("[".repeat(30) + "]".repeat(30)) }),
    /not a JSON object/,
  ],
  ["60,000 brackets", "[".repeat(60_000), /not a JSON object/],
  ["bytes that are not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /not UTF-8/],
  ["NUL", `${get()}\0`, /not a JSON object/],
  ["NUL in the URL", get({ url: `${URL}\0` }), /"url" is not a URL/],
  ["a member twice", `{"v":1,"action":"get","url":"${URL}","url":"${URL}"}`, /a member twice/],
  ["an escaped name twice", `{"v":1,"action":"get","url":"${URL}","\\u0075rl":"x"}`, /twice/],
  [
    "a nested member twice",
    `{"v":1,"action":"get","url":"${URL}","request":{"method":"GET","url":"a","url":"b"}}`,
    /a member twice/,
  ],
  ["no version", '{"action":"get"}', /"v":1 is missing/],
  ["another version", get({ v: 2 }), /version 2 is not supported/],
  ["a version as text", get({ v: "1" }), /"v":1 is missing/],
  ["no action", `{"v":1,"url":"${URL}"}`, /must be one of: get, erase, list, capabilities/],
  ["an unknown action", get({ action: "store" }), /must be one of/],
  ["a member of the prototype", get({ action: "constructor" }), /must be one of/],
  ["no URL", get({ url: undefined }), /"url" is missing/],
  ["a long URL", get({ url: URL + "x".repeat(9000) }), /"url" is not a URL of at most 8192/],
  ["a number as URL", get({ url: 1 }), /"url" is not/],
  ["a control character in the account", get({ account: "a\nb" }), /"account" is not/],
  ["a scope as text", get({ scope: "a b" }), /"scope" is not a list of scopes/],
  ["a scope with a space", get({ scope: ["a b"] }), /"scope" is not/],
  ["1,000 scopes", get({ scope: Array(1000).fill("a") }), /"scope" is not/],
  ["a negative time", get({ minValidSeconds: -1 }), /"minValidSeconds" is not/],
  ["an endless time", `{"v":1,"action":"get","url":"${URL}","minValidSeconds":1e999}`, /is not/],
  ["a question", get({ interaction: "allowed" }), /"interaction" must be "never"/],
  ["a hash without its name", get({ rejected: "a".repeat(64) }), /"rejected" is not "sha256:"/],
  ["a short hash", get({ rejected: "sha256:abc" }), /"rejected" is not/],
  ["the token instead of its hash", get({ rejected: "eyJhbGciOi" }), /"rejected" is not/],
  ["an erasure without a hash", get({ action: "erase" }), /"rejected" is missing/],
  ["a request without a method", get({ request: { url: URL } }), /"method" and "url"/],
  ["a request as text", get({ request: "POST" }), /"request" is not an object/],
  [
    "a method with a line break",
    get({ request: { method: "A\r\nB", url: URL } }),
    /request.method/,
  ],
  [
    "a nonce with a quote",
    get({ request: { method: "GET", url: URL, nonce: '"' } }),
    /"request.nonce" is not a DPoP nonce/,
  ],
];

for (const [what, input, said] of WRONG) {
  Deno.test(`mcpass credential refuses ${what}, and says why`, () => {
    const message = problem(input);
    assert.match(message, said);
    assert.doesNotMatch(message, /eyJhbGciOi/);
  });
}
