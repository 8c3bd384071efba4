import assert from "node:assert/strict";
import { ROOT } from "../../../../scripts/shell.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { headerOf, rpcMethodOf } from "../../../lab/journal.ts";
import { startMcpServer } from "../../../lab/mcp_server.ts";
import { html, neverAnswers, openStream } from "../../../lab/misbehaviour.ts";
import { loginByHand } from "../../../lab/person.ts";
import { type Handler, startScriptedServer } from "../../../lab/scripted_server.ts";
import { startLab } from "../../../lab/shapes.ts";
import { consume, expired, type Home, makeHome, signIn } from "../../token_commands.ts";

const JSON_OUT = ["--format", "json"];

interface Doctor {
  readonly status: string;
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly detail: string;
    readonly remedy: string | null;
  }[];
  readonly counts: Readonly<Record<string, number | null>>;
  readonly next: string | null;
}

async function probe(url: string, home: Home, ...more: string[]) {
  const ran = await consume(["server", "probe", "--url", url, ...JSON_OUT, ...more], home);
  return { ...ran, result: JSON.parse(ran.stdout) };
}

async function doctor(url: string, home: Home, env: Readonly<Record<string, string>> = {}) {
  const ran = await consume(["server", "doctor", "--url", url, ...JSON_OUT], {
    env: { ...home.env, ...env },
  });
  const result: Doctor = JSON.parse(ran.stdout);
  const check = (id: string) => {
    const found = result.checks.find((it) => it.id === id);
    assert.ok(found, `no check ${id}`);
    return found;
  };
  return { ...ran, result, check };
}

/** A token with these claims and no good signature. */
function tokenOf(claims: object): string {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
}

Deno.test("probe tells how to sign in to a protected server, and registers nothing", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const { status, result } = await probe(lab.mcpUrl, home);
  assert.equal(status, 0);
  assert.equal(result.status, "authorization_required");
  // A server that uses HTTP+SSE answers 401 to the same requests.
  assert.equal(result.transport, null);
  assert.equal(result.authorizationRequired, true);
  assert.deepEqual(result.eras.map((it: { spoken: unknown }) => it.spoken), [null, null]);
  assert.equal(result.challenge.scheme, "Bearer");
  assert.equal(result.resourceMetadata.url, lab.mcp.resourceMetadataUrl);
  assert.equal(result.authorizationServer.issuer, lab.issuer);
  assert.deepEqual(result.authorizationServer.registration, {
    dcr: true,
    cimd: false,
    preregistered: true,
  });
  assert.ok(lab.requests.every((it) => !["/reg", "/auth", "/token"].includes(it.path)));
});

for (
  const [era, spoken, versions] of [
    ["both", [true, true], [["2026-07-28"], ["2025-11-25"]]],
    ["modern", [true, false], [["2026-07-28"], ["2026-07-28"]]],
    ["legacy", [false, true], [[], ["2025-11-25"]]],
  ] as const
) {
  Deno.test(`probe tells the eras of an open server that speaks ${era}`, async () => {
    await using home = await makeHome();
    await using server = await startMcpServer({ era });
    const { status, result } = await probe(server.url, home);
    assert.equal(status, 0);
    assert.equal(result.status, "open");
    const eras: { spoken: boolean; versions: string[] }[] = result.eras;
    assert.deepEqual(eras.map((it) => it.spoken), spoken);
    assert.deepEqual(
      eras.map((it) => it.versions.filter((version) => version >= "2025-11-25")),
      versions,
    );
    const opened = server.requests.filter((it) => rpcMethodOf(it) === "initialize").length;
    const ended = server.requests.filter((it) => it.method === "DELETE").length;
    assert.equal(opened, 1);
    assert.equal(ended, era === "modern" ? 0 : 1);
  });
}

Deno.test("probe notices that only the list of tools wants a token", async () => {
  await using home = await makeHome();
  await using lab = await startLab({
    protection: { openMethods: ["initialize", "notifications/*", "server/discover"] },
  });
  const { result } = await probe(lab.mcpUrl, home);
  assert.equal(result.status, "authorization_required");
  assert.equal(result.authorizationRequired, true);
  assert.deepEqual(result.eras.map((it: { spoken: unknown }) => it.spoken), [true, true]);
  const required = result.eras.map((it: { tokenRequired: unknown }) => it.tokenRequired);
  assert.deepEqual(required, [true, true]);
  assert.equal(result.eras[1].serverInfo.name, "mcpass lab");
});

Deno.test("probe: nothing listens, a web page, a silent server: exit status 1 with the reason", async () => {
  await using home = await makeHome();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  free.close();
  const nobody = await probe(`http://127.0.0.1:${free.addr.port}/mcp`, home);
  assert.equal(nobody.status, 1);
  assert.equal(nobody.result.status, "unreachable");
  assert.equal(nobody.result.error.code, "network_connection_refused");
  await using page = startScriptedServer({ routes: { "*": html() } });
  const web = await probe(`${page.origin}/`, home);
  assert.equal(web.status, 1);
  assert.equal(web.result.error.code, "not_an_mcp_endpoint");
  assert.match(web.result.error.message, /web page/);
  await using silent = startScriptedServer({ routes: { "*": neverAnswers() } });
  const slow = await probe(`${silent.origin}/`, home, "--step-timeout", "200");
  assert.equal(slow.status, 1);
  assert.equal(slow.result.error.code, "network_timeout");
});

const FIRST_RESPONSES = {
  "a web page": { answer: html(), code: "not_an_mcp_endpoint" },
  "404": { answer: () => ({ status: 404 }), code: "not_an_mcp_endpoint" },
  "405": { answer: () => ({ status: 405 }), code: "not_an_mcp_endpoint" },
  "200 that is not JSON-RPC": {
    answer: () => ({ body: { up: true } }),
    code: "not_an_mcp_endpoint",
  },
  "200 with a JSON-RPC error": {
    answer: () => ({ body: { jsonrpc: "2.0", id: 1, error: { code: -32001, message: "no" } } }),
    code: "unexpected_answer",
  },
  "404 with the JSON-RPC error for an unknown method": {
    answer: () => ({
      status: 404,
      body: { jsonrpc: "2.0", id: 1, error: { code: -32601, message: "no" } },
    }),
    code: "unexpected_answer",
  },
  "400": { answer: () => ({ status: 400, body: "broken" }), code: "unexpected_answer" },
  "429": { answer: () => ({ status: 429 }), code: "unexpected_answer" },
  "503": { answer: () => ({ status: 503 }), code: "unexpected_answer" },
  "403": { answer: () => ({ status: 403 }), code: "access_refused" },
} as const;

for (const [name, { answer, code }] of Object.entries(FIRST_RESPONSES)) {
  Deno.test(`login, probe, doctor and metadata judge a first response alike: ${name}`, async () => {
    await using home = await makeHome();
    await using server = startScriptedServer({
      routes: { "POST /mcp": answer, "*": () => ({ status: 404 }) },
    });
    const url = `${server.origin}/mcp`;
    const run = async (...args: string[]) =>
      JSON.parse((await consume([...args, "--url", url, ...JSON_OUT], home)).stdout);
    const login = await run("oauth", "login", "--auth-mode", "headless", "--no-store");
    const probed = await run("server", "probe");
    const examined = await run("server", "doctor");
    const inspected = await run("oauth", "metadata");
    assert.equal(login.error.code, code);
    const { message } = login.error;
    assert.deepEqual([probed.problem.code, probed.problem.message], [code, message]);
    assert.deepEqual([examined.probe.error.code, examined.probe.error.message], [code, message]);
    assert.ok(inspected.error.message.includes(message), inspected.error.message);
  });
}

for (const [name, { answer }] of Object.entries(FIRST_RESPONSES)) {
  Deno.test(`login, probe, doctor and metadata find the published metadata alike: ${name}`, async () => {
    await using home = await makeHome();
    await using lab = await startFakeLab();
    const honest = lab.mcp.routes["*"];
    lab.mcp.routes["POST /mcp"] = (request, raw) => {
      const hasToken = headerOf(request, "authorization") !== undefined;
      const handler = hasToken ? honest : answer;
      return typeof handler === "function" ? handler(request, raw) : handler;
    };
    const run = async (...args: string[]) => {
      const ran = await consume([...args, "--url", lab.mcpUrl, ...JSON_OUT], home);
      return { status: ran.status, result: JSON.parse(ran.stdout) };
    };
    const probed = await run("server", "probe");
    assert.deepEqual(
      [probed.status, probed.result.status, probed.result.authorizationRequired],
      [0, "authorization_required", true],
    );
    assert.equal(probed.result.authorizationServer.issuer, lab.issuer);
    const signedOut = await run("server", "doctor");
    assert.deepEqual([signedOut.status, signedOut.result.status], [4, "sign_in_needed"]);
    assert.equal((await run("oauth", "metadata")).status, 0);
    const login = await run("oauth", "login", "--auth-mode", "headless", "--verify-tools");
    assert.deepEqual([login.status, login.result.error], [0, undefined]);
    const signedIn = await run("server", "doctor");
    assert.deepEqual([signedIn.status, signedIn.result.status], [0, "warning"]);
    for (const { findings } of [login.result, probed.result, signedIn.result.probe]) {
      const codes = findings.map(({ code }: { code: string }) => code);
      assert.ok(codes.includes("challenge_expected"), codes.join());
    }
  });
}

Deno.test("a server that answers 401, and then closes the connection, is unreachable", async () => {
  await using home = await makeHome();
  const route: Handler = ({ body }) =>
    /"initialize"/.test(String(body)) ? undefined : { status: 401 };
  await using server = startScriptedServer({ routes: { "POST /mcp": route } });
  const { status, result } = await probe(`${server.origin}/mcp`, home);
  assert.equal(status, 1);
  assert.deepEqual([result.status, result.error.code], ["unreachable", "network_connection_reset"]);
});

Deno.test("probe names the transport of 2024-11-05", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer({ era: "sse", path: "/sse" });
  const { status, result } = await probe(server.url, home);
  assert.equal(status, 0);
  assert.deepEqual([result.status, result.transport, result.problem], ["open", "sse", null]);
  const codes = result.findings.map((it: { code: string }) => it.code);
  assert.ok(codes.includes("http_sse_transport"));
});

Deno.test("probe calls an event stream without an endpoint no MCP server", async () => {
  await using home = await makeHome();
  await using server = startScriptedServer({
    routes: { "GET /sse": openStream(() => ["1"]), "*": () => ({ status: 405 }) },
  });
  const setup = ["--step-timeout", "300"];
  const { status, result } = await probe(`${server.origin}/sse`, home, ...setup);
  assert.equal(status, 1);
  assert.deepEqual([result.status, result.transport], ["not_mcp", null]);
});

Deno.test("probe reports what is wrong with the metadata, and that no way is left", async () => {
  await using home = await makeHome();
  await using lab = await startFakeLab({ prm: false });
  const { status, result } = await probe(lab.mcpUrl, home);
  assert.equal(status, 0);
  assert.equal(result.status, "authorization_unclear");
  assert.equal(result.problem.code, "discovery_failed");
  assert.ok(result.metadataAttempts.length > 1);
});

Deno.test("doctor finds nothing wrong with a good sign-in, and counts what is offered", async () => {
  await using home = await makeHome();
  await using lab = await startLab({ mcp: { extraTools: 4, pageSize: 2 } });
  await home.keep(await signIn(lab.mcpUrl));
  lab.requests.length = 0;
  const { status, result, check, stdout, stderr } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 0, stdout + stderr);
  assert.equal(result.counts["tools"], 9);
  assert.equal(check("token_expiry").status, "ok");
  assert.equal(check("token_audience").detail, lab.mcpUrl);
  assert.equal(check("token_refresh").status, "ok");
  assert.equal(check("protocol_era").detail, "2026-07-28 (stateless)");
  assert.equal(check("prompts").status, "skipped");
  assert.equal(check("tls").status, "skipped");
  assert.equal(check("clock").status, "ok");
  assert.ok(lab.requests.every((it) => it.path !== "/token"));
  const entry = await home.kept(lab.mcpUrl);
  for (const secret of [entry?.tokens?.accessToken, entry?.tokens?.refreshToken]) {
    assert.ok(secret && !(stdout + stderr).includes(secret));
  }
});

Deno.test("doctor without credentials is exit status 4 and names the login command", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const { status, result, check } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 4);
  assert.equal(result.status, "sign_in_needed");
  assert.equal(result.next, `mcpass login ${lab.mcpUrl}`);
  assert.equal(check("credentials").status, "error");
  assert.equal(check("connection").status, "skipped");
});

Deno.test("doctor needs no credentials for an open server", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer({ era: "legacy" });
  const { status, check } = await doctor(server.url, home);
  assert.equal(status, 0);
  assert.equal(check("credentials").status, "skipped");
  assert.equal(check("protocol_era").detail, "2025-11-25 (with initialize)");
  assert.equal(check("tools").detail, "5");
});

Deno.test("doctor renews an expired sign-in and says so", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  await home.keep(expired(await signIn(lab.mcpUrl)));
  const { status, check } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 0);
  assert.match(check("token_expiry").detail, /refreshed just now/);
  assert.equal(check("token_refresh").detail, "it was refreshed just now");
});

Deno.test("doctor: an expired sign-in that cannot be renewed is exit status 4", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const entry = expired(await signIn(lab.mcpUrl));
  assert.ok(entry.tokens);
  await home.keep({ ...entry, tokens: { ...entry.tokens, refreshToken: null } });
  const { status, result, check } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 4);
  assert.equal(result.status, "sign_in_needed");
  assert.match(check("token_expiry").detail, /expired at .* 60 minutes ago/);
  assert.equal(check("token_refresh").status, "warning");
  assert.match(check("token_expiry").remedy ?? "", /mcpass login/);
});

Deno.test("doctor: a refused renewal is exit status 4, and the lost token is still judged", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const entry = expired(await signIn(lab.mcpUrl));
  assert.ok(entry.tokens);
  await home.keep({ ...entry, tokens: { ...entry.tokens, refreshToken: "canary-dead-token" } });
  const { status, result, check, stdout, stderr } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 4);
  assert.equal(result.status, "sign_in_needed");
  assert.equal(check("token_refresh").status, "error");
  assert.match(check("token_expiry").detail, /^it expired at/);
  assert.ok(!(stdout + stderr).includes("canary-dead-token"));
});

Deno.test("doctor: a token for another server is told by its audience", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  await using other = await startLab();
  lab.as.addResource(other.mcpUrl);
  const { accessToken } = await loginByHand(lab.issuer, { resource: other.mcpUrl });
  const { status, check, stdout } = await doctor(lab.mcpUrl, home, {
    MCPASS_ACCESS_TOKEN: accessToken,
  });
  assert.equal(status, 4);
  assert.equal(check("token_audience").status, "error");
  assert.ok(check("token_audience").detail.includes(other.mcpUrl));
  assert.equal(check("connection").status, "error");
  assert.ok(!stdout.includes(accessToken));
});

Deno.test("doctor: claims that do not fit are a warning where the server takes the token", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer();
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ aud: "https://elsewhere.example" }, "token_audience", /accepts it anyway/],
    [{ cnf: { jkt: "x" } }, "token_form", /bound to a key \(jkt\)/],
    [{ nbf: Date.now() / 1000 + 600 }, "token_form", /"nbf" lies 10 minutes in the future/],
  ];
  for (const [claims, id, words] of cases) {
    const token = tokenOf(claims);
    const { status, check } = await doctor(server.url, home, { MCPASS_ACCESS_TOKEN: token });
    assert.equal(status, 0);
    assert.equal(check(id).status, "warning");
    assert.match(check(id).detail, words);
  }
});

Deno.test("doctor: a list that needs more scope is exit status 4, the others are counted", async () => {
  await using home = await makeHome();
  await using lab = await startLab({
    protection: { methodScopes: { "tools/list": ["mcp:admin"] } },
  });
  await home.keep(await signIn(lab.mcpUrl));
  const { status, check } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 4);
  assert.equal(check("connection").status, "ok");
  assert.equal(check("tools").status, "error");
  assert.equal(check("token_scopes").status, "error");
  assert.match(check("token_scopes").remedy ?? "", /--scopes 'mcp:read mcp:admin'/);
});

Deno.test("doctor: a list that fails is exit status 1", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer({
    era: "legacy",
    intercept: (request) => {
      if (rpcMethodOf(request) !== "tools/list") return undefined;
      const { id } = JSON.parse(request.body);
      const error = { code: -32603, message: "the database\nis gone\x1b[2J" };
      return { body: { jsonrpc: "2.0", id, error } };
    },
  });
  const { status, result, check, stderr } = await doctor(server.url, home);
  assert.equal(status, 1);
  assert.equal(result.status, "error");
  assert.equal(check("tools").status, "error");
  assert.match(check("tools").detail, /the database is gone\\x1b/);
  assert.ok(!stderr.includes("\x1b"));
});

Deno.test("doctor: a sign-in would not help where the metadata is at fault", async () => {
  await using home = await makeHome();
  await using lab = await startFakeLab({
    prm: { document: () => ({ authorization_servers: [] }) },
  });
  const { status, result } = await doctor(lab.mcpUrl, home);
  assert.equal(status, 1);
  assert.equal(result.status, "error");
});

Deno.test("doctor: a server whose clock is wrong is named", async () => {
  await using home = await makeHome();
  const late = new Date(Date.now() - 3_600_000).toUTCString();
  await using server = startScriptedServer({
    routes: { "*": () => ({ status: 401, headers: [["date", late]], body: "no" }) },
  });
  const { check } = await doctor(`${server.origin}/mcp`, home);
  assert.equal(check("clock").status, "warning");
  assert.match(check("clock").detail, /is (59|60) minutes behind this machine/);
});

Deno.test("doctor looks at the certificate of an https server", async () => {
  await using home = await makeHome();
  const fixture = (name: string) => `${ROOT}tests/http/fixtures/${name}`;
  const [cert, key] = await Promise.all(
    ["server.crt", "server.key"].map((name) => Deno.readTextFile(fixture(name))),
  );
  await using server = await startMcpServer({ tls: { cert: cert ?? "", key: key ?? "" } });
  const ran = await consume(
    ["server", "doctor", "--url", server.url, "--ca-file", fixture("ca.crt"), ...JSON_OUT],
    home,
  );
  const { tls, checks } = JSON.parse(ran.stdout);
  const check = checks.find((it: { id: string }) => it.id === "tls");
  assert.notEqual(check.status, "skipped", JSON.stringify(check));
  assert.ok(Date.parse(tls.certificate.validTo) > Date.now());
  assert.match(check.detail, new RegExp(tls.certificate.validTo.slice(0, 10)));
});

Deno.test("doctor for people leads with the answer, fits a screen, ends with the next command", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const args = ["server", "doctor", "--url", lab.mcpUrl, "--format", "human"];
  const none = await consume(args, home);
  assert.equal(none.status, 4);
  const [verdict, empty, ...finding] = none.stdout.split("\n");
  assert.deepEqual([verdict, empty], [`! ${lab.mcpUrl} needs a sign-in`, ""]);
  assert.match(finding[0] ?? "", /^error: Credentials: no token was given/);
  assert.match(none.stdout, /\nFix: {3}Sign in\nTry: {3}mcpass login .*\nMore: {2}mcpass explain /);
  assert.equal(none.stdout.split("mcpass login").length, 2, none.stdout);
  assert.equal(none.stderr, "");
  await home.keep(await signIn(lab.mcpUrl));
  const good = await consume(args, home);
  assert.equal(good.status, 0);
  assert.match(good.stdout.split("\n")[0] ?? "", /^[✓!] .* works/);
  assert.ok(
    good.stdout.endsWith(`Use it:\n  mcpass tools list ${lab.mcpUrl}\n`),
    good.stdout,
  );
  for (const { stdout } of [none, good]) {
    assert.ok(stdout.split("\n").length <= 24, stdout);
    assert.ok(stdout.split("\n").every((line) => line.length <= 80), stdout);
  }
  const all = await consume([...args, "--verbose"], home);
  assert.match(all.stdout, /skipped: Prompts/);
});

Deno.test("doctor sends the token to the MCP server alone", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const entry = await signIn(lab.mcpUrl);
  await home.keep(entry);
  lab.requests.length = 0;
  await doctor(lab.mcpUrl, home);
  const carrying = lab.requests.filter((it) => headerOf(it, "authorization") !== undefined);
  assert.ok(carrying.length > 0);
  assert.ok(carrying.every((it) => it.server === "mcp" && it.path === "/mcp"));
});

Deno.test("credentials that contradict each other are a usage error before any request", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer();
  const ran = await consume(
    [
      ...["server", "doctor", "--url", server.url, ...JSON_OUT],
      ...["--access-token", "a", "--credentials-file", "x.json"],
    ],
    home,
  );
  assert.equal(ran.status, 2);
  assert.equal(server.requests.length, 0);
});

Deno.test("probe and doctor name the page about a server that is not there", async () => {
  for (const command of ["probe", "doctor"]) {
    const { stdout } = await consume([
      ...["server", command, "--url", "http://127.0.0.1:1/mcp", "--format", "human"],
    ], { env: { MCPASS_STORE: "none" } });
    assert.match(stdout.split("\n")[0] ?? "", /^✗ \S+ cannot be reached$/);
    assert.equal(stdout.match(/mcpass explain network_\w+\n/g)?.length, 1);
  }
});

const LISTS = [
  ["tools_failed", "tools/list"],
  ["resources_failed", "resources/list"],
  ["resource_templates_failed", "resources/templates/list"],
  ["prompts_failed", "prompts/list"],
] as const;

for (const [code, refused] of LISTS) {
  Deno.test(`doctor: a server that announces and refuses ${refused} ends it with ${code}`, async () => {
    await using home = await makeHome();
    await using server = startScriptedServer({
      routes: {
        "*": (request) => {
          const { id, method } = JSON.parse(request.body || "{}");
          if (request.method !== "POST") return { status: 405 };
          if (id === undefined) return { status: 202 };
          const results: Readonly<Record<string, object>> = {
            "initialize": {
              protocolVersion: "2025-06-18",
              capabilities: { tools: {}, resources: {}, prompts: {} },
              serverInfo: { name: "x", version: "1" },
            },
            "tools/list": { tools: [] },
            "resources/list": { resources: [] },
            "resources/templates/list": { resourceTemplates: [] },
            "prompts/list": { prompts: [] },
          };
          const result = method === refused ? undefined : results[method];
          if (result !== undefined) return { body: { jsonrpc: "2.0", id, result } };
          return { body: { jsonrpc: "2.0", id, error: { code: -32603, message: "no" } } };
        },
      },
    });
    const url = `${server.origin}/mcp`;
    const trace = `${home.path}/trace.json`;
    const ran = await consume(
      ["server", "doctor", "--url", url, ...JSON_OUT, "--debug-out", trace],
      home,
    );
    assert.equal(ran.status, 1, ran.stdout + ran.stderr);
    assert.equal(JSON.parse(await Deno.readTextFile(trace)).outcome.error.code, code);
    assert.equal((await consume(["explain", code], home)).status, 0);
  });
}
