import { deepEqual, equal, ok } from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { createRedactor } from "../../src/trace/redactor.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf, type ExchangeParts } from "./support.ts";

const CANARY = "cAnArY-0123456789.abcdef~GHIJ";
const MASK = maskOf(CANARY);
const JWT = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLWNhbmFyeQ";

const NAMES = [
  "code",
  "code_verifier",
  "state",
  "client_secret",
  "client_assertion",
  "assertion",
  "subject_token",
  "actor_token",
  "token",
  "access_token",
  "refresh_token",
  "id_token",
  "id_token_hint",
  "logout_token",
  "device_code",
  "user_code",
  "registration_access_token",
  "request_uri",
  "password",
  "accessToken",
  "clientSecret",
  "sessionId",
];

/** Where a parameter or member of a name can stand; every place shows the value as a mask. */
const PLACES: Readonly<Record<string, (name: string, value: string) => ExchangeParts>> = {
  "the request URL": (n, v) => ({
    request: { url: `https://as.example/authorize?a=b&${n}=${v}&c=d` },
  }),
  "a form body": (n, v) => ({ request: { body: `grant_type=x&${n}=${v}&c=d` } }),
  "the first place of a form body": (n, v) => ({ request: { body: `${n}=${v}` } }),
  "a JSON request": (n, v) => ({ request: { body: JSON.stringify({ a: 1, [n]: v }) } }),
  "a JSON answer": (n, v) => ({ response: { body: JSON.stringify({ [n]: v, z: [] }, null, 2) } }),
  "a list in a JSON answer": (n, v) => ({ response: { body: JSON.stringify({ [n]: [v, v] }) } }),
  "a nested JSON answer": (n, v) => ({
    response: { body: JSON.stringify({ a: [{ b: { [n]: v } }] }) },
  }),
  "JSON in a JSON string": (n, v) => ({
    response: { body: JSON.stringify({ text: JSON.stringify({ [n]: v, after: 1 }) }) },
  }),
  "JSON in a string in a string": (n, v) => ({
    response: { body: JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ [n]: v }) }) }) },
  }),
  "an event stream": (n, v) => ({
    response: { body: `event: message\ndata: ${JSON.stringify({ result: { [n]: v } })}\n\n` },
  }),
  "JSON that was cut": (n, v) => ({ response: { body: `{"a":1,"${n}":"${v}`, truncated: true } }),
  "Location": (n, v) => ({
    response: { headers: [["location", `http://127.0.0.1:1/callback?${n}=${v}&iss=x`]] },
  }),
  "the fragment of Location": (n, v) => ({
    response: { headers: [["Location", `http://127.0.0.1:1/callback#${n}=${v}`]] },
  }),
  "Referer": (n, v) => ({ request: { headers: [["Referer", `https://as.example/?${n}=${v}`]] } }),
  "a URL in a URL": (n, v) => ({
    response: {
      headers: [["location", `/login?next=${encodeURIComponent(`/cb?${n}=${v}&x=y`)}`]],
    },
  }),
  "a link in a page": (n, v) => ({
    response: { body: `<a href="/cb?x=y&amp;${n}=${v}">on</a> <b title='?${n}=${v}'>` },
  }),
  "a URL in JSON with escaped ampersands": (n, v) => ({
    response: { body: `{"next":"https:\\/\\/a.example\\/?x=y\\u0026${n}=${v}"}` },
  }),
};

for (const [place, build] of Object.entries(PLACES)) {
  Deno.test(`secret parameters are masked in ${place}, by their names alone`, () => {
    for (const name of NAMES) {
      const secrets = createSecrets();
      const shown = JSON.stringify(
        createRedactor({ secrets }).exchange(exchangeOf(build(name, CANARY))),
      );
      equal(shown.includes("cAnArY"), false, `${name}: ${shown}`);
      ok(shown.includes(MASK) || place.includes("cut"), `${name}: ${shown}`);
      ok(shown.includes(name), `${name}: ${shown}`);
    }
  });
}

const HEADERS = [
  ["request", "Authorization", `Bearer ${CANARY}`, `Bearer ${MASK}`],
  ["request", "authorization", CANARY, MASK],
  ["request", "Proxy-Authorization", `Basic ${CANARY}`, `Basic ${MASK}`],
  ["request", "Cookie", `a=${CANARY}; b=xy`, `a=${MASK}; b=[masked]`],
  ["request", "DPoP", CANARY, MASK],
  ["request", "Mcp-Session-Id", CANARY, MASK],
  ["response", "mcp-session-id", CANARY, MASK],
  ["response", "set-cookie", `a=${CANARY}; Path=/; HttpOnly`, `a=${MASK}; Path=/; HttpOnly`],
  ["request", "X-Personal", "no", "[masked]"],
  ["request", "X-Api-Key", CANARY, MASK],
  ["response", "X-Auth-Token", CANARY, MASK],
] as const;

for (const [side, name, value, shown] of HEADERS) {
  Deno.test(`the ${side} header ${name}: ${value} is shown as ${shown}`, () => {
    const redactor = createRedactor({ secrets: createSecrets(), secretFields: ["x-personal"] });
    const exchange = redactor.exchange(exchangeOf({ [side]: { headers: [[name, value]] } }));
    equal(exchange[side]?.headers[0]?.[1], shown);
    equal(exchange[side]?.headers[0]?.[0], name);
  });
}

const TEXTS = [
  ["a token in a text", `the token ${JWT} is stale`, `the token ${maskOf(JWT)} is stale`],
  ["a token at the end of a sentence", `stale: ${JWT}.`, `stale: ${maskOf(JWT)}.`],
  ["an encrypted token", `${JWT}.YWJj.ZGVm.`, `${maskOf(`${JWT}.YWJj.ZGVm`)}.`],
  [
    "an echoed header",
    `got "Authorization: Bearer ${CANARY}"`,
    `got "Authorization: Bearer ${MASK}"`,
  ],
  [
    "a password in a URL",
    `at https://joe:${CANARY}@a.example/x`,
    `at https://joe:${MASK}@a.example/x`,
  ],
] as const;

for (const [what, text, shown] of TEXTS) {
  Deno.test(`${what} is masked`, () => {
    equal(createRedactor({ secrets: createSecrets() }).text(text), shown);
  });
}

const HARMLESS = [
  '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no"}}',
  '{"error":"invalid_grant","code":"invalid_grant","state":"in-progress"}',
  '{"code":"E1001","state":"CA"}',
  "https://as.example/authorize?code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
  '{"token_type":"Bearer","token_endpoint":"https://as.example/token","expires_in":3600}',
  '{"code_challenge_methods_supported":["S256"],"scopes_supported":["state","code"]}',
  '{"properties":{"password":{"type":"string"}},"required":["password"],"progressToken":7}',
  'Bearer realm="a", error="invalid_token", resource_metadata="https://a.example/.well-known/oauth-protected-resource"',
  "Bearer resource_metadata=https://mcp.example/.well-known/oauth-protected-resource1",
  "response_type=code&response_mode=query&grant_type=authorization_code",
  '{"client_id":"https://client.example/metadata.json","scope":"openid token:read"}',
  '{"access_token":""}',
];

for (const text of HARMLESS) {
  Deno.test(`nothing is masked in ${text}`, () => {
    equal(createRedactor({ secrets: createSecrets() }).text(text), text);
  });
}

Deno.test("what one place shows to be secret is masked everywhere in the exchange", () => {
  const shown = JSON.stringify(
    createRedactor({ secrets: createSecrets() }).exchange(exchangeOf({
      request: { headers: [["x-trace", `sent ${CANARY}`]], body: `refresh_token=${CANARY}` },
      response: {
        statusText: CANARY,
        body: `<p>unknown token ${CANARY} (${btoa(`u:${CANARY}`)})</p>`,
      },
    }, { fault: { code: "other", message: `while sending ${CANARY}` } })),
  );
  equal(shown.includes("cAnArY"), false, shown);
  equal(shown.includes(btoa(`u:${CANARY}`)), false, shown);
});

Deno.test("a numeric secret is masked and its document stays JSON", () => {
  const redactor = createRedactor({ secrets: createSecrets() });
  equal(
    redactor.text('{"user_code": 123456789, "a": 1}'),
    `{"user_code": "${maskOf("123456789")}", "a": 1}`,
  );
});

Deno.test("an integer that a double cannot represent is masked under a secret name", () => {
  const { rawJSON } = JSON as unknown as { rawJSON(digits: string): object };
  const digits = "12345678901234567890";
  const redactor = createRedactor({ secrets: createSecrets() });
  const shown = runAtOnce(
    redactor.foreign({ user_code: rawJSON(digits), a: rawJSON("9007199254740993") }),
  );
  equal(JSON.stringify(shown), `{"user_code":"${maskOf(digits)}","a":9007199254740993}`);
});

Deno.test("documents keep their form around what is masked", () => {
  const redactor = createRedactor({ secrets: createSecrets() });
  const text = `{ "access_token" : "a\\"b\\\\" ,\n "scope":"a b" }`;
  equal(redactor.text(text), `{ "access_token" : "[masked]" ,\n "scope":"a b" }`);
});

Deno.test("the first half of a secret does not survive where a body was cut", () => {
  const secrets = createSecrets();
  secrets.add(CANARY);
  const body = `<p>token: ${CANARY.slice(0, 20)}`;
  const { response } = createRedactor({ secrets }).exchange(
    exchangeOf({ response: { body, truncated: true } }),
  );
  equal(response?.body, "<p>token: ");
});

Deno.test("words that a server puts under secret names are not masked in other text", () => {
  const secrets = createSecrets();
  const redactor = createRedactor({ secrets });
  redactor.text(
    '{"access_token":"https://mcp.example","token":"authorization_code","password":"short"}',
  );
  const text = "https://mcp.example authorization_code short";
  equal(redactor.text(text), text);
});

Deno.test("documents that are made to be slow to read are read quickly", () => {
  const redactor = createRedactor({ secrets: createSecrets() });
  const hostile = [
    "\\".repeat(200_000),
    '"access_token":['.repeat(20_000),
    `"access_token":"${"\\".repeat(200_000)}`,
    "?a".repeat(100_000),
    "eyJ".repeat(70_000),
    "://a:".repeat(40_000),
    "Bearer ".repeat(30_000),
    `"access_token"${" ".repeat(200_000)}`,
    "%3Fa%3D".repeat(30_000),
    '"token":"aaaaaaaa1b","x":1,'.repeat(8_000),
    "x".repeat(200_000),
  ];
  for (const body of hostile) {
    const { response } = redactor.exchange(exchangeOf({ response: { body, truncated: true } }));
    ok(response !== null);
  }
});

Deno.test("own documents keep their codes, and mask options and credentials by name", () => {
  const redactor = createRedactor({ secrets: createSecrets() });
  const shown = runAtOnce(redactor.document({
    error: { code: "pkce_s256_missing_0123456789abcdef", message: `got ${JWT}` },
    clientSecret: CANARY,
    "client-secret": "x",
    header: [`X-Key: ${CANARY}`, "X-Flag: no"],
    headers: [["X-Key", CANARY]],
    credentials: { accessToken: "short", refreshToken: null, tokenType: "Bearer" },
    verbose: true,
    timeout: 5,
  }));
  equal(
    JSON.stringify(shown),
    JSON.stringify({
      error: { code: "pkce_s256_missing_0123456789abcdef", message: `got ${maskOf(JWT)}` },
      clientSecret: MASK,
      "client-secret": "[masked]",
      header: [`X-Key: ${MASK}`, `X-Flag: [masked]`],
      headers: [["X-Key", MASK]],
      credentials: { accessToken: "[masked]", refreshToken: null, tokenType: "Bearer" },
      verbose: true,
      timeout: 5,
    }),
  );
});

Deno.test("a header pair is masked whatever its name is, also one that is not text", () => {
  const redactor = createRedactor({ secrets: createSecrets() });
  for (const name of [{ toString: CANARY }, [{ toString: 1 }], 7, null, Object.create(null)]) {
    const shown = JSON.stringify(
      runAtOnce(redactor.document({ headers: [name, `${CANARY}: ${CANARY}`] })),
    );
    ok(!shown.split(",").at(-1)?.includes(CANARY), shown);
  }
});

Deno.test("a secret in the name of a header field or a host is masked, which are in lower case", () => {
  const secrets = createSecrets();
  secrets.add(CANARY);
  const lower = CANARY.toLowerCase();
  const shown = createRedactor({ secrets }).exchange(exchangeOf({
    request: { url: `https://${lower}.example/` },
    response: { headers: [[`x-${lower}`, "a"], ["location", `https://${lower}.example`]] },
  }));
  equal(shown.request.url, `https://${MASK}.example/`);
  deepEqual(shown.response?.headers, [[`x-${MASK}`, "a"], ["location", `https://${MASK}.example`]]);
});

Deno.test("a secret where a document has identifiers is masked; an identifier stays", () => {
  const secret = "n0T-an-Identifier-4711";
  const secrets = createSecrets();
  for (const value of [secret, "running", "resource_meta"]) secrets.add(value);
  const { document } = createRedactor({ secrets });
  for (
    const value of [secret, new TextEncoder().encode(secret).toHex(), encodeURIComponent(secret)]
  ) {
    const shown = runAtOnce(
      document({ error: { status: [value], kind: value }, steps: [{ state: value }] }),
    );
    equal(JSON.stringify(shown).match(/\[masked sha256:[0-9a-f]{8}\]/g)?.length, 3);
  }
  const own = { currentStep: "resource_metadata", steps: [{ status: "running", durationMs: 3 }] };
  deepEqual(runAtOnce(document(own)), own);
});
