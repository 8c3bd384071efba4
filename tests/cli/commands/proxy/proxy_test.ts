import assert from "node:assert/strict";
import { artifactFaults } from "../../../../src/trace/artifact_schema.ts";
import { longName } from "../../../../src/cli/command/flag.ts";
import { DEBUG_PROXY_FLAGS, PROXY_FLAGS } from "../../../../src/cli/commands/proxy/proxy_flags.ts";
import { bodyType } from "../../../../src/cli/commands/proxy/proxy_request.ts";
import { serve } from "../../../http/support.ts";
import { openStream } from "../../../lab/misbehaviour.ts";
import { run } from "../../fake_runtime.ts";
import { ask, LOCAL, startTlsServer } from "../../proxy_support.ts";

const encoder = new TextEncoder();

/** A header field as the server received it. */
function received(
  request: { readonly headers: readonly (readonly [string, string])[] } | undefined,
  name: string,
): string[] {
  return (request?.headers ?? []).filter(([key]) => key.toLowerCase() === name)
    .map(([, value]) => value);
}

Deno.test("the registration example: the body goes out as it is, the answer comes back parsed", async () => {
  await using server = startTlsServer({
    "POST /register": { status: 201, body: { client_id: "c-1" } },
  });
  const body = '{"redirect_uris":["http://localhost:8080/callback"],"client_name":"test"}';
  const { status, document } = await ask("proxy", [
    ...["--url", `${server.origin}/register`, "--method", "POST"],
    ...["--header", "Content-Type: application/json", "--body", body],
  ]);
  assert.equal(status, 0);
  assert.deepEqual(document, {
    ok: true,
    status: 201,
    statusText: document.statusText,
    headers: { "content-type": "application/json", "content-length": "19" },
    body: { client_id: "c-1" },
    bodyEncoding: "json",
    finalUrl: `${server.origin}/register`,
  });
  assert.equal(server.requests[0]?.body, body);
  assert.deepEqual(received(server.requests[0], "content-type"), ["application/json"]);
});

for (const command of ["proxy", "debug-proxy"] as const) {
  Deno.test(`the endpoint example with oauth ${command}: any HTTP status is exit status 0`, async () => {
    await using server = startTlsServer({
      "GET /v1/oauth2/token": { status: 405, body: { error: "invalid_request" } },
    });
    const url = `${server.origin}/v1/oauth2/token`;
    const { status, document, stderr } = await ask(command, ["--url", url, "--method", "GET"]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.equal(document.status, 405);
    assert.deepEqual(document.body, { error: "invalid_request" });
    assert.equal(document.finalUrl, url);
  });
}

Deno.test("--fail makes a status of 400 and above exit status 1, and the answer is still shown", async () => {
  await using server = startTlsServer({ "/a": { status: 399 }, "/b": { status: 400, body: "no" } });
  assert.equal((await ask("proxy", ["--url", `${server.origin}/a`, "--fail"])).status, 0);
  const failed = await ask("proxy", ["--url", `${server.origin}/b`, "--fail"]);
  assert.equal(failed.status, 1);
  assert.equal(failed.document.body, "no");
  const path = await Deno.makeTempFile();
  await ask("proxy", ["--url", `${server.origin}/b`, "--fail", "--debug-out", path]);
  const { outcome } = JSON.parse(await Deno.readTextFile(path));
  await Deno.remove(path);
  assert.equal(outcome.error.code, "http_status");
});

const BYTES = new Uint8Array([0, 1, 13, 10, 0xff, 0xfe, 0x80, 0x0a]);

for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
  Deno.test(`a body goes out byte for byte with ${method}: text, file, standard input`, async () => {
    const arrived: { method: string; type: string | null; body: Uint8Array }[] = [];
    await using server = serve(async (request) => {
      const { method, headers } = request;
      const body = await request.bytes();
      arrived.push({ method, type: headers.get("content-type"), body });
      return new Response();
    });
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeFile(file, BYTES);
      const url = ["--url", server.origin, "--method", method.toLowerCase()];
      for (const body of [` {"a": 1}\n`, `@${file}`, "-"]) {
        const { status } = await ask("proxy", [...url, "--body", body], { stdinBytes: BYTES });
        assert.equal(status, 0);
      }
    } finally {
      await Deno.remove(file);
    }
    assert.deepEqual(arrived, [
      { method, type: "application/json", body: encoder.encode(` {"a": 1}\n`) },
      { method, type: "application/octet-stream", body: BYTES },
      { method, type: "application/octet-stream", body: BYTES },
    ]);
  });
}

const TYPES: readonly (readonly [body: string | Uint8Array, type: string | undefined])[] = [
  ['{"a":1}', "application/json"],
  [" [1, 2]\n", "application/json"],
  ['"text"', "application/json"],
  ["{a:1}", "text/plain;charset=UTF-8"],
  ["grant_type=authorization_code&code=a%20b", "application/x-www-form-urlencoded"],
  ["token=abc==", "application/x-www-form-urlencoded"],
  ["a=&b=c", "application/x-www-form-urlencoded"],
  ["a=b\n", "application/x-www-form-urlencoded"],
  ["a=b c", "text/plain;charset=UTF-8"],
  ["a=b&c", "text/plain;charset=UTF-8"],
  ["hello", "text/plain;charset=UTF-8"],
  ["ünïcode", "text/plain;charset=UTF-8"],
  ["", undefined],
  [new Uint8Array([0xff, 0x00]), "application/octet-stream"],
];

for (const [body, type] of TYPES) {
  Deno.test(`a body of ${JSON.stringify(body)} seems to be ${type ?? "nothing"}`, () => {
    assert.equal(bodyType(typeof body === "string" ? encoder.encode(body) : body), type);
  });
}

Deno.test("a Content-Type that was given is kept, and defaults make way", async () => {
  await using server = startTlsServer({ "*": {} });
  await ask("proxy", [
    ...["--url", server.origin, "--body", "{}", "--header", "content-type: text/x"],
    ...["--header", "User-Agent: mine", "--header", "X-A: 1", "--header", "x-a: 2"],
  ]);
  const [request] = server.requests;
  assert.equal(request?.method, "POST");
  assert.deepEqual(received(request, "content-type"), ["text/x"]);
  assert.deepEqual(received(request, "user-agent"), ["mine"]);
  assert.deepEqual(received(request, "x-a"), ["1", "2"]);
});

Deno.test("repeated fields stay apart, and set-cookie is always a list", async () => {
  const cookies = [["set-cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]] as const;
  await using server = startTlsServer({
    "/one": { headers: cookies },
    "/many": { headers: [...cookies, ["Set-Cookie", "b=2"], ["X-A", "1"], ["x-a", "1, 2"]] },
    "/odd": { headers: [["__proto__", "x"], ["constructor", "y"]] },
  });
  const headers = async (path: string) =>
    (await ask("proxy", ["--url", server.origin + path])).document.headers;
  assert.deepEqual((await headers("/one"))["set-cookie"], [cookies[0][1]]);
  const many = await headers("/many");
  assert.deepEqual(many["set-cookie"], [cookies[0][1], "b=2"]);
  assert.deepEqual(many["x-a"], ["1", "1, 2"]);
  const odd = await headers("/odd");
  assert.equal(Object.getOwnPropertyDescriptor(odd, "__proto__")?.value, "x");
  assert.equal(odd.constructor, "y");
});

/** Bodies, and how they are shown. */
const SHOWN: readonly (readonly [
  type: string | undefined,
  body: string | Uint8Array,
  shown: unknown,
  encoding: string,
])[] = [
  ["application/json", '{"a":1}', { a: 1 }, "json"],
  ["application/problem+json; charset=utf-8", "null", null, "json"],
  [undefined, '{"a":1}', { a: 1 }, "json"],
  ["application/json", "{", "{", "text"],
  ["text/plain", "12", "12", "text"],
  ["text/html", "<p>\u001b[31m", "<p>\u001b[31m", "text"],
  ["text/plain; charset=iso-8859-1", new Uint8Array([0xe9]), "é", "text"],
  ["image/png", new Uint8Array([0x89, 0x50, 0xff]), "iVD/", "base64"],
  ["application/octet-stream", "a\0b", "YQBi", "base64"],
  ["application/json", "", null, "none"],
];

for (const [type, body, shown, encoding] of SHOWN) {
  Deno.test(`a body of type ${type}: ${JSON.stringify(body)} is shown as ${encoding}`, async () => {
    await using server = startTlsServer({
      "*": { body, headers: type === undefined ? [] : [["content-type", type]] },
    });
    const { document } = await ask("proxy", ["--url", server.origin]);
    assert.deepEqual(document.body, shown);
    assert.equal(document.bodyEncoding, encoding);
  });
}

Deno.test("a whole number that no double holds is shown as it was sent", async () => {
  await using server = startTlsServer({ "*": { body: '{"n":12345678901234567890,"m":1}' } });
  const { stdout } = await ask("proxy", ["--url", server.origin]);
  assert.match(stdout, /"n": 12345678901234567890,\n\s+"m": 1\n/);
});

Deno.test("--raw writes the bytes of the body and nothing else", async () => {
  await using server = startTlsServer({ "*": { status: 500, body: BYTES } });
  const raw = await ask("proxy", ["--url", server.origin, "--raw"]);
  assert.equal(raw.status, 0);
  assert.equal(raw.stdout, "");
  assert.equal(raw.stderr, "");
  assert.deepEqual(raw.bytes, BYTES);
  const refused = await run(["oauth", "proxy", "--url", server.origin, "--raw"]);
  assert.equal(refused.status, 1);
  assert.equal(refused.stdout, "");
  assert.equal(refused.bytes.length, 0);
});

Deno.test("without a document of its own a failure is one document with its error", async () => {
  const { status, stdout, stderr } = await run(["oauth", "proxy", "--url", "https://10.0.0.1/"]);
  assert.equal(status, 1);
  const { completed, error } = JSON.parse(stdout);
  assert.equal(completed, false);
  assert.equal(error.code, "address_refused");
  assert.match(stderr, /^Cause: no request was sent to "10\.0\.0\.1"/m);
});

Deno.test("for people: status, fields and body, nothing that moves a cursor", async () => {
  await using server = startTlsServer({
    "*": { body: "a\u001b[2J\r\nb\u202e\n", headers: [["x-a", "1"], ["x-a", "2"]] },
  });
  const { stdout } = await run(
    ["oauth", "proxy", "--url", server.origin, ...LOCAL],
    { stdoutIsTerminal: true, env: { NO_COLOR: "1" } },
  );
  assert.match(stdout, /^200 .*\nx-a: 1\nx-a: 2\ncontent-length: \d+\n\na\\x1b\[2J\nb\\u202e\n$/);
});

const SECRETS = ["canary-header-value", "canary-client-secret", "canary-code-0123456789"];
const WITH_SECRETS = [
  ...["--header", `Authorization: Bearer ${SECRETS[0]}`],
  ...["--body", `grant_type=authorization_code&client_secret=${SECRETS[1]}&code=${SECRETS[2]}`],
];

Deno.test("--curl prints a command without secrets and sends nothing", async () => {
  await using server = startTlsServer({ "*": {} });
  const { status, stdout } = await run([
    ...["oauth", "proxy", "--url", `${server.origin}/token?x=it's`, "--curl", ...WITH_SECRETS],
    ...LOCAL,
  ]);
  assert.equal(status, 0);
  assert.equal(server.requests.length, 0);
  for (const secret of SECRETS) assert.ok(!stdout.includes(secret), secret);
  assert.match(stdout, /^curl /);
  assert.match(stdout, /--header 'Authorization: Bearer <hidden>'/);
  assert.match(stdout, /--header 'content-type: application\/x-www-form-urlencoded'/);
  assert.match(stdout, /--data-raw 'grant_type=authorization_code&client_secret=\[masked/);
  assert.match(stdout, /'https:\/\/localhost:\d+\/token\?x=it'\\''s'\n$/);
});

/** Request headers whose values are no secrets, in the case of the standards. */
const PUBLIC_HEADERS = [
  ...["Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Language"],
  ...["Content-Type", "Content-Encoding", "If-Modified-Since", "If-None-Match", "Last-Event-ID"],
  ...["MCP-Method", "MCP-Name", "MCP-Protocol-Version", "Origin", "User-Agent"],
];

Deno.test("--curl shows the values of well-known request headers, and no others", async () => {
  const value = (name: string) => `value-of-${name}`;
  const { status, stdout } = await run([
    ...["oauth", "proxy", "--url", "https://localhost/", "--curl", ...LOCAL],
    ...[...PUBLIC_HEADERS, "X-Api-Key", "Cookie"].flatMap((
      it,
    ) => ["--header", `${it}: ${value(it)}`]),
  ]);
  assert.equal(status, 0);
  for (const name of PUBLIC_HEADERS) {
    assert.ok(stdout.includes(`--header '${name}: ${value(name)}'`), `${name} in ${stdout}`);
  }
  assert.match(stdout, /--header 'X-Api-Key: <hidden>'/);
  assert.match(stdout, /--header 'Cookie: <hidden>'/);
});

Deno.test("--debug-out holds the exchange in the shape of a login's artifact, without secrets", async () => {
  const folder = await Deno.makeTempDir();
  await using server = startTlsServer({
    "/token": (request) => ({
      body: { access_token: "canary-access-token-1", echo: request.body },
    }),
  });
  try {
    for (const [command, url] of [["proxy", server.origin], ["debug-proxy", "https://10.0.0.1"]]) {
      const path = `${folder}/${command}.json`;
      const { stderr } = await ask(command as "proxy" | "debug-proxy", [
        ...["--url", `${url}/token`, "--debug-out", path, "--verbose", "--step-timeout", "300"],
        ...WITH_SECRETS,
      ]);
      const text = await Deno.readTextFile(path);
      for (const secret of [...SECRETS, "canary-access-token-1"]) {
        assert.ok(!text.includes(secret), secret);
        assert.ok(!stderr.includes(secret), secret);
      }
      const artifact = JSON.parse(text);
      assert.deepEqual(artifactFaults(artifact), []);
      assert.equal(artifact.command.name, `oauth ${command}`);
      assert.equal(artifact.exchanges.length, 1);
      assert.equal(artifact.exchanges[0].purpose, "endpoint");
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const URL_FLAG = ["--url", "https://as.example/token"];

/** Command lines that are wrong, and the code of the error. */
const WRONG: readonly (readonly [args: readonly string[], code: string, env?: string])[] = [
  [[], "missing_options"],
  [["--url", "http:as.example"], "invalid_value"],
  [["--url", "http://as.example/"], "url_refused"],
  [["--url", "http://127.0.0.1/"], "url_refused"],
  [["--url", "https://user:pass@as.example/"], "invalid_value"],
  [["--url", "https://as.example/#x"], "invalid_value"],
  [[...URL_FLAG, "--method", "G T"], "invalid_value"],
  [[...URL_FLAG, "--method", "CONNECT"], "invalid_value"],
  [[...URL_FLAG, "--method", "trace"], "invalid_value"],
  [[...URL_FLAG, "--header", "Host: x"], "invalid_value"],
  [[...URL_FLAG, "--header", "Content-Length: 1"], "invalid_value"],
  [[...URL_FLAG, "--header", "Transfer-Encoding: chunked"], "invalid_value"],
  [[...URL_FLAG, "--header", "Connection: keep-alive"], "invalid_value"],
  [[...URL_FLAG, "--header", "Keep-Alive: 1"], "invalid_value"],
  [[...URL_FLAG, "--header", "TE: trailers"], "invalid_value"],
  [[...URL_FLAG, "--header", "Trailer: x"], "invalid_value"],
  [[...URL_FLAG, "--header", "Upgrade: h2c"], "invalid_value"],
  [[...URL_FLAG, "--header", "HTTP2-Settings: x"], "invalid_value"],
  [[...URL_FLAG, "--header", "Expect: 100-continue"], "invalid_value"],
  [[...URL_FLAG, "--header", "Proxy-Authorization: x"], "invalid_value"],
  [[...URL_FLAG, "--header", "proxy-anything: x"], "invalid_value"],
  [[...URL_FLAG, "--header", "A: b\r\nHost: c"], "invalid_value"],
  [[...URL_FLAG, "--method", "GET", "--body", "x"], "body_without_method"],
  [[...URL_FLAG, "--method", "head", "--body", "x"], "body_without_method"],
  [[...URL_FLAG, "--body", "@"], "invalid_value"],
  [[...URL_FLAG, "--body", "@/no/such/file"], "file_unreadable"],
  [[...URL_FLAG, "--ca-file", "/no/such/file"], "file_unreadable"],
  [[...URL_FLAG, "--step-timeout", "0"], "invalid_value"],
  [[...URL_FLAG, "--debug-out", "/no/such/folder/x.json"], "unwritable_output"],
  [[...URL_FLAG, "--proxy", "http://proxy.example:3128"], "proxy_refused"],
  [[...URL_FLAG, "--raw", "--curl"], "conflicting_options"],
  [[...URL_FLAG, "--allow-private"], "private_when_hosted", "1"],
  [[...URL_FLAG, "--allow-private"], "private_when_hosted", "true"],
  [[...URL_FLAG, "--sse-events", "3"], "unknown_option"],
];

for (const [args, code, hosted] of WRONG) {
  const variable = hosted === undefined ? "" : ` with MCPASS_HOSTED=${hosted}`;
  Deno.test(`oauth proxy ${JSON.stringify(args.slice(-4))}${variable}: ${code}`, async () => {
    const { status, stdout, stderr } = await run(["oauth", "proxy", ...args], {
      ...hosted === undefined ? {} : { env: { MCPASS_HOSTED: hosted } },
      replacements: { sendGuarded: () => Promise.reject(new Error("it was sent")) },
    });
    assert.equal(status, 2, stderr);
    const { error } = JSON.parse(stdout === "" ? `{"error":{}}` : stdout);
    if (stdout !== "") assert.equal(error.code, code);
    else assert.match(stderr, new RegExp(code));
    assert.doesNotMatch(stdout + stderr, /pass@/);
  });
}

Deno.test("a variable for --header of a login is not sent to just any endpoint", async () => {
  await using server = startTlsServer({ "*": {} });
  await ask("proxy", ["--url", server.origin], {
    env: { MCPASS_HEADER: "X-Key: mine", MCPASS_BODY: "x", HTTPS_PROXY: "http://127.0.0.1:1" },
  });
  assert.deepEqual(received(server.requests[0], "x-key"), []);
  assert.equal(server.requests[0]?.body, "");
});

Deno.test("Ctrl-C: exit status 130, one document, an artifact", async () => {
  const stop = new AbortController();
  const path = await Deno.makeTempFile();
  await using server = startTlsServer({
    "*": async (_request, raw) => {
      stop.abort();
      const gone = Promise.withResolvers<void>();
      raw.gone.addEventListener("abort", () => gone.resolve());
      await gone.promise;
    },
  });
  const { status, document } = await ask(
    "debug-proxy",
    ["--url", server.origin, "--debug-out", path],
    { signal: stop.signal },
  );
  assert.equal(status, 130);
  assert.equal(document.error.code, "cancelled");
  assert.equal(document.connection.address, "127.0.0.1");
  assert.equal(JSON.parse(await Deno.readTextFile(path)).outcome.exitStatus, 130);
  await Deno.remove(path);
});

for (const name of ["proxy", "debug-proxy"]) {
  Deno.test(`the help of oauth ${name} fits 80 columns and names every flag`, async () => {
    const { stdout, stderr, status } = await run(["oauth", name, "--help"]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n").filter((line) => [...line].length > 80), []);
    const flags = name === "proxy" ? PROXY_FLAGS : DEBUG_PROXY_FLAGS;
    for (const flag of Object.values(flags)) assert.ok(stdout.includes(longName(flag)));
  });
}

Deno.test("an event stream that does not end is called one, with the command that reads it", async () => {
  await using server = startTlsServer({ "GET /sse": openStream(() => ["1"]) });
  const args = ["--url", `${server.origin}/sse`, "--step-timeout", "300"];
  const { status, document } = await ask("proxy", args);
  assert.equal(status, 1);
  assert.match(document.error.message, /the response is an event stream/);
  assert.match(document.error.remedy, /oauth debug-proxy shows the events.*HTTP\+SSE/);
  assert.equal(document.status, 200);
});
