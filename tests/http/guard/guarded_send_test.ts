import assert from "node:assert/strict";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import { guardedFetch } from "../../../src/http/guard/guarded_request.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { startDnsServer } from "../../lab/dns_server.ts";
import { startScriptedServer } from "../../lab/scripted_server.ts";
import { AUTHORITY, fixture, noResolver, resolverOf, send, TLS } from "../guard_support.ts";
import { failureOf, readHead, serve, serveRaw, untilClosed, write } from "../support.ts";

const HOSTED = { allowPrivate: false };

/** A stream that sends the head of an answer and then what `more` writes. */
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\r\n";

Deno.test("the connection goes to the address that was checked, and the name is asked once", async () => {
  await using first = startScriptedServer({ tls: TLS, routes: { "*": { body: "first" } } });
  await using second = serveRaw(
    (conn) => untilClosed(conn),
    Deno.listen({ hostname: "::1", port: first.port }),
  );
  await using dns = await startDnsServer(({ type }, nth) => {
    if (nth === 0) return type === "A" ? ["127.0.0.1"] : [];
    return type === "A" ? [] : ["::1"];
  });
  const sent = await send({ url: `https://mcp.example:${second.port}/x` }, {
    resolve: resolverOf(dns),
  });
  assert.equal(sent.failure, null);
  assert.equal(sent.text, "first");
  assert.equal(sent.observed.address, "127.0.0.1");
  assert.deepEqual(
    dns.questions.toSorted((a, b) => a.type.localeCompare(b.type)),
    [{ name: "mcp.example", type: "A" }, { name: "mcp.example", type: "AAAA" }],
  );
  const host = first.requests[0]?.headers.find(([name]) => name.toLowerCase() === "host");
  assert.equal(host?.[1], `mcp.example:${first.port}`);
});

Deno.test("a dot at the end of a name changes neither the look-up nor the certificate's name", async () => {
  await using server = startScriptedServer({ tls: TLS, routes: { "*": { body: "ok" } } });
  await using dns = await startDnsServer(({ type }) => type === "A" ? ["127.0.0.1"] : []);
  const url = `https://mcp.example.:${server.port}/`;
  const { text, failure } = await send({ url }, { resolve: resolverOf(dns) });
  assert.equal(failure, null);
  assert.equal(text, "ok");
  assert.deepEqual(dns.questions.map(({ name }) => name), ["mcp.example", "mcp.example"]);
});

Deno.test("a name whose answer is private the first time is refused, whatever it becomes", async () => {
  await using trap = serve(() => new Response("secret"));
  const port = new URL(trap.origin).port;
  await using dns = await startDnsServer(({ type }, nth) =>
    type === "A" ? [nth === 0 ? "127.0.0.1" : "8.8.8.8"] : []
  );
  const { failure } = await send({ url: `https://rebind.test:${port}/` }, {
    rules: HOSTED,
    resolve: resolverOf(dns),
  });
  assert.equal(failure?.code, "address_refused");
  assert.equal(trap.requests.length, 0);
  assert.equal(dns.questions.length, 2);
});

Deno.test("where one address does not answer, the next one that was checked is used", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  }, Deno.listen({ hostname: "::1", port: 0 }));
  await using dns = await startDnsServer(({ type }) => [type === "A" ? "127.0.0.1" : "::1"]);
  const sent = await send({ url: `http://two.test:${server.port}/` }, { resolve: resolverOf(dns) });
  assert.equal(sent.text, "ok");
  assert.equal(sent.observed.address, "::1");
  assert.match(sent.observed.attempts[0]?.error ?? "", /ECONNREFUSED/);
});

Deno.test("a redirect is the answer, and its target is never asked", async () => {
  await using target = serve(() => new Response("secret"));
  await using server = startScriptedServer({
    routes: { "*": { status: 307, headers: [["location", `${target.origin}/secret`]] } },
  });
  const sent = await send({ url: `${server.origin}/`, method: "POST" });
  assert.equal(sent.failure, null);
  assert.equal(sent.head?.status, 307);
  assert.equal(target.requests.length, 0);
  assert.equal(server.requests.length, 1);
});

Deno.test("an endless body ends at the limit, and the rest is never taken", async () => {
  let written = 0;
  const chunk = new Uint8Array(64 * 1024);
  const left = Promise.withResolvers<void>();
  await using server = serveRaw(async (conn) => {
    try {
      await readHead(conn);
      await write(conn, HEAD);
      while (written < 10e9) written += await conn.write(chunk);
    } finally {
      left.resolve();
    }
  });
  const sent = await send({ url: `${server.origin}/` });
  await left.promise;
  assert.equal(sent.failure?.code, "response_too_large");
  assert.equal(sent.head?.status, 200);
  assert.equal(sent.body, null);
  assert.equal(sent.exchange.fault?.code, "body_too_large");
  assert.ok(written < 64e6, `${written} bytes were taken`);
});

Deno.test("a body that grows beyond the limit when it is unpacked is refused", async () => {
  const zeros = new Blob([new Uint8Array(64 * 1024 * 1024)]).stream();
  const packed = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
  assert.ok(packed.length < 1024 * 1024);
  await using server = startScriptedServer({
    routes: { "*": { headers: [["content-encoding", "gzip"]], body: packed } },
  });
  const sent = await send({ url: `${server.origin}/` });
  assert.equal(sent.failure?.code, "response_too_large");
});

for (
  const [what, talk] of [
    ["never answers", () => Promise.resolve()],
    ["sends its head byte by byte", async (conn: Deno.Conn) => await drip(conn, HEAD)],
    ["sends its body byte by byte", async (conn: Deno.Conn) => {
      await write(conn, HEAD);
      await drip(conn, "x".repeat(100_000));
    }],
  ] as const
) {
  Deno.test(`a server that ${what} is left at the time limit`, async () => {
    await using server = serveRaw(async (conn) => {
      await readHead(conn);
      await talk(conn).catch(() => {});
      await untilClosed(conn);
    });
    const { failure, exchange } = await send({ url: `${server.origin}/` }, { stepTimeoutMs: 250 });
    assert.equal(failure?.code, "network_timeout");
    assert.equal(exchange.fault?.code, "timeout");
  });
}

/** One byte every few milliseconds, for as long as the other side listens. */
async function drip(conn: Deno.Conn, text: string): Promise<void> {
  for (const character of text) {
    await write(conn, character);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("a connection that is never accepted ends at the time limit", async () => {
  await using server = serveRaw((conn) => untilClosed(conn));
  const { failure } = await send({ url: `https://127.0.0.1:${server.port}/` }, {
    stepTimeoutMs: 250,
  });
  assert.equal(failure?.code, "network_timeout");
});

Deno.test("Ctrl-C ends a request and its connection", async () => {
  const interrupt = new AbortController();
  const gone = Promise.withResolvers<void>();
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    interrupt.abort();
    await untilClosed(conn);
    gone.resolve();
  });
  const { failure } = await send({ url: `${server.origin}/` }, { signal: interrupt.signal });
  assert.equal(failure?.kind, "cancelled");
  await gone.promise;
});

for (
  const [certificate, code] of [
    ["expired.crt", "network_tls_expired"],
    ["not_yet.crt", "network_tls_expired"],
    ["other_name.crt", "network_tls_name"],
  ] as const
) {
  Deno.test(`${certificate}: the reason is named, and no request is sent`, async () => {
    await using server = startScriptedServer({ tls: { ...TLS, cert: fixture(certificate) } });
    const { failure } = await send({ url: `${server.origin}/` });
    assert.equal(failure?.code, code);
    assert.equal(server.requests.length, 0);
  });
}

Deno.test("a certificate of an unknown authority is refused", async () => {
  await using server = startScriptedServer({ tls: TLS });
  const { failure } = await send({ url: `${server.origin}/` }, { caCerts: [] });
  assert.equal(failure?.code, "network_tls_untrusted");
  assert.deepEqual(failure.commandFlags, { caFile: "<path>" });
  assert.equal(server.requests.length, 0);
});

for (
  const [what, answer, code] of [
    ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", "network_protocol"],
    ["nothing", "", "network_connection_reset"],
    ["half a body", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "network_connection_reset"],
  ] as const
) {
  Deno.test(`a server that says ${what}: ${code}`, async () => {
    await using server = serveRaw(async (conn) => {
      await readHead(conn);
      await write(conn, answer);
    });
    const { failure } = await send({ url: `${server.origin}/` });
    assert.equal(failure?.code, code, failure?.message);
  });
}

Deno.test("a port where nobody listens: network_connection_refused", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const { failure } = await send({ url: `https://127.0.0.1:${port}/` });
  assert.equal(failure?.code, "network_connection_refused");
});

Deno.test("what is observed: addresses, TLS, certificate, the request as it was written, timings", async () => {
  await using server = startScriptedServer({ tls: TLS, routes: { "*": { body: "x" } } });
  const { observed, exchange } = await send({
    url: `${server.origin}/p?q=1`,
    method: "PUT",
    headers: [["X-One", "1"], ["x-one", "2"]],
    body: new TextEncoder().encode("abc"),
  });
  assert.equal(exchange.request.body, "abc");
  assert.deepEqual(observed.target, {
    host: "127.0.0.1",
    source: "literal",
    answers: [{ address: "127.0.0.1", kind: "loopback", refused: null }],
  });
  assert.equal(observed.tls?.version, "TLSv1.3");
  assert.match(observed.tls.cipher ?? "", /^TLS_/);
  assert.deepEqual(observed.tls.certificate?.subjectAltNames.slice(0, 2), [
    "DNS:localhost",
    "IP Address:127.0.0.1",
  ]);
  assert.equal(observed.tls.certificate?.validFrom, "2025-01-01T00:00:00.000Z");
  const lines = observed.sentHead?.split("\r\n") ?? [];
  assert.equal(lines[0], "PUT /p?q=1 HTTP/1.1");
  assert.ok(lines.includes("X-One: 1") && lines.includes("x-one: 2"));
  const order = ["start", "dns", "connect", "tls", "wait", "body"] as const;
  const ends = order.map((phase) => observed.ends[phase] ?? NaN);
  assert.deepEqual(ends, ends.toSorted((a, b) => a - b));
});

Deno.test("under the guard an HTTP client refuses private addresses and follows public rules", async () => {
  await using server = serve(() => new Response("{}"));
  const exchanges: string[] = [];
  const client = (allowPrivate: boolean) =>
    createHttpClient({
      serverUrl: server.origin,
      customHeaders: [],
      stepTimeoutMs: 20_000,
      fetch: guardedFetch({ rules: { allowPrivate }, resolve: noResolver, caCerts: [AUTHORITY] }),
      emit: (event) => {
        if (event.type === "exchange") exchanges.push(event.exchange.fault?.code ?? "answered");
      },
      secrets: createSecrets(),
      clock: { now: () => Date.now() },
      env: { get: () => "http://127.0.0.1:1", toObject: () => ({}) },
      signal: new AbortController().signal,
    });
  const request = {
    purpose: "resource_metadata",
    step: "resource_metadata",
    method: "GET",
  } as const;
  const hosted = client(false);
  const url = server.origin.replace("http:", "https:");
  const failure = await failureOf(hosted.send({ ...request, url }));
  assert.equal(failure.code, "address_refused");
  assert.equal(server.requests.length, 0);
  const local = client(true);
  const answer = await local.send({ ...request, url: server.origin });
  assert.equal(answer.body, "{}");
  assert.deepEqual(exchanges, ["address_refused", "answered"]);
  await Promise.all([hosted.close(), local.close()]);
});
