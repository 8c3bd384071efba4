import assert from "node:assert/strict";
import { exportJWK, exportPKCS8, generateKeyPair, SignJWT } from "jose";
import { documentFaults } from "../document_faults.ts";
import { AS_CLIENT, IDP_CLIENT, startEnterpriseLab } from "../../lab/enterprise.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { formOf, headerOf } from "../../lab/journal.ts";
import { openBrowser } from "../../lab/person.ts";
import { startLab } from "../../lab/shapes.ts";
import type { Ran, Setup } from "../fake_runtime.ts";
import { guided } from "../guided_login.ts";
import { type Home, openHome } from "../real_run.ts";

const SECRET = "canary-given/secret+with=reserved&characters";
const FIXED = "http://127.0.0.1/callback";

/** The ways a secret may be written. */
function spellings(secret: string): string[] {
  return [
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    ...[new URLSearchParams({ a: secret }).toString().slice(2), btoa(secret)],
  ];
}

function assertAbsent(secrets: readonly string[], texts: Readonly<Record<string, string>>): void {
  for (const [place, text] of Object.entries(texts)) {
    for (const spelling of secrets.flatMap(spellings)) {
      const at = text.indexOf(spelling);
      assert.equal(at, -1, `${place}: …${text.slice(Math.max(0, at - 80), at + 80)}…`);
    }
  }
}

/** Commands about a sign-in, each with what may follow it. */
const COMMANDS: readonly (readonly [words: readonly string[], formats: readonly string[][]])[] = [
  [["oauth", "status"], [["--format", "human"], ["--format", "json"], ["--check"]]],
  [["oauth", "refresh"], [["--format", "human"], ["--format", "json"]]],
  [["oauth", "token"], [[], ...["header", "env", "curl", "json"].map((form) => ["--as", form])]],
  [["oauth", "client", "show"], [["--format", "human"], ["--format", "json"]]],
  [
    ["oauth", "client", "update", "--client-name", "x"],
    [["--format", "human"], ["--format", "json"]],
  ],
  [["tools", "list"], [["--format", "human"], ["--format", "json"]]],
  [["server", "doctor"], [["--format", "human"], ["--format", "json"]]],
  [["oauth", "metadata"], [["--format", "human"], ["--format", "json"]]],
  [["oauth", "logout", "--unregister"], [["--format", "human"]]],
];

/** Runs every command on what a login stored; the secrets stand in none of what they leave. */
async function assertNeverPrinted(
  home: Home,
  mcpUrl: string,
  secrets: readonly string[],
  setup: Setup = {},
): Promise<void> {
  for (const [words, variants] of COMMANDS) {
    for (const variant of variants) {
      const debug = ["status", "refresh", "token", "client", "logout"].includes(words[1] ?? "")
        ? []
        : ["--debug-out", `${home.path}/debug.json`];
      const ran = await home.run(
        [...words, "--url", mcpUrl, "--verbose", ...variant, ...debug],
        setup,
      );
      const artifact = debug.length === 0
        ? ""
        : await Deno.readTextFile(`${home.path}/debug.json`).catch(() => "");
      assertAbsent(secrets, {
        [`${words.join(" ")} ${variant.join(" ")}: stdout`]: ran.stdout,
        [`${words.join(" ")} ${variant.join(" ")}: stderr`]: ran.stderr,
        [`${words.join(" ")} ${variant.join(" ")}: artifact`]: artifact,
      });
    }
  }
}

/** Signs in human and JSON, dry and for real, and runs every command afterwards. */
async function assertLoginNeverPrints(
  home: Home,
  mcpUrl: string,
  login: readonly string[],
  secrets: readonly string[],
  setup: Setup = {},
): Promise<Ran> {
  const run = async (...more: string[]): Promise<Ran> => {
    const debug = `${home.path}/login.json`;
    const ran = await home.run(
      ["oauth", "login", "--url", mcpUrl, ...login, "--debug-out", debug, ...more],
      setup,
    );
    assertAbsent(secrets, {
      [`login ${more.join(" ")}: stdout`]: ran.stdout,
      [`login ${more.join(" ")}: stderr`]: ran.stderr,
      [`login ${more.join(" ")}: artifact`]: await Deno.readTextFile(debug).catch(() => {
        throw new Error(ran.stdout + ran.stderr);
      }),
    });
    return ran;
  };
  await run("--dry-run", "--format", "human");
  await run("--dry-run", "--format", "json");
  const human = await run("--format", "human", "--verbose", "--verify-tools");
  assert.equal(human.status, 0, human.stdout + human.stderr);
  const json = await run("--format", "json");
  assert.equal(json.status, 0, json.stdout + json.stderr);
  assert.deepEqual(documentFaults("oauth login", JSON.parse(json.stdout)), []);
  await assertNeverPrinted(home, mcpUrl, secrets, setup);
  return json;
}

/** A client secret, and a server that repeats it wherever a response has room. */
const ECHOING: FakeLabOptions = {
  clients: [{ clientId: "c1", clientSecret: SECRET, authMethod: "client_secret_basic" }],
  token: ({ status, body }) => {
    const more = { ...body, scope: `mcp:read ${SECRET}`, note: SECRET, id_token: SECRET };
    return { status, headers: [], body: status === 200 ? more : body };
  },
};

const CLIENT = ["--auth-mode", "headless", "--client-id", "c1"];

/** The ways to give a client secret without a question. */
const WAYS: readonly (readonly [
  name: string,
  flags: (file: string) => readonly string[],
  setup: Setup,
])[] = [
  ["--client-secret", () => ["--client-secret", SECRET], {}],
  ["--client-secret=", () => [`--client-secret=${SECRET}`], {}],
  ["--client-secret-file <path>", (file) => ["--client-secret-file", file], {}],
  ["--client-secret-file -", () => ["--client-secret-file", "-"], { stdin: `${SECRET}\n` }],
  ["MCPASS_CLIENT_SECRET", () => [], { env: { MCPASS_CLIENT_SECRET: SECRET } }],
  ["MCPASS_CLIENT_SECRET_FILE", () => [], {}],
];

for (const [name, flags, setup] of WAYS) {
  Deno.test(`a client secret given by ${name} is printed by no command`, async () => {
    await using lab = await startFakeLab(ECHOING);
    await using home = await openHome();
    const file = `${home.path}/secret`;
    await Deno.writeTextFile(file, SECRET, { mode: 0o600 });
    const env = name === "MCPASS_CLIENT_SECRET_FILE" ? { MCPASS_CLIENT_SECRET_FILE: file } : {};
    const ran = await assertLoginNeverPrints(
      home,
      lab.mcpUrl,
      [...CLIENT, ...flags(file)],
      [SECRET],
      { ...setup, env: { ...env, ...setup.env } },
    );
    const { credentials } = JSON.parse(ran.stdout);
    assert.equal("clientSecret" in credentials, false);
    // A server that issues what it was sent has issued nothing.
    assert.deepEqual([credentials.idToken, credentials.hidden], [null, { idToken: "given" }]);
    assert.equal(typeof credentials.accessToken, "string");
    const sent = lab.requests.filter((it) => it.path === "/token")
      .map((it) => headerOf(it, "authorization"));
    assert.ok(sent.length > 0 && sent.every((it) => it?.startsWith("Basic ")));
  });
}

Deno.test("a client secret that is typed at a question is printed by no command", async () => {
  for (const more of [["--format", "human"], ["--format", "json"], ["--verbose"]]) {
    await using lab = await startLab({
      as: {
        clients: [{ clientId: "conf-1", clientSecret: SECRET, redirectUris: [FIXED] }],
        authMethods: ["client_secret_basic"],
      },
      protection: { challenge: { scope: "mcp:read" } },
    });
    await using home = await openHome();
    const debug = `${home.path}/debug.json`;
    const ran = await guided(home, ["login", "--debug-out", debug, ...more], [
      ...[lab.mcpUrl, "preregistered", "conf-1", SECRET, "as ticked", "tools", "\0none"],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(ran.hiddenQuestions, ["Client secret (empty if it has none)"]);
    const artifact = await Deno.readTextFile(debug);
    assertAbsent([SECRET], { stdout: ran.stdout, stderr: ran.stderr, artifact });
    assert.match(ran.stderr, /with MCPASS_CLIENT_SECRET set:\n/);
    await assertNeverPrinted(home, lab.mcpUrl, [SECRET]);
  }
});

Deno.test("a client secret for the client credentials grant is printed by no command", async () => {
  await using lab = await startLab({
    as: {
      authMethods: ["client_secret_post"],
      accessTokens: "opaque",
      clients: [{
        ...{ clientId: "m1", clientSecret: SECRET, authMethod: "client_secret_post" },
        grantTypes: ["client_credentials"],
      }],
    },
  });
  await using home = await openHome();
  const login = ["--auth-mode", "client_credentials", "--client-id", "m1", "--scopes", "mcp:read"];
  await assertLoginNeverPrints(home, lab.mcpUrl, login, [SECRET], {
    env: { MCPASS_CLIENT_SECRET: SECRET },
  });
});

Deno.test("a header, an initial access token and a software statement are printed by no command", async () => {
  const given = {
    header: "canary-header-value-0123",
    initial: "canary-initial-access-token",
    statement: "eyJhbGciOiJub25lIn0.canary-software-statement.x",
  };
  const all = Object.values(given).join(" ");
  await using lab = await startFakeLab({
    registrationResponse: ({ status, body }, request) => ({
      status,
      body: {
        ...body,
        said: `${request.body} ${headerOf(request, "authorization")} ${all}`,
        scope: `mcp:read ${given.header}`,
        registration_access_token: "canary-registration-token",
        registration_client_uri: `${lab.issuer}/manage`,
      },
    }),
    token: ({ status, body }) => ({
      status,
      body: { ...body, refresh_token: given.initial, scope: `mcp:read ${all}` },
    }),
  });
  lab.asServer.routes["GET /manage"] = lab.asServer.routes["PUT /manage"] = () => ({
    body: { client_id: lab.as.clients.registered.at(-1), client_secret: given.initial },
  });
  await using home = await openHome();
  const file = async (name: string, text: string) => {
    await Deno.writeTextFile(`${home.path}/${name}`, text, { mode: 0o600 });
    return `${home.path}/${name}`;
  };
  const ran = await assertLoginNeverPrints(home, lab.mcpUrl, [
    ...["--auth-mode", "headless", "--header", `X-Api-Key: ${given.header}`],
    ...["--registration-token-file", await file("initial", given.initial)],
    ...["--software-statement-file", await file("statement", given.statement)],
  ], Object.values(given));
  const { credentials } = JSON.parse(ran.stdout);
  assert.deepEqual([credentials.refreshToken, credentials.hidden], [null, {
    refreshToken: "given",
  }]);
});

Deno.test("a private key and its passphrase are printed by no command", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const pem = await exportPKCS8(privateKey);
  const { d = "", ...jwk } = await exportJWK(privateKey);
  await using lab = await startLab({
    as: {
      authMethods: ["private_key_jwt"],
      clients: [{
        ...{ clientId: "k1", authMethod: "private_key_jwt" },
        jwks: { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] },
      }],
    },
  });
  for (
    const [name, text] of [["pem", pem], ["jwk", JSON.stringify({ ...jwk, d })]] as const
  ) {
    await using home = await openHome();
    const file = `${home.path}/${name}`;
    await Deno.writeTextFile(file, text, { mode: 0o600 });
    await assertLoginNeverPrints(home, lab.mcpUrl, [
      ...["--auth-mode", "headless", "--client-id", "k1", "--private-key-file", file],
    ], [d, ...pem.split("\n").filter((line) => /^[^-]{20,}/.test(line))]);
  }
});

Deno.test("a workload's assertion is printed by no command", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const issuer = "https://cluster.example";
  await using lab: FakeLab = await startFakeLab({
    trustedIssuer: { issuer, jwks: { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] } },
    token: ({ status, body }, form) => ({
      status,
      body: { ...body, note: form.get("assertion"), scope: "mcp:read" },
    }),
  });
  await using home = await openHome();
  const file = `${home.path}/assertion`;
  const seen: string[] = [];
  for (const format of ["human", "json"]) {
    const now = Math.floor(Date.now() / 1000);
    const assertion = await new SignJWT({
      ...{ iss: issuer, sub: "workload", aud: lab.issuer, jti: crypto.randomUUID() },
      ...{ iat: now, exp: now + 300 },
    }).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    seen.push(assertion);
    await Deno.writeTextFile(file, assertion, { mode: 0o600 });
    const debug = `${home.path}/debug.json`;
    const ran = await home.run([
      ...["oauth", "login", "--auth-mode", "jwt_bearer", "--url", lab.mcpUrl, "--verbose"],
      ...["--assertion-file", file, "--format", format, "--debug-out", debug],
    ]);
    assert.equal(ran.status, 0, ran.stderr + ran.stdout);
    const artifact = await Deno.readTextFile(debug);
    assertAbsent(seen, { stdout: ran.stdout, stderr: ran.stderr, artifact });
  }
  await assertNeverPrinted(home, lab.mcpUrl, seen);
});

Deno.test("secrets for an identity provider are printed by no command", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  const opened = new Set<string>();
  const setup: Setup = {
    env: {
      MCPASS_CLIENT_SECRET: AS_CLIENT.clientSecret,
      MCPASS_IDP_CLIENT_SECRET: IDP_CLIENT.clientSecret,
    },
    reads(stderr) {
      for (const [url] of stderr.matchAll(/^http\S+[?&]client_id=\S+$/gm)) {
        if (opened.has(url)) continue;
        opened.add(url);
        openBrowser().visit(url).catch(() => {});
      }
    },
  };
  const secrets = [AS_CLIENT.clientSecret, IDP_CLIENT.clientSecret];
  await assertLoginNeverPrints(
    home,
    lab.mcpUrl,
    [
      ...["--auth-mode", "enterprise", "--client-id", AS_CLIENT.clientId, "--print-url"],
      ...["--idp-issuer", lab.idp.issuer, "--idp-client-id", IDP_CLIENT.clientId],
    ],
    secrets,
    setup,
  );
  const exchanged = lab.idp.requests.map(formOf).flatMap((form) => form.get("subject_token") ?? []);
  assert.ok(exchanged.length > 0);
});

/** A server that issues a secret with each registration. */
const ISSUING: FakeLabOptions = { authMethods: ["client_secret_post"] };

Deno.test("a client secret that the server issued is printed by each login that uses it", async () => {
  await using lab = await startFakeLab(ISSUING);
  await using home = await openHome();
  const document = JSON.parse((await home.signIn(lab)).stdout);
  const first = document.credentials;
  assert.equal(typeof first.clientSecret, "string");
  assert.equal("hidden" in first, false);
  // The second login uses the stored registration.
  const second = JSON.parse((await home.signIn(lab)).stdout).credentials;
  assert.deepEqual([second.clientId, second.clientSecret], [first.clientId, first.clientSecret]);
  assert.equal(lab.requests.filter((it) => it.path === "/register").length, 1);
  const human = await home.run([
    ...["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--format", "human"],
  ]);
  assert.ok(human.stdout.includes(first.clientSecret));
  // Given by the person, the same secret is not printed.
  const given = JSON.parse(
    (await home.signIn(
      lab,
      ...["--client-id", first.clientId, "--client-secret", first.clientSecret, "--account", "b"],
      ...["--redirect-url", document.redirectUrl],
    )).stdout,
  ).credentials;
  assert.deepEqual([given.clientId, "clientSecret" in given], [first.clientId, false]);
  const sources = await Promise.all(
    (await home.store.list()).entries.map(async ({ key, account }) =>
      [account, (await home.store.read(key))?.client.clientSecretSource] as const
    ),
  );
  assert.deepEqual(sources.sort(), [["b", "given"], ["default", "issued"]]);
});

Deno.test("the stored source of a client secret decides whether a later login prints it", async () => {
  await using lab = await startFakeLab(ISSUING);
  await using home = await openHome();
  const { clientSecret } = JSON.parse((await home.signIn(lab)).stdout).credentials;
  const [{ key } = { key: "" }] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(key);
  assert.ok(entry);
  const { clientSecretSource: _, ...client } = entry.client;
  const rows = [
    [{ ...client, clientSecretSource: "given" as const }, undefined],
    // An entry that an earlier version wrote: only a registration can have issued it.
    [client, clientSecret],
  ] as const;
  for (const [stored, printed] of rows) {
    await home.store.write({ ...entry, client: stored });
    const { credentials } = JSON.parse((await home.signIn(lab)).stdout);
    assert.equal(credentials.clientSecret, printed);
  }
});

Deno.test("a secret that a registration returns as it was sent stays a given one", async () => {
  const initial = "canary-initial-access-token";
  await using lab = await startFakeLab({
    ...ISSUING,
    registrationResponse: ({ status, body }) => {
      const id = lab.as.clients.registered.at(-1) ?? "";
      const client = lab.as.clients.find(id);
      if (client !== undefined) Object.assign(client, { secret: initial });
      return { status, body: { ...body, client_secret: initial } };
    },
  });
  await using home = await openHome();
  const file = `${home.path}/initial`;
  await Deno.writeTextFile(file, initial, { mode: 0o600 });
  for (const more of [["--registration-token-file", file], []]) {
    const ran = await home.signIn(lab, ...more);
    assertAbsent([initial], { stdout: ran.stdout, stderr: ran.stderr });
  }
});

Deno.test("the credentials file says where a client secret comes from", async () => {
  await using lab = await startFakeLab({
    ...ISSUING,
    clients: [{ clientId: "c1", clientSecret: SECRET, authMethod: "client_secret_post" }],
  });
  await using home = await openHome();
  const rows = [
    [["--client-id", "c1", "--client-secret", SECRET], "given"],
    [[], "issued"],
  ] as const;
  for (const [flags, source] of rows) {
    const file = `${home.path}/${source}.json`;
    const ran = await home.signIn(lab, "--credentials-out", file, ...flags);
    assertAbsent([SECRET], { stdout: ran.stdout, stderr: ran.stderr });
    assert.equal(JSON.parse(await Deno.readTextFile(file)).clientSecretSource, source);
    const kept = ["--url", lab.mcpUrl, "--credentials-file", file];
    const refreshed = await home.run(["oauth", "refresh", ...kept]);
    assert.equal(refreshed.status, 0, refreshed.stderr);
    assert.equal(JSON.parse(await Deno.readTextFile(file)).clientSecretSource, source);
    assertAbsent([SECRET], { stdout: refreshed.stdout, stderr: refreshed.stderr });
  }
});

Deno.test("a header that the MCP server repeats as a scope reaches no authorization server and no output", async () => {
  const value = "canary-header-value-0123";
  for (const format of ["human", "json"]) {
    await using lab = await startFakeLab({
      challenge: { scope: `mcp:read ${value}` },
      prm: { scopesSupported: ["mcp:read", value] },
    });
    await using home = await openHome();
    const ran = await home.run([
      ...["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--format", format],
      ...["--header", `X-Api-Key: ${value}`],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    const status = await home.run(["oauth", "status", "--url", lab.mcpUrl, "--format", format]);
    assertAbsent([value], { login: ran.stdout + ran.stderr, status: status.stdout });
    const sent = lab.requests.filter(({ server }) => server === "as");
    assert.ok(sent.some(({ query }) => query.get("scope")?.startsWith("mcp:read")));
    assertAbsent([value], { requests: JSON.stringify(sent) });
  }
});

Deno.test("a header value that is a common word changes nothing in the result", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const plain = await home.signIn(lab);
  const ran = await home.signIn(lab, "--header", "X-Debug: true", "--header", "X-Type: Bearer");
  for (const text of [plain.stdout, ran.stdout]) {
    const { completed, credentials } = JSON.parse(text);
    assert.deepEqual([completed, credentials.tokenType, credentials.hidden], [
      true,
      "Bearer",
      undefined,
    ]);
  }
});

Deno.test("a client secret that is a common word masks nothing of the credentials", async () => {
  for (const secret of ["secret", "http", "read", "token"]) {
    await using lab = await startFakeLab({
      clients: [{ clientId: "c1", clientSecret: secret, authMethod: "client_secret_basic" }],
    });
    await using home = await openHome();
    const ran = await home.signIn(lab, "--client-id", "c1", "--client-secret", secret);
    const { issuer, resource, tokenType, clientId } = JSON.parse(ran.stdout).credentials;
    assert.deepEqual([issuer, resource, tokenType, clientId], [
      lab.issuer,
      lab.mcpUrl,
      "Bearer",
      "c1",
    ]);
  }
});
