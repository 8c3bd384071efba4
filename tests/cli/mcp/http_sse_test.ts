import assert from "node:assert/strict";
import { headerOf, type RecordedRequest } from "../../lab/journal.ts";
import { startMcpServer } from "../../lab/mcp_server.ts";
import { type LabOptions, startLab } from "../../lab/shapes.ts";
import { guided } from "../guided_login.ts";
import { openHome } from "../real_run.ts";

interface FindingText {
  readonly code: string;
}

const JSON_OUT = ["--format", "json"];

const codes = (findings: readonly FindingText[]) => findings.map(({ code }) => code);

const isFirstPost = ({ method, target }: RecordedRequest) =>
  method === "POST" && !target.includes("sessionId");

/** Servers with HTTP+SSE: where they ask for a token. */
const SHAPES: Readonly<Record<string, LabOptions>> = {
  "401 before everything": { mcp: { era: "sse", path: "/sse" } },
  "405 for each POST, and 401 for a GET": {
    mcp: {
      era: "sse",
      path: "/sse",
      intercept: (request) => isFirstPost(request) ? { status: 405, body: "no" } : undefined,
    },
  },
  "404 for a POST with a token": { mcp: { era: "sse", path: "/sse", sse: { postStatus: 404 } } },
};

for (const [shape, options] of Object.entries(SHAPES)) {
  Deno.test(`sign-in, tools and doctor work over HTTP+SSE: ${shape}`, async () => {
    await using lab = await startLab(options);
    await using home = await openHome();
    const { stdout } = await home.signIn(lab, "--verify-tools", "--verify-call-tool", "test-tool");
    const login = JSON.parse(stdout);
    assert.ok(login.verification.listTools.toolCount > 0);
    assert.equal(login.verification.callTool.passed, true);
    assert.ok(codes(login.findings).includes("http_sse_transport"));

    const listed = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
    assert.equal(listed.status, 0, listed.stderr);
    const { tools, findings } = JSON.parse(listed.stdout);
    assert.equal(tools.length, login.verification.listTools.toolCount);
    assert.deepEqual(codes(findings), ["http_sse_transport"]);

    const tool = ["--tool-name", "echo", "--tool-args", '{"message":"hi"}'];
    const called = await home.run(["tools", "call", "--url", lab.mcpUrl, ...tool, ...JSON_OUT]);
    assert.equal(JSON.parse(called.stdout).content[0].text, "hi");

    const examined = await home.run(["server", "doctor", "--url", lab.mcpUrl, ...JSON_OUT]);
    const { checks, connection } = JSON.parse(examined.stdout);
    assert.equal(examined.status, 0, examined.stdout);
    assert.equal(connection.transport, "sse");
    const details = checks.map((it: { detail: string }) => it.detail).join("\n");
    assert.match(details, /over HTTP\+SSE \(2024-11-05\)/);
    // The caller cannot change it.
    assert.equal(checks.find((it: { id: string }) => it.id === "protocol_era").status, "ok");
    assert.doesNotMatch(details, /Streamable/);
  });

  Deno.test(`a refused token is refreshed over HTTP+SSE: ${shape}`, async () => {
    await using lab = await startLab(options);
    await using home = await openHome();
    await home.signIn(lab);
    const before = lab.requests.length;
    const used = new Set<string>();
    const { intercept } = options.mcp ?? {};
    lab.mcp.intercept((request) => {
      const token = headerOf(request, "authorization");
      if (token !== undefined && used.size === 0) used.add(token);
      const isUsed = token !== undefined && used.has(token);
      return intercept?.(request) ?? (isUsed ? { status: 401, body: "expired" } : undefined);
    });
    const listed = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
    assert.equal(listed.status, 0, listed.stderr);
    const tokenRequests = lab.requests.slice(before).filter(({ path }) => path === "/token");
    assert.equal(tokenRequests.length, 1);
  });
}

Deno.test("an open server with HTTP+SSE needs no sign-in, and its tools are listed", async () => {
  await using server = await startMcpServer({ era: "sse", path: "/sse" });
  await using home = await openHome();
  const login = ["oauth", "login", "--auth-mode", "headless", "--url", server.url, ...JSON_OUT];
  const refused = await home.run(login);
  assert.equal(refused.status, 1);
  const { error, findings } = JSON.parse(refused.stdout);
  assert.equal(error.code, "authorization_not_required");
  assert.ok(codes(findings).includes("http_sse_transport"));
  assert.doesNotMatch(error.remedy.replace(/\n.*/s, ""), /\/sse/);
  const listed = await home.run(["tools", "list", "--url", server.url, ...JSON_OUT]);
  assert.equal(listed.status, 0, listed.stderr);

  const metadata = await home.run(["oauth", "metadata", "--url", server.url, ...JSON_OUT]);
  const { chain, error: none } = JSON.parse(metadata.stdout);
  assert.equal(none.code, "authorization_not_required");
  // The event stream has no end, so it is not waited for.
  for (const { method, reason } of chain) {
    if (method === "GET") assert.match(reason, /HTTP (200 text\/event-stream|404 )/);
  }
});

Deno.test("a server of which only a token shows the transport is said to have none", async () => {
  await using lab = await startLab({ mcp: { era: "sse", path: "/sse" } });
  await using home = await openHome();
  const human = ["--url", lab.mcpUrl, "--format", "human"];
  const probed = await home.run(["server", "probe", ...human]);
  assert.match(probed.stdout, /^Transport +unknown without a token$/m);
  assert.doesNotMatch(probed.stdout, /Streamable|^Protocol/m);
  await home.signIn(lab);
  const examined = await home.run(["server", "doctor", ...human]);
  assert.match(examined.stdout, /^Protocol +.*HTTP\+SSE/m);
});

Deno.test("doctor with a token does not say that the protocol is unknown without one", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.mcp.intercept((request) =>
    headerOf(request, "authorization") === undefined ? undefined : { status: 500 }
  );
  const ran = await home.run(["server", "doctor", "--url", lab.mcpUrl, "--format", "human"]);
  assert.equal(ran.status, 1);
  assert.doesNotMatch(ran.stdout, /unknown without/);
});

for (const [path, typed] of [["/mcp/", "/mcp"], ["/tools", "/tools/"]] as const) {
  Deno.test(`a guided login finds ${path} where ${typed} was typed`, async () => {
    await using lab = await startLab({ mcp: { path } });
    await using home = await openHome();
    const { origin } = new URL(lab.mcpUrl);
    const answers = [`${origin}${typed}`, "dcr", "as ticked", "browser", "none"];
    const ran = await guided(home, [], answers, { env: { BROWSER: "true" } });
    assert.equal(ran.status, 0, ran.stderr);
    assert.ok(ran.stderr.includes(`mcpass login ${lab.mcpUrl} `), ran.stderr);
  });
}

Deno.test("a message that fails after the event stream accepted the token is not blamed on it", async () => {
  await using lab = await startLab({ mcp: { era: "sse", path: "/sse" } });
  lab.mcp.intercept((request) =>
    request.target.includes("sessionId") ? { status: 404, body: "not found" } : undefined
  );
  await using home = await openHome();
  const args = ["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless", ...JSON_OUT];
  const { error } = JSON.parse((await home.run([...args, "--verify-tools"])).stdout);
  assert.match(error.message, /HTTP\+SSE \(2024-11-05\).*HTTP 404/);
  assert.doesNotMatch(error.remedy, /"aud"/);
});

for (const path of ["/", "/sse"]) {
  Deno.test(`a guided login finds HTTP+SSE at ${path} of a host`, async () => {
    await using lab = await startLab({
      mcp: {
        era: "sse",
        path,
        intercept: (request) => isFirstPost(request) ? { status: 405, body: "no" } : undefined,
      },
    });
    await using home = await openHome();
    const { host } = new URL(lab.mcpUrl);
    const ran = await guided(home, [], [host, "dcr", "as ticked", "browser", "none"], {
      env: { BROWSER: "true" },
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.ok(ran.stderr.includes(`mcpass login ${lab.mcpUrl.replace(/\/$/, "")} `), ran.stderr);
  });
}
