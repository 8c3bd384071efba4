import assert from "node:assert/strict";
import { createResolver } from "../../../../src/http/guard/ssrf_guard.ts";
import { startDnsServer } from "../../../lab/dns_server.ts";
import { serve } from "../../../http/support.ts";
import { run } from "../../fake_runtime.ts";
import { ask, LOCAL, startTlsServer } from "../../proxy_support.ts";

Deno.test("an answer comes with its addresses, TLS, certificate, timings and request", async () => {
  await using server = startTlsServer({ "*": { body: { ok: true } } });
  await using dns = await startDnsServer(({ type }) => type === "A" ? ["127.0.0.1"] : []);
  const { status, document } = await ask("debug-proxy", [
    ...["--url", `https://mcp.example:${server.port}/x?y=1`, "--header", "X-Key: canary-header-1"],
    ...["--header", "MCP-Protocol-Version: 2025-11-25"],
    ...["--body", "client_secret=canary-secret-1&grant_type=x"],
  ], { replacements: { resolver: createResolver(dns.nameServer) } });
  assert.equal(status, 0);
  assert.deepEqual(document.body, { ok: true });
  assert.deepEqual(document.dns, {
    host: "mcp.example",
    source: "dns",
    answers: [{ address: "127.0.0.1", kind: "loopback", refused: null }],
  });
  assert.deepEqual(document.connection, {
    address: "127.0.0.1",
    attempts: [{ address: "127.0.0.1", error: null }],
  });
  assert.equal(document.tls.version, "TLSv1.3");
  assert.equal(document.tls.certificate.subject, "CN=mcpass test server");
  assert.equal(document.tls.certificate.issuer, "CN=mcpass test authority");
  assert.equal(document.tls.certificate.validTo, "2125-01-01T00:00:00.000Z");
  assert.ok(document.tls.certificate.subjectAltNames.includes("DNS:mcp.example"));
  for (const phase of ["dns", "connect", "tls", "send", "wait", "body", "total"]) {
    assert.equal(typeof document.timings[phase], "number", phase);
  }
  assert.equal(document.request.method, "POST");
  assert.equal(document.request.bodyBytes, 42);
  const names = document.request.headers.map(([name]: [string]) => name);
  assert.deepEqual(names, [
    ...["host", "connection", "accept", "accept-encoding", "user-agent", "content-type"],
    ...["X-Key", "MCP-Protocol-Version", "content-length"],
  ]);
  const values = Object.fromEntries(document.request.headers);
  assert.equal(values["host"], `mcp.example:${server.port}`);
  assert.equal(values["MCP-Protocol-Version"], "2025-11-25");
  assert.doesNotMatch(JSON.stringify(document.request), /canary/);
  assert.deepEqual(document.redirect, null);
  assert.deepEqual(document.stream, null);
});

Deno.test("a refused address shows what was looked up, and that nothing was sent", async () => {
  await using dns = await startDnsServer(({ type }) => type === "A" ? ["8.8.8.8", "10.0.0.1"] : []);
  const args = ["oauth", "debug-proxy", "--url", "https://mixed.test/"];
  const setup = { replacements: { resolver: createResolver(dns.nameServer) } };
  const { status, stdout } = await run(args, setup);
  assert.equal(status, 1);
  const document = JSON.parse(stdout);
  assert.equal(document.error.code, "address_refused");
  assert.deepEqual(
    document.dns.answers.map(({ address, refused }: { address: string; refused: unknown }) =>
      `${address} ${refused === null}`
    ),
    ["8.8.8.8 true", "10.0.0.1 false"],
  );
  assert.equal(document.connection.address, null);
  assert.equal(document.request.headers, null);
  assert.equal(document.status, undefined);
  const person = await run([...args, "--format", "human"], setup);
  assert.match(person.stdout, /10\.0\.0\.1 \(private, refused\)/);
  assert.match(person.stdout, /\(not sent\)/);
});

/** Locations, and what the rules of a hosted service and of --allow-private say about them. */
const REDIRECTS: readonly (readonly [location: string, allowed: boolean, reason: RegExp | null])[] =
  [
    ["/elsewhere", true, null],
    ["http://169.254.169.254/latest/meta-data", false, /169\.254\.169\.254: .*metadata service/],
    ["https://[fe80::1]/", false, /link-local/],
    ["https://metadata.test/", false, /169\.254\.169\.254/],
    ["https://user@mcp.example/", false, /user name or password/],
    ["ftp://mcp.example/", false, /not an http or https URL/],
    ["https://none.test/", false, /no address/],
  ];

for (const [location, allowed, reason] of REDIRECTS) {
  Deno.test(`a redirect to ${location} is ${allowed ? "allowed" : "refused"} and never followed`, async () => {
    await using server = startTlsServer({
      "/": { status: 302, headers: [["location", location]] },
    });
    await using dns = await startDnsServer(({ name, type }) =>
      name === "metadata.test" && type === "A" ? ["169.254.169.254"] : []
    );
    const { status, document } = await ask("debug-proxy", ["--url", `${server.origin}/`], {
      replacements: { resolver: createResolver(dns.nameServer) },
    });
    assert.equal(status, 0);
    assert.equal(document.status, 302);
    assert.equal(document.redirect.location, location);
    assert.equal(document.redirect.allowed, allowed);
    if (reason === null) assert.equal(document.redirect.reason, null);
    else assert.match(document.redirect.reason, reason);
    assert.equal(server.requests.length, 1);
  });
}

Deno.test("a redirect to a private address that listens is never requested", async () => {
  await using target = serve(() => new Response("secret"));
  await using server = startTlsServer({
    "*": { status: 307, headers: [["location", target.origin]] },
  });
  const { document } = await ask("debug-proxy", ["--url", server.origin, "--body", "a=b"]);
  assert.equal(document.status, 307);
  assert.equal(target.requests.length, 0);
});

const part = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });

Deno.test("JWTs in the body are decoded, and said not to be verified", async () => {
  const jwt = `${part({ alg: "ES256" })}.${part({ iss: "https://as.example" })}.c2ln`;
  await using server = startTlsServer({ "*": { body: { access_token: jwt } } });
  const { document } = await ask("debug-proxy", ["--url", server.origin]);
  assert.deepEqual(document.jwts, [{
    member: "access_token",
    header: { alg: "ES256" },
    claims: { iss: "https://as.example" },
    times: {},
    signatureVerified: false,
  }]);
  const args = ["oauth", "debug-proxy", "--url", server.origin, ...LOCAL, "--format", "human"];
  assert.match((await run(args)).stdout, /access_token, signature not verified/);
});

/** Answers with an error, and the code that is explained. */
const ERRORS: readonly (readonly [what: string, answer: object, code: string | number])[] = [
  ["OAuth", { status: 400, body: { error: "invalid_client" } }, "invalid_client"],
  [
    "JSON-RPC",
    { body: { jsonrpc: "2.0", id: 1, error: { code: -32602, message: "x" } } },
    -32602,
  ],
  [
    "a challenge",
    {
      status: 401,
      headers: [["WWW-Authenticate", 'Basic realm="x", Bearer error="invalid_token"']],
    },
    "invalid_token",
  ],
  [
    "JSON-RPC in a stream",
    {
      headers: [["content-type", "text/event-stream"]],
      body: 'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"x"}}\n\n',
    },
    -32601,
  ],
];

for (const [what, answer, code] of ERRORS) {
  Deno.test(`the error of ${what} is explained`, async () => {
    await using server = startTlsServer({ "*": answer });
    const { status, document } = await ask("debug-proxy", ["--url", server.origin]);
    assert.equal(status, 0);
    assert.deepEqual(document.explanations.map((it: { code: unknown }) => it.code), [code]);
    assert.ok(document.explanations[0].remedy);
    assert.ok(document.explanations[0].reference);
  });
}

/** A stream that stays open after these bytes. */
function openStream(text: string) {
  return startTlsServer({
    "*": async (_request, raw) => {
      await raw.head(200, [["content-type", "text/event-stream; charset=utf-8"]]);
      await raw.write(text);
      const gone = Promise.withResolvers<void>();
      raw.gone.addEventListener("abort", () => gone.resolve());
      await gone.promise;
    },
  });
}

Deno.test("an open stream ends with --sse-events, and the events are in the document", async () => {
  await using server = openStream(
    'id: 1\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: hi\rretry: 500\revent: e\rdata: b\r\rdata: c\n\n',
  );
  const { status, document } = await ask("debug-proxy", [
    ...["--url", server.origin, "--sse-events", "2"],
  ]);
  assert.equal(status, 0);
  assert.deepEqual(document.stream, {
    events: [
      { event: "message", data: '{"a":\n1}', id: "1", json: { a: 1 } },
      { event: "e", data: "b" },
    ],
    ended: "enough",
    retry: 500,
    lastEventId: "1",
    comments: 1,
    unfinished: false,
    endpoint: null,
  });
});

for (const [flag, limit] of [["--sse-timeout", "time"], ["--step-timeout", "time"]] as const) {
  Deno.test(`an open stream ends with ${flag}, and that is no failure`, async () => {
    await using server = openStream("data: a\n\ndata: unfinished");
    const { status, document } = await ask("debug-proxy", ["--url", server.origin, flag, "400"]);
    assert.equal(status, 0);
    assert.equal(document.stream.ended, limit);
    assert.equal(document.stream.unfinished, true);
    assert.deepEqual(document.stream.events, [{ event: "message", data: "a" }]);
  });
}

Deno.test("a stream that the server closes is read to its end", async () => {
  await using server = startTlsServer({
    "*": { headers: [["content-type", "text/event-stream"]], body: "data: a\n\n" },
  });
  const { document } = await ask("debug-proxy", ["--url", server.origin]);
  assert.equal(document.stream.ended, "complete");
  assert.equal(document.stream.events.length, 1);
});

for (
  const [data, url, sameOrigin] of [
    ["/messages?sessionId=1", "/messages?sessionId=1", true],
    ["https://evil.example/messages", "https://evil.example/messages", false],
    ["https://[", null, false],
  ] as const
) {
  Deno.test(`the endpoint event of the old transport is recognised: ${data}`, async () => {
    await using server = openStream(`event: endpoint\ndata: ${data}\n\n`);
    const args = ["--url", `${server.origin}/sse`, "--sse-events", "1"];
    const { document } = await ask("debug-proxy", args);
    const absolute = url?.startsWith("/") ? server.origin + url : url;
    assert.deepEqual(document.stream.endpoint, { url: absolute, sameOrigin });
    const person = await run(["oauth", "debug-proxy", ...args, ...LOCAL, "--format", "human"]);
    assert.match(person.stdout, /old HTTP\+SSE transport/);
  });
}

Deno.test("an open stream with oauth proxy ends as a failure at the time limit", async () => {
  await using server = openStream("data: a\n\n");
  const { status, document } = await ask("proxy", [
    "--url",
    server.origin,
    "--step-timeout",
    "300",
  ]);
  assert.equal(status, 1);
  assert.equal(document.error.code, "network_timeout");
  assert.equal(document.status, 200);
  assert.equal(document.bodyEncoding, "incomplete");
});

Deno.test("for people: nothing that a server says moves a cursor", async () => {
  const evil = "\u001b[2J\u202e";
  await using server = startTlsServer({
    "*": {
      status: 400,
      headers: [["x-evil", "\u001b[2J"], ["content-type", "application/json"]],
      body: JSON.stringify({ error: `x${evil}`, error_description: evil }).replaceAll(
        "\\u001b",
        "",
      ),
    },
  });
  const { stdout } = await run(
    ["oauth", "debug-proxy", "--url", server.origin, ...LOCAL],
    { stdoutIsTerminal: true, env: { NO_COLOR: "1" } },
  );
  assert.match(stdout, /Connection\n/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /[\u001b\u202e]/);
});
