import assert from "node:assert/strict";
import { pickDefined } from "../../../../src/core/pick_defined.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { startLab } from "../../../lab/shapes.ts";
import { startMcpServer } from "../../../lab/mcp_server.ts";
import { headerOf, rpcMethodOf } from "../../../lab/journal.ts";
import { neverAnswers } from "../../../lab/misbehaviour.ts";
import { loginByHand } from "../../../lab/person.ts";
import { startScriptedServer } from "../../../lab/scripted_server.ts";
import { openHome } from "../../real_run.ts";
import { consume, expired, makeHome, signIn } from "../../token_commands.ts";

const JSON_OUT = ["--format", "json"];

function names(stdout: string): string[] {
  return JSON.parse(stdout).tools.map((tool: { name: string }) => tool.name);
}

for (const era of ["legacy", "modern"] as const) {
  Deno.test(`tools list follows every page on the ${era} wire and ends its session`, async () => {
    await using home = await makeHome();
    await using server = await startMcpServer({ era, extraTools: 8, pageSize: 3 });
    const ran = await consume(["tools", "list", "--url", server.url, ...JSON_OUT], home);
    assert.equal(ran.status, 0, ran.stderr);
    const found = names(ran.stdout);
    assert.equal(found.length, 13);
    assert.deepEqual(found.slice(-1), ["extra-8"]);
    const lists = server.requests.filter((it) => rpcMethodOf(it) === "tools/list");
    assert.equal(lists.length, 5);
    assert.equal(server.requests.some((it) => it.method === "DELETE"), era === "legacy");
    assert.ok(server.requests.every((it) => headerOf(it, "authorization") === undefined));
  });
}

Deno.test("a server may list its tools on more pages than the library would read", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer({ era: "modern", extraTools: 70, pageSize: 1 });
  const ran = await consume(["tools", "list", "--url", server.url, ...JSON_OUT], home);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(names(ran.stdout).length, 75);
});

Deno.test("a tool is listed as the server sent it, members of later revisions included", async () => {
  await using home = await makeHome();
  const tool = {
    name: "one",
    title: "One",
    description: "first\nsecond",
    inputSchema: { type: "object", "x-vendor": [1] },
    "vendor.example/extra": { a: 1 },
  };
  await using server = startScriptedServer({
    routes: {
      "*": (request) => {
        const { id, method } = JSON.parse(request.body || "{}");
        if (request.method !== "POST") return { status: 405 };
        if (method === "initialize") {
          const result = {
            protocolVersion: "2025-06-18",
            capabilities: { tools: {} },
            serverInfo: { name: "x", version: "1" },
          };
          return { body: { jsonrpc: "2.0", id, result } };
        }
        if (method === "tools/list") {
          return { body: { jsonrpc: "2.0", id, result: { tools: [tool] } } };
        }
        return id === undefined ? { status: 202 } : { status: 400, body: "no" };
      },
    },
  });
  const ran = await consume(["tools", "list", "--url", `${server.origin}/`, ...JSON_OUT], home);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout), { ok: true, tools: [tool], findings: [] });
});

Deno.test("people see a name and the first line of a description, and no control characters", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer({
    era: "modern",
    intercept: (request) => {
      const { id, method } = JSON.parse(request.body);
      if (method !== "tools/list") return undefined;
      const tools = [
        { name: "evil\x1b[2J", description: "\n\x07bell\nmore", inputSchema: { type: "object" } },
      ];
      const caching = { ttlMs: 0, cacheScope: "private" };
      return {
        body: { jsonrpc: "2.0", id, result: { resultType: "complete", tools, ...caching } },
      };
    },
  });
  const args = ["tools", "list", "--url", server.url, "--format", "human"];
  const ran = await consume(args, home);
  assert.equal(ran.status, 0, ran.stderr);
  assert.ok(!["\x07", "\x1b"].some((it) => ran.stdout.includes(it)), ran.stdout);
  assert.match(ran.stdout, /^1 tool at /);
  assert.match(ran.stdout, /evil\\x1b\[2J\s+\\x07bell\n/);
  assert.ok(!ran.stdout.includes("more"));
});

Deno.test("both spellings of the given token are sent to the MCP server and nowhere else", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const { accessToken } = await loginByHand(lab.issuer, {
    resource: lab.mcpUrl,
    scope: "mcp:read",
  });
  for (const flag of ["--access-token", "--oauth-access-token"]) {
    lab.requests.length = 0;
    const ran = await consume(
      ["tools", "list", "--url", lab.mcpUrl, flag, accessToken, ...JSON_OUT],
      home,
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stderr, /history/);
    assert.ok(!ran.stderr.includes(accessToken));
    assert.ok(lab.requests.length > 0);
    assert.ok(
      lab.requests.every((it) => headerOf(it, "authorization") === `Bearer ${accessToken}`),
    );
  }
});

Deno.test("without credentials a 401 is exit status 4 with the login command, on either wire", async () => {
  await using home = await makeHome();
  for (const era of ["legacy", "modern"] as const) {
    await using lab = await startLab({ mcp: { era } });
    const ran = await consume(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT], home);
    assert.equal(ran.status, 4);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "authorization_required");
    assert.equal(error.remedy, `Sign in:\n  mcpass login ${lab.mcpUrl}`);
    assert.match(ran.stderr, /mcpass login http/);
  }
});

Deno.test("a given token that is refused is exit status 4, and is not shown though it is echoed", async () => {
  await using home = await makeHome();
  const token = "canary-token-1234567890";
  await using lab = await startLab({
    protection: {
      challenge: { fields: () => [`Bearer error="invalid_token", error_description="${token}"`] },
    },
  });
  const ran = await consume(
    ["tools", "call", "--url", lab.mcpUrl, "--name", "echo", "-v", ...JSON_OUT],
    { env: { ...home.env, MCPASS_ACCESS_TOKEN: token } },
  );
  assert.equal(ran.status, 4);
  assert.equal(JSON.parse(ran.stdout).error.code, "token_rejected");
  assert.ok(!(ran.stdout + ran.stderr).includes(token));
  assert.ok(!ran.stderr.includes("warning:"));
});

Deno.test("a kept token that expired is renewed first, written back, and used", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const before = expired(await signIn(lab.mcpUrl));
  await home.keep(before);
  lab.requests.length = 0;
  const ran = await consume(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT], home);
  assert.equal(ran.status, 0, ran.stderr);
  const [first, ...others] = lab.requests;
  assert.equal(first?.path, "/token");
  assert.ok(others.every((it) => it.path === "/mcp"));
  const after = await home.kept(lab.mcpUrl);
  assert.notEqual(after?.tokens?.accessToken, before.tokens?.accessToken);
  assert.equal(
    headerOf(others[0] ?? first, "authorization"),
    `Bearer ${after?.tokens?.accessToken}`,
  );
  assert.ok(!(ran.stdout + ran.stderr).includes(after?.tokens?.accessToken ?? ""));
});

Deno.test("a kept token that the server refuses is renewed once, and the request sent again", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const entry = await signIn(lab.mcpUrl);
  assert.ok(entry.tokens);
  await home.keep({ ...entry, tokens: { ...entry.tokens, accessToken: "revoked-by-somebody" } });
  lab.requests.length = 0;
  const call = ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "test-tool", ...JSON_OUT];
  const ran = await consume(call, home);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(lab.requests.filter((it) => it.path === "/token").length, 1);
  assert.notEqual((await home.kept(lab.mcpUrl))?.tokens?.accessToken, "revoked-by-somebody");
});

Deno.test("a kept token that stays refused after its renewal is exit status 4", async () => {
  await using home = await makeHome();
  await using lab = await startLab({ protection: { verify: () => "never good" } });
  await home.keep(await signIn(lab.mcpUrl));
  lab.requests.length = 0;
  const ran = await consume(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT], home);
  assert.equal(ran.status, 4);
  assert.equal(JSON.parse(ran.stdout).error.code, "token_rejected");
  assert.equal(lab.requests.filter((it) => it.path === "/token").length, 1);
});

Deno.test("a person at a terminal signs in for more scope, and the call goes through", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const before = await signIn(lab.mcpUrl);
  const refresh = { refusedWith: "unauthorized_client" };
  await home.keep({ ...before, refresh, loginFlags: { authorizeParam: ["login_hint=ada"] } });
  lab.requests.length = 0;
  const ran = await consume(
    ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "write-thing", ...JSON_OUT],
    { env: home.env, terminal: true },
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).content[0].text, "written");
  const authorization = lab.requests.find((it) => it.path === "/auth");
  assert.equal(authorization?.query.get("scope"), "mcp:read mcp:write");
  assert.equal(authorization?.query.get("client_id"), before.client.clientId);
  assert.equal(authorization?.query.get("login_hint"), "ada");
  const after = await home.kept(lab.mcpUrl);
  assert.deepEqual(after?.requestedScopes, ["mcp:read", "mcp:write"]);
  assert.equal(after?.refresh, undefined);
  // The next sign-in asks for these scopes at once.
  const scopes = "mcp:read mcp:write";
  assert.deepEqual(after?.loginFlags, { authorizeParam: ["login_hint=ada"], scopes });
  assert.deepEqual(after?.client, pickDefined(before.client));
  assert.ok(lab.requests.every((it) => it.path !== "/reg"));
});

Deno.test("where nobody is there, a want of scope is exit status 4 and names the scope", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  await home.keep(await signIn(lab.mcpUrl));
  lab.requests.length = 0;
  for (const [extra, terminal] of [[[], false], [["--no-input"], true]] as const) {
    const ran = await consume(
      ["tools", "call", "--url", lab.mcpUrl, "--name", "write-thing", ...extra, ...JSON_OUT],
      { env: home.env, terminal },
    );
    assert.equal(ran.status, 4);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "insufficient_scope");
    assert.match(error.remedy, /mcpass login .* --scopes 'mcp:read mcp:write'/);
  }
  assert.ok(lab.requests.every((it) => it.path === "/mcp"));
});

Deno.test("arguments of a tool stand on the line, in a file, or on standard input", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer();
  const file = `${home.path}/args.json`;
  await Deno.writeTextFile(file, '{"a":1,"b":2}');
  for (const given of ['{"a":1,"b":2}', `@${file}`, "-"]) {
    const ran = await consume(
      ["tools", "call", "--url", server.url, "--name", "add_numbers", "--tool-args", given],
      { env: home.env, stdin: '{"a":1,"b":2}' },
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(JSON.parse(ran.stdout).content, [{ type: "text", text: "3" }]);
  }
  const before = server.requests.length;
  const wrong = ["tools", "call", "--url", server.url, "--name", "x", "--tool-args", "[1]"];
  assert.equal((await consume(wrong, home)).status, 2);
  assert.equal(server.requests.length, before);
  const nameless = ["tools", "call", "--url", server.url];
  const ran = await consume(nameless, home);
  assert.equal(ran.status, 2);
  assert.match(JSON.parse(ran.stdout).error.message, /name of the tool is missing/);
  const sent = server.requests.slice(before).map(rpcMethodOf);
  assert.ok(sent.includes("tools/list") && !sent.includes("tools/call"), sent.join());
});

Deno.test("a result with isError has exit status 1 and is still written to stdout", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer();
  const call = ["tools", "call", "--url", server.url, "--name", "fail"];
  const json = await consume([...call, ...JSON_OUT], home);
  assert.equal(json.status, 1);
  assert.equal(JSON.parse(json.stdout).isError, true);
  assert.match(json.stderr, /the tool "fail" returned an error/);
  const human = await consume([...call, "--format", "human"], home);
  assert.equal(human.status, 1);
  assert.equal(human.stdout, "this tool always fails\n");
});

Deno.test("what a tool says reaches a terminal without its control characters, line by line", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer();
  const message = "one\r\ntwo\tthree\x1b[2J";
  const ran = await consume(
    [
      ...["tools", "call", "--url", server.url, "--name", "echo", "--format", "human"],
      ...["--tool-args", JSON.stringify({ message })],
    ],
    home,
  );
  assert.equal(ran.stdout, "one\ntwo  three\\x1b[2J\n");
});

Deno.test("a server that does not speak the asked revision is exit status 1 with a reason", async () => {
  await using home = await makeHome();
  await using server = await startMcpServer({ era: "legacy" });
  const ran = await consume(
    ["tools", "list", "--url", server.url, "--protocol-version", "2026-07-28", ...JSON_OUT],
    home,
  );
  assert.equal(ran.status, 1);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "mcp_error");
  assert.match(error.remedy, /--protocol-version auto/);
});

Deno.test("a server that never answers ends with --step-timeout", async () => {
  await using home = await makeHome();
  await using server = startScriptedServer({ routes: { "*": neverAnswers() } });
  const ran = await consume(
    ["tools", "list", "--url", `${server.origin}/mcp`, "--step-timeout", "200", ...JSON_OUT],
    home,
  );
  assert.equal(ran.status, 1);
  assert.match(JSON.parse(ran.stdout).error.code, /timeout|mcp_error/);
});

Deno.test("Ctrl-C during a call is exit status 130, one document, and the artifact is written", async () => {
  await using home = await makeHome();
  const stop = new AbortController();
  await using server = await startMcpServer({
    era: "modern",
    intercept: (request) => {
      if (rpcMethodOf(request) !== "tools/call") return undefined;
      stop.abort();
      return { body: new ReadableStream() };
    },
  });
  const artifact = `${home.path}/debug.json`;
  const ran = await consume(
    [
      ...["tools", "call", "echo", "message=hi", "--url", server.url],
      ...["--debug-out", artifact, ...JSON_OUT],
    ],
    { env: home.env, signal: stop.signal },
  );
  assert.equal(ran.status, 130);
  assert.equal(JSON.parse(ran.stdout).error.code, "cancelled");
  assert.equal(JSON.parse(await Deno.readTextFile(artifact)).outcome.exitStatus, 130);
});

Deno.test("the artifact of a call holds the exchanges and no secret", async () => {
  await using home = await makeHome();
  await using lab = await startLab();
  const entry = expired(await signIn(lab.mcpUrl));
  await home.keep(entry);
  const artifact = `${home.path}/debug.json`;
  const ran = await consume(
    [
      ...["tools", "call", "--url", lab.mcpUrl, "--name", "test-tool", "--debug-out", artifact],
      ...["--header", "X-Api-Key: canary-header-value"],
    ],
    home,
  );
  assert.equal(ran.status, 0, ran.stderr);
  const text = await Deno.readTextFile(artifact);
  const after = await home.kept(lab.mcpUrl);
  const secrets = [entry, after].flatMap((it) => [
    it?.tokens?.accessToken,
    it?.tokens?.refreshToken,
  ]);
  for (const secret of [...secrets, "canary-header-value"]) {
    assert.ok(secret && !text.includes(secret));
  }
  const { exchanges } = JSON.parse(text);
  assert.ok(exchanges.length >= 3);
  const toServer = lab.requests.filter((it) => headerOf(it, "x-api-key") !== undefined);
  assert.ok(toServer.length > 0 && toServer.every((it) => it.path === "/mcp"));
});

for (const depth of [300, 100_000]) {
  Deno.test(`a result that is nested ${depth} deep is refused, and is no internal error`, async () => {
    const deep = "[".repeat(depth) + "]".repeat(depth);
    const members = `"resultType":"complete","ttlMs":0,"cacheScope":"private","content":[]`;
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.signIn(lab);
    lab.mcp.intercept(({ body }) => {
      const asked = body.startsWith("{") ? JSON.parse(body) : {};
      if (asked.method !== "tools/call" && asked.method !== "tools/list") return undefined;
      const tools = `[{"name":"x","inputSchema":{"type":"object","x":${deep}}}]`;
      const result = `{${members},"tools":${tools},"structuredContent":{"x":${deep}}}`;
      return new Response(`{"jsonrpc":"2.0","id":${JSON.stringify(asked.id)},"result":${result}}`, {
        headers: { "content-type": "application/json" },
      });
    });
    for (const words of [["tools", "call", "--tool-name", "x"], ["tools", "list"]]) {
      const ran = await home.run([...words, "--url", lab.mcpUrl, "--format", "json"]);
      const { error } = JSON.parse(ran.stdout);
      assert.deepEqual([ran.status, error.code], [1, "mcp_error"], ran.stderr);
      assert.match(error.message, /nested more than 256 levels deep/);
    }
  });
}
