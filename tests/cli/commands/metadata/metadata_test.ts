import assert from "node:assert/strict";
import { ROOT } from "../../../../scripts/shell.ts";
import type { MetadataDocument } from "../../../../src/cli/commands/metadata/metadata_result.ts";
import { documentFaults } from "../../document_faults.ts";
import { startFakeLab, startSplitIssuerLab } from "../../../lab/fake_lab.ts";
import { html } from "../../../lab/misbehaviour.ts";
import { startScriptedServer } from "../../../lab/scripted_server.ts";
import { startLab } from "../../../lab/shapes.ts";
import { type Ran, run as runWith, type Setup } from "../../fake_runtime.ts";
import { openHome } from "../../real_run.ts";

const run = (args: readonly string[], setup: Setup = {}): Promise<Ran> =>
  runWith(args, { real: true, ...setup });

const PRM = "/.well-known/oauth-protected-resource";
const AS = "/.well-known/oauth-authorization-server";
const FIXTURES = `${ROOT}tests/http/fixtures/`;

/** Runs the command and holds its document against the schema. */
async function json(
  url: string,
  args: readonly string[] = [],
  setup: Setup = {},
): Promise<Ran & { readonly document: MetadataDocument }> {
  const ran = await run(["oauth", "metadata", "--url", url, ...args, "--format", "json"], setup);
  const document = JSON.parse(ran.stdout);
  assert.deepEqual(documentFaults("oauth metadata", document), []);
  return { ...ran, document };
}

const human = async (url: string, args: readonly string[] = [], setup: Setup = {}) =>
  await run(["oauth", "metadata", "--url", url, ...args, "--format", "human"], setup);

Deno.test("the seed's examples work with a lab's hosts, over TLS with its own authority", async () => {
  const tls = {
    cert: await Deno.readTextFile(`${FIXTURES}server.crt`),
    key: await Deno.readTextFile(`${FIXTURES}server.key`),
  };
  await using lab = await startLab({ tls });
  for (const url of [`${new URL(lab.mcpUrl).origin}${PRM}/mcp`, `${lab.issuer}${AS}`]) {
    assert.match(url, /^https:/);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", `${ROOT}main.ts`, "oauth", "metadata", "--url", url]
        .concat("--ca-file", `${FIXTURES}ca.crt`),
      env: { MCPASS_HOSTED: "", NO_COLOR: "1" },
      stdin: "null",
      stderr: "null",
    }).output();
    const document = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(code, 0);
    assert.deepEqual(documentFaults("oauth metadata", document), []);
    assert.equal(document.url, url);
    assert.equal(document.finalUrl, url);
    assert.equal(document.status, 200);
    assert.equal(
      document.document.resource ?? document.document.issuer,
      new URL(url).origin + (url.endsWith("/mcp") ? "/mcp" : ""),
    );
  }
});

Deno.test("the answer, verdicts, findings and the document are shown, in this order", async () => {
  await using lab = await startFakeLab({
    metadata: ({ code_challenge_methods_supported: _, ...document }) => ({
      ...document,
      scope_supported: ["a"],
    }),
  });
  const { status, stdout, stderr } = await human(`${lab.issuer}${AS}`);
  assert.equal(status, 1);
  const places = [
    "error: the authorization server does not announce PKCE",
    "2025-03-26  usable, with warnings: pkce_not_advertised_tolerated",
    "2026-07-28  refused: pkce_not_advertised",
    "warning: ",
    '"scope_supported" is not a member of this document; did you mean',
    "notes: metadata_caching, ",
    `Issuer          ${lab.issuer}`,
    "1 error, 1 warning, ",
  ].map((words) => stdout.indexOf(words));
  assert.equal(places.includes(-1), false, `${places}\n${stdout}`);
  assert.deepEqual(places, places.toSorted((a, b) => a - b));
  assert.doesNotMatch(stderr, /error:/);
});

Deno.test("a chain is shown with every URL, what it answered and why one was used", async () => {
  await using lab = await startFakeLab({ issuerPath: "/t", wellKnown: ["oidc_appended"] });
  const { status, stdout } = await human(lab.mcpUrl);
  assert.equal(status, 0);
  for (
    const words of [
      `${lab.mcpUrl} is an MCP server: it answers 401`,
      `1  POST ${lab.mcpUrl}`,
      "HTTP 401, challenge Bearer",
      `2  GET ${lab.mcp.resourceMetadataUrl}`,
      "used: the challenge names it",
      "skipped: HTTP 404",
      `5  GET ${lab.issuer}/.well-known/openid-configuration`,
      `Resource        ${lab.mcpUrl}`,
      `Issuer          ${lab.issuer}`,
      `Sign in:\n  mcpass login ${lab.mcpUrl}`,
    ]
  ) assert.ok(stdout.includes(words), `${words}\n${stdout}`);
  assert.match(stdout.split("\n")[0] ?? "", /^Usable by clients of 2026-07-28$/);
  const whole = await human(lab.mcpUrl, ["--verbose"]);
  assert.ok(whole.stdout.includes(`"resource": "${lab.mcpUrl}"`), whole.stdout);
  assert.ok(whole.stdout.includes(`"issuer": "${lab.issuer}"`), whole.stdout);
});

Deno.test("the fault is told once, where it is the answer", async () => {
  await using lab = await startSplitIssuerLab();
  const { stdout } = await human(lab.mcpUrl);
  assert.equal(stdout.match(/the metadata has another issuer/g)?.length, 1, stdout);
  assert.match(stdout, /oauth-authorization-server\n {4}refused: \w+, see above$/m);
});

Deno.test("a chain without a fault fits a screen; --verbose says where everything was found", async () => {
  await using lab = await startFakeLab();
  const { stdout } = await human(lab.mcpUrl, [], { terminal: true });
  assert.ok(stdout.trimEnd().split("\n").length < 24, stdout);
  assert.match(
    stdout,
    /^no errors, no warnings; notes: metadata_caching.*--verbose shows all$/ms,
  );
  assert.doesNotMatch(stdout, /1 {2}POST/);
  const whole = await human(lab.mcpUrl, ["--verbose"], { terminal: true });
  assert.match(whole.stdout, /1 {2}POST/);
});

Deno.test("the JSON document has its members in order, with and without a chain", async () => {
  await using lab = await startFakeLab();
  const first = ["ok", "document", "url", "finalUrl", "status", "findings"];
  const alone = await json(`${lab.issuer}${AS}`);
  assert.equal(alone.status, 0);
  assert.deepEqual(Object.keys(alone.document).slice(0, 6), first);
  assert.equal("chain" in alone.document, false);
  const chain = await json(lab.mcpUrl);
  assert.equal(chain.status, 0);
  assert.deepEqual(Object.keys(chain.document).slice(0, 6), first);
  assert.deepEqual(chain.document.chain?.map(({ outcome }) => outcome), [
    "answer",
    "used",
    "used",
  ]);
  assert.equal(chain.document.url, lab.mcpUrl);
  assert.equal(chain.document.finalUrl, `${lab.issuer}${AS}`);
});

Deno.test("a missing document: exit 1, one JSON document, the reason on stderr", async () => {
  await using server = startScriptedServer({ name: "page", routes: { "*": html() } });
  for (const path of [AS, PRM, "/mcp"]) {
    const { status, document, stderr } = await json(`${server.origin}${path}`);
    assert.equal(status, 1);
    assert.equal(document.document, null);
    assert.ok(document.error);
    assert.match(stderr, /error: /);
    const text = await human(`${server.origin}${path}`);
    assert.equal(text.status, 1);
    assert.match(text.stderr, /error: /);
    assert.equal(text.stdout === "", path !== "/mcp");
  }
});

Deno.test("an error is said once on a terminal", async () => {
  await using server = startScriptedServer({ name: "page", routes: { "*": html() } });
  const { stdout, stderr } = await human(`${server.origin}/mcp`, [], { terminal: true });
  assert.equal(`${stdout}${stderr}`.match(/error:/g)?.length, 1);
});

Deno.test("an error finding makes exit status 1 although there is a document", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, token_endpoint: "http://as.example/token" }),
  });
  const { status, document } = await json(`${lab.issuer}${AS}`);
  assert.equal(status, 1);
  assert.equal(document.error?.code, "endpoint_insecure");
  assert.equal(document.document?.["issuer"], lab.issuer);
});

Deno.test("--protocol-version judges by one revision, auto by the newest with all verdicts", async () => {
  await using lab = await startFakeLab({
    metadata: ({ code_challenge_methods_supported: _, ...document }) => document,
  });
  const of = (version: string) => json(`${lab.issuer}${AS}`, ["--protocol-version", version]);
  const old = await of("2025-06-18");
  assert.equal(old.status, 0);
  assert.deepEqual(old.document.revisions.map((row) => row.protocolVersion), ["2025-06-18"]);
  const auto = await of("auto");
  assert.equal(auto.status, 1);
  assert.equal(auto.document.protocolVersion, "2026-07-28");
  assert.equal(auto.document.revisions.length, 4);
});

Deno.test("a header's value is sent and never shown, wherever a server echoes it", async () => {
  const secret = "canary-header-value";
  await using lab = await startFakeLab({
    prm: { document: (document) => ({ ...document, resource_name: secret, [secret]: [secret] }) },
    metadata: (document) => ({ ...document, issuer: `https://${secret}.example` }),
  });
  for (const url of [lab.mcpUrl, lab.mcp.resourceMetadataUrl]) {
    for (const format of ["json", "human"]) {
      const args = ["--header", `X-Key: ${secret}`, "--verbose", "--format", format];
      const { stdout, stderr } = await run(["oauth", "metadata", "--url", url, ...args]);
      assert.ok(stdout.includes("resource_name"), stdout);
      assert.equal(`${stdout}${stderr}`.includes(secret), false, `${stdout}${stderr}`);
    }
  }
});

Deno.test("what a server writes cannot move the cursor", async () => {
  await using lab = await startFakeLab({
    prm: {
      document: (document) => ({ ...document, "\u001b[2J": 1, resource: "\u001b]0;x\u0007\u202e" }),
    },
  });
  const { stdout, stderr } = await human(lab.mcpUrl, [], {
    terminal: true,
    env: { NO_COLOR: "1" },
  });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(`${stdout}${stderr}`, /[\u0007\u001b\u202e]/);
});

Deno.test("hosted: nothing on this machine is asked, and no proxy is used", async () => {
  await using server = startScriptedServer({ name: "inside" });
  const env = { MCPASS_HOSTED: "1" };
  const plain = await json(`${server.origin}${AS}`, [], { env });
  assert.equal(plain.status, 2);
  assert.equal(plain.document.error?.code, "url_refused");
  for (const path of [AS, "/mcp"]) {
    const inside = await json(`https://127.0.0.1:${server.port}${path}`, [], { env });
    assert.equal(inside.status, 1);
    assert.equal(inside.document.error?.code, "address_refused");
  }
  const proxied = await json(`https://as.example${AS}`, ["--proxy", server.origin], { env });
  assert.equal(proxied.status, 2);
  assert.equal(proxied.document.error?.code, "proxy_refused");
  assert.deepEqual(server.requests, []);
});

const WRONG: readonly (readonly [args: readonly string[], code: string, words: RegExp])[] = [
  [[], "missing_options", /<server>/],
  [["--url", "ftp://as.example"], "invalid_value", /ftp/],
  [["--url", "http://as.example/x"], "invalid_value", /https:\/\/as\.example\/x/],
  [["--url", "https://u:hunter2@as.example"], "invalid_value", /user name or password/],
  [
    ["--url", "https://a.example", "--protocol-version", "2025-11-26"],
    "invalid_value",
    /2025-11-25/,
  ],
  [
    ["--url", "https://a.example", "--header", "Authorization: x"],
    "invalid_value",
    /Authorization/,
  ],
  [["--url", "https://a.example", "--client-id", "x"], "unknown_option", /--client-id/],
  [["--url", "https://a.example", "--trust-pkce", "x"], "invalid_value", /--trust-pkce/],
  [["https://a.example", "https://b.example"], "unexpected_argument", /2 were given/],
];

for (const [args, code, words] of WRONG) {
  Deno.test(`oauth metadata ${args.join(" ")}: exit 2, ${code}`, async () => {
    const { status, stdout, stderr } = await run(["oauth", "metadata", ...args]);
    assert.equal(status, 2, stderr);
    const document = JSON.parse(stdout);
    assert.deepEqual(documentFaults("oauth metadata", document), []);
    assert.equal(document.error.code, code);
    assert.match(stderr, words);
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });
}

Deno.test("a person is asked for the URL", async () => {
  await using lab = await startFakeLab();
  const { status, stdout, questions } = await run(["oauth", "metadata"], {
    terminal: true,
    answers: [`${lab.issuer}${AS}`],
  });
  assert.equal(status, 0);
  assert.equal(questions.length, 1);
  assert.ok(stdout.includes(lab.issuer));
});

Deno.test("--quiet says nothing on stderr but errors, --verbose a line for each exchange", async () => {
  await using lab = await startFakeLab();
  assert.equal((await json(lab.mcpUrl, ["--quiet"])).stderr, "");
  const { stderr } = await json(lab.mcpUrl, ["--verbose"]);
  assert.ok((stderr.match(/-> (GET|POST) /g) ?? []).length >= 3, stderr);
});

Deno.test("the help shows the seed's two examples", async () => {
  const { status, stdout } = await run(["oauth", "metadata", "--help"]);
  assert.equal(status, 0);
  assert.match(stdout, /oauth-protected-resource/);
  assert.match(stdout, /oauth-authorization-server/);
});

Deno.test("metadata, probe and doctor read only the document of --resource-metadata", async () => {
  await using lab = await startFakeLab({
    protection: { openMethods: ["*"] },
    prm: { customPath: "/meta/prm", at: [] },
  });
  await using home = await openHome();
  const run = async (path: string, ...command: string[]) => {
    const flag = ["--resource-metadata", `${lab.mcp.origin}${path}`];
    const ran = await home.run([...command, "--url", lab.mcpUrl, ...flag, "--format", "json"]);
    return { status: ran.status, result: JSON.parse(ran.stdout) };
  };
  const found = await run("/meta/prm", "oauth", "metadata");
  assert.deepEqual([found.status, found.result.issuer], [0, lab.issuer]);
  const probed = await run("/meta/prm", "server", "probe");
  assert.equal(probed.result.authorizationServer.issuer, lab.issuer);
  const missing = await run("/meta/other", "oauth", "metadata");
  assert.deepEqual([missing.status, missing.result.error.code], [1, "resource_metadata_missing"]);
  for (const command of ["probe", "doctor"]) {
    const { result } = await run("/meta/other", "server", command);
    const problem = result.probe?.error ?? result.problem;
    assert.equal(problem.code, "resource_metadata_missing");
  }
});
