import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { cancelledFailure } from "../../../src/core/failure.ts";
import { newKeyPair, sealFile } from "../../../src/flow/transfer/age_file.ts";
import { transferText } from "../../../src/flow/transfer/transfer_payload.ts";
import type { StoredEntry } from "../../../src/store/stored_entry.ts";
import { CANARIES, entryOf } from "../../store/entries.ts";
import { type Home, openHome } from "../real_run.ts";

for (const { name, load } of COMMANDS) {
  Deno.test(`mcpass ${name} refuses --quiet together with --verbose, and sends nothing`, async () => {
    await using home = await openHome();
    const { flags } = await load();
    const format = "format" in flags ? ["--format", "json"] : [];
    for (const both of [["--quiet", "--verbose"], ["-v", "-q"], ["-qv"]]) {
      const ran = await home.run([...name.split(" "), ...both, ...format]);
      assert.deepEqual([ran.status, ran.loaded], [2, false], ran.stderr);
      assert.match(ran.stderr, /--quiet and --verbose cannot be used together/);
    }
  });
}

const GIVEN = { token: "canary-given-token-0123456789", header: "canary-header-value" };

const { identity: IDENTITY, recipient: RECIPIENT } = await newKeyPair();

/** The words of a command line that sends a request to the server at `origin`, if not `usualWords`. */
const WORDS: Readonly<Record<string, (origin: string, home: string) => readonly string[]>> = {
  "oauth login": (origin) => ["--url", `${origin}/mcp`, "--auth-mode", "headless", "--no-store"],
  "oauth metadata": (origin) => ["--url", `${origin}/mcp`, "--header", `X-Key: ${GIVEN.header}`],
  "oauth proxy": (origin) => [
    ...["--url", `${origin}/token`, "--allow-private"],
    ...["--header", `Authorization: Bearer ${GIVEN.token}`],
  ],
  "oauth debug-proxy": (origin) => [
    ...["--url", `${origin}/token`, "--allow-private"],
    ...["--header", `Authorization: Bearer ${GIVEN.token}`],
  ],
  "server probe": (origin) => ["--url", `${origin}/mcp`, "--header", `X-Key: ${GIVEN.header}`],
  "server doctor": (origin) => ["--url", `${origin}/mcp`, "--access-token", GIVEN.token],
  "tools list": (origin) => ["--url", `${origin}/mcp`, "--access-token", GIVEN.token],
  "tools call": (origin) => [
    ...["--url", `${origin}/mcp`, "--access-token", GIVEN.token, "--tool-name", "a"],
  ],
  "resources read": (origin) => [
    ...["x:y", "--url", `${origin}/mcp`, "--access-token", GIVEN.token],
  ],
  "prompts get": (origin) => ["x", "--url", `${origin}/mcp`, "--access-token", GIVEN.token],
  "server diff": (origin) => [`${origin}/mcp`, `${origin}/mcp`],
  "oauth conformance-suite": (_, home) => [
    ...["--config", `${home}/suite.json`, "--allow-literal-secrets"],
  ],
  "oauth token": (origin) => ["--url", `${origin}/mcp`],
  "credential": (origin) => ["headers", "--url", `${origin}/mcp`],
  "oauth status": (origin) => ["--url", `${origin}/mcp`, "--check"],
  "oauth refresh": (origin) => ["--url", `${origin}/mcp`],
  "oauth logout": (origin) => ["--url", `${origin}/mcp`],
  "oauth client": (origin) => ["show", "--url", `${origin}/mcp`],
  "config import": (origin) => [`${origin}/mcp`, "--account", "imported"],
  "oauth export": (origin, home) => [
    ...["--url", `${origin}/mcp`, "--to", RECIPIENT, "--out", `${home}/sealed.age`],
  ],
  "oauth import": (_, home) => [
    ...[`${home}/received.age`, "--account", "imported", "--identity-file", `${home}/identity`],
  ],
  "oauth client-metadata check": (origin) => [`${origin}/client.json`],
};

/** `oauth login` of its short form `login`. */
const documented = (name: string) =>
  COMMANDS.some((other) => other.name === `oauth ${name}`) ? `oauth ${name}` : name;

/** A stored sign-in whose endpoints are all at `origin`, with an expired token. */
function storedAt(origin: string): StoredEntry {
  const { dpopKey: _, ...entry } = entryOf({
    serverUrl: `${origin}/mcp`,
    issuer: origin,
    endpoints: { token: `${origin}/token`, revocation: `${origin}/revoke` },
    relaxations: {},
    resource: null,
  });
  return { ...entry, client: { ...entry.client, registrationUri: `${origin}/register/client-1` } };
}

interface Server extends AsyncDisposable {
  readonly origin: string;
  /** Every request: its header fields and body as one text. */
  readonly requests: string[];
}

/** A server on loopback that answers each request like this. */
function serve(respond: (received: string) => Response | Promise<Response>): Server {
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const fields = [...request.headers].map(([name, value]) => `${name}: ${value}`);
      const received = [request.url, ...fields, await request.text()].join("\n");
      requests.push(received);
      return await respond(received);
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const SENDING = (await Promise.all(
  COMMANDS.map(async ({ name, load }) => ({ name, flags: (await load()).flags })),
)).filter(({ flags }) => "debugOut" in flags);

/** They send nothing to a server: the limit is for their wait for the store. */
const ONLY_STORE = [
  ...["rename", "oauth wait", "store prune", "store log"],
  ...["store copy", "store migrate", "store rekey"],
];

/** What a client sends to a bridge. */
const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "c", version: "1" },
  },
}) + "\n";

/** The URL of the server, and each secret for the server that the command accepts. */
function usualWords(command: string, origin: string): readonly string[] {
  const flags = SENDING.find(({ name }) => name === command)?.flags ?? {};
  return [
    ...["--url", `${origin}/mcp`],
    ...("header" in flags ? ["--header", `X-Key: ${GIVEN.header}`] : []),
    ...("accessToken" in flags ? ["--access-token", GIVEN.token] : []),
  ];
}

/** A sign-in of mcp-remote, for the command that imports it. */
async function writeForeignTokens(home: string, url: string): Promise<void> {
  const folder = `${home}/.mcp-auth/mcp-remote-v1`;
  const { mcpRemoteHash, plainCall } = await import(
    "../../../src/flow/mcp_clients/mcp_remote_call.ts"
  );
  const hash = mcpRemoteHash(plainCall(url));
  await Deno.mkdir(folder, { recursive: true });
  const write = (name: string, document: object) =>
    Deno.writeTextFile(`${folder}/${hash}_${name}.json`, JSON.stringify(document));
  await write("tokens", { access_token: CANARIES.accessToken, token_type: "Bearer" });
  await write("client_info", { client_id: "client-1" });
}

/** A sign-in from another machine, for the command that imports it. */
async function writeTransfer(home: string, origin: string): Promise<void> {
  const text = transferText({
    created: new Date().toISOString(),
    notAfter: "2099-01-01T00:00:00Z",
    source: "another machine",
    moved: true,
    entry: storedAt(origin),
  });
  const { armored } = await sealFile(text, { recipients: [RECIPIENT] });
  await Deno.writeTextFile(`${home}/received.age`, armored);
  await Deno.writeTextFile(`${home}/identity`, `${IDENTITY}\n`, { mode: 0o600 });
}

async function writeSuite(home: string, origin: string): Promise<void> {
  const server = { id: "lab", url: `${origin}/mcp`, headers: { "X-Key": GIVEN.header } };
  await Deno.writeTextFile(
    `${home}/suite.json`,
    JSON.stringify({ version: 1, servers: [server] }),
  );
}

/** Runs the command with an artifact, against the server. */
async function record(home: Home, server: Server, name: string, signal?: AbortSignal) {
  await home.store.write(storedAt(server.origin));
  const path = `${home.path}/debug.json`;
  await writeForeignTokens(`${home.path}/user`, `${server.origin}/mcp`);
  await writeSuite(home.path, server.origin);
  await writeTransfer(home.path, server.origin);
  const words = WORDS[documented(name)]?.(server.origin, home.path) ??
    usualWords(name, server.origin);
  const ran = await home.run(
    [...name.split(" "), ...words, "--debug-out", path],
    {
      env: { HOME: `${home.path}/user` },
      ...signal === undefined ? {} : { signal },
      ...name === "bridge" ? { stdin: INITIALIZE } : {},
    },
  );
  const text = await Deno.readTextFile(path);
  return { ran, path, text, artifact: JSON.parse(text), mode: (await Deno.stat(path)).mode };
}

Deno.test("every command that sends requests has --debug-out and --step-timeout", async () => {
  for (const { name, load } of COMMANDS) {
    const { flags } = await load();
    const sends = "stepTimeout" in flags && !ONLY_STORE.includes(name);
    assert.equal("debugOut" in flags, sends, name);
  }
  const sending = SENDING.map(({ name }) => name);
  assert.deepEqual(Object.keys(WORDS).filter((name) => !sending.includes(name)), []);
});

const SECRETS = [...Object.values(CANARIES), ...Object.values(GIVEN)];

for (const { name } of SENDING) {
  Deno.test(`mcpass ${name} --debug-out records a refusal, mode 0600, without a secret`, async () => {
    await using home = await openHome();
    await using server = serve((received) => {
      const said = { error: "invalid_request", error_description: received };
      return Response.json(said, {
        status: 400,
        headers: { "www-authenticate": 'Bearer error="invalid_token"' },
      });
    });
    const { ran, path, text, artifact, mode } = await record(home, server, name);
    assert.ok(server.requests.length > 0, ran.stderr);
    assert.equal(artifact.command.name, documented(name));
    assert.equal(artifact.exchanges.length, server.requests.length);
    const ids = artifact.exchanges.map(({ id }: { readonly id: number }) => id);
    assert.equal(new Set(ids).size, ids.length, `${ids}`);
    assert.equal(artifact.outcome.exitStatus, ran.status, text);
    if (Deno.build.os !== "windows") assert.equal((mode ?? 0) & 0o777, 0o600);
    for (const secret of SECRETS) {
      const places = [text, ran.stdout, ran.stderr, new TextDecoder().decode(ran.bytes)];
      assert.ok(places.every((place) => !place.includes(secret)), `${secret} in ${places}`);
    }
    for (const format of ["html", "md", "har", "curl", "json"]) {
      const report = await home.run([
        ...["oauth", "report", path, "--format", format, "--out", `${home.path}/report`],
      ]);
      assert.equal(report.status, 0, report.stderr);
    }
  });

  Deno.test(`mcpass ${name} --debug-out records what was sent before Ctrl-C`, async () => {
    await using home = await openHome();
    const stop = new AbortController();
    const held = Promise.withResolvers<Response>();
    {
      await using server = serve(() => {
        stop.abort(cancelledFailure());
        return held.promise;
      });
      const { ran, artifact } = await record(home, server, name, stop.signal)
        .finally(() => held.resolve(new Response()));
      assert.equal(ran.status, 130, ran.stderr);
      assert.ok(artifact.exchanges.length > 0);
      assert.deepEqual(
        [artifact.outcome.completed, artifact.outcome.exitStatus, artifact.outcome.error.code],
        [false, 130, "cancelled"],
      );
    }
  });
}

Deno.test("--debug-out of oauth token is no second copy of the token, and an unwritable path sends nothing", async () => {
  await using home = await openHome();
  await using server = serve(() =>
    Response.json({ access_token: "canary-new-token-0123", token_type: "Bearer", expires_in: 3600 })
  );
  const { ran, text, artifact } = await record(home, server, "oauth token");
  assert.deepEqual([ran.status, ran.stdout], [0, "canary-new-token-0123\n"]);
  assert.ok(!text.includes("canary-new-token-0123"));
  assert.equal(artifact.outcome.completed, true);
  const sent = server.requests.length;
  const refused = await home.run([
    ...["oauth", "refresh", "--url", `${server.origin}/mcp`],
    ...["--debug-out", `${home.path}/missing/debug.json`],
  ]);
  assert.deepEqual([refused.status, server.requests.length], [2, sent]);
  assert.match(refused.stderr, /cannot write/);
});

Deno.test("a trace that cannot be written is reported although the command failed for another reason", async () => {
  await using home = await openHome();
  const folder = `${home.path}/traces`;
  await Deno.mkdir(folder);
  await using server = serve(async () => {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    return new Response(null, { status: 404 });
  });
  const ran = await home.run([
    ...["oauth", "metadata", "--url", `${server.origin}/mcp`, "--format", "json"],
    ...["--debug-out", `${folder}/debug.json`],
  ]);
  assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [1, "discovery_failed"]);
  assert.match(ran.stderr, /^warning: .*traces\/debug\.json/m);
});
