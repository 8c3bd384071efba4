import { deepEqual, equal, ok } from "node:assert/strict";
import { openClient, request, serve } from "./support.ts";

Deno.test("an exchange holds what was handed over and what was received", async () => {
  let now = Date.UTC(2026, 0, 2, 3, 4, 5);
  await using server = serve(async (request) => {
    await request.text();
    now += 12;
    return new Response("créé", {
      status: 401,
      headers: [
        ["www-authenticate", 'Bearer realm="a"'],
        ["www-authenticate", 'DPoP algs="ES256"'],
        ["set-cookie", "a=12345678"],
        ["set-cookie", "b=2"],
      ],
    });
  });
  await using client = openClient({ clock: { now: () => now } });
  const answer = await client.http.send(request({
    purpose: "token",
    step: "token",
    method: "POST",
    url: `${server.origin}/token?x=1`,
    headers: [["Content-Type", "application/x-www-form-urlencoded"], [
      "Accept",
      "application/json",
    ]],
    body: "grant_type=authorization_code&code=ä",
  }));
  const [exchange] = client.exchanges;
  equal(client.exchanges.length, 1);
  equal(answer.exchangeId, exchange?.id);
  equal(exchange?.id, 1);
  equal(exchange?.step, "token");
  equal(exchange?.purpose, "token");
  equal(exchange?.startedAt, "2026-01-02T03:04:05.000Z");
  equal(exchange?.durationMs, 12);
  deepEqual(exchange?.request, {
    method: "POST",
    url: `${server.origin}/token?x=1`,
    headers: [
      ["user-agent", "mcpass/0.1.0"],
      ["Content-Type", "application/x-www-form-urlencoded"],
      ["Accept", "application/json"],
    ],
    body: "grant_type=authorization_code&code=ä",
  });
  const { response } = exchange ?? {};
  equal(response?.status, 401);
  equal(response?.statusText, "Unauthorized");
  equal(response?.body, "créé");
  equal(response?.bodyBytes, 6);
  equal(response?.truncated, false);
  const named = (name: string) => response?.headers.filter(([given]) => given === name);
  deepEqual(named("www-authenticate"), [[
    "www-authenticate",
    'Bearer realm="a", DPoP algs="ES256"',
  ]]);
  deepEqual(named("set-cookie"), [["set-cookie", "a=12345678"], ["set-cookie", "b=2"]]);
  equal(exchange?.fault, null);
  equal(exchange?.redirectOf, null);
});

Deno.test("what the server received is what the exchange says was sent", async () => {
  await using server = serve(() => new Response("{}"));
  await using client = openClient({
    serverUrl: server.origin,
    customHeaders: [["X-Api-Key", "key-123"]],
  });
  await client.http.send(
    request({ url: `${server.origin}/a%20b?q=%C3%A4`, headers: [["X-One", "1"]] }),
  );
  const [received] = server.requests;
  const [exchange] = client.exchanges;
  equal(`${server.origin}${received?.path}`, exchange?.request.url);
  ok(exchange?.request.headers.length);
  for (const [name, value] of exchange?.request.headers ?? []) {
    equal(received?.headers.get(name), value, name);
  }
});

Deno.test("the HTTP client learns the secrets of header fields", async () => {
  const fields = {
    "set-cookie": "sid=cookie-value-1; Path=/",
    "mcp-session-id": "session-value-1",
  };
  await using server = serve(() => new Response("{}", { headers: fields }));
  await using client = openClient({
    customHeaders: [["X-Api-Key", "personal-key"], ["X-Flag", "true"], [
      "X-Auth",
      "Token tok-en-value-1",
    ]],
  });
  await client.http.send(
    request({ url: server.origin, headers: [["Authorization", "Bearer token-value-1"]] }),
  );
  const text = "cookie-value-1 session-value-1 personal-key tok-en-value-1 token-value-1";
  equal(client.secrets.mask(text).replaceAll(/\[masked sha256:[0-9a-f]{8}\]/g, "#"), "# # # # #");
  equal(client.secrets.mask('{"a":true,"path":"/"}'), '{"a":true,"path":"/"}');
});
