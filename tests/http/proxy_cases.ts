/**
 * Run by `proxy_test.ts`, in a process of its own: the runtime takes the proxies of a client from the
 * environment, and a client writes them there for that moment.
 *
 * @module
 */

import { deepEqual, doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { createDenoClient } from "../../src/http/deno_client.ts";
import { holdTimers } from "../held_timers.ts";
import {
  failureOf,
  openClient,
  readHead,
  request,
  serve,
  serveRaw,
  untilClosed,
  write,
} from "./support.ts";

const fixture = (name: string) =>
  Deno.readTextFileSync(new URL(`fixtures/${name}`, import.meta.url));
const caCerts = [fixture("ca.crt")];
const certificate = {
  certFile: "client.crt",
  keyFile: "client.key",
  cert: fixture("client.crt"),
  key: fixture("client.key"),
};

/** An https server that answers for mcp.example. */
function serveTls() {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: fixture("server.crt"),
    key: fixture("server.key"),
  });
  return serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\ntunnel");
  }, listener);
}

/** A proxy that tunnels everything to one port, and the heads of what it was asked. */
function serveProxy(targetPort: number, refusal?: string) {
  const heads: string[] = [];
  const server = serveRaw(async (conn) => {
    heads.push(await readHead(conn));
    if (refusal !== undefined) return await write(conn, `HTTP/1.1 ${refusal}\r\n\r\n`);
    const target = await Deno.connect({ hostname: "127.0.0.1", port: targetPort });
    await write(conn, "HTTP/1.1 200 Connection established\r\n\r\n");
    const there = conn.readable.pipeTo(target.writable);
    await Promise.allSettled([there, target.readable.pipeTo(conn.writable)]);
  });
  return Object.assign(server, { heads });
}

Deno.test("a proxy is used for other machines, with its user and password", async () => {
  await using server = serveTls();
  await using proxy = serveProxy(server.port);
  const address = proxy.origin.replace("://", "://us%20er:p%C3%A4ss-word@");
  await using client = openClient({
    serverUrl: "https://mcp.example/mcp",
    proxy: address,
    caCerts,
  });
  const answer = await client.http.send(request({ url: "https://mcp.example/doc" }));
  equal(answer.body, "tunnel");
  equal(proxy.heads.length, 1);
  match(proxy.heads[0] ?? "", /^CONNECT mcp\.example:443 HTTP\/1\.1\r\n/);
  const credential = new TextEncoder().encode("us er:päss-word").toBase64();
  match(proxy.heads[0] ?? "", new RegExp(`\r\nproxy-authorization: Basic ${credential}\r\n`, "i"));
  equal(client.secrets.mask("päss-word").includes("word"), false);
});

Deno.test("loopback does not go through a proxy, however it is spelled", async () => {
  await using server = serve(() => new Response("direct"));
  await using proxy = serveProxy(9);
  await using client = openClient({ proxy: proxy.origin });
  const { port } = new URL(server.origin);
  for (const host of ["127.0.0.1", "localhost", "0x7f.1"]) {
    equal(
      (await client.http.send(request({ url: `http://${host}:${port}/` }))).body,
      "direct",
      host,
    );
  }
  const unreachable = await client.failure({ url: `http://[::1]:${port}/` });
  equal(unreachable.code, "network_connection_refused");
  doesNotMatch(unreachable.remedy ?? "", /proxy/);
  deepEqual(proxy.heads, []);
});

for (const refusal of ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"]) {
  Deno.test(`a proxy that answers ${refusal} is named as the cause`, async () => {
    await using proxy = serveProxy(9, refusal);
    await using client = openClient({ proxy: proxy.origin });
    const failure = await client.failure({ url: "https://mcp.example/doc" });
    equal(failure.code, "network_proxy");
    // A URL without user info sends none.
    equal(/proxy-authorization/i.test(proxy.heads[0] ?? ""), false);
    match(failure.remedy ?? "", /--proxy.*user:password@host:port/);
  });
}

Deno.test("a proxy that does not run is named as a possible cause", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  await using client = openClient({ proxy: `http://127.0.0.1:${listener.addr.port}` });
  const failure = await client.failure({ url: "https://mcp.example/doc" });
  equal(failure.code, "network_connection_refused");
  match(failure.remedy ?? "", /A proxy is configured/);
});

for (
  const proxy of ["nonsense", "ftp://127.0.0.1:1", "http://", "127.0.0.1:8080", "http://u:geheim@"]
) {
  Deno.test(`the proxy "${proxy}" is a usage error`, async () => {
    const failure = await failureOf(Promise.try(() => openClient({ proxy })));
    equal(failure.code, "invalid_proxy");
    equal(failure.kind, "usage");
    equal(failure.message.includes("geheim"), false);
  });
}

/** Sends requests from a program with these variables. */
async function sendFromProgram(urls: readonly string[], env: Record<string, string>) {
  const program = `${import.meta.dirname}/proxied_program.ts`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program, ...urls],
    // The runtime itself looks for its own news, through the proxy too.
    env: { DENO_NO_UPDATE_CHECK: "1", ...env },
  });
  const { stdout, stderr, success } = await child.output();
  equal(success, true, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("the proxy variables hold for other machines, and NO_PROXY takes some out", async () => {
  await using tunnelled = serveTls();
  await using proxy = serveProxy(tunnelled.port);
  await using server = serve(() => new Response("direct"));
  const direct = ["https://direct.invalid/", "https://deep.under.invalid/"];
  const urls = [`${server.origin}/`, "https://mcp.example/", ...direct];
  const outcome = await sendFromProgram(urls, {
    HTTP_PROXY: proxy.origin,
    HTTPS_PROXY: proxy.origin,
    NO_PROXY: "direct.invalid, *.under.invalid",
  });
  deepEqual(outcome, {
    answers: ["direct", "tunnel", "network_dns", "network_dns"],
    named: ["direct", "tunnel", "network_dns", "network_dns"],
    // The variables of the process itself stay as they were.
    noProxy: "direct.invalid, *.under.invalid",
    httpProxy: proxy.origin,
  });
  const connect = "CONNECT mcp.example:443 HTTP/1.1";
  deepEqual(proxy.heads.map((head) => head.split("\r\n")[0]), [connect, connect]);
});

for (const noProxy of ["*", "other.test, * ", " *,other.test"]) {
  Deno.test(`NO_PROXY="${noProxy}" takes every machine out`, async () => {
    await using proxy = serveProxy(9);
    const { answers, named } = await sendFromProgram(["https://direct.invalid/"], {
      https_proxy: proxy.origin,
      no_proxy: noProxy,
    });
    deepEqual([answers, named, proxy.heads], [["network_dns"], ["network_dns"], []]);
  });
}

Deno.test("the environment is written to only for the sake of a proxy", () => {
  const { env } = Deno;
  const written: string[] = [];
  const watched = {
    get: (name: string) => env.get(name),
    set: (name: string) => written.push(name),
    delete: (name: string) => written.push(name),
  };
  const proxies = { HTTPS_PROXY: "http://127.0.0.1:9" };
  const wroteFor: Record<string, boolean> = {};
  Object.defineProperty(Deno, "env", { configurable: true, value: watched });
  try {
    for (const [name, variables] of Object.entries({ none: {}, proxies })) {
      written.length = 0;
      const values = new Map<string, string>(Object.entries(variables));
      const env = { get: (it: string) => values.get(it), toObject: () => variables };
      createDenoClient({ caCerts, env })?.close();
      wroteFor[name] = written.length > 0;
    }
  } finally {
    Object.defineProperty(Deno, "env", { configurable: true, value: env });
  }
  deepEqual(wroteFor, { none: false, proxies: true });
});

for (
  const [what, env, proxy] of [
    ["a variable names", "HTTPS_PROXY", undefined],
    ["another variable names", "all_proxy", undefined],
    ["--proxy names", undefined, "flag"],
  ] as const
) {
  Deno.test(`a proxy that ${what} and that is reached by https is presented no certificate`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let connections = 0;
    const accepting = (async () => {
      for await (const connection of listener) {
        connections += 1;
        connection.close();
      }
    })();
    const origin = `https://127.0.0.1:${listener.addr.port}`;
    const values = env === undefined ? {} : { [env]: origin };
    {
      await using client = openClient({
        env: {
          get: (name) => Object.entries(values).find(([it]) => it === name)?.[1],
          toObject: () => values,
        },
        ...(proxy === undefined ? {} : { proxy: origin }),
      });
      const url = "https://as.example/token";
      const refused = await client.failure({ url, certificate });
      equal(refused.code, "client_certificate_meets_proxy");
      equal(connections, 0);
      // Without a certificate the proxy is used.
      notEqual((await client.failure({ url })).code, "client_certificate_meets_proxy");
      equal(connections > 0, true);
    }
    listener.close();
    await accepting;
  });
}

Deno.test("behind a proxy, the names of the person's own servers are not looked up here", async () => {
  await using server = serveTls();
  await using proxy = serveProxy(server.port);
  const asked: string[] = [];
  await using client = openClient({
    serverUrl: "https://mcp.example/mcp",
    proxy: proxy.origin,
    caCerts,
    resolve: (name) => {
      asked.push(name);
      return Promise.resolve(["93.184.216.34"]);
    },
  });
  equal((await client.http.send(request({ url: "https://mcp.example/doc" }))).body, "tunnel");
  deepEqual(asked, []);
  await client.failure({ url: "https://as.example/token", purpose: "token" });
  deepEqual(asked, ["as.example"]);
});

Deno.test("behind a proxy, the time without an answer is the proxy's: no address is tried again", async () => {
  using stalled = holdTimers(3000);
  const asked = Promise.withResolvers<void>();
  await using proxy = serveRaw(async (conn) => {
    await readHead(conn);
    asked.resolve();
    await untilClosed(conn);
  });
  await using client = openClient({ serverUrl: "https://mcp.example/mcp", proxy: proxy.origin });
  const failing = client.failure({ url: "https://mcp.example/doc" });
  await Promise.race([asked.promise, failing]);
  equal(stalled.waiting, 0);
  client.interrupt.abort();
  equal((await failing).code, "cancelled");
});

/** A public MCP server that no request of these tests is sent to. */
const PUBLIC_SERVER = "https://93.184.216.34/mcp";

const BEHIND_PROXY: readonly (readonly [host: string, meansHere: string[], allowed: boolean])[] = [
  ["as.example", [], true],
  ["as.example", ["93.184.216.35"], true],
  ["as.example", ["10.0.0.1"], false],
  ["as.example", ["93.184.216.35", "10.0.0.1"], false],
  ["intranet", [], false],
  ["intranet", ["93.184.216.35"], false],
  ["10.0.0.1", [], false],
  ["[fd00::1]", [], false],
  ["169.254.169.254", [], false],
  ["localhost", [], false],
];

for (const how of ["--proxy", "HTTPS_PROXY", "all_proxy"]) {
  for (const [host, meansHere, allowed] of BEHIND_PROXY) {
    Deno.test(`${how}: a public server ${allowed ? "may" : "may not"} lead the proxy to ${host} (here: ${meansHere.join(", ") || "unknown"})`, async () => {
      await using server = serveTls();
      await using proxy = serveProxy(server.port);
      const values: Record<string, string> = how === "--proxy" ? {} : { [how]: proxy.origin };
      await using client = openClient({
        serverUrl: PUBLIC_SERVER,
        env: { get: (name) => values[name], toObject: () => values },
        resolve: () =>
          meansHere.length === 0
            ? Promise.reject(new Error("failed to lookup address information"))
            : Promise.resolve(meansHere),
        ...(how === "--proxy" ? { proxy: proxy.origin } : {}),
      });
      const { code } = await client.failure({ url: `https://${host}/token`, purpose: "token" });
      // The certificate behind the proxy is for another name: the request got that far.
      equal(code, allowed ? "network_tls_untrusted" : "private_address_refused");
      equal(proxy.heads.length, allowed ? 1 : 0);
    });
  }
}

Deno.test("behind a proxy, what a server's name means here does not open this network to it", async () => {
  await using server = serveTls();
  await using proxy = serveProxy(9);
  await using client = openClient({
    serverUrl: `https://mcp.example:${server.port}/mcp`,
    proxy: proxy.origin,
    caCerts,
    resolve: () => Promise.resolve(["127.0.0.1"]),
  });
  const { code } = await client.failure({ url: "https://as.example/token", purpose: "token" });
  equal(code, "private_address_refused");
  deepEqual(proxy.heads, []);
});

for (
  const noProxy of ["as.example", "AS.Example", ".example", "*.example", "other.test, example", "*"]
) {
  Deno.test(`NO_PROXY=${noProxy}: a name of another party is judged, and dialled where it was judged`, async () => {
    await using server = serveTls();
    await using proxy = serveProxy(9);
    const values: Record<string, string> = { HTTPS_PROXY: proxy.origin, NO_PROXY: noProxy };
    const env = { get: (name: string) => values[name], toObject: () => values };
    const resolve = () => Promise.resolve(["127.0.0.1"]);
    const asked = { url: `https://as.example:${server.port}/token`, purpose: "token" } as const;
    {
      await using client = openClient({ serverUrl: PUBLIC_SERVER, env, resolve });
      equal((await client.failure(asked)).code, "private_address_refused");
    }
    await using client = openClient({ env, resolve, caCerts });
    equal((await client.failure(asked)).code, "network_tls_name");
    deepEqual(proxy.heads, []);
  });
}

for (const names of [["HTTPS_PROXY", "NO_PROXY"], ["NO_PROXY"], ["no_proxy"]]) {
  Deno.test(`${names.join(" and ")} of the process lead no request past the judged address, and stay as they are`, async () => {
    await using server = serveTls();
    await using proxy = serveProxy(9);
    const before = Object.fromEntries(
      names.map((name) => [name, name === "HTTPS_PROXY" ? proxy.origin : "*"]),
    );
    Object.entries(before).forEach(([name, value]) => Deno.env.set(name, value));
    try {
      const resolve = () => Promise.resolve(["127.0.0.1"]);
      await using client = openClient({ resolve, caCerts });
      const url = `https://mcp.example:${server.port}/token`;
      equal((await client.http.send(request({ url }))).body, "tunnel");
      deepEqual(proxy.heads, []);
      for (const [name, value] of Object.entries(before)) equal(Deno.env.get(name), value);
    } finally {
      Object.keys(before).forEach((name) => Deno.env.delete(name));
    }
  });
}
