import { deepEqual, equal, match } from "node:assert/strict";
import type { Purpose } from "../../src/core/exchange.ts";
import { redirectObjection, redirectRefused } from "../../src/http/request_url.ts";
import { failureOf, openClient, request, serve } from "./support.ts";

const redirect = (location: string, status = 307) =>
  new Response("moved", { status, headers: { location } });

const CREDENTIALED: readonly Purpose[] = ["token", "registration"];

for (const purpose of CREDENTIALED) {
  for (const status of [301, 302, 303, 307, 308]) {
    Deno.test(`a ${status} from the ${purpose} endpoint takes nothing to another origin`, async () => {
      await using elsewhere = serve(() => new Response("{}"));
      await using server = serve(() => redirect(`${elsewhere.origin}/collect?code=abc`, status));
      await using client = openClient();
      const failure = await client.failure({
        purpose,
        method: "POST",
        url: `${server.origin}/endpoint`,
        headers: [["authorization", "Basic c2VjcmV0OnNlY3JldA=="]],
        body: "code=abc&code_verifier=def&client_secret=ghi",
      });
      equal(failure.code, "redirect_refused");
      match(
        failure.message,
        new RegExp(`HTTP ${status}, a redirect to ${elsewhere.origin}/collect`),
      );
      deepEqual(elsewhere.requests, []);
      equal(server.requests.length, 1);
      equal(client.exchanges[0]?.response?.status, status);
      equal(client.exchanges[0]?.response?.body, "moved");
    });
  }
}

Deno.test("a credentialed request follows no redirect within its own origin either", async () => {
  await using server = serve(() => redirect("/token/"));
  await using client = openClient();
  const failure = await client.failure({
    purpose: "token",
    method: "POST",
    url: `${server.origin}/token`,
  });
  equal(failure.code, "redirect_refused");
  equal(server.requests.length, 1);
});

for (const purpose of ["authorization", "authorization_preflight", "mcp"] as const) {
  Deno.test(`the redirect of an ${purpose} request is its answer`, async () => {
    await using elsewhere = serve(() => new Response("{}"));
    const target = `${elsewhere.origin}/callback?code=abc`;
    await using server = serve(() => redirect(target, 303));
    await using client = openClient();
    const answer = await client.http.send(request({ purpose, url: `${server.origin}/authorize` }));
    equal(answer.status, 303);
    equal(answer.headers.get("location"), target);
    equal(client.exchanges.length, 1);
    deepEqual(elsewhere.requests, []);
  });
}

const ENDPOINT_REDIRECTS = [
  ["/mcp", "/mcp/", "https://server.example/mcp/"],
  ["/mcp/", "/mcp", "https://server.example/mcp"],
  ["/mcp", "http://server.example/mcp/", "https://server.example/mcp/"],
  ["/mcp", "https://www.server.example/mcp", "https://www.server.example/mcp"],
  ["/mcp?tenant=1", "/mcp/?tenant=1", "https://server.example/mcp/?tenant=1"],
  ["/mcp", "/login", undefined],
  ["/mcp", "/login?next=/mcp", undefined],
  ["/mcp", "/mcp/?signin=1", undefined],
  ["/mcp", "/mcp/auth/signin", undefined],
  ["/mcp", "https://team.access.example/cdn-cgi/access/login", undefined],
  ["/mcp", "http://server.example/mcp", undefined],
  ["/mcp", "http://other.example:8080/mcp", undefined],
  ["/mcp", "/mcp", undefined],
] as const;

for (const [from, location, offered] of ENDPOINT_REDIRECTS) {
  const shown = offered === undefined ? "is not offered as --url" : "is offered as --url";
  Deno.test(`the target ${location} of a redirect of ${from} ${shown}`, () => {
    const url = `https://server.example${from}`;
    const target = new URL(location, url);
    const { remedy = "" } = redirectRefused(
      { purpose: "mcp", method: "POST", url, status: 307 },
      target,
    );
    if (offered === undefined) {
      equal(remedy.includes(target.href), false);
      match(remedy, /with and without a trailing slash/);
    } else {
      match(remedy, new RegExp(`mcpass login '?${RegExp.escape(offered)}'?$`));
    }
  });
}

Deno.test("metadata follows three redirects, and each hop is an exchange of its own", async () => {
  await using server = serve((request) => {
    const hop = Number(new URL(request.url).searchParams.get("hop"));
    return hop < 3 ? redirect(`?hop=${hop + 1}#part`, 302) : new Response("{}");
  });
  await using client = openClient();
  const answer = await client.http.send(request({ url: `${server.origin}/doc?hop=0` }));
  equal(answer.url, `${server.origin}/doc?hop=3`);
  equal(answer.body, "{}");
  deepEqual(
    client.exchanges.map(({ id, redirectOf, request: { url } }) => [id, redirectOf, url]),
    [0, 1, 2, 3].map((hop) => [hop + 1, hop || null, `${server.origin}/doc?hop=${hop}`]),
  );
  equal(answer.exchangeId, 4);
});

Deno.test("metadata follows no fourth redirect", async () => {
  await using server = serve((request) => redirect(request.url));
  await using client = openClient();
  const failure = await client.failure({ url: `${server.origin}/loop` });
  equal(failure.code, "redirect_refused");
  match(failure.message, /redirect 4 in a row/);
  equal(server.requests.length, 4);
});

Deno.test("a redirect without a Location is an answer, one with an unusable Location a failure", async () => {
  await using server = serve((request) =>
    request.url.endsWith("/none")
      ? new Response("no location", { status: 302 })
      : redirect("http://[nonsense", 302)
  );
  await using client = openClient();
  equal((await client.http.send(request({ url: `${server.origin}/none` }))).status, 302);
  equal((await client.failure({ url: `${server.origin}/bad` })).code, "redirect_refused");
});

Deno.test("credentials and the person's headers stay behind when metadata moves to another origin", async () => {
  await using elsewhere = serve(() => new Response("{}"));
  await using server = serve(() => redirect(`${elsewhere.origin}/doc`));
  await using client = openClient({
    serverUrl: `${server.origin}/mcp`,
    customHeaders: [["X-Api-Key", "personal-key"]],
  });
  await client.http.send(request({
    url: `${server.origin}/doc`,
    headers: [["Authorization", "Bearer abcdef"], ["Cookie", "a=b"], ["DPoP", "proof"], [
      "X-Own",
      "1",
    ]],
  }));
  equal(server.requests[0]?.headers.get("x-api-key"), "personal-key");
  equal(server.requests[0]?.headers.get("authorization"), "Bearer abcdef");
  const sent = elsewhere.requests[0]?.headers;
  equal(sent?.get("x-own"), "1");
  for (const name of ["authorization", "cookie", "dpop", "x-api-key"]) {
    equal(sent?.get(name), null, name);
  }
});

const LOCAL = "http://127.0.0.1:1/mcp";
const PUBLIC = "https://mcp.example/mcp";
const CASES:
  readonly (readonly [target: string, hops: string[], server: string, why: RegExp | null])[] = [
    ["https://other.example/", ["https://mcp.example/"], PUBLIC, null],
    ["http://other.example/", ["https://mcp.example/"], PUBLIC, /not https/],
    ["http://127.0.0.1/", ["https://127.0.0.1/"], LOCAL, /from https to http/],
    ["http://127.0.0.1/", ["http://127.0.0.1/", "https://127.0.0.1/"], LOCAL, /from https to http/],
    ["https://user@other.example/", ["https://mcp.example/"], PUBLIC, /user info/],
    ["https://:x@other.example/", ["https://mcp.example/"], PUBLIC, /user info/],
    ["https://user:x@other.example/", ["https://mcp.example/"], PUBLIC, /user info/],
    ["https://127.0.0.1/", ["https://mcp.example/"], PUBLIC, /loopback network from outside/],
    ["https://localhost./", ["https://mcp.example/"], PUBLIC, /loopback/],
    ["https://[::ffff:127.0.0.1]/", ["https://mcp.example/"], PUBLIC, /loopback/],
    ["https://10.0.0.1/", ["https://mcp.example/"], PUBLIC, /private/],
    ["https://10.0.0.1/", ["https://8.8.8.8/"], PUBLIC, /private/],
    ["https://10.0.0.1/", ["https://10.0.0.2/"], PUBLIC, /private/],
    ["https://10.0.0.1/", ["https://10.0.0.2/"], "https://10.0.0.3/mcp", null],
    ["https://10.0.0.1/", ["https://mcp.example/"], "https://10.0.0.3/mcp", /private/],
    ["https://127.0.0.1/", ["https://10.0.0.2/"], "https://10.0.0.3/mcp", /loopback/],
    ["https://169.254.169.254/", ["https://10.0.0.2/"], "https://10.0.0.3/mcp", /link-local/],
    ["http://127.0.0.1:2/", ["http://127.0.0.1:1/"], LOCAL, null],
    ["http://127.0.0.1:2/", ["http://127.0.0.1:1/?from=https:"], LOCAL, null],
    ["https://mcp.example/", ["http://127.0.0.1:1/"], LOCAL, null],
    ["https://127.0.0.1/", ["http://127.0.0.1:1/", "https://mcp.example/"], LOCAL, /loopback/],
    ["https://169.254.169.254/", ["http://127.0.0.1:1/"], LOCAL, /link-local/],
    ["https://0.0.0.0/", ["http://127.0.0.1:1/"], LOCAL, /reserved/],
    ["file:///etc/passwd", ["http://127.0.0.1:1/"], LOCAL, /not https/],
  ];

for (const [target, hops, server, why] of CASES) {
  const verdict = why === null ? "may be followed" : `is refused (${why.source})`;
  Deno.test(`with the MCP server at ${server}, ${hops.join(" -> ")} -> ${target} ${verdict}`, async () => {
    const objection = await redirectObjection(new URL(target), hops, server);
    if (why === null) equal(objection, undefined);
    else match(objection ?? "", why);
  });
}

Deno.test("a refused redirect of a metadata document reaches nobody", async () => {
  await using client = openClient();
  await using server = serve(() => redirect("https://169.254.169.254/latest/meta-data"));
  const failure = await failureOf(client.http.send(request({ url: `${server.origin}/doc` })));
  equal(failure.code, "redirect_refused");
  equal(client.exchanges.length, 1);
});
