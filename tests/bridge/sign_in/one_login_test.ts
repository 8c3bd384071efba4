import assert from "node:assert/strict";
import type { FakeLab } from "../../lab/fake_lab.ts";
import { headerOf } from "../../lab/journal.ts";
import { type BridgeHome, errorOf, openBridgeHome, pause, visit } from "./bridge_home.ts";

const tokenRequests = ({ requests }: FakeLab) =>
  requests.filter(({ method, path }) => method === "POST" && path === "/token").length;

const start = (home: Pick<BridgeHome, "connect">) => {
  const client = home.connect();
  return { client, answer: client.initialize() };
};

Deno.test("five bridges: one login process, one tab, and all are served after one consent", async () => {
  await using home = await openBridgeHome();
  const all = Array.from({ length: 5 }, () => start(home));
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  for (const { answer, client } of all) {
    assert.ok("result" in await answer);
    assert.ok("result" in await client.request("tools/list"));
  }
  assert.deepEqual([home.logins.length, home.tabs.length], [1, 1]);
  assert.equal(tokenRequests(home.lab), 1);
  // For the next time.
  while (home.files.readAnswer() === undefined) await pause();
});

Deno.test("the bridge that started the login ends after the tab: the others are served", async () => {
  await using home = await openBridgeHome();
  const first = start(home);
  await home.opened(1);
  const others = [start(home), start(home)];
  first.client.bridge.interrupt.abort();
  await first.client.bridge.ended;
  await visit(home.tabs[0] ?? "");
  for (const { answer } of others) assert.ok("result" in await answer);
  assert.deepEqual([home.logins.length, home.tabs.length], [1, 1]);
  assert.equal(tokenRequests(home.lab), 1);
});

Deno.test("all five bridges end, a sixth one starts, the code arrives: one tab, one token request", async () => {
  await using home = await openBridgeHome();
  const five = Array.from({ length: 5 }, () => start(home));
  await home.opened(1);
  for (const { client } of five) client.bridge.interrupt.abort();
  await Promise.all(five.map(({ client }) => client.bridge.ended));
  const sixth = start(home);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await sixth.answer);
  assert.deepEqual([home.logins.length, home.tabs.length], [1, 1]);
  assert.equal(tokenRequests(home.lab), 1);
});

Deno.test("the login process is killed after the tab: another one listens at the same port", async () => {
  await using home = await openBridgeHome();
  const all = [start(home), start(home)];
  await home.opened(1);
  await home.killLogin();
  await visit(home.tabs[0] ?? "");
  for (const { answer } of all) assert.ok("result" in await answer);
  assert.deepEqual([home.logins.length, home.tabs.length], [2, 1]);
  assert.equal(tokenRequests(home.lab), 1);
});

Deno.test("bridges and login process are all killed: the next bridge finishes the login of the tab", async () => {
  await using home = await openBridgeHome();
  const all = [start(home), start(home)];
  await home.opened(1);
  for (const { client } of all) client.bridge.interrupt.abort();
  await Promise.all(all.map(({ client }) => client.bridge.ended));
  await home.killLogin();
  const next = start(home);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await next.answer);
  assert.equal(home.tabs.length, 1);
  assert.equal(tokenRequests(home.lab), 1);
});

Deno.test("a sign-in in a terminal serves all bridges that wait", async () => {
  await using home = await openBridgeHome();
  const all = [start(home), start(home)];
  await home.opened(1);
  await home.signIn(home.lab);
  for (const { answer } of all) assert.ok("result" in await answer);
  assert.equal(home.tabs.length, 1);
});

Deno.test("after a refusal, no bridge opens a tab; every request says why", async () => {
  let denies = false;
  await using home = await openBridgeHome({
    authorizationResponse: ({ state = "", iss = "", ...rest }) =>
      denies ? { error: "access_denied", state, iss } : { state, iss, ...rest },
  });
  const all = [start(home), start(home)];
  await home.opened(1);
  denies = true;
  await visit(home.tabs[0] ?? "");
  for (const { answer } of all) {
    const { code, message } = errorOf(await answer);
    assert.equal(code, -31902);
    assert.match(message, /access_denied.*run in a terminal: mcpass login http/s);
  }
  assert.equal(errorOf(await start(home).answer).code, -31902);
  assert.deepEqual([home.logins.length, home.tabs.length], [1, 1]);
  // A person who signs in does so at once.
  denies = false;
  await home.signIn(home.lab);
  assert.ok("result" in await start(home).answer);
});

Deno.test("twenty bridges with an expired token: one refresh", async () => {
  await using home = await openBridgeHome();
  await home.signIn(home.lab);
  await home.expire(home.lab);
  const before = tokenRequests(home.lab);
  const all = Array.from({ length: 20 }, () => start(home));
  for (const { answer } of all) assert.ok("result" in await answer);
  assert.equal(tokenRequests(home.lab) - before, 1);
  assert.deepEqual(home.logins, []);
});

const ENDS: Readonly<Record<string, (client: ReturnType<BridgeHome["connect"]>) => unknown>> = {
  "by SIGTERM": ({ bridge }) => bridge.interrupt.abort(),
  "by the end of its input": (client) => client.close(),
};

for (const [how, end] of Object.entries(ENDS)) {
  Deno.test(`a bridge that is ended ${how} during a refresh stores the new token`, async () => {
    const received = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const refreshTokens: (string | null)[] = [];
    await using home = await openBridgeHome({
      async token(answer, form) {
        const { status, body } = answer;
        if (form.get("grant_type") !== "refresh_token") return { status, body };
        refreshTokens.push(form.get("refresh_token"));
        received.resolve();
        await release.promise;
        return { status, body };
      },
    });
    await home.signIn(home.lab);
    await home.expire(home.lab);
    const { client, answer } = start(home);
    answer.catch(() => {});
    await received.promise;
    await end(client);
    release.resolve();
    await client.bridge.ended;
    assert.ok("result" in await start(home).answer);
    assert.equal(refreshTokens.length, 1);
  });
}

Deno.test("a bridge refreshes whenever the server no longer accepts its token", async () => {
  let now = Date.now();
  await using home = await openBridgeHome();
  await home.signIn(home.lab);
  const client = home.connect([], { now: () => now });
  assert.ok("result" in await client.initialize());
  for (let round = 1; round <= 3; round += 1) {
    home.lab.as.expireAccessTokens();
    assert.ok("result" in await client.request("tools/list"), `round ${round}`);
    now += 6_000;
    assert.ok("result" in await client.request("tools/list"), `round ${round}`);
  }
  now += 3_600_000;
  assert.ok("result" in await client.request("tools/list"));
  assert.deepEqual(home.logins, []);
});

Deno.test("the login process has the headers of the bridge, and not in its arguments", async () => {
  await using home = await openBridgeHome();
  const client = home.connect(["--header", "X-Team: blue-1234567"]);
  const answer = client.initialize();
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await answer);
  assert.ok(!home.logins.flat().join(" ").includes("blue"));
  // Of the login process, and of the bridge before and after the sign-in.
  const sent = home.lab.requests.filter(({ server, method }) =>
    server === "mcp" && method === "POST"
  );
  assert.ok(sent.length >= 3);
  for (const request of sent) assert.equal(headerOf(request, "x-team"), "blue-1234567");
});
