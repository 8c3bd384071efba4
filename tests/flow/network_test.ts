import assert from "node:assert/strict";
import { headerOf, sequence } from "../lab/journal.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import {
  endlessBody,
  hugeBody,
  neverAnswers,
  openStream,
  redirect,
  slowLoris,
} from "../lab/misbehaviour.ts";
import { startScriptedServer } from "../lab/scripted_server.ts";
import { runLogin } from "./harness.ts";

Deno.test("code, verifier and secret never follow a redirect of the token endpoint", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    await using thief = startScriptedServer({ name: "thief", routes: { "*": { status: 200 } } });
    await using lab = await startFakeLab({
      clients: [{ clientId: "c", clientSecret: "s3cret-value", authMethod: "client_secret_post" }],
    });
    lab.asServer.routes["POST /token"] = redirect(`${thief.origin}/token`, status);
    const { result } = await runLogin({
      serverUrl: lab.mcpUrl,
      clientId: "c",
      clientSecret: "s3cret-value",
    });
    assert.equal(result.error?.code, "redirect_refused");
    assert.deepEqual(sequence(thief.requests), []);
  }
});

Deno.test("a registration does not follow a redirect either", async () => {
  await using thief = startScriptedServer({ name: "thief", routes: { "*": { status: 200 } } });
  await using lab = await startFakeLab();
  lab.asServer.routes["POST /register"] = redirect(`${thief.origin}/register`, 307);
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "redirect_refused");
  assert.deepEqual(sequence(thief.requests), []);
});

Deno.test("custom headers go to the MCP endpoint and its metadata, never to an authorization server", async () => {
  for (const placement of ["separate", "same_origin"] as const) {
    await using lab = await startFakeLab({ placement });
    const { result } = await runLogin({
      serverUrl: lab.mcpUrl,
      headers: [["X-Api-Key", "key-1234"]],
      verifyTools: true,
    });
    assert.deepEqual(result.error, undefined);
    for (const request of lab.requests) {
      const due = request.path === "/mcp" || request.path.includes("oauth-protected-resource");
      const line = `${request.method} ${request.path}`;
      assert.equal(headerOf(request, "x-api-key"), due ? "key-1234" : undefined, line);
    }
  }
});

Deno.test("the token goes to the MCP endpoint alone", async () => {
  await using lab = await startFakeLab();
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  const token = result.credentials?.accessToken;
  assert.ok(token);
  for (const request of lab.requests) {
    if (JSON.stringify(request).includes(token)) assert.equal(request.path, "/mcp");
    assert.equal(request.target.includes(token), false);
  }
});

Deno.test("an initialize answer whose stream stays open does not hold the login up", async () => {
  await using lab = await startFakeLab({ mcp: { era: "legacy" } });
  const answer = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    result: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      serverInfo: { name: "open", version: "1" },
    },
  });
  await using server = startScriptedServer({
    name: "mcp",
    routes: {
      "POST /mcp": (request, raw) =>
        request.body.includes('"initialize"')
          ? openStream(() => [answer])(request, raw)
          : { status: 401, headers: [["www-authenticate", "Bearer"]] },
    },
  });
  server.routes["GET /.well-known/oauth-protected-resource/mcp"] = {
    body: { resource: `${server.origin}/mcp`, authorization_servers: [lab.issuer] },
  };
  const { result } = await runLogin({
    serverUrl: `${server.origin}/mcp`,
    protocolVersion: "2025-11-25",
    resource: lab.mcpUrl,
  });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(sequence(server.requests).slice(0, 2), [
    "mcp POST /mcp initialize",
    "mcp POST /mcp notifications/initialized",
  ]);
});

const FAULTS = {
  endless: { handler: endlessBody(), code: /too_large/, stepTimeoutMs: 30_000 },
  "50 MB": { handler: hugeBody(), code: /too_large/, stepTimeoutMs: 30_000 },
  silent: { handler: neverAnswers(), code: /timeout/, stepTimeoutMs: 400 },
  dripping: { handler: slowLoris(), code: /timeout/, stepTimeoutMs: 400 },
};

const PLACES = {
  "the MCP endpoint": (lab: Awaited<ReturnType<typeof startFakeLab>>) =>
    [lab.mcp.routes, "POST /mcp"] as const,
  "the metadata": (lab: Awaited<ReturnType<typeof startFakeLab>>) =>
    [lab.asServer.routes, "GET /.well-known/oauth-authorization-server"] as const,
  "the registration": (lab: Awaited<ReturnType<typeof startFakeLab>>) =>
    [lab.asServer.routes, "POST /register"] as const,
  "the authorization endpoint": (lab: Awaited<ReturnType<typeof startFakeLab>>) =>
    [lab.asServer.routes, "GET /authorize"] as const,
  "the token endpoint": (lab: Awaited<ReturnType<typeof startFakeLab>>) =>
    [lab.asServer.routes, "POST /token"] as const,
};

for (const [fault, { handler, code, stepTimeoutMs }] of Object.entries(FAULTS)) {
  for (const [place, find] of Object.entries(PLACES)) {
    Deno.test(`${fault} answers of ${place} end the login with a named fault`, async () => {
      await using lab = await startFakeLab();
      const [routes, key] = find(lab);
      routes[key] = handler;
      const { result, exchanges } = await runLogin({ serverUrl: lab.mcpUrl, stepTimeoutMs });
      assert.equal(result.completed, false);
      assert.match(result.error?.code ?? "", code);
      assert.ok(result.error?.remedy);
      assert.match(exchanges.at(-1)?.fault?.code ?? "", code);
    });
  }
}

Deno.test("Ctrl-C at every exchange ends the login as cancelled, with nothing sent afterwards", async () => {
  await using counting = await startFakeLab();
  const whole = await runLogin({ serverUrl: counting.mcpUrl, verifyTools: true });
  assert.deepEqual(whole.result.error, undefined);
  for (let at = 1; at < whole.exchanges.length; at += 1) {
    await using lab = await startFakeLab();
    const controller = new AbortController();
    let seen = 0;
    const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true }, {
      controller,
      onEvent: (event) => {
        if (event.type === "exchange" && ++seen === at) controller.abort();
      },
    });
    assert.equal(result.error?.code, "cancelled", `after exchange ${at}`);
    assert.equal(result.completed, false);
    assert.equal(lab.requests.length <= at + 1, true);
  }
});
