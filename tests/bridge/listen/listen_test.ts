import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type Home, openHome } from "../../cli/real_run.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf, type RecordedRequest, sequence } from "../../lab/journal.ts";
import { startLab } from "../../lab/shapes.ts";
import { event, JSON_TYPE, resultText, startFaultServer, STREAM_TYPE } from "../fault_server.ts";
import { openBridgeHome, visit } from "../sign_in/bridge_home.ts";
import { recordMessages } from "../message_record.ts";
import { startListener } from "./running_listener.ts";

const RPC = { "content-type": "application/json", accept: "application/json, text/event-stream" };

const call = (id: string, tool: string, more = "") =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${tool}"${more}}}`;

function post(url: string, body: BodyInit, headers: HeadersInit = {}): Promise<Response> {
  return fetch(url, { method: "POST", headers: { ...RPC, ...headers }, body });
}

async function initialize(url: string): Promise<Record<string, string>> {
  const response = await post(
    url,
    JSON.stringify({
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      },
    }),
  );
  await response.body?.cancel();
  return { "mcp-session-id": response.headers.get("mcp-session-id") ?? "" };
}

async function use(client: Client): Promise<void> {
  await client.listTools();
  await client.callTool({ name: "echo", arguments: { message: "grüße\u2028 9007199254740993" } });
  await client.callTool({ name: "fail", arguments: {} });
}

/** The header fields of a request to the server, without those of the runtime. */
const fieldNames = (request: RecordedRequest | undefined) =>
  (request?.headers ?? []).map(([name]) => name.toLowerCase())
    .filter((name) =>
      !/^(?:host|user-agent|accept-encoding|accept-language|connection|content-length)$/.test(name)
    )
    .sort();

for (const mode of ["legacy", { pin: "2026-07-28" }] as const) {
  const era = typeof mode === "string" ? "initialize" : "stateless";
  Deno.test(`the official client gets the same messages through the listener: ${era} era`, async () => {
    await using lab = await startLab();
    await using home = await openHome();
    await home.signIn(lab, "--scopes", "mcp:read");
    await using listener = await startListener(["--listen", lab.mcpUrl], { home: home.path });
    const token = (await home.run(["token", lab.mcpUrl])).stdout.trim();
    const records = [];
    for (
      const [url, headers] of [[lab.mcpUrl, { authorization: `Bearer ${token}` }], [
        listener.url,
        {},
      ]] as const
    ) {
      const record = recordMessages(fetch);
      const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
      const transport = new StreamableHTTPClientTransport(new URL(url), {
        fetch: record.fetch,
        requestInit: { headers },
      });
      await client.connect(transport);
      await use(client);
      await transport.terminateSession();
      await client.close();
      records.push(record);
    }
    const [direct, through] = records;
    assert.deepEqual(through?.sent, direct?.sent);
    assert.deepEqual(through?.received, direct?.received);
    assert.ok((through?.received.length ?? 0) > 3);
  });
}

Deno.test("the request to the server has the token, and only the header fields of the protocol", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await using listener = await startListener(["--listen", lab.mcpUrl], { home: home.path });
  lab.requests.length = 0;
  const response = await post(listener.url, call("1", "echo"), {
    ...{ authorization: "Bearer of-the-client", cookie: "a=b", forwarded: "for=1.2.3.4" },
    ...{ "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "h", "x-real-ip": "1.2.3.4" },
    ...{ "proxy-authorization": "Basic x", te: "trailers", via: "1.1 x", "x-other": "y" },
    ...{ "mcp-protocol-version": "2025-11-25", "mcp-param-region": "eu", "last-event-id": "7" },
    ...{ traceparent: "00-1-2-01" },
  });
  await response.body?.cancel();
  const [request] = lab.requests;
  assert.deepEqual(fieldNames(request), [
    ...["accept", "authorization", "content-type", "last-event-id", "mcp-param-region"],
    ...["mcp-protocol-version", "traceparent"],
  ]);
  assert.ok(request);
  assert.equal(headerOf(request, "authorization"), `Bearer ${lab.as.accessTokens[0]}`);
});

Deno.test("a token that expired or is refused is refreshed, and the client sees only the response", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await using listener = await startListener(["--listen", lab.mcpUrl], { home: home.path });
  lab.as.expireAccessTokens();
  lab.requests.length = 0;
  const session = await initialize(listener.url);
  assert.ok(session["mcp-session-id"] !== undefined);
  assert.deepEqual(sequence(lab.requests), [
    ...["mcp POST /mcp initialize", "as POST /token refresh_token", "mcp POST /mcp initialize"],
  ]);
});

Deno.test("10 MB pass in both directions byte for byte", async () => {
  const text = "ü\\u0000 ".repeat(1_500_000);
  const body = call("9007199254740993", "big", `,"arguments":{"text":"${text}"},"n":1.0`);
  const answer = resultText("9007199254740993", `{"text":"${text}","n":1e400}`);
  await using server = startFaultServer({
    faults: { big: () => ({ headers: [JSON_TYPE], body: answer }) },
  });
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const session = await initialize(listener.url);
  const response = await post(listener.url, body, session);
  assert.equal(await response.text(), answer);
  assert.equal(server.requests.at(-1)?.body, body);
});

Deno.test("an event stream is passed on at once, and resumed by its last event", async () => {
  const released = Promise.withResolvers<void>();
  await using server = startFaultServer({
    faults: {
      slow: async ({ id, raw }) => {
        await raw.head(200, [STREAM_TYPE]);
        await raw.write(event('{"jsonrpc":"2.0","method":"notifications/progress"}', "id: 7\n"));
        await released.promise;
        await raw.write(event(resultText(id), "id: 8\n"));
      },
    },
    onGet: (request) => ({
      headers: [STREAM_TYPE],
      body: event(`{"jsonrpc":"2.0","method":"after/${headerOf(request, "last-event-id")}"}`),
    }),
  });
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const session = await initialize(listener.url);
  const response = await post(listener.url, call("1", "slow"), session);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader?.read();
  assert.match(first?.value ?? "", /^id: 7\ndata: .*progress/);
  released.resolve();
  const second = await reader?.read();
  assert.match(second?.value ?? "", /^id: 8\n/);
  await reader?.cancel();
  const resumed = await fetch(listener.url, {
    headers: { accept: "text/event-stream", ...session, "last-event-id": "7" },
  });
  assert.match(await resumed.text(), /after\/7/);
});

Deno.test("a stream that is cut is cut for the client, and a client that leaves ends the request", async () => {
  const left = Promise.withResolvers<void>();
  await using server = startFaultServer({
    faults: {
      cut: async ({ raw }) => {
        await raw.head(200, [STREAM_TYPE, ["transfer-encoding", "chunked"]]);
        await raw.write("5\r\ndata:\r\n");
      },
      wait: async ({ raw }) => {
        raw.gone.addEventListener("abort", () => left.resolve());
        await left.promise;
      },
    },
  });
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const session = await initialize(listener.url);
  const cut = await post(listener.url, call("1", "cut"), session);
  await assert.rejects(cut.text());
  const leaving = new AbortController();
  const waiting = fetch(listener.url, {
    method: "POST",
    headers: { ...RPC, ...session },
    body: call("2", "wait"),
    signal: leaving.signal,
  });
  while (
    !server.methods().includes("tools/call") || server.requests.at(-1)?.body !== call("2", "wait")
  ) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  leaving.abort();
  await assert.rejects(waiting);
  await left.promise;
});

Deno.test("what the server answers is passed on, but no cookie and no challenge", async () => {
  await using server = startFaultServer({
    faults: {
      busy: () => ({
        status: 429,
        headers: [["retry-after", "7"], ["set-cookie", "a=b"], [
          "access-control-allow-origin",
          "*",
        ]],
        body: "slow down",
      }),
      forbidden: () => ({ status: 403, body: "no" }),
    },
  });
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const session = await initialize(listener.url);
  const busy = await post(listener.url, call("1", "busy"), session);
  assert.deepEqual([busy.status, busy.headers.get("retry-after"), await busy.text()], [
    429,
    "7",
    "slow down",
  ]);
  assert.equal(busy.headers.get("cache-control"), "no-transform");
  for (const name of ["set-cookie", "access-control-allow-origin", "www-authenticate"]) {
    assert.equal(busy.headers.get(name), null);
  }
  const forbidden = await post(listener.url, call("2", "forbidden"), session);
  assert.deepEqual([forbidden.status, await forbidden.text()], [403, "no"]);
});

/** A request, a batch, a notification and a stream while a person has to sign in. */
async function assertSignInNeeded(url: string, mcpUrl: string): Promise<void> {
  const request = await post(url, call("9007199254740993", "echo"));
  assert.equal(request.status, 200);
  const text = await request.text();
  assert.match(text, /^\{"jsonrpc":"2.0","id":9007199254740993,"error":\{"code":-31901,/);
  const { error } = JSON.parse(text);
  assert.match(error.message, /mcpass login /);
  assert.ok(error.message.includes(mcpUrl));
  assert.equal(error.data.reason, "login_required");
  const batch = await post(url, `[${call('"a"', "echo")},${call("2", "echo")}]`);
  assert.deepEqual((await batch.json()).map(({ id }: { readonly id: unknown }) => id), ["a", 2]);
  const note = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  for (
    const other of [
      await post(url, note),
      await fetch(url, { headers: { accept: "text/event-stream" } }),
    ]
  ) {
    assert.deepEqual([other.status, other.headers.get("retry-after")], [503, "30"]);
    assert.equal(other.headers.get("www-authenticate"), null);
    await other.body?.cancel();
  }
}

Deno.test("without a sign-in a request gets an error with the command, and never a challenge", async () => {
  await using lab = await startFakeLab();
  await using listener = await startListener(["--listen", lab.mcpUrl]);
  await assertSignInNeeded(listener.url, lab.mcpUrl);
});

Deno.test("a refresh that is refused is such an error too", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await home.expire(lab);
  for (const id of lab.as.clients.registered) lab.as.clients.forget(id);
  await using listener = await startListener(["--listen", lab.mcpUrl], { home: home.path });
  await assertSignInNeeded(listener.url, lab.mcpUrl);
});

Deno.test("one tab is opened for all requests, and they continue after the consent", async () => {
  await using home = await openBridgeHome();
  const { mcpUrl } = home.lab;
  await using listener = await startListener(["--listen", mcpUrl], {
    ...home.setup,
    home: home.path,
  });
  const requests = [1, 2, 3].map((id) => post(listener.url, call(`${id}`, "echo")));
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  for (const response of await Promise.all(requests)) {
    assert.doesNotMatch(await response.text(), /-31901/);
  }
  assert.deepEqual([home.logins.length, home.tabs.length], [1, 1]);
});

Deno.test("with --on-auth fail, and for a stream, no login starts", async () => {
  await using home = await openBridgeHome();
  const { mcpUrl } = home.lab;
  const args = ["--listen", "--on-auth", "fail", mcpUrl];
  await using listener = await startListener(args, { ...home.setup, home: home.path });
  await assertSignInNeeded(listener.url, mcpUrl);
  assert.deepEqual([home.logins.length, home.tabs.length], [0, 0]);
});

Deno.test("a server that cannot be reached is an error of the gateway with the id", async () => {
  const server = startFaultServer();
  await server[Symbol.asyncDispose]();
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const response = await post(listener.url, call("7", "echo"));
  const { id, error } = await response.json();
  assert.deepEqual([response.status, id, error.code], [502, 7, -31903]);
});

Deno.test("a body that is too long or not UTF-8 never leaves", async () => {
  await using server = startFaultServer();
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const wrong = await post(listener.url, Uint8Array.of(0x22, 0xff, 0x22));
  assert.deepEqual([wrong.status, (await wrong.json()).error.code], [400, -32700]);
  assert.equal(server.requests.length, 0);
});

async function twoServers(home: Home) {
  const labs = [await startFakeLab(), await startFakeLab()] as const;
  await home.signIn(labs[0], "--name", "linear");
  await home.signIn(labs[1], "--name", "notion");
  return labs;
}

Deno.test("several servers have paths with the names of their sign-ins, and each its own token", async () => {
  await using home = await openHome();
  const [linear, notion] = await twoServers(home);
  await using _linear = linear;
  await using _notion = notion;
  await using listener = await startListener(["--listen", "linear", "notion"], { home: home.path });
  assert.deepEqual([...listener.urls.keys()], ["linear", "notion"]);
  for (const [name, lab] of [["linear", linear], ["notion", notion]] as const) {
    lab.requests.length = 0;
    const url = listener.urls.get(name) ?? "";
    assert.match(url, new RegExp(`/[\\w-]{43}/${name}/mcp$`));
    await initialize(url);
    const tokens = lab.requests.map((it) => headerOf(it, "authorization"));
    assert.deepEqual(tokens, [`Bearer ${lab.as.accessTokens[0]}`]);
  }
  const refused = await home.run(["bridge", "--listen", "linear", "notion", "--header", "A: b"]);
  assert.equal(refused.status, 2);
});

Deno.test("SIGTERM ends streams, deletes sessions, and leaves no secret in the log", async () => {
  await using server = startFaultServer();
  const folder = await Deno.makeTempDir();
  const log = `${folder}/bridge.log`;
  const listener = await startListener(["--listen", server.mcpUrl, "--log-file", log]);
  const first = await initialize(listener.url);
  await initialize(listener.url);
  const closed = await initialize(listener.url);
  const deleted = await fetch(listener.url, { method: "DELETE", headers: closed });
  await deleted.body?.cancel();
  const stream = await fetch(listener.url, { headers: { accept: "text/event-stream", ...first } });
  const ran = await listener.stop();
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(await stream.text(), "");
  assert.deepEqual([...server.sessions], []);
  await assert.rejects(fetch(listener.url));
  const lines = await Deno.readTextFile(log);
  const [, secret = "none"] = new URL(listener.url).pathname.split("/");
  assert.match(lines, /request server="mcp" method="POST" status=200/);
  assert.ok(!(lines + ran.stderr).includes(secret));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the end of the parent, and the time without requests, end the listener", async () => {
  await using server = startFaultServer();
  const parent = new AbortController();
  const listener = await startListener(["--listen", server.mcpUrl], { clientEnded: parent.signal });
  parent.abort();
  assert.equal((await listener.ended).status, 0);
  const idle = await startListener(["--listen", server.mcpUrl, "--idle-timeout", "1"]);
  assert.equal((await idle.ended).status, 0);
});
