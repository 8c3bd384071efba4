import { equal } from "node:assert/strict";
import { exchangeLine } from "../../src/trace/exchange_line.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf } from "./support.ts";

const line = (...parts: Parameters<typeof exchangeOf>) =>
  exchangeLine(exchangeOf(...parts), createSecrets());

Deno.test("the line of an answered request", () => {
  equal(
    line({ request: { url: "https://mcp.example/mcp" }, response: { status: 401 } }, {
      purpose: "mcp",
      step: "request_without_token",
    }),
    "-> POST https://mcp.example/mcp  401  12 ms  (mcp, request_without_token)",
  );
});

Deno.test("the line of a redirect hop that failed", () => {
  equal(
    line({ response: null }, {
      redirectOf: 3,
      fault: { code: "connection_refused", message: "the connection was refused" },
    }),
    "-> POST https://as.example/token  connection_refused  12 ms  (token, token, redirected from 3)",
  );
});

Deno.test("the line of an answer that broke off names both", () => {
  equal(
    line({}, { fault: { code: "timeout", message: "" } }),
    "-> POST https://as.example/token  200 timeout  12 ms  (token, token)",
  );
});

Deno.test("a line shows no secret and no character that moves the cursor", () => {
  const url = "https://as.example/a\u001b[2J\u202e?code=secret-code-1&state=secret-state-1";
  equal(
    line({ request: { method: "GET", url } }),
    `-> GET https://as.example/a\\x1b[2J\\u202e?code=${maskOf("secret-code-1")}&state=${
      maskOf("secret-state-1")
    }  200  12 ms  (token, token)`,
  );
});

Deno.test("what a line finds to be secret is masked by others from then on", () => {
  const secrets = createSecrets();
  exchangeLine(exchangeOf({ response: { body: '{"access_token":"issued-token-1"}' } }), secrets);
  equal(secrets.mask("issued-token-1"), maskOf("issued-token-1"));
});
