import assert from "node:assert/strict";
import type { Purpose } from "../../../src/core/exchange.ts";
import { headerOf } from "../../lab/journal.ts";
import { startScriptedServer } from "../../lab/scripted_server.ts";
import { openClient } from "../support.ts";

const PURPOSES: readonly Purpose[] = [
  ...["resource_metadata", "authorization_server_metadata", "registration"] as const,
  ...["authorization_preflight", "authorization", "token", "endpoint"] as const,
];

function startSetting(field: string, status = 200) {
  return startScriptedServer({
    routes: { "*": () => ({ status, headers: [["set-cookie", field]], body: "{}" }) },
  });
}

Deno.test("a cookie that the MCP server set goes back to its origin, and with nothing else", async () => {
  await using server = startSetting("AWSALB=node-a-0815; Path=/");
  await using other = startSetting("other=1");
  const serverUrl = `${server.origin}/mcp`;
  await using client = openClient({ serverUrl });
  const post = { purpose: "mcp", step: "request", method: "POST" } as const;
  for (const _ of [1, 2]) await client.http.send({ ...post, url: serverUrl, body: "{}" });
  await client.http.streaming(() => "request")(serverUrl, { method: "DELETE" });
  await client.http.send({ ...post, url: other.origin, body: "{}" });
  for (const purpose of PURPOSES) {
    await client.http.send({ purpose, step: "request", method: "GET", url: serverUrl });
  }
  const sent = [...server.requests, ...other.requests].map((it) => headerOf(it, "cookie"));
  const cookie = "AWSALB=node-a-0815";
  assert.deepEqual(sent, [undefined, cookie, cookie, ...PURPOSES.map(() => undefined), undefined]);
  assert.doesNotMatch(client.secrets.mask("at node-a-0815"), /node-a-0815/);
});

Deno.test("a cookie of one client is not sent by another", async () => {
  await using server = startSetting("n=v");
  for (const _ of [1, 2]) {
    await using client = openClient({ serverUrl: server.origin });
    const url = server.origin;
    await client.http.send({ purpose: "mcp", step: "request", method: "POST", url, body: "{}" });
  }
  assert.deepEqual(server.requests.map((it) => headerOf(it, "cookie")), [undefined, undefined]);
});

Deno.test("the person's own cookies are sent in addition", async () => {
  await using server = startSetting("n=v");
  const customHeaders = [["Cookie", "gate=open"]] as const;
  await using client = openClient({ serverUrl: server.origin, customHeaders });
  for (const _ of [1, 2]) {
    const url = server.origin;
    await client.http.send({ purpose: "mcp", step: "request", method: "POST", url, body: "{}" });
  }
  const sent = server.requests.map((it) => headerOf(it, "cookie"));
  assert.deepEqual(sent, ["gate=open", "gate=open; n=v"]);
});

Deno.test("a cookie does not follow a redirect", async () => {
  await using target = startSetting("other=1");
  await using server = startScriptedServer({
    routes: {
      "*": () => ({
        status: 307,
        headers: [["set-cookie", "n=v"], ["location", `${target.origin}/`]],
      }),
    },
  });
  await using client = openClient({ serverUrl: server.origin });
  const send = client.http.streaming(() => "request");
  for (const _ of [1, 2]) {
    const response = await send(server.origin, { method: "POST", body: "{}" });
    assert.equal(response.status, 307);
    await response.body?.cancel();
  }
  assert.equal(target.requests.length, 0);
});
