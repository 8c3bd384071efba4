import { deepEqual, equal } from "node:assert/strict";
import {
  learnCustomHeaders,
  learnRequestHeaders,
  learnResponseHeaders,
} from "../../src/http/learn_secrets.ts";
import type { HeaderList } from "../../src/core/exchange.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { createSecrets, type Secrets } from "../../src/trace/secrets.ts";

/** What `learn` makes secret of these fields. */
function learned(
  learn: (fields: HeaderList, secrets: Secrets) => void,
  ...fields: [string, string][]
): unknown[] {
  const added: unknown[] = [];
  const add = (value: unknown) => void added.push(value);
  learn(fields, { ...createSecrets(), add, learn: add });
  return added;
}

Deno.test("a personal field is secret with and without its scheme", () => {
  deepEqual(learned(learnCustomHeaders, ["x", "Bearer abc"]), ["Bearer abc", "abc"]);
  deepEqual(learned(learnCustomHeaders, ["x", "a"]), ["a", "a"]);
});

Deno.test("a personal field with a word of JSON masks no JSON document", () => {
  const secrets = createSecrets();
  learnCustomHeaders([["x", "True"], ["y", "false"], ["z", "Basic NULL"]], secrets);
  const text = '{"a":true,"b":false,"c":null,"d":"Basic NULL"}';
  equal(secrets.maskForeign(text), text.replace("Basic NULL", maskOf("Basic NULL")));
});

const REQUESTS: readonly (readonly [name: string, value: string, secrets: string[]])[] = [
  ["Authorization", "DPoP abc", ["abc"]],
  ["authorization", "abc def", ["def"]],
  ["authorization", "Bearer", []],
  ["authorization", "a1b x", ["a1b x"]],
  ["Proxy-Authorization", "Basic  abc", ["abc"]],
  ["cookie", "a=12345678; b=1234567; c = 123456789 ", ["12345678", "123456789"]],
  ["cookie", "12345678", ["12345678"]],
  ["DPoP", "e.y.J", ["e.y.J"]],
  ["mcp-session-id", "12345678", ["12345678"]],
  ["mcp-session-id", "1234567", []],
  ["accept", "12345678", []],
];

for (const [name, value, secrets] of REQUESTS) {
  Deno.test(`of the request field "${name}: ${value}", ${secrets.join(", ") || "nothing"} is secret`, () => {
    deepEqual(learned(learnRequestHeaders, [name, value]), secrets);
  });
}

const RESPONSES: readonly (readonly [name: string, value: string, secrets: string[]])[] = [
  ["set-cookie", "sid=12345678; Path=/12345678; HttpOnly", ["12345678"]],
  ["set-cookie", "sid=1234567", []],
  ["mcp-session-id", "12345678", ["12345678"]],
  ["mcp-session-id", "1234567", []],
  ["location", "12345678", []],
];

for (const [name, value, secrets] of RESPONSES) {
  Deno.test(`of the response field "${name}: ${value}", ${secrets.join(", ") || "nothing"} is secret`, () => {
    deepEqual(learned(learnResponseHeaders, [name, value]), secrets);
  });
}

Deno.test("the cookies of a server count towards the secrets that servers may teach", () => {
  const secrets = createSecrets();
  for (let at = 100; at < 300; at += 1) {
    learnResponseHeaders([["set-cookie", `c${at}=cookie-0815-${at}`]], secrets);
  }
  const [first, last] = ["cookie-0815-100", "cookie-0815-299"];
  deepEqual([secrets.maskForeign(first) === first, secrets.maskForeign(last)], [false, last]);
});
