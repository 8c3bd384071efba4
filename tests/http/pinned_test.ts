import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { holdTimers } from "../held_timers.ts";
import type { Purpose } from "../../src/core/exchange.ts";
import type { HttpClientOptions } from "../../src/http/http_client.ts";
import type { NameLookup } from "../../src/http/http_client.ts";
import { POLICY } from "../../src/http/policy.ts";
import { startNodeServer } from "../lab/node_server.ts";
import { AUTHORITY, fixture, TLS } from "./guard_support.ts";
import { silentNetwork } from "./silent_network.ts";
import { openClient, readHead, request, serve, serveRaw, untilClosed, write } from "./support.ts";

const PURPOSES = Object.keys(POLICY) as Purpose[];

/** A public MCP server that no request of these tests is sent to. */
const PUBLIC_SERVER = "https://93.184.216.34/mcp";

/** Answers with these addresses in turn, and with the last ones from then on. */
function lookups(...answers: readonly (readonly string[] | Error)[]) {
  const names: string[] = [];
  const resolve: NameLookup = (name) => {
    const found = answers[Math.min(names.length, answers.length - 1)] ?? [];
    names.push(name);
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
  };
  return { resolve, names };
}

/** A listener that counts connections. */
function trap(hostname = "127.0.0.1", port = 0) {
  let connections = 0;
  const server = serveRaw(() => {
    connections += 1;
    return Promise.resolve();
  }, Deno.listen({ hostname, port }));
  return { ...server, connections: () => connections };
}

const NO_ANSWER = new Error("failed to lookup address information: SERVFAIL");

const REFUSED: readonly (readonly [
  what: string,
  first: readonly string[] | Error,
  code: string,
])[] = [
  ["has a private address", ["127.0.0.1"], "private_address_refused"],
  [
    "has a public address and a private one",
    ["93.184.216.34", "127.0.0.1"],
    "private_address_refused",
  ],
  ["has no answer at first", NO_ANSWER, "network_dns"],
];

for (const purpose of PURPOSES) {
  for (const [what, first, code] of REFUSED) {
    Deno.test(`${purpose}: nothing is sent to a name of a public server that ${what}`, async () => {
      await using inside = trap();
      const { resolve, names } = lookups(first, ["127.0.0.1"]);
      await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
      const url = `https://as.example:${inside.port}/path`;
      equal((await client.failure({ url, purpose, method: "POST", body: "x" })).code, code);
      deepEqual([names, inside.connections()], [["as.example"], 0]);
      equal(client.exchanges.length, 1);
      equal(client.exchanges[0]?.response, null);
    });
  }

  Deno.test(`${purpose}: nothing is sent to a private address that a public server names`, async () => {
    await using inside = trap();
    const { resolve, names } = lookups([]);
    await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
    for (const host of ["127.0.0.1", "localhost", "as.localhost", "LOCALHOST.", "127.1"]) {
      const url = `https://${host}:${inside.port}/path`;
      equal((await client.failure({ url, purpose })).code, "private_address_refused", host);
    }
    deepEqual([names, inside.connections()], [[], 0]);
  });

  Deno.test(`${purpose}: every connection goes to the address that was judged, by one lookup`, async () => {
    const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...TLS });
    const { port } = listener.addr as Deno.NetAddr;
    let connections = 0;
    await using server = serveRaw(async (conn) => {
      connections += 1;
      await readHead(conn);
      await write(conn, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
    }, listener);
    await using moved = trap("127.0.0.2", port);
    const { resolve, names } = lookups(["127.0.0.1"], ["127.0.0.2"]);
    await using client = openClient({ resolve, caCerts: [AUTHORITY] });
    const url = `https://mcp.example:${server.port}/path`;
    const answer = await client.http.send(request({ url, purpose }));
    deepEqual([answer.body, connections, moved.connections(), names.length], ["{}", 1, 0, 1]);
  });
}

Deno.test("a server whose name and certificate are of a private network may name a host there", async () => {
  await using server = serveRaw(
    untilClosed,
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...TLS }),
  );
  await using inside = trap();
  const { resolve, names } = lookups(["127.0.0.1"]);
  const serverUrl = `https://mcp.example:${server.port}/mcp`;
  await using client = openClient({ serverUrl, resolve, caCerts: [AUTHORITY] });
  const url = `https://as.example:${inside.port}/path`;
  match((await client.failure({ url, purpose: "token" })).code, /^network_tls/);
  deepEqual([names, inside.connections()], [["as.example", "mcp.example"], 1]);
});

Deno.test("a stream is judged as every request is", async () => {
  await using inside = trap();
  const { resolve } = lookups(["127.0.0.1"]);
  await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
  const fetch = client.http.streaming(() => "request");
  const failed = await fetch(`https://as.example:${inside.port}/`).catch(({ code }) => code);
  deepEqual([failed, inside.connections()], ["private_address_refused", 0]);
});

Deno.test("a redirect is judged at each hop, also from a host that the person named", async () => {
  await using inside = trap();
  await using first = serve(() =>
    new Response(null, {
      status: 302,
      headers: { location: `https://as.example:${inside.port}/inside` },
    })
  );
  const { resolve, names } = lookups(["10.0.0.1"]);
  await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
  const failure = await client.failure({ url: `${first.origin}/`, namedHosts: ["127.0.0.1"] });
  deepEqual([failure.code, names], ["private_address_refused", ["as.example"]]);
  equal(inside.connections(), 0);
});

for (
  const [what, options, parts] of [
    ["at the login", { namedUrls: ["https://127.0.0.1/tenant"] }, {}],
    ["of the stored sign-in", {}, { namedHosts: ["127.0.0.1"] }],
  ] as const
) {
  Deno.test(`a host that the person named ${what} may be in a private network`, async () => {
    await using server = serve(() => new Response("{}"));
    const { resolve, names } = lookups([]);
    await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve, ...options });
    const url = `${server.origin}/token`;
    equal((await client.http.send(request({ url, purpose: "token", ...parts }))).status, 200);
    deepEqual(names, []);
  });
}

/** What the runtime makes of a fault at an address, and what comes of it at a name. */
async function faultsOf(
  port: number,
  { caCerts = [], stepTimeoutMs = 20_000 }: Partial<
    Pick<HttpClientOptions, "caCerts" | "stepTimeoutMs">
  >,
) {
  const { resolve } = lookups(["127.0.0.1"]);
  await using client = openClient({ resolve, caCerts, stepTimeoutMs });
  const at = async (host: string) => {
    const { code, message } = await client.failure({ url: `https://${host}:${port}/doc` });
    return { code, message };
  };
  return [await at("127.0.0.1"), await at("mcp.example")] as const;
}

for (const certificate of ["server.crt", "expired.crt", "not_yet.crt", "other_name.crt"]) {
  Deno.test(`a fault of the certificate ${certificate} is named as without a pinned address`, async () => {
    const listener = Deno.listenTls({
      ...{ hostname: "127.0.0.1", port: 0, cert: fixture(certificate), key: fixture("server.key") },
    });
    await using server = serveRaw(untilClosed, listener);
    const caCerts = certificate === "server.crt" ? [] : [AUTHORITY];
    const [plain, pinned] = await faultsOf(server.port, { caCerts });
    match(pinned.code, /^network_tls_/);
    equal(pinned.code, plain.code);
  });
}

Deno.test("a port without a listener, a server without TLS and a silent one are named as without a pinned address", async () => {
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  await using plainText = serveRaw(async (conn) => {
    await conn.read(new Uint8Array(1024));
    await write(conn, "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
  });
  await using silent = serveRaw(untilClosed);
  for (
    const [port, code] of [
      [gone.addr.port, "network_connection_refused"],
      [plainText.port, "network_tls_other"],
      [silent.port, "network_timeout"],
    ] as const
  ) {
    const stepTimeoutMs = port === silent.port ? 500 : 20_000;
    const [plain, pinned] = await faultsOf(port, { stepTimeoutMs });
    deepEqual([plain.code, pinned.code], [code, code]);
  }
});

Deno.test("a client certificate is presented over a connection to the judged address", async () => {
  await using server = await startNodeServer({
    tls: { ...TLS, clientCa: fixture("client_ca.crt"), requireClient: true },
  });
  server.handle((_req, res) => res.writeHead(200).end("{}"));
  const certificate = {
    ...{ certFile: "client.crt", keyFile: "client.key" },
    ...{ cert: fixture("client.crt"), key: fixture("client.key") },
  };
  const { resolve, names } = lookups(["127.0.0.1"]);
  await using client = openClient({ resolve, caCerts: [AUTHORITY] });
  const url = `https://mcp.example:${new URL(server.origin).port}/token`;
  const asked = { url, purpose: "token", method: "POST", body: "a=b" } as const;
  equal((await client.http.send(request({ ...asked, certificate }))).body, "{}");
  notEqual((await client.failure(asked)).code, undefined);
  deepEqual(names, ["mcp.example", "mcp.example"]);
});

Deno.test("a connection is used again without another lookup, except for what is sent once", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...TLS, onListen: () => {} },
    () => new Response("{}"),
  );
  const { resolve, names } = lookups(["127.0.0.1"]);
  await using client = openClient({ resolve, caCerts: [AUTHORITY] });
  const url = `https://mcp.example:${server.addr.port}/`;
  for (let at = 0; at < 3; at++) await client.http.send(request({ url }));
  equal(names.length, 1);
  for (let at = 0; at < 2; at++) await client.http.send(request({ url, purpose: "token" }));
  equal(names.length, 3);
});

Deno.test("large and compressed bodies arrive as without a pinned address", async () => {
  const text = "x".repeat(200_000);
  const bytes = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = await new Response(bytes).bytes();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...TLS, onListen: () => {} },
    async (asked) => {
      const sent = await asked.text();
      return sent === ""
        ? new Response(packed, { headers: { "content-encoding": "gzip" } })
        : new Response(`${sent.length}`);
    },
  );
  const { resolve } = lookups(["127.0.0.1"]);
  await using client = openClient({ resolve, caCerts: [AUTHORITY] });
  const url = `https://mcp.example:${server.addr.port}/`;
  equal((await client.http.send(request({ url }))).body, text);
  const body = "y".repeat(1_000_000);
  equal((await client.http.send(request({ url, method: "POST", body }))).body, "1000000");
});

Deno.test("if an address does not accept, the next one is used", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...TLS, onListen: () => {} },
    () => new Response("{}"),
  );
  const { resolve } = lookups(["127.0.0.3", "::1", "127.0.0.1"]);
  await using client = openClient({ resolve, caCerts: [AUTHORITY] });
  const url = `https://mcp.example:${server.addr.port}/`;
  equal((await client.http.send(request({ url, purpose: "token" }))).body, "{}");
});

Deno.test("the time limit of a request ends the search for an address that answers", async () => {
  using network = silentNetwork(["93.184.216.34"]);
  using limit = holdTimers(20_000);
  const { resolve } = lookups(["93.184.216.34"]);
  await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
  const failing = client.failure({ url: "https://as.example/path", purpose: "token" });
  while (!network.tried.includes("93.184.216.34")) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  limit.fire();
  equal((await failing).code, "network_timeout");
  deepEqual(network.ended, ["93.184.216.34"]);
});

Deno.test("a name with a dot at its end is looked up as it is written", async () => {
  await using inside = trap();
  const { resolve, names } = lookups(["127.0.0.1"]);
  await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
  const url = `https://as.example.:${inside.port}/`;
  equal((await client.failure({ url })).code, "private_address_refused");
  deepEqual([names, inside.connections()], [["as.example."], 0]);
});

Deno.test("a name that begins or ends as an address does is judged as a name", async () => {
  await using inside = trap();
  const { resolve, names } = lookups(["127.0.0.1"]);
  await using client = openClient({ serverUrl: PUBLIC_SERVER, resolve });
  for (const host of ["10.as.example", "127.0.0.1.example"]) {
    const url = `https://${host}:${inside.port}/`;
    equal((await client.failure({ url })).code, "private_address_refused", host);
  }
  deepEqual([names, inside.connections()], [["10.as.example", "127.0.0.1.example"], 0]);
});

Deno.test("a name that the person typed is left to the runtime", async () => {
  const { resolve, names } = lookups(["127.0.0.1"]);
  await using client = openClient({ serverUrl: "https://mcp.invalid/mcp", resolve });
  equal((await client.failure({ url: "https://mcp.invalid/mcp" })).code, "network_dns");
  deepEqual(names, []);
});
