import { deepEqual, equal } from "node:assert/strict";
import { isSecretMember, RULES, SECRET_RULES } from "../../src/store/entry_rules.ts";

const JWK = JSON.stringify({ kty: "OKP", crv: "Ed25519", d: "AA", x: "AA" });
const TOKEN = { valid: ["a.b-c~d/e=", "!"], invalid: ["", "a b", "a\n", "é"] };
const TEXT = { valid: ["a", " ", "é\n"], invalid: [""] };

interface Examples {
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}

/** Texts for each rule, at its borders. */
const EXAMPLES: Readonly<Record<keyof typeof RULES, Examples>> = {
  url: {
    valid: ["https://a.example/b?c", "http://127.0.0.1:1/", "http://localhost/cb"],
    invalid: ["", "a", "http://a.example/", "https://u@a.example/", "https://a.example/#b"],
  },
  secretSource: { valid: ["given", "issued"], invalid: ["", "Given", "toString"] },
  approach: { valid: ["dcr", "cimd", "preregistered"], invalid: ["", "auto", "DCR"] },
  authMethod: {
    valid: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    invalid: ["", "constructor", "NONE"],
  },
  authMode: {
    valid: ["interactive", "headless", "client_credentials", "device", "jwt_bearer", "enterprise"],
    invalid: ["", "Interactive", "toString"],
  },
  revision: {
    valid: ["auto", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
    invalid: ["", "2024-11-05", "2025-03-26 "],
  },
  algorithm: { valid: ["ES256", "RS256", "EdDSA", "HS256"], invalid: ["", "none", "es256"] },
  tokenType: { valid: ["Bearer", "DPoP"], invalid: ["", "MAC", "bearer token"] },
  time: {
    valid: ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678Z"],
    invalid: ["", "2026", "2026-13-02T03:04:05Z", "tomorrow"],
  },
  name: { valid: ["linear", "a-b_2"], invalid: ["", "A", "a.b", "-a", "show", "x".repeat(41)] },
  option: { valid: ["scopes", "clientName"], invalid: ["", "a", "--scopes", "__proto__", "a b"] },
  scope: { valid: ["a", "a b:c"], invalid: ['a"', "a\\", "é"] },
  scopeToken: { valid: ["a", "b:c"], invalid: ["", "a b", 'a"'] },
  resource: {
    valid: ["https://a.example/mcp", "urn:a:b"],
    invalid: ["", "a", "https://a.example/#b"],
  },
  resourceOrNone: { valid: ["none", "https://a.example/mcp"], invalid: ["", "None", "a"] },
  printable: { valid: ["a b", "é"], invalid: ["", " ", "a\n", "\u202e"] },
  printableOrEmpty: { valid: ["", "a"], invalid: [" ", "a\n"] },
  fieldName: { valid: ["X-Api-Key", "a"], invalid: ["", "a b", "a:", "é"] },
  host: { valid: ["a.example", "127.0.0.1", "[::1]"], invalid: ["", "A.example", "a/b", "a:1"] },
  path: { valid: ["/a/b", "C:\\a", " "], invalid: ["", "a\0b"] },
  fingerprint: {
    valid: ["0", "a".repeat(64)],
    invalid: ["", "A", "g", "a".repeat(65), "a b"],
  },
  keyId: {
    valid: ["0123456789abcdef".repeat(2)],
    invalid: ["", "a".repeat(31), "a".repeat(33), "A".repeat(32), "../".padEnd(32, "a")],
  },
  base64: { valid: ["aA0+/", "aA==", "aAA="], invalid: ["", "a-", "a_", "a===", "a b", "=a"] },
  text: TEXT,
  any: { valid: ["", "a"], invalid: [] },
};

for (const [name, { valid, invalid }] of Object.entries(EXAMPLES)) {
  Deno.test(`the rule "${name}" divides its examples`, () => {
    const { test } = RULES[name as keyof typeof RULES];
    deepEqual([...valid, ...invalid].filter(test), valid);
  });
}

Deno.test("a stored secret is a token, a key, or any non-empty text", () => {
  const key = { valid: [JWK], invalid: ["", "{}", "key", JWK.replace('"d"', '"e"')] };
  const examples: Readonly<Record<keyof typeof SECRET_RULES, Examples>> = {
    "client.clientSecret": TEXT,
    "client.registrationToken": TOKEN,
    "client.privateKey": key,
    "idpClientSecret": TEXT,
    "idpIdToken": TEXT,
    "idpRefreshToken": TEXT,
    "tokens.accessToken": TOKEN,
    "tokens.refreshToken": TEXT,
    "tokens.idToken": TEXT,
    "dpopKey": key,
  };
  for (const [name, { valid, invalid }] of Object.entries(examples)) {
    const { test } = SECRET_RULES[name as keyof typeof SECRET_RULES];
    deepEqual([...valid, ...invalid].filter(test), valid, name);
    equal(isSecretMember(name), true);
  }
  for (const name of ["toString", "clientSecret", ""]) equal(isSecretMember(name), false);
});
