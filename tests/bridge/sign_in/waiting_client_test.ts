import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { type BridgeHome, errorOf, openBridgeHome, pause, visit } from "./bridge_home.ts";
import { startBridge } from "../bridge_pipes.ts";
import { createRawClient } from "../raw_client.ts";
import { testTime } from "./test_time.ts";

const NO_REFRESH = { refreshTokens: false };

/** A home in which the last answer of the server is kept, and the token has expired for good. */
async function openExpiredHome(): Promise<BridgeHome> {
  const home = await openBridgeHome(NO_REFRESH);
  await home.signIn(home.lab);
  const first = home.connect();
  await first.initialize();
  while (home.files.readAnswer() === undefined) await pause();
  await first[Symbol.asyncDispose]();
  await home.expire(home.lab);
  return home;
}

const resultOf = ({ result }: JsonObject): JsonObject => {
  assert.ok(isObject(result), "the response has a result");
  return result;
};

for (
  const [client, ms] of [
    ["claude-ai", 58_000],
    ["claude-code", 28_000],
    ["Cline", 28_000],
    ["codex-mcp-client", 8_000],
    ["opencode", 3_000],
    ["unknown", 23_000],
  ] as const
) {
  Deno.test(`${client} gets an error for initialize after ${ms} ms, with the page and the command`, async () => {
    await using home = await openBridgeHome();
    const time = testTime();
    const answer = home.connect([], { sleep: time.sleep }).initialize(client);
    await home.opened(1);
    await time.pass(ms);
    const { code, message, data } = errorOf(await answer);
    assert.equal(code, -31901);
    assert.ok(message.includes(`run in a terminal: mcpass login ${home.lab.mcpUrl}`), message);
    assert.ok(message.includes(`open ${home.tabs[0]} in a browser`), message);
    assert.deepEqual(data["command"], ["mcpass", "login", home.lab.mcpUrl]);
    assert.deepEqual([data["source"], data["reason"]], ["mcpass", "login_required"]);
  });
}

Deno.test("--init-timeout is the budget instead", async () => {
  await using home = await openBridgeHome();
  const time = testTime();
  const answer = home.connect(["--init-timeout", "7000"], { sleep: time.sleep }).initialize();
  await time.pass(5_000);
  assert.equal(errorOf(await answer).code, -31901);
});

Deno.test("a client that gives up and starts the bridge again finds the sign-in done", async () => {
  await using home = await openBridgeHome();
  const time = testTime();
  const client = home.connect([], { sleep: time.sleep });
  const answer = client.initialize("opencode");
  await home.opened(1);
  await time.pass(3_000);
  assert.equal(errorOf(await answer).code, -31901);
  await client[Symbol.asyncDispose]();
  await visit(home.tabs[0] ?? "");
  await home.reached("signed_in");
  assert.ok("result" in await home.connect().initialize("opencode"));
  assert.equal(home.tabs.length, 1);
});

Deno.test("initialize is answered at once with the last answer; requests wait, lists are announced", async () => {
  await using home = await openExpiredHome();
  const client = home.connect();
  const kept = resultOf(await client.initialize());
  assert.equal(kept["protocolVersion"], "2025-11-25");
  const list = client.request("tools/list");
  const ping = await client.request("ping");
  assert.deepEqual(resultOf(ping), {});
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  assert.ok(Array.isArray(resultOf(await list)["tools"]));
  assert.equal(home.tabs.length, 1);
  const initialized = home.lab.requests.filter(({ body }) =>
    body.includes('"notifications/initialized"')
  );
  assert.equal(initialized.length, 2, "one of the first bridge, one of this one");
  const { tools } = kept["capabilities"] as { tools?: { listChanged?: boolean } };
  const announced = client.received.filter(({ method }) =>
    method === "notifications/tools/list_changed"
  );
  assert.equal(announced.length, tools?.listChanged === true ? 1 : 0);
});

Deno.test("a request that waits too long gets the advice, and the next one is served after the sign-in", async () => {
  await using home = await openExpiredHome();
  const time = testTime();
  const client = home.connect([], { sleep: time.sleep });
  await client.initialize();
  const list = client.request("tools/list");
  await home.opened(1);
  await time.pass(45_000);
  assert.equal(errorOf(await list).code, -31901);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await client.request("tools/list"));
  assert.equal(home.tabs.length, 1);
});

Deno.test("a request with a progress token gets progress every 10 s while it waits", async () => {
  await using home = await openExpiredHome();
  const time = testTime();
  const client = home.connect([], { sleep: time.sleep });
  await client.initialize();
  const list = client.request("tools/list", { _meta: { progressToken: "p" } });
  const progress = async () =>
    (await client.receive(({ method }) => method === "notifications/progress"))["params"];
  await time.pass(10_000);
  await time.pass(10_000);
  const message = "Waiting for the sign-in";
  assert.deepEqual(await progress(), { progressToken: "p", progress: 1, message });
  assert.deepEqual(await progress(), { progressToken: "p", progress: 2, message });
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await list);
});

Deno.test("a request that is cancelled while it waits gets no response", async () => {
  await using home = await openExpiredHome();
  const client = home.connect();
  await client.initialize();
  await client.send({ id: 70, method: "tools/list", params: {} });
  await home.opened(1);
  await client.send({ method: "notifications/cancelled", params: { requestId: 70 } });
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await client.request("tools/list", {}, 71));
  assert.ok(!client.received.some(({ id }) => id === 70));
});

Deno.test("a probe with server/discover and a ping never start a login", async () => {
  await using home = await openBridgeHome();
  const client = home.connect();
  for (const method of ["server/discover", "ping"]) {
    assert.equal(errorOf(await client.request(method)).code, -31901);
  }
  assert.deepEqual(home.logins, []);
});

Deno.test("--on-auth fail: the error is returned at once, no login starts, one line on standard error", async () => {
  await using home = await openBridgeHome();
  const client = home.connect(["--on-auth", "fail"]);
  const { code, message } = errorOf(await client.initialize());
  assert.equal(code, -31901);
  assert.match(message, /^not signed in to "http.*run in a terminal: mcpass login http/);
  await client[Symbol.asyncDispose]();
  const { stderr } = await client.bridge.ended;
  assert.match(stderr, /^mcpass: not signed in to "http[^\n]* run: mcpass login http[^\n]*\n$/);
  assert.deepEqual(home.logins, []);
});

Deno.test("a sign-in to the same server with another URL is named", async () => {
  await using home = await openBridgeHome();
  await home.signIn(home.lab);
  const other = home.lab.mcpUrl.replace("127.0.0.1", "localhost");
  await using bridge = startBridge(other, ["--on-auth", "fail"], {
    env: { MCPASS_HOME: home.path },
  });
  const client = createRawClient(bridge);
  const { error } = JSON.parse(await client.initialize());
  assert.match(error.message, /there is a sign-in to "http:\/\/127\.0\.0\.1:\d+\/mcp"/);
  await client.close();
  const { stderr } = await bridge.ended;
  assert.equal(stderr.match(/there is a sign-in to/g)?.length, 1, stderr);
});

Deno.test("--on-auth auto without a display: the error is returned at once", async () => {
  await using home = await openBridgeHome();
  const client = home.connect([], { env: { DISPLAY: "", BROWSER: "" } });
  assert.equal(errorOf(await client.initialize()).code, -31901);
  assert.deepEqual(home.logins, []);
});

Deno.test("--on-auth fail with a stored answer: after a sign-in in a terminal, requests are served", async () => {
  await using home = await openExpiredHome();
  const client = home.connect(["--on-auth", "fail"]);
  assert.ok("result" in await client.initialize());
  assert.equal(errorOf(await client.request("tools/list")).code, -31901);
  await home.signIn(home.lab);
  while ("error" in await client.request("tools/list")) await pause();
  assert.deepEqual(home.logins, []);
});

Deno.test("a token of the command line: mcpass does not sign in", async () => {
  await using home = await openBridgeHome();
  const client = home.connect(["--access-token", "not-a-token-of-the-server"]);
  assert.equal(errorOf(await client.initialize()).code, -31901);
  assert.deepEqual(home.logins, []);
});

Deno.test("a refused token in the middle of a session: the request waits, one tab, the session continues", async () => {
  await using home = await openBridgeHome(NO_REFRESH);
  await home.signIn(home.lab);
  const client = home.connect();
  await client.initialize();
  home.lab.as.expireAccessTokens();
  const lists = [client.request("tools/list"), client.request("tools/list")];
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  for (const list of lists) assert.ok("result" in await list);
  assert.equal(home.tabs.length, 1);
});

Deno.test("more scope: the login asks for what the server named, and the call is repeated", async () => {
  await using home = await openBridgeHome();
  await home.signIn(home.lab, "--scopes", "mcp:read");
  const client = home.connect();
  await client.initialize();
  const call = client.request("tools/call", { name: "write-thing", arguments: { value: "x" } });
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await call);
  const [args = []] = home.logins;
  assert.equal(args[args.indexOf("--scopes") + 1], "mcp:read mcp:write");
});

Deno.test("a browser that does not start is a line on standard error", async () => {
  await using home = await openBridgeHome();
  const status = Promise.withResolvers<number>();
  home.browserStatus = status.promise;
  const time = testTime();
  const reads = (text: string) => text.includes("mcpass opens") && status.resolve(1);
  const client = home.connect(["--on-auth", "wait"], { sleep: time.sleep, reads });
  const answer = client.initialize();
  await home.opened(1);
  while (home.files.readStatus()?.tab !== "failed") await pause();
  await time.pass(4_000);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await answer);
  await client[Symbol.asyncDispose]();
  const { stderr } = await client.bridge.ended;
  assert.ok(stderr.endsWith(`mcpass: no browser was started: open ${home.tabs[0]}\n`), stderr);
});

Deno.test("a sign-out removes the stored answer, which belongs to the account", async () => {
  await using home = await openExpiredHome();
  assert.notEqual(home.files.readAnswer(), undefined);
  assert.equal((await home.run(["logout", home.lab.mcpUrl])).status, 0);
  assert.equal(home.files.readAnswer(), undefined);
});
