import assert from "node:assert/strict";
import { cancelledFailure, Failure, usageFailure } from "../../../src/core/failure.ts";
import { adviceOf } from "../../../src/core/remedy.ts";
import { failureText, partsOf } from "../../../src/cli/terminal/failure_text.ts";
import { findingsText, type NextCommand } from "../../../src/cli/terminal/finding_text.ts";
import { PLAIN } from "../../../src/cli/terminal/style.ts";
import { assertLayout } from "../failure_layout.ts";

async function shown(failure: Failure, width = 80, otherwise?: NextCommand): Promise<string> {
  const view = { width, style: PLAIN, mask: (text: string) => text };
  const text = failureText({ ...await partsOf(failure), otherwise }, view).join("\n");
  assertLayout(text, width);
  return text;
}

const PKCE = new Failure("pkce_not_advertised", "PKCE is not announced: no list", {
  observed: 'the metadata of "https://as.example" has no "code_challenge_methods_supported"',
  remedy: 'Authorization server: publish "code_challenge_methods_supported": ["S256"]\n' +
    "If you know that it checks S256, accept it:\n" +
    "  mcpass login https://mcp.example/mcp --trust-pkce https://as.example",
  reference: "RFC 8414 §2",
});

const ROWS: readonly (readonly [name: string, failure: Failure, lines: readonly string[]])[] = [
  ["a fix for each party, and a command that fixes it here", PKCE, [
    "error: the authorization server does not announce PKCE (pkce_not_advertised)",
    'Cause: the metadata of "https://as.example" has no',
    '       "code_challenge_methods_supported" (RFC 8414 §2)',
    'Fix:   Authorization server: publish "code_challenge_methods_supported":',
    '       ["S256"]',
    "       You: if you know that it checks S256, accept it",
    "Try:   mcpass login https://mcp.example/mcp --trust-pkce https://as.example",
    "More:  mcpass explain pkce_not_advertised",
  ]],
  [
    "a message that begins with the title is said once",
    new Failure("redirect_refused", "redirect not followed: it is not https", {
      remedy: "Server: answer without this redirect",
      reference: "RFC 9700 §4.12",
    }),
    [
      "error: redirect not followed: it is not https (redirect_refused, RFC 9700 §4.12)",
      "Fix:   Server: answer without this redirect",
      "More:  mcpass explain redirect_refused",
    ],
  ],
  [
    "a command with a placeholder is no Try",
    new Failure("authorization_required", "POST https://mcp.example/mcp was answered with 401", {
      remedy: "Give the key:\n  mcpass login --private-key-file '<path>'",
    }),
    [
      "error: the server requires a token (authorization_required)",
      "Cause: POST https://mcp.example/mcp was answered with 401",
      "Fix:   Give the key:",
      "       mcpass login --private-key-file '<path>'",
      "More:  mcpass explain authorization_required",
    ],
  ],
  [
    "the second command is below its fix",
    new Failure("access_refused", "HTTP 403 without a challenge", {
      remedy: "Refresh it:\n  mcpass refresh\nSee more about the token:\n  mcpass server doctor",
      detail: "HTTP 403",
    }),
    [
      "error: the server refuses access (403): HTTP 403 (access_refused)",
      "Cause: HTTP 403 without a challenge",
      "Fix:   Refresh it",
      "       See more about the token:",
      "       mcpass server doctor",
      "Try:   mcpass refresh",
      "More:  mcpass explain access_refused",
    ],
  ],
  ["a usage error", usageFailure("unknown_option", "there is no option --foo"), [
    "error: there is no option --foo (unknown_option)",
    "More:  mcpass explain unknown_option",
  ]],
  ["cancelled", cancelledFailure(), ["error: cancelled"]],
];

for (const [name, failure, lines] of ROWS) {
  Deno.test(`the layout of a failure: ${name}`, async () => {
    assert.equal(await shown(failure), lines.join("\n"));
  });
}

Deno.test("at 40 columns the text is wrapped below its label, and a command is not", async () => {
  assert.equal(
    await shown(PKCE, 40),
    [
      "error: the authorization server does not",
      "       announce PKCE",
      "       (pkce_not_advertised)",
      "Cause: the metadata of",
      '       "https://as.example" has no',
      '       "code_challenge_methods_supported"',
      "       (RFC 8414 §2)",
      "Fix:   Authorization server: publish",
      '       "code_challenge_methods_supported":',
      '       ["S256"]',
      "       You: if you know that it checks",
      "       S256, accept it",
      "Try:   mcpass login https://mcp.example/mcp --trust-pkce https://as.example",
      "More:  mcpass explain pkce_not_advertised",
    ].join("\n"),
  );
});

Deno.test("a command of the ending is the Try if the remedy has none", async () => {
  const next = ["Record a trace", { line: "mcpass login --debug-out x" }] as const;
  const failure = new Failure("token_error", "HTTP 400", { remedy: "Check the client id" });
  assert.match(
    await shown(failure, 80, next),
    /Fix: +Check.*\n +Record a trace\nTry: +mcpass login/,
  );
  assert.doesNotMatch(await shown(PKCE, 80, next), /Record a trace/);
});

Deno.test("a finding has the same labels, its message is the headline", () => {
  const view = { width: 80, style: PLAIN, mask: (text: string) => text };
  const finding = {
    code: "challenge_missing",
    severity: "warning",
    message: "the server answered 401 without a WWW-Authenticate header",
    remedy: "Server: send it",
    reference: "RFC 9110 §15.5.2",
  } as const;
  assert.deepEqual(findingsText([finding], view), [
    "warning: the server answered 401 without a WWW-Authenticate header",
    "       (challenge_missing, RFC 9110 §15.5.2)",
    "Fix:   Server: send it",
    "More:  mcpass explain challenge_missing",
  ]);
});

Deno.test("a remedy is read by party", () => {
  assert.deepEqual(adviceOf("Server: a\nIdentity provider: b\nDo c:\n  mcpass d"), {
    fixes: [
      { party: "server", text: "a", commands: [] },
      { party: "identity_provider", text: "b", commands: [] },
      { party: "you", text: "Do c", commands: [] },
    ],
    try: "mcpass d",
  });
  assert.deepEqual(adviceOf(undefined), { fixes: [], try: undefined });
});
