import assert from "node:assert/strict";
import { entryOf } from "../../../store/entries.ts";
import { sequence } from "../../../lab/journal.ts";
import { startScriptedServer } from "../../../lab/scripted_server.ts";
import { startFakeLab, startLab } from "../../../lab/shapes.ts";
import { Failure, run } from "../../fake_runtime.ts";
import { guided } from "../../guided_login.ts";
import { flat, openHome } from "../../real_run.ts";

const CHALLENGED = { challenge: { scope: "mcp:read" } };
const FIXED = "http://127.0.0.1/callback";

/** Requests of a login after the one that found the endpoint. */
const DCR = [
  "mcp GET /.well-known/oauth-protected-resource/mcp",
  "as GET /.well-known/oauth-authorization-server",
  "as POST /reg",
  "as GET /auth",
];

function line(stderr: string): string {
  return /Equivalent command[^\n]*\n {2}(.*)\n/.exec(stderr)?.[1] ?? "";
}

Deno.test("mcpass alone on a terminal: a host name is enough, and nothing is asked of the server twice", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const { host } = new URL(lab.mcpUrl);
  const ran = await guided(home, [], [host, "dcr", "as ticked", "browser", "none"], {
    env: { BROWSER: "true" },
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, [
    "Which MCP server?",
    "How should mcpass identify itself? (client registration)",
    "What may this client do? (scopes)",
    "How do you want to sign in?",
    "Verify the token by listing the tools?",
  ]);
  const seen = sequence(lab.requests);
  assert.deepEqual(seen.slice(0, 7), [
    "mcp POST / tools/list",
    "mcp POST / initialize",
    "mcp POST /mcp tools/list",
    ...DCR,
  ]);
  assert.equal(seen.at(-1), "as POST /token authorization_code");
  assert.equal(line(ran.stderr), `mcpass login ${lab.mcpUrl} --registration dcr`);
});

Deno.test("one yes is enough: the settings are shown, the tools are listed, nothing else is asked", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const { host } = new URL(lab.mcpUrl);
  const ran = await guided(home, [], [host, "yes"], { env: { BROWSER: "true" } });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, ["Which MCP server?", "Sign in with these settings?"]);
  assert.equal(
    ran.labels[0],
    "Yes: register a client, request mcp:read offline_access, open a browser, list the tools",
  );
  assert.deepEqual(ran.sent.map(({ printUrl }) => printUrl), [false]);
  assert.match(sequence(lab.requests).at(-1) ?? "", /tools\/list$/);
  assert.equal(line(ran.stderr), `mcpass login ${lab.mcpUrl} --verify-tools --hide-secrets`);
  const [entry] = await home.store.find(lab.mcpUrl);
  const { tokens } = await home.store.read(entry?.key ?? "") ?? {};
  assert.match(flat(ran.stdout), /Access token stored \(mcpass token prints it\)/);
  assert.equal((ran.stdout + ran.stderr).includes(tokens?.accessToken ?? ""), false);
  const again = await guided(home, ["login"], [`localhost-${host.split(":")[1]}`, "yes"]);
  assert.equal(again.status, 0, again.stderr);
  assert.ok(
    again.labels.includes(
      "Yes: use the registered client, request mcp:read offline_access, print the URL to open, " +
        "list the tools",
    ),
    again.labels.join("\n"),
  );
  assert.equal(
    line(again.stderr),
    `mcpass login ${lab.mcpUrl} --verify-tools --print-url --hide-secrets`,
  );
});

Deno.test("a login whose output is a document, or is not stored, prints the tokens after a yes", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  for (const args of [["--format", "json"], ["--no-store"]]) {
    const ran = await guided(home, ["login", ...args], [lab.mcpUrl, "yes"]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /[Aa]ccess ?[Tt]oken"?:?\s+"?eyJ/);
    assert.doesNotMatch(line(ran.stderr), /--hide-secrets/);
  }
});

Deno.test("what was found is said before anything is asked", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const ran = await guided(home, ["login", "--no-color"], [lab.mcpUrl, null]);
  const said = flat(ran.stderr);
  assert.match(said, /What was found MCP server http:\S+ Checks MCP 2026-07-28 /);
  assert.ok(said.includes(`Issuer ${lab.issuer} (authorization server)`));
  assert.match(
    said,
    /Clients dynamic client registration \(DCR\)/,
  );
  assert.match(said, /Scopes mcp:read \(requested by the MCP server\)/);
});

Deno.test("a preregistered client: the redirect URI to enter is shown and kept for the next time", async () => {
  await using lab = await startLab({
    as: { clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
    protection: CHALLENGED,
  });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "preregistered", "public-1", "", "as ticked", "paste", "none"],
  ], { env: { BROWSER: "true" } });
  assert.equal(ran.status, 0, ran.stderr);
  assert.ok(ran.before.some((it) => it.trim() === ran.redirectUri), ran.before.join("\n"));
  assert.deepEqual(ran.sent.map(({ printUrl }) => printUrl), [true]);
  assert.equal(
    line(ran.stderr),
    `mcpass login ${lab.mcpUrl} --registration preregistered --client-id public-1 ` +
      `--print-url --redirect-url ${ran.redirectUri}`,
  );
  assert.equal(lab.requests.some(({ path }) => path === "/reg"), false);
});

Deno.test("a client secret is asked for hidden, is used, and stands in no output", async () => {
  await using lab = await startLab({
    as: {
      clients: [{ clientId: "conf-1", clientSecret: "canary-secret", redirectUris: [FIXED] }],
      authMethods: ["client_secret_basic"],
    },
    protection: CHALLENGED,
  });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "preregistered", "conf-1", "canary-secret", "as ticked", "none"],
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.hiddenQuestions, ["Client secret (empty if it has none)"]);
  assert.equal(ran.stderr.includes("canary-secret"), false);
  assert.equal(
    JSON.parse((await home.run(["oauth", "status", "--format", "json"])).stdout)
      .entries[0].clientId,
    "conf-1",
  );
  assert.match(ran.stderr, /Equivalent command, with MCPASS_CLIENT_SECRET set:\n/);
  assert.doesNotMatch(line(ran.stderr), /secret/);
});

Deno.test("a client without a secret signs in where the server lists methods with secrets alone", async () => {
  await using lab = await startLab({
    as: {
      clients: [{ clientId: "public-1", redirectUris: [FIXED] }],
      metadata: (document) => ({
        ...document,
        token_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
      }),
    },
    protection: CHALLENGED,
  });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "preregistered", "public-1", "", "as ticked", "none"],
  ]);
  assert.equal(ran.status, 0, ran.stderr);
});

Deno.test("cimd is offered where the server announces it, and asks for the document's URL", async () => {
  const url = "https://client.example/metadata.json";
  await using lab = await startFakeLab({
    clientDocuments: {
      [url]: { client_id: url, client_name: "test", redirect_uris: [FIXED] },
    },
  });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [lab.mcpUrl, "cimd", url, "as ticked", "none"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.sent[0]?.url.searchParams.get("client_id"), url);
  assert.match(line(ran.stderr), /--registration cimd --client-metadata-url https:\S+$/);
});

Deno.test("scopes: what the server asks for is ticked, what is chosen is asked for", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [lab.mcpUrl, "dcr", "mcp:read mcp:write", "none"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.ticked, ["mcp:read", "offline_access"]);
  assert.equal(ran.sent[0]?.url.searchParams.get("scope"), "mcp:read mcp:write");
  assert.match(line(ran.stderr), /--scopes 'mcp:read mcp:write'$/);
});

Deno.test("after the sign-in a tool can be picked and is called", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "dcr", "as ticked", "tools", "echo", '{"message":"hi"}'],
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.ok(sequence(lab.requests).includes("mcp POST /mcp tools/call"));
  assert.match(line(ran.stderr), /--verify-tools --verify-call-tool echo --tool-args '.*'$/);
});

Deno.test("what a flag or a variable says is not asked for", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const ran = await guided(home, [
    ...["login", "--registration", "dcr", "--scopes", "mcp:read", "--print-url", "--verify-tools"],
  ], [lab.mcpUrl, "\0none"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, [
    "Which MCP server?",
    "Also call a tool? (a real call)",
  ]);
  const byUrl = await guided(home, ["login", "--url", lab.mcpUrl], []);
  assert.equal(byUrl.status, 0, byUrl.stderr);
  assert.deepEqual(byUrl.questions, []);
  assert.doesNotMatch(byUrl.stderr, /Equivalent command|What was found/);
});

Deno.test("with --url only what there is no way without is asked, and without a person it is named", async () => {
  await using lab = await startLab({
    as: { registration: false, clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
  });
  await using home = await openHome();
  const args = ["login", "--url", lab.mcpUrl];
  const ran = await guided(home, args, ["public-1", ""]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.questions[0], "Client ID, from the authorization server");
  const silent = await guided(home, [...args, "--no-input", "--format", "json"], []);
  assert.equal(silent.status, 1);
  assert.equal(JSON.parse(silent.stdout).error.code, "registration_unavailable");
});

Deno.test("Ctrl-C at any question ends with 130 and leaves nothing behind", async () => {
  const whole = ["", "preregistered", "public-1", "", "as ticked", "browser", "none"];
  for (let at = 0; at < whole.length; at += 1) {
    await using lab = await startLab({
      as: { clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
      protection: CHALLENGED,
    });
    await using home = await openHome();
    const answers = [lab.mcpUrl, ...whole.slice(1)].slice(0, at);
    const ran = await guided(home, ["login", "--format", "json"], [...answers, null], {
      env: { BROWSER: "true" },
    });
    assert.equal(ran.status, 130, `question ${at}: ${ran.stderr}`);
    assert.equal(JSON.parse(ran.stdout).error.code, "cancelled");
    assert.equal(ran.questions.length, at + 1);
    assert.equal(ran.closed, at > 0);
    assert.equal(
      lab.requests.some(({ method, server }) => server === "as" && method === "POST"),
      false,
    );
    assert.deepEqual((await home.store.list()).entries, []);
    assert.equal(ran.stderr.includes("Equivalent command"), false);
  }
});

Deno.test("a short code for another device is offered where the server has one", async () => {
  await using lab = await startLab({ as: { device: true }, protection: CHALLENGED });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "dcr", "as ticked", "device", "none"],
  ], {
    replacements: {
      showDevicePrompt: () => Promise.reject(new Failure("access_refused", "the code is shown")),
    },
  });
  assert.match(ran.stderr, /the code is shown/);
  assert.ok(sequence(lab.requests).some((it) => /^as POST .*device/.test(it)));
  assert.deepEqual([ran.closed, ran.sent.length], [true, 0]);
  assert.ok(ran.offered.at(-1)?.includes("browser"), `${ran.offered.at(-1)}`);
});

Deno.test("servers that were signed in to are offered, the last one first", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await home.store.write(entryOf({ serverUrl: "https://other.example/mcp" }));
  const ran = await guided(home, ["oauth", "token"], [lab.mcpUrl]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.offered[0], [lab.mcpUrl, "https://other.example/mcp", "\0other"]);
  assert.deepEqual(ran.hints, ["stored sign-in", "stored sign-in"]);
  assert.deepEqual(ran.labels.slice(0, 2), [
    `localhost-${new URL(lab.mcpUrl).port}: ${lab.mcpUrl}`,
    "other: https://other.example/mcp",
  ]);
});

Deno.test("mcpass alone without a terminal shows the help", async () => {
  const ran = await run([]);
  assert.equal(ran.status, 0);
  assert.match(ran.stdout, /Usage: mcpass <command> \[<server>\] \[options\]/);
  assert.equal(ran.loaded, false);
});

Deno.test("every question can be answered by a flag", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "dcr", "as ticked", "browser", "tools", "echo", '{"message":"hi"}'],
  ], { env: { BROWSER: "true" } });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.answerable.length, ran.questions.length);
  assert.deepEqual(ran.answerable.filter((options) => options.length === 0), []);
});

Deno.test("an answer is held to the same rules as the flag", async () => {
  const ran = await run([], { terminal: true, answers: ["http://mcp.example/mcp"] });
  assert.match(
    ran.stderr,
    /refused: "http:\/\/mcp\.example\/mcp" is http, which is/,
  );
  assert.equal(ran.plan, undefined);
});

Deno.test("nothing is asked without a terminal on stdin and stderr, or with --no-input", async () => {
  for (
    const setup of [
      { stdinIsTerminal: true, stdoutIsTerminal: true },
      { stderrIsTerminal: true, stdoutIsTerminal: true },
    ]
  ) {
    const ran = await run(["login"], { ...setup, answers: ["https://mcp.example/mcp"] });
    assert.deepEqual([ran.status, ran.questions], [2, []]);
  }
  const ran = await run(["login", "--no-input"], { terminal: true, answers: ["x"] });
  assert.deepEqual([ran.status, ran.questions], [2, []]);
});

Deno.test("an answer cannot make up for a contradiction, so nothing is asked first", async () => {
  const ran = await run(["login", "--registration", "cimd", "--client-id", "a"], {
    terminal: true,
    answers: [],
  });
  assert.deepEqual([ran.status, ran.questions], [2, []]);
});

for (const flags of [["--par"], ["--redirect-url", FIXED]]) {
  Deno.test(`no way to sign in is offered that ${flags[0]} rules out`, async () => {
    await using lab = await startLab({ as: { device: true }, protection: CHALLENGED });
    await using home = await openHome();
    const ran = await guided(home, ["login", ...flags], [lab.mcpUrl, "dcr", "as ticked", null], {
      env: { BROWSER: "true" },
    });
    assert.equal(ran.status, 130, ran.stderr);
    assert.deepEqual(ran.offered.at(-1), ["browser", "paste"]);
  });
}

Deno.test("after a failure, no command is printed that fails in the same way", async () => {
  await using lab = await startLab({
    as: { metadata: (document) => ({ ...document, code_challenge_methods_supported: undefined }) },
    protection: CHALLENGED,
  });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [lab.mcpUrl]);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, / --trust-pkce /);
  assert.equal(line(ran.stderr), "");
});

Deno.test("a host without an MCP endpoint: what each path answered is said, and the URL is asked again", async () => {
  await using server = startScriptedServer({
    routes: { "/mcp": { status: 307, headers: [["location", "/sign-in"]] } },
  });
  await using home = await openHome();
  const ran = await guided(home, ["login", "--format", "json"], [server.origin, null]);
  assert.equal(JSON.parse(ran.stdout).error.code, "cancelled");
  assert.deepEqual(ran.questions, ["Which MCP server?", "Which MCP server?"]);
  assert.ok(
    flat(ran.stderr).includes(
      `No MCP server found at ${server.origin}: /, /sse answered 404; /mcp answered 307`,
    ),
    ran.stderr,
  );
});

Deno.test("a redirect URL without a port is shown as it is registered, not with the free port", async () => {
  await using lab = await startLab({
    as: { clients: [{ clientId: "public-1", redirectUris: ["http://localhost/"] }] },
    protection: CHALLENGED,
  });
  await using home = await openHome();
  const flags = ["login", "--redirect-url", "http://localhost"];
  const ran = await guided(home, flags, [lab.mcpUrl, "preregistered", null]);
  assert.match(ran.redirectUri ?? "", /:\d+/);
  assert.ok(ran.before.includes("  http://localhost"), ran.before.join("\n"));
});
