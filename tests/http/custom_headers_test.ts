import { deepEqual, equal } from "node:assert/strict";
import type { Purpose } from "../../src/core/exchange.ts";
import { VERSION } from "../../src/core/version.ts";
import { openClient, request, serve } from "./support.ts";

const PERSONAL = [["X-Api-Key", "personal-key"]] as const;

const ON_OWN_ORIGIN: Readonly<Record<Purpose, boolean>> = {
  mcp: true,
  resource_metadata: true,
  authorization_server_metadata: false,
  registration: false,
  authorization_preflight: false,
  authorization: false,
  token: false,
  endpoint: false,
};

for (const [purpose, goes] of Object.entries(ON_OWN_ORIGIN) as [Purpose, boolean][]) {
  const verb = goes ? "goes" : "does not go";
  Deno.test(`a personal header ${verb} with ${purpose} on the MCP server's origin`, async () => {
    await using server = serve(() => new Response("{}"));
    await using client = openClient({ serverUrl: `${server.origin}/mcp`, customHeaders: PERSONAL });
    await client.http.send(request({ purpose, url: `${server.origin}/any` }));
    equal(server.requests[0]?.headers.get("x-api-key"), goes ? "personal-key" : null);
    equal(client.exchanges[0]?.request.headers.some(([name]) => name === "X-Api-Key"), goes);
  });

  Deno.test(`a personal header does not go with ${purpose} to another origin`, async () => {
    await using server = serve(() => new Response("{}"));
    await using client = openClient({
      serverUrl: "http://127.0.0.1:9/mcp",
      customHeaders: PERSONAL,
    });
    await client.http.send(request({ purpose, url: `${server.origin}/any` }));
    equal(server.requests[0]?.headers.get("x-api-key"), null);
  });
}

Deno.test("a personal header replaces one of the same name, but never Authorization", async () => {
  await using server = serve(() => new Response("{}"));
  await using client = openClient({
    serverUrl: `${server.origin}/mcp`,
    customHeaders: [["USER-AGENT", "mine/1"], ["accept", "text/x"], [
      "authorization",
      "Bearer mine",
    ]],
  });
  const headers = [["Accept", "application/json"], ["Authorization", "Bearer flow"]] as const;
  await client.http.send(request({ purpose: "mcp", url: server.origin, headers }));
  const sent = server.requests[0]?.headers;
  equal(sent?.get("user-agent"), "mine/1");
  equal(sent?.get("accept"), "text/x");
  equal(sent?.get("authorization"), "Bearer flow");
});

Deno.test("a request says who it is from and what it accepts, and carries no cookies", async () => {
  await using server = serve(() =>
    new Response("{}", { headers: { "set-cookie": "session=abcdefgh" } })
  );
  await using client = openClient();
  await client.http.send(request({ url: server.origin }));
  await client.http.send(request({ url: server.origin }));
  const sent = server.requests[1]?.headers;
  equal(sent?.get("user-agent"), `mcpass/${VERSION}`);
  equal(sent?.get("accept"), "application/json");
  equal(sent?.get("cookie"), null);
});

Deno.test("a header that HTTP cannot carry is a failure before anything is sent", async () => {
  await using server = serve(() => new Response("{}"));
  await using client = openClient();
  for (const field of [["x", "a\nb"], ["bad name", "x"], ["x", "\u{1f511}"]] as const) {
    const failure = await client.failure({ url: server.origin, headers: [field] });
    equal(failure.code, "invalid_header");
  }
  deepEqual([server.requests.length, client.exchanges.length], [0, 0]);
});

for (
  const url of [
    "http://mcp.example/",
    "ftp://127.0.0.1/",
    "https://user:pw@127.0.0.1/",
    "/relative",
    "http://10.0.0.1/",
  ]
) {
  Deno.test(`nothing is sent to ${url}`, async () => {
    await using client = openClient();
    const failure = await client.failure({ url });
    equal(failure.code, "unsendable_url");
    equal(failure.message.includes("pw"), false);
    equal(client.exchanges.length, 0);
  });
}
