import assert from "node:assert/strict";
import { headerOf, sequence } from "../lab/journal.ts";
import { holdTimers } from "../held_timers.ts";
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
      const { result, exchanges } = await runLogin({
        serverUrl: lab.mcpUrl,
        stepTimeoutMs,
      }, { maxResponseBytes: 4 * 1024 * 1024 });
      assert.equal(result.completed, false);
      assert.match(result.error?.code ?? "", code);
      assert.ok(result.error?.remedy);
      assert.ok(exchanges.some(({ fault }) => code.test(fault?.code ?? "")));
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

const LEGACY = { era: "legacy" } as const;

Deno.test("a stream that stays open where none is due ends at the time limit, and the login ends", async () => {
  for (const method of ["notifications/initialized", "DELETE"]) {
    await using lab = await startFakeLab({ mcp: LEGACY });
    lab.mcp.intercept((request) => {
      if (headerOf(request, "authorization") === undefined) return undefined;
      if (request.method !== method && !request.body.includes(method)) return undefined;
      const open = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
      return { status: 200, headers: [["content-type", "text/event-stream"]], body: open };
    });
    using limit = holdTimers(20_000);
    const plan = { serverUrl: lab.mcpUrl, verifyTools: true, stepTimeoutMs: 20_000 };
    const { result } = await runLogin(plan, {
      async fetch(url, init) {
        const response = await fetch(url, init);
        const isOpen = response.headers.get("content-type") === "text/event-stream" &&
          (init.method === method || String(init.body).includes(method));
        if (isOpen) setTimeout(() => limit.fire());
        return response;
      },
    });
    assert.ok(result.credentials?.accessToken, method);
  }
});

Deno.test("Ctrl-C during a silent answer to the first request with a token ends the login at once", async () => {
  const controller = new AbortController();
  await using lab = await startFakeLab();
  lab.mcp.intercept((request) => {
    if (headerOf(request, "authorization") === undefined) return undefined;
    queueMicrotask(() => controller.abort());
    const open = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    return { status: 200, headers: [["content-type", "text/event-stream"]], body: open };
  });
  const { result } = await runLogin(
    { serverUrl: lab.mcpUrl, verifyTools: true, stepTimeoutMs: 60_000 },
    { controller },
  );
  assert.equal(result.error?.code, "cancelled");
  assert.equal(result.findings.some((finding) => finding.code === "cancelled"), false);
});

Deno.test("a list without an end is given up, and the token is kept", async () => {
  await using lab = await startFakeLab({
    mcp: {
      era: "modern",
      intercept: (request) => {
        if (headerOf(request, "authorization") === undefined) return undefined;
        if (!request.body.includes('"tools/list"')) return undefined;
        const tool = {
          name: "big",
          description: "x".repeat(3_000_000),
          inputSchema: { type: "object" },
        };
        const result = {
          resultType: "complete",
          tools: [tool],
          nextCursor: crypto.randomUUID(),
          ttlMs: 0,
          cacheScope: "private",
        };
        return { body: { jsonrpc: "2.0", id: JSON.parse(request.body).id, result } };
      },
    },
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.equal(result.error?.code, "verification_failed");
  assert.match(result.verification?.listTools?.error ?? "", /more than 64 MB, a limit of mcpass/);
  assert.ok(result.credentials?.accessToken);
  assert.ok(lab.requests.filter((request) => request.body.includes("tools/list")).length < 40);
});

Deno.test("a verification on a wire that the server does not speak names what finds the right one", async () => {
  for (
    const [era, protocolVersion] of [["legacy", "2026-07-28"], ["modern", "2025-11-25"]] as const
  ) {
    await using lab = await startFakeLab({ mcp: { era } });
    const told = async (plan: object) => {
      const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true, ...plan });
      return result.error?.remedy;
    };
    assert.match(await told({ protocolVersion }) ?? "", /--protocol-version auto/);
    assert.equal(await told({}), undefined);
  }
});

Deno.test("a refused member is left out in one more registration, and only one", async () => {
  let refusals = 0;
  await using lab = await startFakeLab({
    registrationResponse: () => {
      refusals += 1;
      return {
        status: 400,
        body: { error: "invalid_client_metadata", error_description: "application_type unknown" },
      };
    },
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "registration_refused");
  assert.equal(refusals, 2);
});
