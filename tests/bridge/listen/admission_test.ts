import assert from "node:assert/strict";
import { type FlagTable, longName } from "../../../src/cli/command/flag.ts";
import { BRIDGE_FLAGS } from "../../../src/cli/commands/bridge/bridge_flags.ts";
import { isSameSecret } from "../../../src/bridge/listen/admission.ts";
import { isExposed, parseListenAddress } from "../../../src/bridge/listen/listen_address.ts";
import { run } from "../../cli/fake_runtime.ts";
import { raw, status } from "../../consent/support.ts";
import { headerOf } from "../../lab/journal.ts";
import { startFaultServer } from "../fault_server.ts";
import { startListener } from "./running_listener.ts";

const OFFLINE = { real: true, env: { MCPASS_HOME: "/nonexistent", MCPASS_STORE: "file" } };

const INITIALIZE =
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}';

/** A request with a body, and further lines of its head. */
function requestText(path: string, host: string, lines: readonly string[] = [], body = INITIALIZE) {
  const own = [`Host: ${host}`, "Content-Type: application/json", "Connection: close"];
  const head = [`POST ${path} HTTP/1.1`, ...own, ...lines];
  return `${[...head, `Content-Length: ${body.length}`, "", body].join("\r\n")}`;
}

Deno.test("a request needs the secret path and a host of this machine, and must not be of a web page", async () => {
  await using server = startFaultServer();
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const { port, url } = listener;
  const { pathname: path } = new URL(url);
  const secret = path.split("/")[1] ?? "";
  assert.match(secret, /^[\w-]{43}$/);
  const host = `127.0.0.1:${port}`;
  const rows: readonly (readonly [text: string, status: number])[] = [
    // Hosts: DNS rebinding.
    [requestText(path, "evil.example"), 421],
    [requestText(path, `evil.example:${port}`), 421],
    [requestText(path, `127.0.0.1.evil.example:${port}`), 421],
    [requestText(path, "127.0.0.1"), 421],
    [requestText(path, `127.0.0.1:${port + 1}`), 421],
    [requestText(path, `localhost.:${port}`), 421],
    [`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`, 421],
    [requestText(`http://evil.example${path}`, host), 421],
    // Web pages.
    [requestText(path, host, ["Origin: https://evil.example"]), 403],
    [requestText(path, host, ["Origin: null"]), 403],
    [requestText(path, host, [`Origin: http://${host}`]), 403],
    [`OPTIONS ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: https://evil.example\r\n\r\n`, 403],
    // Paths.
    [requestText("/mcp", host), 404],
    [requestText(`/${secret.slice(0, -1)}/mcp`, host), 404],
    [requestText(`/${secret}x/mcp`, host), 404],
    [requestText(`/${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}/mcp`, host), 404],
    [requestText(`/${secret}`, host), 404],
    [requestText(`/${secret}/`, host), 404],
    [requestText(`//${secret}/mcp`, host), 404],
    [requestText(`/x/../${secret}/mcp`, host), 404],
    [requestText(`/${secret}/./mcp`, host), 404],
    [requestText(`/${secret}/%6dcp`, host), 404],
    [requestText(`/${secret}/mcp/`, host), 404],
    [requestText(`/${secret}/.well-known/oauth-protected-resource`, host), 404],
    [
      `GET /.well-known/oauth-protected-resource/${secret}/mcp HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      404,
    ],
    [`GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 404],
    [`PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`, 405],
    [`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 200],
    [`GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n`, 421],
  ];
  for (const [text, expected] of rows) {
    const response = await raw(port, text);
    assert.equal(status(response), expected, text);
    assert.doesNotMatch(response, /www-authenticate|access-control|set-cookie/i, text);
    assert.ok(!response.includes(secret), text);
  }
  assert.equal(server.requests.length, 0);
  for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
    assert.equal(status(await raw(port, requestText(path, `${name}:${port}`))), 200, name);
  }
});

Deno.test("requests that two parsers read differently reach the server once or not at all", async () => {
  await using server = startFaultServer();
  await using listener = await startListener(["--listen", server.mcpUrl]);
  const { port, url } = listener;
  const { pathname: path } = new URL(url);
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
  const smuggled =
    `POST /smuggled HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 0\r\n\r\n`;
  const chunked = `0\r\n\r\n${smuggled}`;
  const shapes = [
    `${head}Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    `${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked}`,
    `${head}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    `${head}Content-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`,
    `${head}Content-Length: +0\r\n\r\n${smuggled}`,
    `${head}Transfer-Encoding: xchunked\r\n\r\n${chunked}`,
    `${head}Transfer-Encoding : chunked\r\n\r\n${chunked}`,
    `${head}Transfer-Encoding:\u000bchunked\r\n\r\n${chunked}`,
    `${head}Transfer-Encoding: chunked, identity\r\n\r\n${chunked}`,
    `${head}X: a\r\n Content-Length: 0\r\n\r\n${smuggled}`,
    `${head}X: a\nContent-Length: 0\n\n${smuggled}`,
    `${head}X: a\u0000b\r\nContent-Length: 0\r\n\r\n${smuggled}`,
    `${head}Host: evil.example\r\nContent-Length: 0\r\n\r\n${smuggled}`,
    `${head}Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\nContent-Length: 0\r\n\r\n`,
  ];
  // The end of the connection, if the listener is still in step with the client.
  const last = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
  for (const text of shapes) await raw(port, text + last);
  const nominated =
    "Connection: close, mcp-session-id\r\nMcp-Session-Id: a\r\nContent-Length: 2\r\n\r\n{}";
  await raw(port, head + nominated);
  const request = server.requests.at(-1);
  assert.equal(request?.body, "{}");
  assert.equal(request && headerOf(request, "mcp-session-id"), undefined);
});

Deno.test("with a token file, a client must send the token, and the path is not secret", async () => {
  await using server = startFaultServer();
  const folder = await Deno.makeTempDir();
  const file = `${folder}/token`;
  const token = "canary-listen-token-0123456789";
  await Deno.writeTextFile(file, `${token}\n`, { mode: 0o600 });
  const args = ["--listen", server.mcpUrl, "--listen-token-file", file];
  await using listener = await startListener([...args, "--log-file", `${folder}/log`]);
  const { port } = listener;
  assert.equal(listener.url, `http://127.0.0.1:${port}/mcp`);
  const host = `127.0.0.1:${port}`;
  const ask = async (...lines: readonly string[]) =>
    await raw(port, requestText("/mcp", host, lines));
  for (
    const lines of [[], [`Authorization: Bearer ${token}x`], [`Authorization: Basic ${token}`]]
  ) {
    const response = await ask(...lines);
    assert.equal(status(response), 403);
    assert.doesNotMatch(response, /www-authenticate/i);
  }
  // The names of other servers cannot be guessed without the token, and metadata is never there.
  assert.equal(status(await raw(port, requestText("/linear/mcp", host))), 403);
  const metadata = requestText("/.well-known/oauth-protected-resource/mcp", host);
  assert.equal(status(await raw(port, metadata)), 404);
  assert.equal(status(await ask(`Authorization: Bearer ${token}`)), 200);
  assert.equal(status(await ask(`Authorization: Bearer ${token}`, "Origin: null")), 403);
  const [request] = server.requests;
  assert.equal(request && headerOf(request, "authorization"), undefined);
  const ran = await listener.stop();
  const log = await Deno.readTextFile(`${folder}/log`);
  assert.ok(!`${log}${ran.stdout}${ran.stderr}`.includes(token));
  await Deno.writeTextFile(file, "short");
  const short = await run(["bridge", ...args], OFFLINE);
  assert.deepEqual([short.status, short.stdout], [2, ""]);
  assert.match(short.stderr, /at least 16 characters/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "a Unix socket is in a folder of mode 0700; the socket of a dead process is replaced",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using server = startFaultServer();
    const folder = await Deno.makeTempDir();
    const path = `${folder}/new/mcp.sock`;
    const args = ["--listen", `unix:${path}`, server.mcpUrl];
    const connectTo = async () => {
      const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
      const response = await fetch("http://localhost/mcp", {
        ...{ method: "POST", body: INITIALIZE, client },
        headers: { "content-type": "application/json" },
      });
      await response.body?.cancel();
      client.close();
      return response.status;
    };
    {
      await using listener = await startListener(args);
      assert.equal(listener.url, `unix://${path}#/mcp`);
      assert.equal((await Deno.stat(`${folder}/new`)).mode ?? 0 & 0o777, 0o40700);
      assert.equal(await connectTo(), 200);
      const second = await run(["bridge", ...args], OFFLINE);
      assert.match(second.stderr, /another process listens there/);
    }
    await assert.rejects(Deno.lstat(path));
    // A process that was killed leaves its socket.
    Deno.listen({ transport: "unix", path }).close();
    if (!await Deno.lstat(path).then(() => true, () => false)) {
      await new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.exit()`,
        ],
      }).output();
    }
    {
      await using _listener = await startListener(args);
      assert.equal(await connectTo(), 200);
    }
    await Deno.writeTextFile(path, "a file");
    const file = await run(["bridge", ...args], OFFLINE);
    assert.match(file.stderr, /listen_socket_refused/);
    assert.equal(await Deno.readTextFile(path), "a file");
    await Deno.chmod(`${folder}/new`, 0o755);
    const open = await run(["bridge", ...args], OFFLINE);
    assert.match(open.stderr.replace(/\s+/g, " "), /other users can enter its folder/);
    await Deno.remove(folder, { recursive: true });
  },
});

const ADDRESSES: readonly (readonly [text: string, address: string, exposed?: true])[] = [
  ["", "127.0.0.1:0"],
  ["8080", "127.0.0.1:8080"],
  [":8080", "127.0.0.1:8080"],
  ["127.0.0.1", "127.0.0.1:0"],
  ["localhost:8080", "127.0.0.1:8080"],
  ["127.1.2.3:1", "127.1.2.3:1"],
  ["[::1]:8080", "::1:8080"],
  ["0.0.0.0:8080", "0.0.0.0:8080", true],
  ["[::]:8080", ":::8080", true],
  ["192.168.1.2:80", "192.168.1.2:80", true],
  ["host.example:80", "host.example:80", true],
  ["127.0.0.1.example:80", "127.0.0.1.example:80", true],
];

Deno.test("addresses, and which of them other machines can reach", () => {
  for (const [text, expected, exposed = false] of ADDRESSES) {
    const address = parseListenAddress(text);
    assert.ok(address?.kind === "tcp", text);
    assert.equal(`${address.hostname}:${address.port}`, expected);
    assert.equal(isExposed(address), exposed, text);
  }
  const wrong = [
    "a b",
    "host:99999",
    "http://127.0.0.1:1",
    "unix:",
    `unix:/${"x".repeat(200)}`,
    "a:b",
  ];
  assert.deepEqual(wrong.filter((it) => parseListenAddress(it) !== undefined), []);
});

Deno.test("--listen without an address is followed by servers, with one by its value", async () => {
  const isValue = (word: string) => BRIDGE_FLAGS.listen.isValue?.(word);
  for (
    const word of [
      "8080",
      ":8080",
      "127.0.0.1:8080",
      "127.0.0.1",
      "[::1]:1",
      "unix:/x",
      "0.0.0.0:1",
    ]
  ) {
    assert.equal(isValue(word), true, word);
  }
  for (
    const word of ["linear", "https://server.example:8443/mcp", "server.example/mcp", "-", "--url"]
  ) {
    assert.equal(isValue(word), false, word);
  }
  const flags: FlagTable = BRIDGE_FLAGS;
  assert.equal(longName(flags["listen"] as never), "--listen");
  const url = "https://server.example/mcp";
  for (
    const [args, said] of [
      [["--listen", "0.0.0.0:8080", url], /requires a bearer token/],
      [["--listen-token-file", "x", url], /requires --listen/],
      [["--listen", url, "--on-auth", "elicit"], /cannot ask in the client/],
      [["--listen=a b", url], /is not an address/],
      [[url, "https://other.example/mcp"], /accepts one argument, the server, without --listen/],
    ] as const
  ) {
    const ran = await run(["bridge", ...args], OFFLINE);
    assert.deepEqual([ran.status, ran.stdout], [2, ""], ran.stderr);
    assert.match(ran.stderr.replace(/\s+/g, " "), said);
  }
});

Deno.test("a port that another program uses is a usage error", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const ran = await run(["bridge", "--listen", `${port}`, "http://127.0.0.1:9/mcp"], OFFLINE);
  assert.deepEqual([ran.status, ran.stdout], [2, ""]);
  assert.match(ran.stderr, /listen_address_unavailable/);
});

Deno.test("secrets are equal only if they are the same text", () => {
  assert.ok(isSameSecret("abc", "abc"));
  for (const given of ["", "ab", "abcd", "abd", "ABC"]) {
    assert.equal(isSameSecret(given, "abc"), false);
  }
});
