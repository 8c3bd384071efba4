import assert from "node:assert/strict";
import { documentFaults } from "../../document_faults.ts";
import { fixturePath } from "../../../lab/mtls_lab.ts";
import { run, type Setup } from "../../fake_runtime.ts";

const URL = ["--url", "https://server.example/mcp"];
const IDP = [
  ...["--auth-mode", "enterprise", "--idp-issuer", "https://idp.example"],
  ...["--idp-client-id", "at-idp"],
];

/** Command lines that are wrong: what the code and the text of the error have to be. */
const WRONG: readonly (readonly [args: string[], code: string, text: RegExp, setup?: Setup])[] = [
  [[], "missing_options", /missing <server>$/],
  [["--registration", "preregistered"], "missing_options", /missing <server>, --client-id$/],
  [
    ["--registration", "preregistered", "--auth-mode", "client_credentials"],
    "missing_options",
    /missing <server>, --client-id, --client-secret$/,
  ],
  [["--registration", "cimd"], "missing_options", /missing <server>, --client-metadata-url$/],
  [[...URL, "--registration", "cimd"], "missing_options", /missing --client-metadata-url$/],
  [[...URL, "--no-input"], "missing_options", /missing --client-id$/, {
    terminal: true,
    env: { MCPASS_REGISTRATION: "preregistered", MCPASS_FORMAT: "json", NO_COLOR: "1" },
  }],
  [
    [...URL, "--client-id", "a", "--auth-mode", "client_credentials"],
    "missing_options",
    /missing --client-secret$/,
  ],
  [
    [...URL, "--client-id", "a", "--token-auth-method", "client_secret_basic"],
    "missing_options",
    /missing --client-secret$/,
  ],

  [["--url", ""], "invalid_value", /^--url: the value is empty/],
  [["--url", "https:server.example"], "invalid_value", /is not a complete URL/],
  [["--url", "https:///mcp"], "invalid_value", /is not a complete URL/],
  [["--url", "https://"], "invalid_value", /is not a complete URL/],
  [["--url", "ftp://server.example"], "invalid_value", /has the scheme "ftp"/],
  [["--url", "http://server.example/mcp"], "invalid_value", /is http, which is for loopback only/],
  [["--url", "https://user@server.example"], "invalid_value", /user name or password/],
  [["--url", "https://:@server.example"], "invalid_value", /user name or password/],
  [["--url", "https://server.example/#x"], "invalid_value", /has a fragment/],
  [["--url", "https://server.example/#"], "invalid_value", /has a fragment/],
  [["--url", " https://server.example"], "invalid_value", /a space, a backslash or a control/],
  [["--url", "https:\\\\server.example"], "invalid_value", /a space, a backslash or a control/],
  [["--url", "https://[::1"], "invalid_value", /is not a valid URL/],
  [[], "unknown_sign_in", /^no sign-in is named "nowhere"/, {
    env: { MCPASS_URL: "nowhere" },
  }],
  ...["x", "=x", "a b=c", "prompt="].map((pair): [string[], string, RegExp] => [
    [...URL, "--authorize-param", pair],
    "invalid_value",
    /is not key=value|is empty/,
  ]),
  ...[
    ...["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "code"],
    ...["resource", "code_challenge", "code_challenge_method", "dpop_jkt", "request"],
    ...["request_uri", "client_secret", "client_assertion", "code_verifier"],
  ].map((name): [string[], string, RegExp] => [
    [...URL, "--authorize-param", `${name}=x`],
    "invalid_value",
    new RegExp(`"${name}" is set by mcpass`),
  ]),
  ...["Scope", "CLIENT_ID", "redirect.uri"].map((name): [string[], string, RegExp] => [
    [...URL, "--authorize-param", `${name}=x`],
    "invalid_value",
    new RegExp(`"${name}" is set by mcpass`),
  ]),
  [
    [...URL, "--authorize-param", "prompt=a", "--authorize-param", "prompt=b"],
    "impossible_combination",
    /the same key twice/,
  ],
  [
    [...URL, "--authorize-param", "prompt=a", "--auth-mode", "client_credentials"],
    "impossible_combination",
    /no authorization request/,
  ],
  [
    [...URL, "--authorization-server-metadata", "/nowhere/metadata.json"],
    "file_unreadable",
    /--authorization-server-metadata/,
  ],
  [
    [...URL, "--authorization-server-metadata", "http://a.example/metadata"],
    "invalid_value",
    /is http, which is for loopback only/,
  ],
  [[...URL, "--protocol-version", "2025-11-26"], "invalid_value", /must be one of: 2025-03-26/],
  [
    [...URL, "--protocol-version", "2024-11-05"],
    "invalid_value",
    /revision 2024-11-05 has no authorization$/,
  ],
  [[...URL, "--client-id", "<id>"], "invalid_value", /--client-id: <id> is a placeholder/],
  [[...URL, "--scopes", "<a b>"], "invalid_value", /--scopes: <a b> is a placeholder/],
  [[...URL, "--scopes=read <scope>"], "invalid_value", /--scopes: <scope> is a placeholder/],
  [["--url", "--store", "none"], "missing_value", /the value of --url is missing: --store follows/],
  [[...URL, "--protocol-version", ""], "invalid_value", /must be one of: .*; it is ""/],
  [[...URL, "--registration", "crd"], "invalid_value", /must be one of: cimd, dcr/],
  [[...URL, "--auth-mode", "telepathy"], "invalid_value", /must be one of: interactive, headless/],
  [[...URL, "--format", "xml"], "invalid_value", /must be one of: human, json/],
  [[...URL, "--store", "vault"], "invalid_value", /must be one of: auto, keyring/],
  [
    [...URL, "--token-auth-method", "basic"],
    "invalid_value",
    /must be one of: private_key_jwt, tls_client_auth/,
  ],
  [[...URL, "--step-timeout", "0"], "invalid_value", /is not a number of milliseconds/],
  [[...URL, "--step-timeout", "-1"], "invalid_value", /is not a number of milliseconds/],
  [[...URL, "--step-timeout", "1e3"], "invalid_value", /is not a number of milliseconds/],
  [[...URL, "--step-timeout", "30s"], "invalid_value", /is not a number of milliseconds/],
  [[...URL, "--consent-timeout", "2147483648"], "invalid_value", /is not a number of milliseconds/],
  [[...URL, "--header", "X-Key"], "invalid_value", /the colon between name and value is missing/],
  [[...URL, "--header", ": x"], "invalid_value", /is not a header name/],
  [[...URL, "--header", "X Key: x"], "invalid_value", /is not a header name/],
  [[...URL, "--header", "X-Key:"], "invalid_value", /has no value/],
  [[...URL, "--header", "X-Key: a\r\nB: c"], "invalid_value", /not allowed in a header/],
  [[...URL, "--header", "X-Key: ☃"], "invalid_value", /not allowed in a header/],
  [[...URL, "--header", "authorization: Bearer x"], "invalid_value", /cannot be set/],
  [[...URL, "--header", "Host: x"], "invalid_value", /cannot be set/],
  [[...URL, "--header", "Content-Length: 1"], "invalid_value", /cannot be set/],
  [[...URL, "--header", "Transfer-Encoding: chunked"], "invalid_value", /cannot be set/],
  [[...URL, "--header", "Connection: close"], "invalid_value", /cannot be set/],
  [[...URL, "--scopes", " "], "invalid_value", /the value is empty/],
  [[...URL, "--scopes", 'a "b"'], "invalid_value", /is not a valid scope/],
  [[...URL, "--client-id", ""], "invalid_value", /^--client-id: the value is empty/],
  [[...URL, "--client-secret", ""], "invalid_value", /^--client-secret: the value is empty/],
  [[...URL, "--client-metadata-url", "https://app.example"], "invalid_value", /has no path/],
  [[...URL, "--client-metadata-url", "https://app.example/"], "invalid_value", /has no path/],
  [[...URL, "--client-metadata-url", "https://a.example/x/../y"], "invalid_value", /"\.\."/],
  [[...URL, "--redirect-url", "http://127.0.0.1:0/cb"], "invalid_value", /has port 0/],
  [[...URL, "--trust-issuer", "https://a.example"], "invalid_value", /not a pair of issuers/],
  [[...URL, "--trust-issuer", "https://a.example="], "invalid_value", /not a pair of issuers/],
  [
    [...URL, "--trust-issuer", "https://a.example=https://a.example"],
    "invalid_value",
    /both issuers are the same/,
  ],
  [
    [...URL, "--trust-issuer", "https://as.example/ü=https://as.example/%C3%BC"],
    "invalid_value",
    /both issuers are the same/,
  ],
  [[...URL, "--trust-pkce", "*"], "invalid_value", /is not a complete URL/],
  [[...URL, "--resource", "relative/x"], "invalid_value", /not an absolute URI without fragment/],
  [[...URL, "--resource", "https://a.example/#x"], "invalid_value", /not an absolute URI/],
  [[...URL, "--proxy", "proxy:x"], "invalid_value", /is not a proxy URL/],
  [[...URL, "--browser", " "], "invalid_value", /is not a program/],
  [[...URL, "--credentials-out", "-"], "invalid_value", /reserved for the result/],
  [[...URL, "--debug-out", ""], "invalid_value", /the path is empty/],

  [[...URL, "--ulr", "x"], "unknown_option", /unknown option --ulr$/],
  [[...URL, "-x"], "unknown_option", /unknown option -x$/],
  [[...URL, "-qx"], "unknown_option", /^unknown short options -x$/],
  [[...URL, "-hunter2"], "unknown_option", /^unknown short options -h$/],
  [[...URL, "-v=hunter2"], "unknown_option", /^unknown short options -=$/],
  [[...URL, "-vq"], "impossible_combination", /--quiet/],
  [
    [...URL, "--verify-tools=yes"],
    "unexpected_value",
    /--verify-tools accepts no value$/,
  ],
  [["--url"], "missing_value", /^the value of --url is missing$/],
  [[...URL, "--client-id", "--verify-tools"], "missing_value", /--verify-tools follows/],
  [[...URL, ...URL], "repeated_option", /--url was given 2 times/],
  [
    [...URL, "--scopes", "a", "b"],
    "unexpected_argument",
    /unexpected argument: --url already gives the server/,
  ],

  [
    [...URL, "--registration", "cimd", "--auth-mode", "client_credentials"],
    "impossible_combination",
    /cimd cannot be used with --auth-mode client_credentials/,
  ],
  [
    [...URL, "--registration", "cimd", "--protocol-version", "2025-03-26"],
    "impossible_combination",
    /cannot be used with --protocol-version 2025-03-26/,
  ],
  [
    [...URL, "--registration", "cimd", "--protocol-version", "2025-06-18"],
    "impossible_combination",
    /cannot be used with --protocol-version 2025-06-18/,
  ],
  [
    [...URL, "--client-metadata-url", "https://a.example/c", "--protocol-version", "2025-06-18"],
    "impossible_combination",
    /cannot be used with --protocol-version 2025-06-18/,
  ],
  [
    [...URL, "--resource-metadata", "https://a.example/p", "--protocol-version", "2025-03-26"],
    "impossible_combination",
    /2025-03-26 has no resource metadata/,
  ],
  [
    [...URL, "--client-metadata-url", "https://a.example/c", "--registration", "dcr"],
    "impossible_combination",
    /--client-metadata-url cannot be used with --registration dcr/,
  ],
  [
    [...URL, "--client-metadata-url", "https://a.example/c", "--client-id", "a"],
    "impossible_combination",
    /two different clients/,
  ],
  [
    [...URL, "--client-metadata-url", "https://a.example/c", "--auth-mode", "client_credentials"],
    "impossible_combination",
    /has no secret/,
  ],
  [
    [...URL, "--client-id", "a", "--registration", "dcr"],
    "impossible_combination",
    /--client-id cannot be used with --registration dcr/,
  ],
  [
    [...URL, "--client-id", "a", "--client-secret", "s", "--client-secret-file", "f"],
    "impossible_combination",
    /cannot be used together/,
  ],
  [[...URL, "--client-secret", "s"], "impossible_combination", /requires --client-id/],
  [[...URL, "--client-secret-file", "-"], "impossible_combination", /requires --client-id/],
  [
    [...URL, "--client-secret", "s", "--registration", "dcr"],
    "impossible_combination",
    /a client secret cannot be used with --registration dcr/,
  ],
  [[...URL], "impossible_combination", /requires --client-id \(set by MCPASS_CLIENT_SECRET\)/, {
    env: { MCPASS_CLIENT_SECRET: "canary" },
  }],
  [
    [...URL, "--client-id", "a", "--client-secret", "s", "--token-auth-method", "none"],
    "impossible_combination",
    /uses no client secret/,
  ],
  [
    [...URL, "--auth-mode", "client_credentials", "--token-auth-method", "none"],
    "impossible_combination",
    /RFC 6749 §4.4/,
  ],
  [
    [...URL, "--registration", "cimd", "--token-auth-method", "client_secret_post"],
    "impossible_combination",
    /cimd has none/,
  ],
  [
    [...URL, "--print-url", "--browser", "x"],
    "impossible_combination",
    /--print-url and --browser/,
  ],
  [
    [...URL, "--no-browser", "--browser", "x"],
    "impossible_combination",
    /--no-browser and --browser/,
  ],
  [
    [...URL, "--auth-mode", "headless", "--print-url"],
    "impossible_combination",
    /--auth-mode headless uses no browser/,
  ],
  [
    [...URL, "--auth-mode", "device", "--print-url"],
    "impossible_combination",
    /--auth-mode device uses no browser here/,
  ],
  [
    [...URL, ...IDP, "--id-token-file", "x", "--browser", "y"],
    "impossible_combination",
    /--auth-mode enterprise uses no browser here/,
  ],
  [
    [...URL, ...IDP, "--id-token-file", "x", "--redirect-url", "http://127.0.0.1:1/cb"],
    "impossible_combination",
    /--redirect-url cannot be used with --id-token-file/,
  ],
  [
    [...URL, ...IDP, "--redirect-url", "https://app.example/cb"],
    "impossible_combination",
    /must be http on loopback/,
  ],
  [
    [...URL, ...IDP, "--idp-client-secret", "a", "--idp-client-secret-file", "b"],
    "impossible_combination",
    /--idp-client-secret and --idp-client-secret-file cannot be used together/,
  ],
  [[...URL, "--tool-args", "{}"], "impossible_combination", /requires --verify-call-tool/],
  [
    [
      ...[...URL, "--client-id", "a", "--client-secret-file", "-"],
      ...["--verify-call-tool", "t", "--tool-args", "@-"],
    ],
    "impossible_combination",
    /both read standard input/,
  ],
  [
    [...URL, "--redirect-url", "https://app.example/cb"],
    "impossible_combination",
    /must be http on loopback: the browser/,
  ],
  [
    [...URL, "--redirect-url", "https://localhost/cb"],
    "impossible_combination",
    /must be http on loopback: the browser/,
  ],
  [
    [...URL, "--auth-mode", "device", "--redirect-url", "http://127.0.0.1:8080/cb"],
    "impossible_combination",
    /--redirect-url cannot be used with --auth-mode device/,
  ],
  [
    [...URL, "--auth-mode", "client_credentials", "--redirect-url", "http://127.0.0.1:8080/cb"],
    "impossible_combination",
    /--redirect-url cannot be used with --auth-mode client_credentials/,
  ],
  [[...URL, "--debug-out", "x", "--credentials-out", "x"], "impossible_combination", /same file/],
  [[...URL, "--quiet", "--verbose"], "impossible_combination", /cannot be used together/],
  [
    [...URL, "--no-store", "--store", "file"],
    "impossible_combination",
    /cannot be used with --store/,
  ],

  [
    [...URL, "--client-id", "a", "--client-secret-file", "/nonexistent/s"],
    "file_unreadable",
    /--client-secret-file: the file cannot be read: there is no such file/,
  ],
  [[...URL, "--ca-file", "/"], "file_unreadable", /cannot be read: it is a folder/],
  [
    [...URL, "--ca-file", import.meta.filename ?? ""],
    "no_certificate",
    /contains no PEM certificate/,
  ],
  [
    [...URL, "--ca-file", fixturePath("trusted_form.crt")],
    "no_certificate",
    /OpenSSL's TRUSTED CERTIFICATE format/,
  ],
  [
    [...URL, "--ca-file", "/dev/fd/0"],
    "no_certificate",
    /OpenSSL's TRUSTED CERTIFICATE format/,
    {
      stdin: Deno.readTextFileSync(fixturePath("ca.crt")) +
        Deno.readTextFileSync(fixturePath("trusted_form.crt")),
    },
  ],
  [
    [...URL, "--ca-file", "/dev/null"],
    "file_unreadable",
    /not a regular file/,
  ],
  [
    [...URL, "--client-id", "a", "--client-secret-file", "-"],
    "secret_empty",
    /contains no secret/,
    { stdin: "\n" },
  ],
  [
    [...URL, "--client-id", "a", "--client-secret-file", "/dev/stdin"],
    "secret_empty",
    /contains no secret/,
    { stdin: "\n" },
  ],
  [[...URL, "--ca-file", "/dev/fd/0"], "no_certificate", /no PEM certificate/, { stdin: "x" }],
  [
    [...URL, "--verify-call-tool", "t", "--tool-args", "@/dev/stdin"],
    "json_invalid",
    /is not JSON/,
    { stdin: "{" },
  ],
  [
    [...URL, "--client-id", "a", "--client-secret-file", "-"],
    "secret_several_lines",
    /more than one line/,
    { stdin: "canary-a\ncanary-b\n" },
  ],
  [
    [...URL, "--client-id", "a", "--client-secret-file", "-"],
    "stdin_is_terminal",
    /which is a terminal here/,
    { terminal: true, env: { MCPASS_FORMAT: "json", NO_COLOR: "1" } },
  ],
  [[...URL, "--verify-call-tool", "t", "--tool-args", "{"], "json_invalid", /is not JSON/],
  [
    [...URL, "--verify-call-tool", "t", "--tool-args", "[]"],
    "json_invalid",
    /is not a JSON object/,
  ],
  [[...URL, "--verify-call-tool", "t", "--tool-args", "@"], "invalid_value", /no path follows/],
  [
    [...URL, "--debug-out", "/nonexistent/folder/x.json"],
    "unwritable_output",
    /\/nonexistent\/folder\/x\.json/,
  ],
];

for (const [args, code, text, setup = {}] of WRONG) {
  Deno.test(`oauth login ${JSON.stringify(args.join(" "))} is ${code}`, async () => {
    const ran = await run(["oauth", "login", ...args], setup);
    assert.equal(ran.status, 2, ran.stderr);
    const document = JSON.parse(ran.stdout);
    assert.deepEqual(documentFaults("oauth login", document), []);
    assert.equal(document.completed, false);
    assert.equal(document.error.code, code);
    assert.match(document.error.message, text);
    assert.match(ran.stderr, /^(warning: .*\n|note: .*\n)*error: /);
    assert.equal(ran.plan, undefined);
  });
}

Deno.test("an error on a terminal is text on stderr, and stdout stays empty", async () => {
  const ran = await run(["login", "--url", "ftp://x", "--no-color"], { terminal: true });
  assert.equal(ran.status, 2);
  assert.equal(ran.stdout, "");
  assert.equal(
    ran.stderr,
    'error: --url: "ftp://x" has the scheme "ftp" (invalid_value)\n' +
      "Fix:   Use an https URL (http only for loopback)\nTry:   mcpass login --help\nMore:  mcpass explain invalid_value\n",
  );
});

Deno.test("a mistyped word is answered with what was meant", async () => {
  const cases: [string[], string][] = [
    [["lgoin"], "Did you mean mcpass login?"],
    [["oauth", "logn"], "Did you mean mcpass oauth login?"],
    [["login", "--clientid", "a"], "Did you mean --client-id?"],
    [["login", "--verfy-tools"], "Did you mean --verify-tools?"],
    [["login", "--headless"], "Did you mean --auth-mode headless?"],
    [["login", "--json"], "Did you mean --format json?"],
    [["login", "--registration", "preregisterd"], "Did you mean preregistered?"],
    [["login", "--auth-mode", "client-credentials"], "Did you mean client_credentials?"],
    [["login", "http:server.example/mcp"], "Did you mean https://server.example/mcp?"],
    [["login", "http:/localhost:8080/mcp"], "Did you mean http://localhost:8080/mcp?"],
    [["signin"], "Did you mean mcpass login?"],
    [["auth"], "Did you mean mcpass login?"],
    [["signout"], "Did you mean mcpass logout?"],
    [["list"], "Did you mean mcpass status?"],
    [["ls"], "Did you mean mcpass status?"],
    [["whoami"], "Did you mean mcpass status?"],
    [["configure"], "Did you mean mcpass config?"],
    [["proxy"], "Did you mean mcpass bridge?"],
    [["credential", "heders"], "Did you mean headers?"],
    [["doctor"], "Did you mean mcpass server doctor?"],
    [["probe"], "Did you mean mcpass server probe?"],
    [["oauth", "doctor"], "Did you mean mcpass server doctor?"],
    [["call"], "Did you mean mcpass tools call?"],
    [["metadata"], "Did you mean mcpass oauth metadata?"],
  ];
  for (const [args, suggestion] of cases) {
    const ran = await run(args);
    assert.equal(ran.status, 2);
    assert.ok(ran.stderr.includes(suggestion), ran.stderr);
  }
});

Deno.test("no error repeats a value that may be a secret", async () => {
  const canary = "canary-secret";
  const lines = [
    ["login", `--client-secrte=${canary}`],
    ["login", "--client-secret", `${canary}`],
    ["login", ...URL, "--client-id", "a", "--client-secret-file", "-", canary],
    ["login", ...URL, "--header", canary],
    ["login", ...URL, "--header", `X-Key: ${canary}\n`, "--header", `Authorization: ${canary}`],
    ["login", "--url", `https://user:${canary}@server.example`],
    ["login", "--url", `user:${canary}@server.example`],
    ["login", ...URL, "--proxy", `nonsense:${canary}@x`],
    ["login", ...URL, "--client-secret", canary, "--client-secret", canary],
    ["login", ...URL, "--client-secret", canary, "--registration", "dcr"],
  ];
  for (const args of lines) {
    const ran = await run([...args, "--format", "json"]);
    assert.equal(ran.status, 2, args.join(" "));
    assert.equal((ran.stdout + ran.stderr).includes(canary), false, ran.stderr);
  }
});

Deno.test("an unknown command writes a document only where json was asked for", async () => {
  const silent = await run(["oauth", "tokn"]);
  assert.deepEqual([silent.status, silent.stdout], [2, ""]);
  const asked = await run(["--format", "json", "oauth", "tokn"]);
  assert.equal(asked.status, 2);
  assert.equal(JSON.parse(asked.stdout).error.code, "unknown_command");
});

Deno.test("nothing of a login is loaded for a command line that is wrong", async () => {
  const ran = await run(["login", "--url", "ftp://x"]);
  assert.equal(ran.loaded, false);
});

const ASKED:
  readonly (readonly [args: readonly string[], asked: Readonly<Record<string, unknown>>])[] = [
    [["--registration", "foo", "--auth-mode", "headless"], { authMode: "headless" }],
    [["--frobnicate", "--auth-mode=device"], { authMode: "device" }],
    [["--protocol-version", "2025-11-25", "--step-timeout", "x"], {
      protocolVersion: "2025-11-25",
    }],
    [["--auth-mode", "telepathy"], { authMode: null }],
    [["--registration", "foo"], { authMode: "interactive", protocolVersion: "auto" }],
    [["--registration", "foo"], { authMode: "headless" }],
  ];

for (const [at, [args, asked]] of ASKED.entries()) {
  Deno.test(`the document of a usage error repeats what was asked for: ${args.join(" ")} (${at})`, async () => {
    const env = at === ASKED.length - 1 ? { MCPASS_AUTH_MODE: "headless" } : {};
    const ran = await run(["oauth", "login", ...URL, ...args, "--format", "json"], { env });
    assert.equal(ran.status, 2);
    const document = JSON.parse(ran.stdout);
    assert.equal(document.serverUrl, URL[1]);
    assert.deepEqual(
      Object.fromEntries(Object.keys(asked).map((name) => [name, document[name]])),
      asked,
    );
  });
}

const CORRECTED: readonly (readonly [words: readonly string[], line: string])[] = [
  [["lgoin", "https://a.example/mcp"], "mcpass login https://a.example/mcp"],
  [["tool", "list", "https://a.example/mcp"], "mcpass tools list https://a.example/mcp"],
  [["tools", "lst", "https://a.example/mcp", "-q"], "mcpass tools list https://a.example/mcp"],
  [["oauth", "tokn", "https://user:word@a.example"], "mcpass oauth token"],
  [["tokn", "ghp_0123456789abcdef"], "mcpass token"],
];

for (const [words, line] of CORRECTED) {
  Deno.test(`mcpass ${words.join(" ")} suggests ${line}`, async () => {
    const ran = await run(words);
    assert.equal(ran.status, 2);
    assert.ok(ran.stderr.includes(`\nTry:   ${line}\n`), ran.stderr);
  });
}
