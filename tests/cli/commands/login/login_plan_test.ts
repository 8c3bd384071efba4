import assert from "node:assert/strict";
import type { LoginPlan } from "../../../../src/flow/context/login_plan.ts";
import { run, type Setup } from "../../fake_runtime.ts";

const URL = "https://your-server.com/mcp";

/** The plan of a bare `oauth login --url`. */
const DEFAULTS: LoginPlan = {
  serverUrl: URL,
  protocolVersion: "auto",
  registration: "auto",
  authMode: "interactive",
  clientName: "mcpass",
  headers: [],
  stepTimeoutMs: 30_000,
  consentTimeoutMs: 300_000,
  verifyTools: false,
  toolArgs: {},
  dryRun: false,
};

/** Command lines and how their plan differs from the defaults; `--url` is added where absent. */
const PLANS: readonly (readonly [args: string[], plan: Partial<LoginPlan>, setup?: Setup])[] = [
  [[], {}],
  [["--protocol-version", "2025-11-25", "--registration", "dcr"], {
    protocolVersion: "2025-11-25",
    registration: "dcr",
  }],
  [
    [
      ...["--protocol-version", "2025-11-25", "--registration", "cimd"],
      ...["--client-metadata-url", "https://app.example/client.json"],
    ],
    {
      protocolVersion: "2025-11-25",
      registration: "cimd",
      clientMetadataUrl: "https://app.example/client.json",
    },
  ],
  [
    [
      ...["--protocol-version", "2025-11-25", "--registration", "preregistered"],
      ...["--auth-mode", "client_credentials", "--client-id", "id-1", "--client-secret", "s3cret"],
    ],
    {
      protocolVersion: "2025-11-25",
      registration: "preregistered",
      authMode: "client_credentials",
      clientId: "id-1",
      clientSecret: "s3cret",
    },
  ],
  [["--protocol-version", "2025-03-26", "--registration", "dcr"], {
    protocolVersion: "2025-03-26",
    registration: "dcr",
  }],
  [["--protocol-version", "2025-06-18"], { protocolVersion: "2025-06-18" }],
  [["--protocol-version", "2026-07-28"], { protocolVersion: "2026-07-28" }],
  [["--protocol-version=auto"], {}],
  [["--registration", "auto"], {}],
  [["--auth-mode", "headless"], { authMode: "headless" }],
  [["--auth-mode", "headless", "--registration", "dcr", "--verify-tools"], {
    authMode: "headless",
    registration: "dcr",
    verifyTools: true,
  }],
  [["--auth-mode", "client_credentials"], { authMode: "client_credentials" }],
  [["--client-id", "id-1"], { clientId: "id-1" }],
  [["--client-id", "id-1", "--client-secret=-dash"], { clientId: "id-1", clientSecret: "-dash" }],
  [["--client-id", "id-1"], { clientId: "id-1", clientSecret: "from env" }, {
    env: { MCPASS_CLIENT_SECRET: "from env" },
  }],
  [["--client-id", "id-1", "--client-secret-file", "-"], {
    clientId: "id-1",
    clientSecret: "piped secret",
  }, { stdin: "piped secret\n" }],
  [["--client-id", "id-1", "--client-secret-file=-"], { clientId: "id-1", clientSecret: "crlf" }, {
    stdin: "crlf\r\n",
  }],
  [["--client-id", "id-1", "--client-secret-file", "-"], {
    clientId: "id-1",
    clientSecret: " a b ",
  }, { stdin: " a b " }],
  [["--client-metadata-url", "https://app.example/c?x=1"], {
    clientMetadataUrl: "https://app.example/c?x=1",
  }],
  [["--client-name", "My tool"], { clientName: "My tool" }],
  [["--redirect-url", "http://localhost:8080/oauth/cb"], {
    redirectUrl: "http://localhost:8080/oauth/cb",
  }],
  [["--redirect-url", "http://127.0.0.1/callback"], { redirectUrl: "http://127.0.0.1/callback" }],
  [["--redirect-url", "http://[::1]:9999/"], { redirectUrl: "http://[::1]:9999/" }],
  [["--auth-mode", "headless", "--redirect-url", "https://app.example/cb"], {
    authMode: "headless",
    redirectUrl: "https://app.example/cb",
  }],
  [["--scopes", "read:jira-work write:jira-work"], {
    scopes: ["read:jira-work", "write:jira-work"],
  }],
  [["--scopes", "  a  b a "], { scopes: ["a", "b"] }],
  [["--authorize-param", "prompt=consent", "--authorize-param=login_hint=a=b@c.example"], {
    authorizeParams: [["prompt", "consent"], ["login_hint", "a=b@c.example"]],
  }],
  [[], { authorizeParams: [["access_type", "offline"]] }, {
    env: { MCPASS_AUTHORIZE_PARAM: "access_type=offline" },
  }],
  [["--authorization-server-metadata", "https://a.example/.well-known/openid-configuration"], {
    serverMetadata: {
      source: "https://a.example/.well-known/openid-configuration",
      issuer: "https://a.example",
    },
  }],
  [["--authorization-server-metadata", "https://a.example/meta"], {
    serverMetadata: { source: "https://a.example/meta", issuer: undefined },
  }],
  [["--header", "X-Key: abc"], { headers: [["X-Key", "abc"]] }],
  [["--header", "X-Key: a: b", "--header=X-Key:c"], {
    headers: [["X-Key", "a: b"], ["X-Key", "c"]],
  }],
  [[], { headers: [["X-A", "1"], ["X-B", "2"]] }, { env: { MCPASS_HEADER: "X-A: 1\nX-B: 2\n" } }],
  [["--step-timeout", "1"], { stepTimeoutMs: 1 }],
  [["--consent-timeout", "60000"], { consentTimeoutMs: 60_000 }],
  [[], { stepTimeoutMs: 5 }, { env: { MCPASS_STEP_TIMEOUT: "5" } }],
  [["--step-timeout", "7"], { stepTimeoutMs: 7 }, { env: { MCPASS_STEP_TIMEOUT: "5" } }],
  [["--verify-tools"], { verifyTools: true }],
  [["--verify-call-tool", "echo"], { verifyTools: true, verifyCallTool: "echo" }],
  [["--verify-call-tool", "echo", "--tool-args", '{"a":[1]}'], {
    verifyTools: true,
    verifyCallTool: "echo",
    toolArgs: { a: [1] },
  }],
  [["--verify-call-tool", "echo", "--tool-args", "-"], {
    verifyTools: true,
    verifyCallTool: "echo",
    toolArgs: { piped: true },
  }, { stdin: '{"piped":true}' }],
  [["--print-url"], {}],
  [["--no-browser"], {}],
  [["--browser", "firefox --new-window"], {}],
  [["--dry-run"], { dryRun: true }],
  [["--dry-run", "--verify-tools"], { dryRun: true, verifyTools: true }],
  [["--store", "keyring", "--account", "work"], {}],
  [["--store", "none", "--no-store"], {}],
  [["--no-store"], {}],
  [["--trust-issuer", "https://a.example=https://b.example/"], {
    trustIssuer: { expected: "https://a.example", announced: "https://b.example/" },
  }],
  [["--trust-issuer", "https://a.example/x?t=1=https://b.example/?t=2"], {
    trustIssuer: { expected: "https://a.example/x?t=1", announced: "https://b.example/?t=2" },
  }],
  [["--trust-issuer", "https://a.example=a.example"], {
    trustIssuer: { expected: "https://a.example", announced: "a.example" },
  }],
  [["--trust-pkce", "https://as.example/"], { trustPkce: "https://as.example/" }],
  [["--resource", "none"], { resource: "none" }],
  [["--resource", "HTTPS://Server.example:443"], { resource: "HTTPS://Server.example:443" }],
  [["--resource", "api://guid-1"], { resource: "api://guid-1" }],
  [["--authorization-server", "https://as.example/t1"], {
    authorizationServer: "https://as.example/t1",
  }],
  [["--client-id", "a", "--client-secret", "sssss", "--token-auth-method", "client_secret_post"], {
    clientId: "a",
    clientSecret: "sssss",
    tokenAuthMethod: "client_secret_post",
  }],
  [["--token-auth-method", "none"], { tokenAuthMethod: "none" }],
  [["--url", "HTTPS://Server.Example:443/mcp?x=%20#".slice(0, -1)], {
    serverUrl: "HTTPS://Server.Example:443/mcp?x=%20",
  }],
  [["--url", "http://localhost:3000/mcp"], { serverUrl: "http://localhost:3000/mcp" }],
  [["--url", "http://[::1]:3000"], { serverUrl: "http://[::1]:3000" }],
  [["--url", "https://10.0.0.1/mcp"], { serverUrl: "https://10.0.0.1/mcp" }],
  [["--url", "https://server.example/a@b"], { serverUrl: "https://server.example/a@b" }],
  // A flag wins over a variable that contradicts it.
  [["--registration", "dcr"], { registration: "dcr" }, { env: { MCPASS_CLIENT_ID: "id-1" } }],
  [["--client-id", "a", "--client-secret-file", "-"], { clientId: "a", clientSecret: "piped" }, {
    stdin: "piped",
    env: { MCPASS_CLIENT_SECRET: "variable" },
  }],
  [["--print-url"], {}, { env: { MCPASS_BROWSER: "firefox" } }],
  // An empty variable is no variable, and a relaxation is never one.
  [[], {}, {
    env: {
      MCPASS_SCOPES: "",
      MCPASS_TRUST_ISSUER: "https://a.example=https://b.example",
      MCPASS_TRUST_PKCE: "https://a.example",
      MCPASS_RESOURCE: "none",
    },
  }],
];

for (const [args, changes, setup = {}] of PLANS) {
  const shown = [...args, ...Object.entries(setup.env ?? {}).map((pair) => pair.join("="))];
  Deno.test(`oauth login ${shown.join(" ")} makes the plan it says`, async () => {
    const withUrl = args.includes("--url") ? args : ["--url", URL, ...args];
    const ran = await run(["oauth", "login", ...withUrl], setup);
    assert.equal(ran.stderr.includes("error:"), false, ran.stderr);
    assert.equal(ran.status, 0);
    assert.deepEqual(ran.plan, { ...DEFAULTS, ...changes });
  });
}

Deno.test("login is short for oauth login, and flags alone mean it too", async () => {
  for (const words of [["login"], ["oauth", "login"], []]) {
    const ran = await run([...words, "--url", URL, "--registration", "dcr"]);
    assert.deepEqual(ran.plan, { ...DEFAULTS, registration: "dcr" });
  }
});

Deno.test("common flags are understood before and after the command", async () => {
  for (
    const args of [
      ["--quiet", "--format", "json", "oauth", "login", "--url", URL],
      ["oauth", "--quiet", "--format=json", "login", "--url", URL],
      ["oauth", "login", "--url", URL, "-q", "--format", "json"],
      ["login", "--quiet", "--url", URL, "--format", "json", "--no-color", "--no-input"],
    ]
  ) {
    const ran = await run(args, { terminal: true });
    assert.deepEqual(ran.plan, DEFAULTS);
    assert.equal(ran.stderr, "");
    assert.equal(JSON.parse(ran.stdout).completed, true);
  }
});

Deno.test("a value in front of the command does not pass for the command's name", async () => {
  const ran = await run(["--proxy", "http://oauth:1", "oauth", "login", "--url", URL]);
  assert.equal(ran.httpOptions?.proxy, "http://oauth:1");
  assert.deepEqual(ran.plan, DEFAULTS);
});

Deno.test("tool arguments, a secret and certificates are read from files", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    await Deno.writeTextFile(`${folder}/args.json`, '{"city":"Oslo"}');
    await Deno.writeTextFile(`${folder}/secret`, "from the file\n", { mode: 0o600 });
    await Deno.writeTextFile(`${folder}/ca.pem`, pem);
    const ran = await run([
      ...["login", "--url", URL, "--client-id", "a", "--client-secret-file", `${folder}/secret`],
      ...["--verify-call-tool", "weather", "--tool-args", `@${folder}/args.json`],
      ...["--ca-file", `${folder}/ca.pem`],
    ]);
    assert.deepEqual(ran.plan?.toolArgs, { city: "Oslo" });
    assert.equal(ran.plan?.clientSecret, "from the file");
    assert.deepEqual(ran.httpOptions?.caCerts, [pem]);
    assert.equal(ran.stderr.includes("can be read by other users"), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a secret on the command line is warned about, one in a variable is not", async () => {
  const args = ["login", "--url", URL, "--client-id", "a"];
  const typed = await run([...args, "--client-secret", "canary-secret"]);
  assert.match(typed.stderr, /--client-secret is visible in the shell history/);
  assert.equal(typed.stderr.includes("canary-secret"), false);
  const variable = await run(args, { env: { MCPASS_CLIENT_SECRET: "canary-secret" } });
  assert.equal(variable.stderr.includes("history"), false);
});
