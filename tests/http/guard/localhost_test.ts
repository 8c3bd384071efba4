import { deepEqual, equal, match } from "node:assert/strict";
import { isLocalhostName, isLoopbackHost, isSecureUrl } from "../../../src/core/url.ts";
import { readServerCertificate } from "../../../src/http/guard/tls_facts.ts";
import { AUTHORITY, TLS } from "../guard_support.ts";
import { openClient, request, serveRaw } from "../support.ts";

const LOOPBACK = [
  "http://localhost/",
  "http://LocalHost./",
  "http://mcp.localhost/",
  "http://a.b.localhost.:8080/",
  "http://127.1/",
  "http://0x7f.0.0.9/",
  "http://[::1]/",
];
const ELSEWHERE = [
  "http://localhost.evil.example/",
  "http://notlocalhost/",
  "http://localhost.localdomain/",
  "http://127.0.0.1.evil.example/",
  "http://[::ffff:127.0.0.1]/",
  "http://0.0.0.0/",
  "http://128.0.0.1/",
];

Deno.test("loopback is localhost, the names below it, 127.0.0.0/8 and ::1", () => {
  for (const [urls, expected] of [[LOOPBACK, true], [ELSEWHERE, false]] as const) {
    for (const url of urls) equal(isSecureUrl(new URL(url)), expected, url);
    for (const url of urls) equal(isLoopbackHost(new URL(url).hostname), expected, url);
  }
  deepEqual(LOOPBACK.map((url) => isLocalhostName(new URL(url).hostname)), [
    ...[true, true, true, true, false, false, false],
  ]);
});

Deno.test("nothing is sent by http to a name that only looks like loopback", async () => {
  await using client = openClient();
  for (const url of ELSEWHERE) equal((await client.failure({ url })).code, "unsendable_url", url);
});

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`localhost and the names below it reach a server that listens at ${hostname} only`, async () => {
    const seen: string[] = [];
    await using server = Deno.serve({ hostname, port: 0, onListen: () => {} }, (asked) => {
      seen.push(`${asked.method} ${asked.headers.get("host")}`);
      return new Response("{}");
    });
    const { port } = server.addr;
    await using client = openClient({
      serverUrl: `http://localhost:${port}/mcp`,
      resolve: (name) => Promise.reject(new Error(`${name} was looked up`)),
    });
    const url = `http://mcp.localhost:${port}/doc`;
    equal((await client.http.send(request({ url: `http://localhost:${port}/` }))).body, "{}");
    equal((await client.http.send(request({ url }))).body, "{}");
    const fetch = client.http.streaming(() => "request");
    const streamed = await fetch(url, { method: "POST", body: "{}" });
    equal(await streamed.text(), "{}");
    deepEqual(seen, [
      `GET localhost:${port}`,
      `GET mcp.localhost:${port}`,
      `POST mcp.localhost:${port}`,
    ]);
    deepEqual(client.exchanges.map((it) => it.request.url), [
      `http://localhost:${port}/`,
      url,
      url,
    ]);
  });
}

Deno.test("https://localhost is checked against a certificate for localhost", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...TLS, onListen: () => {} },
    () => new Response("{}"),
  );
  await using client = openClient({ caCerts: [AUTHORITY] });
  const at = (host: string) => ({ url: `https://${host}:${server.addr.port}/` });
  equal((await client.http.send(request(at("localhost")))).body, "{}");
  equal((await client.failure(at("as.localhost"))).code, "network_tls_name");
});

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`the certificate of https://localhost is looked at on ${hostname}`, async () => {
    await using server = Deno.serve(
      { hostname, port: 0, ...TLS, onListen: () => {} },
      () => new Response(),
    );
    const facts = await readServerCertificate({
      url: `https://localhost:${server.addr.port}/mcp`,
      caCerts: [AUTHORITY],
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    });
    match(String(facts?.certificate?.subjectAltNames), /DNS:localhost/);
  });
}

Deno.test("a name below localhost without a server is a refused connection", async () => {
  await using other = serveRaw(
    () => Promise.resolve(),
    Deno.listen({ hostname: "127.0.0.2", port: 0 }),
  );
  await using client = openClient();
  const failure = await client.failure({ url: `http://as.localhost:${other.port}/` });
  equal(failure.code, "network_connection_refused");
});
