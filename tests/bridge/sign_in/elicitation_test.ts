import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import {
  type BridgeHome,
  errorOf,
  openBridgeHome,
  pause,
  type TestClient,
  visit,
} from "./bridge_home.ts";

const URL_ELICITATION = { elicitation: { url: {} } };

/** A client in a session whose token the server no longer accepts. */
async function openSession(home: BridgeHome, capabilities: JsonObject = URL_ELICITATION) {
  await home.signIn(home.lab);
  const client = home.connect();
  await client.initialize("test", capabilities);
  while (home.files.readAnswer() === undefined) await pause();
  home.lab.as.expireAccessTokens();
  return client;
}

async function question(client: TestClient) {
  const asked = await client.receive(({ method }) => method === "elicitation/create");
  const { params, id } = asked;
  assert.ok(isObject(params));
  const { mode, url, elicitationId } = params;
  return { id, mode, url: String(url), text: String(params["message"]), elicitationId };
}

Deno.test("a client with URL elicitation is asked; no tab is opened, and the request is served", async () => {
  await using home = await openBridgeHome({ refreshTokens: false });
  const client = await openSession(home);
  const lists = [client.request("tools/list"), client.request("tools/list")];
  const { id, mode, url, text, elicitationId } = await question(client);
  assert.equal(mode, "url");
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]{43}$/);
  assert.ok(text.includes(home.lab.mcpUrl), text);
  await client.send({ id, result: { action: "accept" } });
  await visit(url);
  for (const list of lists) assert.ok("result" in await list);
  const complete = await client.receive(({ method }) =>
    method === "notifications/elicitation/complete"
  );
  assert.deepEqual(complete["params"], { elicitationId });
  assert.deepEqual([home.tabs.length, home.logins.length], [0, 1]);
  assert.equal(client.received.filter(({ method }) => method === "elicitation/create").length, 1);
});

Deno.test("a person who declines in the client is not asked again", async () => {
  await using home = await openBridgeHome({ refreshTokens: false });
  const client = await openSession(home);
  const list = client.request("tools/list");
  const { id } = await question(client);
  await client.send({ id, result: { action: "decline" } });
  assert.equal(errorOf(await list).code, -31902);
  assert.equal(errorOf(await client.request("tools/list")).code, -31902);
  assert.deepEqual([home.tabs.length, home.logins.length], [0, 1]);
});

Deno.test("a client that cannot show a page gets a tab instead", async () => {
  await using home = await openBridgeHome({ refreshTokens: false });
  const client = await openSession(home, { elicitation: {} });
  const list = client.request("tools/list");
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  assert.ok("result" in await list);
});

Deno.test("with a stored answer, the first request asks", async () => {
  await using home = await openBridgeHome({ refreshTokens: false });
  const first = await openSession(home);
  await first[Symbol.asyncDispose]();
  const client = home.connect();
  assert.ok("result" in await client.initialize("test", URL_ELICITATION));
  const list = client.request("tools/list");
  const { id, url } = await question(client);
  await client.send({ id, result: { action: "accept" } });
  await visit(url);
  assert.ok("result" in await list);
  assert.deepEqual(home.tabs, []);
});

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": URL_ELICITATION,
};

for (const action of ["accept", "decline"] as const) {
  Deno.test(`a stateless client is asked with input_required: ${action}`, async () => {
    await using home = await openBridgeHome({ refreshTokens: false });
    const client = home.connect();
    const call = { name: "echo", arguments: { text: "hello" }, _meta: META };
    const { result } = await client.request("tools/call", call);
    assert.ok(isObject(result) && isObject(result["inputRequests"]));
    assert.equal(result["resultType"], "input_required");
    const [[key = "", asked] = []] = Object.entries(result["inputRequests"]);
    assert.ok(isObject(asked) && isObject(asked["params"]));
    assert.deepEqual([asked["method"], asked["params"]["mode"]], ["elicitation/create", "url"]);
    const { requestState } = result;
    const inputResponses = { [key]: { action } };
    const again = client.request("tools/call", { ...call, requestState, inputResponses });
    if (action === "decline") {
      assert.equal(errorOf(await again).code, -31902);
      return;
    }
    await visit(String(asked["params"]["url"]));
    const answer = await again;
    assert.ok("result" in answer, JSON.stringify(answer));
    assert.deepEqual([home.tabs.length, home.logins.length], [0, 1]);
    const sent = home.lab.requests.filter(({ body }) => body.includes('"tools/call"'));
    assert.ok(sent.every(({ body }) => !/requestState|inputResponses/.test(body)));
  });
}
