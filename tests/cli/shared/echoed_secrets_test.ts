import assert from "node:assert/strict";
import { type FakeLab, startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf, type RecordedRequest, rpcMethodOf } from "../../lab/journal.ts";
import type { Answer } from "../../lab/scripted_server.ts";
import { ENCODINGS, reveals } from "../../trace/encodings.ts";
import type { Ran } from "../fake_runtime.ts";
import { ask, startTlsServer } from "../proxy_support.ts";
import { type Home, openHome } from "../real_run.ts";

const HEADER_VALUE = "cAnArY-header/value+with=odd&characters";
const CLIENT_SECRET = "cAnArY-client/secret+with=odd&characters";

/** Some of each family; the tests of masking itself have all of them. */
const WAYS = [
  ...["as it is", "percent-encoded, every byte", "form-encoded", "JSON in JSON", "HTML"],
  ...["JSON with escaped ASCII", "base64 with a client id", "base64 twice"],
  ...["hexadecimal in upper case"],
].map((how) => [how, ENCODINGS[how] ?? String] as const);

/** A secret in these encodings, in every shape of a list of headers, and as the name of a member. */
function echoes(secrets: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    secrets.flatMap((secret, at) =>
      WAYS.map(([how, encode]): [string, unknown] => [
        `${how} ${at}`,
        {
          header: { text: encode(secret), [encode(secret)]: [[encode(secret)]] },
          headers: [["authorization", `Bearer ${encode(secret)}`], { "x-key": [encode(secret)] }],
          text: JSON.stringify({ headers: { "x-key": [encode(secret)] } }),
        },
      ])
    ),
  );
}

/** The same as one text. */
function echoedText(secrets: readonly string[]): string {
  return secrets.flatMap((secret) => WAYS.map(([, encode]) => encode(secret))).join(" ");
}

/** The secrets that a request carried. */
function secretsOf(request: RecordedRequest): string[] {
  const form = new URLSearchParams(request.body);
  const names = ["code", "code_verifier", "refresh_token", "token", "client_secret"];
  const bearer = headerOf(request, "authorization")?.replace(/^(?:Bearer|Basic) +/, "");
  return [
    ...names.map((name) => rpcMethodOf(request) ? null : form.get(name)),
    bearer,
    headerOf(request, "x-api-key"),
  ].filter((value) => typeof value === "string" && value.length > 7) as string[];
}

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: [["content-type", "application/json"]],
  body: JSON.stringify(body),
});

/** A lab that repeats, wherever it may, the secrets that it was sent. */
function echoingLab(): Promise<FakeLab> {
  const both = [HEADER_VALUE, CLIENT_SECRET];
  return startFakeLab({
    clients: [{ clientId: "c1", clientSecret: CLIENT_SECRET, authMethod: "client_secret_basic" }],
    challenge: {
      fields: (_refusal, _parameters, fields) => [
        ...fields,
        `Basic realm="${echoedText(both).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
      ],
    },
    prm: { document: (document) => ({ ...document, ...echoes(both) }) },
    metadata: (document) => ({ ...document, ...echoes(both) }),
    registrationResponse: ({ status, body }) => json(status, { ...body, ...echoes(both) }),
    mcp: {
      intercept(request) {
        const id = rpcMethodOf(request) && JSON.parse(request.body).id;
        const secrets = secretsOf(request);
        if (headerOf(request, "authorization") === undefined) return undefined;
        const text = echoedText(secrets);
        if (rpcMethodOf(request) === "tools/list") {
          const tool = { name: "echo", description: text, inputSchema: { type: "object" } };
          return json(200, {
            jsonrpc: "2.0",
            id,
            result: { resultType: "complete", ttlMs: 0, cacheScope: "private", tools: [tool] },
          });
        }
        if (rpcMethodOf(request) !== "tools/call") return undefined;
        const result = {
          resultType: "complete",
          content: [{ type: "text", text: JSON.stringify(echoes(secrets)) }],
          structuredContent: echoes(secrets),
          _meta: echoes(secrets),
        };
        return json(200, { jsonrpc: "2.0", id, result });
      },
    },
  });
}

/** From now on the authorization server refuses every request and repeats its secrets. */
function refuseAll(lab: FakeLab): void {
  for (const path of ["/token", "/revoke", "/introspect", "/register"]) {
    lab.asServer.routes[`POST ${path}`] = (request: RecordedRequest) =>
      json(400, { error: "invalid_request", error_description: echoedText(secretsOf(request)) });
  }
}

function assertHidden(text: string, secrets: readonly string[], where: string): void {
  for (const secret of secrets) {
    assert.equal(reveals(text, secret, 2), false, `${where}: ${secret}\n${text.slice(0, 3000)}`);
  }
}

interface Checked extends Ran {
  readonly artifact: string;
}

/** Runs a command in both formats, and every report of its artifact: no secret is in any of them. */
async function runHidden(
  home: Home,
  args: readonly string[],
  secrets: readonly string[],
  options: { readonly traced?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Checked> {
  const path = `${home.path}/debug.json`;
  const { traced = true, env = {} } = options;
  const flags = traced ? ["--debug-out", path] : [];
  let last: Ran | undefined;
  for (const format of ["human", "json"]) {
    last = await home.run([...args, "--verbose", "--format", format, ...flags], { env });
    assertHidden(last.stdout, secrets, `stdout ${format}`);
    assertHidden(last.stderr, secrets, `stderr ${format}`);
  }
  assert.ok(last && last.status !== 2, last?.stderr);
  const artifact = traced ? await Deno.readTextFile(path) : "";
  assertHidden(artifact, secrets, "artifact");
  for (const format of traced ? ["html", "md", "har", "curl", "json"] : []) {
    const ran = await home.run(["oauth", "report", path, "--format", format]);
    assert.equal(ran.status, 0, ran.stderr);
    assertHidden(ran.stdout, secrets, `report ${format}`);
  }
  return { ...last, artifact };
}

const HEADER = ["--header", `X-Api-Key: ${HEADER_VALUE}`];
const MASKED = /\[masked sha256:[0-9a-f]{8}\]/;

const INSPECTING: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ["server doctor", []],
  ["server probe", []],
  ["oauth metadata", []],
];

for (const [name, flags] of INSPECTING) {
  Deno.test(`${name} shows no secret that a server repeats`, async () => {
    await using lab = await echoingLab();
    await using home = await openHome();
    const words = [...name.split(" "), "--url", lab.mcpUrl, ...HEADER, ...flags];
    const ran = await runHidden(home, words, [HEADER_VALUE], { traced: name !== "oauth metadata" });
    assert.match(ran.stdout, MASKED);
    assert.ok(lab.requests.some((request) => headerOf(request, "x-api-key") === HEADER_VALUE));
  });
}

Deno.test("client-metadata check shows no secret that a server repeats", async () => {
  await using lab = await echoingLab();
  await using home = await openHome();
  const url = `${new URL(lab.mcpUrl).origin}/client.json`;
  lab.mcp.routes["/client.json"] = json(200, {
    ...{ client_id: url, client_name: HEADER_VALUE, redirect_uris: ["http://127.0.0.1/callback"] },
    ...echoes([HEADER_VALUE]),
  });
  const words = ["oauth", "client-metadata", "check", url, "--url", lab.mcpUrl, ...HEADER];
  const ran = await runHidden(home, words, [HEADER_VALUE], { traced: false });
  assert.match(ran.stdout, MASKED);
});

Deno.test("a login shows no secret that a server repeats, when it succeeds and when it fails", async () => {
  await using lab = await echoingLab();
  await using home = await openHome();
  const words = [
    ...["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl, ...HEADER],
    ...["--registration", "preregistered", "--client-id", "c1", "--hide-secrets"],
    ...["--verify-call-tool", "echo"],
  ];
  const env = { MCPASS_CLIENT_SECRET: CLIENT_SECRET };
  const done = await runHidden(home, words, [HEADER_VALUE, CLIENT_SECRET], { env });
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.artifact, MASKED);
  const issued = lab.as.accessTokens;
  assertHidden(done.stdout + done.stderr + done.artifact, issued, "issued");
  refuseAll(lab);
  const failed = await runHidden(home, words, [HEADER_VALUE, CLIENT_SECRET], { env });
  assert.equal(failed.status, 1);
  const { error, currentStep } = JSON.parse(failed.stdout);
  assert.equal(currentStep, "token");
  assert.match(error.message, MASKED);
});

/** The secrets of the one sign-in at a server. */
async function storedSecrets(home: Home, url: string): Promise<string[]> {
  const [summary] = await home.store.find(url);
  const entry = await home.store.read(summary?.key ?? "");
  const { tokens, client } = entry ?? {};
  return [
    tokens?.accessToken,
    tokens?.refreshToken,
    client?.clientSecret,
    client?.registrationToken,
  ]
    .filter((secret) => typeof secret === "string");
}

const SIGNED_IN: readonly (readonly [words: readonly string[], traced: boolean])[] = [
  [["tools", "list"], true],
  [["tools", "call", "--tool-name", "echo"], true],
  [["server", "doctor"], true],
];

for (const [words, traced] of SIGNED_IN) {
  Deno.test(`${words.join(" ")} shows no token that the server repeats`, async () => {
    await using lab = await echoingLab();
    await using home = await openHome();
    await home.signIn(lab);
    const secrets = await storedSecrets(home, lab.mcpUrl);
    assert.ok(secrets.length >= 2);
    const ran = await runHidden(
      home,
      [...words, "--url", lab.mcpUrl, ...HEADER],
      [...secrets, HEADER_VALUE],
      { traced },
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, MASKED);
  });
}

const MANAGING: readonly (readonly [path: string, words: readonly string[]])[] = [
  ["/token", ["oauth", "refresh"]],
  ["/introspect", ["oauth", "status", "--check"]],
  ["/revoke", ["oauth", "logout"]],
  ["/manage", ["oauth", "client", "show"]],
];

/** A sign-in whose client has a secret and can be managed. */
async function managed(home: Home): Promise<FakeLab> {
  const token = "cAnArY-registration-access-token-0815";
  const lab: FakeLab = await startFakeLab({
    authMethods: ["client_secret_post"],
    metadata: (document) => ({
      ...document,
      revocation_endpoint: `${lab.issuer}/revoke`,
      introspection_endpoint: `${lab.issuer}/introspect`,
    }),
    registrationResponse: ({ status, body }) =>
      json(status, {
        ...body,
        registration_access_token: token,
        registration_client_uri: `${lab.issuer}/manage`,
      }),
  });
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  lab.asServer.routes["GET /manage"] = json(200, {
    ...{ client_id: summary?.client.clientId, client_name: echoedText([token]) },
    ...echoes([token]),
  });
  refuseAll(lab);
  lab.requests.length = 0;
  return lab;
}

for (const [path, words] of MANAGING) {
  for (const format of ["human", "json"]) {
    Deno.test(`${words.join(" ")} (${format}) shows no secret that the authorization server repeats`, async () => {
      await using home = await openHome();
      await using lab = await managed(home);
      const secrets = await storedSecrets(home, lab.mcpUrl);
      assert.equal(secrets.length, 4);
      const ran = await home.run([...words, "--url", lab.mcpUrl, "--verbose", "--format", format]);
      assertHidden(ran.stdout + ran.stderr, secrets, format);
      assert.ok(lab.requests.some((request) => request.path === path), ran.stderr);
      if (path === "/manage") assert.equal(ran.status, 0, ran.stderr);
      if (path === "/manage") assert.match(ran.stdout, /masked/);
    });
  }
}

Deno.test("oauth token shows no secret that the authorization server repeats in its refusal", async () => {
  await using lab = await startFakeLab({ authMethods: ["client_secret_post"] });
  await using home = await openHome();
  await home.signIn(lab);
  await home.expire(lab);
  const secrets = await storedSecrets(home, lab.mcpUrl);
  refuseAll(lab);
  for (const as of ["curl", "header", "json"]) {
    const ran = await home.run(["oauth", "token", "--url", lab.mcpUrl, "--as", as, "--verbose"]);
    assert.notEqual(ran.status, 0);
    assertHidden(ran.stdout + ran.stderr, secrets, as);
    assert.match(ran.stdout + ran.stderr, /\[masked sha256:/);
  }
});

for (const command of ["proxy", "debug-proxy"] as const) {
  Deno.test(`oauth ${command} shows no secret of its own request that the server repeats`, async () => {
    const bodySecret = "cAnArY-secret-of/the+body=0815";
    const secrets = [HEADER_VALUE, bodySecret];
    await using server = startTlsServer({
      "/echo": {
        status: 401,
        headers: [
          ["content-type", "application/json"],
          ["x-echo", encodeURIComponent(HEADER_VALUE)],
          ["www-authenticate", `Bearer error="${encodeURIComponent(HEADER_VALUE)}"`],
        ],
        body: JSON.stringify({ ...echoes(secrets), error: echoedText(secrets) }),
      },
    });
    const args = [
      ...["--url", `${server.origin}/echo`, "--method", "POST", ...HEADER],
      ...["--body", String(new URLSearchParams({ client_secret: bodySecret }))],
    ];
    const ran = await ask(command, args);
    assert.equal(ran.document.status, 401);
    assertHidden(ran.stdout + ran.stderr, secrets, "json");
    assert.match(ran.stdout, MASKED);
    const human = await ask(command, [...args, "--format", "human"]).catch(() => undefined);
    if (human !== undefined) assertHidden(human.stdout + human.stderr, secrets, "human");
  });
}
