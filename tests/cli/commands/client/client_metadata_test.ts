import assert from "node:assert/strict";
import { FIXED_REDIRECT_URI } from "../../../../src/oauth/common/redirect_uri.ts";
import { ROOT } from "../../../../scripts/shell.ts";
import { documentFaults } from "../../document_faults.ts";
import { runLogin } from "../../../flow/harness.ts";
import { raw, status } from "../../../consent/support.ts";
import { startScriptedServer } from "../../../lab/scripted_server.ts";
import { startLab } from "../../../lab/shapes.ts";
import { type Ran, run as runWith, type Setup } from "../../fake_runtime.ts";

const run = (args: readonly string[], setup: Setup = {}): Promise<Ran> =>
  runWith(args, { real: true, ...setup });

const PUBLIC_URL = "https://client.example/oauth/client.json";
const TERMINAL = { terminal: true } as const;

const command = (...words: string[]) => ["oauth", "client-metadata", ...words];

async function generated(...flags: string[]): Promise<string> {
  const ran = await run(command("generate", "--client-metadata-url", PUBLIC_URL, ...flags));
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

Deno.test("generate writes the document alone, in both formats and to a file", async () => {
  const text = await generated("--client-name", "Example", "--port", "8787");
  assert.deepEqual(JSON.parse(text), {
    client_id: PUBLIC_URL,
    client_name: "Example",
    redirect_uris: [
      "http://127.0.0.1/callback",
      "http://localhost/callback",
      "http://127.0.0.1:8787/callback",
      "http://localhost:8787/callback",
    ],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
    token_endpoint_auth_method: "none",
  });
  const folder = await Deno.makeTempDir();
  const path = `${folder}/client.json`;
  try {
    for (const format of ["human", "json"]) {
      const flags = ["--client-name", "Example", "--port", "8787", "--format", format];
      assert.equal(await generated(...flags), text);
      assert.equal(await generated(...flags, "-o", path), "");
      assert.equal(await Deno.readTextFile(path), text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the document lists the redirect URI that a login with it uses", async () => {
  assert.ok(JSON.parse(await generated()).redirect_uris.includes(FIXED_REDIRECT_URI));
});

Deno.test("generate says how to get a document in which every redirect URI has a port", async () => {
  const words = ["generate", "--client-metadata-url", PUBLIC_URL, "--port", "8787"];
  const { stderr } = await run(command(...words), TERMINAL);
  const line = /mcpass (oauth client-metadata generate .*)/.exec(stderr)?.[1] ?? "";
  const strict = await run(line.split(" "));
  assert.deepEqual(JSON.parse(strict.stdout).redirect_uris, ["http://127.0.0.1:8787/callback"]);
  const file = ["check", "-", "--redirect-url", "http://127.0.0.1:8787/callback"];
  const checked = await run(command(...file), { stdin: strict.stdout });
  assert.equal(checked.status, 0, checked.stdout);
});

Deno.test("generate takes every member from its flag", async () => {
  const document = JSON.parse(
    await generated(
      ...["--client-uri", "https://client.example", "--logo-uri", "https://client.example/l.png"],
      ...["--tos-uri", "https://client.example/tos", "--policy-uri", "https://client.example/p"],
      ...["--contact", "a@client.example", "--scopes", "read write", "--dpop"],
      ...["--redirect-url", "http://localhost:1/a", "--redirect-url", "https://client.example/cb"],
    ),
  );
  assert.deepEqual(document.redirect_uris, ["http://localhost:1/a", "https://client.example/cb"]);
  assert.deepEqual(
    [document.client_uri, document.logo_uri, document.tos_uri, document.policy_uri],
    [
      ...["https://client.example", "https://client.example/l.png"],
      ...["https://client.example/tos", "https://client.example/p"],
    ],
  );
  assert.deepEqual(
    [document.contacts, document.scope, document.dpop_bound_access_tokens],
    [["a@client.example"], "read write", true],
  );
});

Deno.test("what is missing is asked for on a terminal, and named elsewhere", async () => {
  const asked = await run(command("generate"), { ...TERMINAL, answers: [PUBLIC_URL] });
  assert.equal(asked.status, 0);
  assert.equal(JSON.parse(asked.stdout).client_id, PUBLIC_URL);
  const refused = await run(command("generate"));
  assert.deepEqual([refused.status, JSON.parse(refused.stdout).error.code], [2, "missing_options"]);
  const source = await run(command("check", "--no-input"), TERMINAL);
  assert.equal(source.status, 2);
  for (const words of [["check", "a", "b"], ["serve", "a", "b"], ["serve", "a", "--dpop"]]) {
    assert.equal((await run(command(...words))).status, 2, words.join(" "));
  }
});

async function checked(args: readonly string[], setup: Parameters<typeof run>[1] = {}) {
  const ran = await run(command("check", "--format", "json", ...args), setup);
  const document = JSON.parse(ran.stdout);
  assert.deepEqual(documentFaults("oauth client-metadata check", document), []);
  return { ...ran, document };
}

Deno.test("check reads a file or standard input, and exits 1 for an error alone", async () => {
  const sound = await checked(["-"], { stdin: await generated() });
  assert.deepEqual([sound.status, sound.document.valid], [0, true]);
  const moved = await checked(["-", "--client-metadata-url", "https://other.example/c.json"], {
    stdin: await generated(),
  });
  assert.deepEqual([moved.status, moved.document.error.code], [1, "client_document_id"]);
  const warned = await checked(["-", "--redirect-url", "http://localhost:1/callback"], {
    stdin: await generated(),
  });
  assert.deepEqual(
    [warned.status, warned.document.findings[0].code],
    [0, "client_document_redirect_unlisted"],
  );
  const missing = await checked(["/missing/client.json"]);
  assert.deepEqual([missing.status, missing.document.error.code], [2, "file_unreadable"]);
});

Deno.test("check says in words what is wrong, and how to sign in where nothing is", async () => {
  const sound = await run(command("check", "-"), {
    ...{ stdin: await generated(), stdoutIsTerminal: true, env: { NO_COLOR: "1" } },
  });
  assert.match(sound.stdout, /^-: valid client ID metadata document \(no findings\)/);
  assert.ok(sound.stdout.includes(`--client-metadata-url ${PUBLIC_URL}`));
  const hostile = JSON.stringify({
    client_id: PUBLIC_URL,
    client_secret: "x",
    client_name: "\x1b[31m",
  });
  const bad = await run(command("check", "-"), {
    ...{ stdin: hostile, stdoutIsTerminal: true, env: { NO_COLOR: "1" } },
  });
  assert.match(bad.stdout, /: invalid client ID metadata document/);
  assert.match(bad.stdout, /error: the document has "client_secret"/);
  assert.equal(bad.stdout.includes("\x1b[31m"), false);
});

Deno.test("check fetches a URL once, follows nothing, and sends no header of the server's", async () => {
  const text = await generated();
  await using server = startScriptedServer();
  const own = (path: string) => text.replace(PUBLIC_URL, server.origin + path);
  const json = [["content-type", "application/json"]] as const;
  Object.assign(server.routes, {
    "GET /client.json": { headers: json, body: own("/client.json") },
    "GET /page": { headers: [["content-type", "text/html"]], body: own("/page") },
    "GET /moved": { status: 302, headers: [["location", "/client.json"]] },
  });
  const at = (path: string) => checked([server.origin + path, "--header", "X-Key: canary"]);
  const found = await at("/client.json");
  assert.deepEqual(
    [
      found.status,
      found.document.status,
      found.document.findings.map((it: { code: string }) => it.code),
    ],
    [0, 200, ["client_document_url"]],
  );
  assert.ok(
    (await at("/page")).document.findings.some((it: { code: string }) =>
      it.code === "client_document_media_type"
    ),
  );
  const moved = await at("/moved");
  assert.deepEqual([moved.status, moved.document.error.code], [1, "client_document_status"]);
  assert.deepEqual((await at("/none")).document.error.code, "client_document_status");
  assert.deepEqual(server.requests.map(({ path }) => path), [
    ...["/client.json", "/page", "/moved", "/none"],
  ]);
  assert.ok(server.requests.every(({ headers }) => !headers.some(([name]) => name === "x-key")));
  await server.close();
  const gone = await at("/client.json");
  assert.deepEqual([gone.status, gone.document.error.code], [1, "network_connection_refused"]);
});

Deno.test("check asks the MCP server's authorization server whether it takes documents", async () => {
  const stdin = await generated();
  await using takes = await startLab({ as: { clientDocuments: {} } });
  const yes = await checked(["-", "--url", takes.mcpUrl], { stdin });
  assert.deepEqual([yes.status, yes.document.server], [0, {
    ...{ url: takes.mcpUrl, issuer: takes.issuer, supported: true },
  }]);
  await using refuses = await startLab();
  const no = await checked(["-", "--url", refuses.mcpUrl], { stdin });
  assert.deepEqual([no.status, no.document.error.code], [1, "cimd_not_offered"]);
  assert.ok(takes.requests.every(({ method }) => method === "GET" || method === "POST"));
  assert.ok(!takes.requests.some(({ path }) => path.includes("reg")));
});

Deno.test("a key that check is given has to be in the document", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/key.json`;
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const key = JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey));
  await Deno.writeTextFile(path, key, { mode: 0o600 });
  try {
    const stdin = await generated("--private-key-file", path);
    assert.equal(stdin.includes(JSON.parse(key).d), false);
    assert.equal((await checked(["-", "--private-key-file", path], { stdin })).status, 0);
    const { document } = await checked(["-"], { stdin });
    assert.equal(document.error.code, "client_document_method_differs");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Starts `serve` in a process of its own and reads what it says first. */
async function serving(...args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}main.ts`, ...command("serve", ...args)],
    env: { DENO_SERVE_ADDRESS: "tcp:0.0.0.0:1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  const { value = "" } = await reader.read();
  return {
    said: JSON.parse(value) as { url: string; clientId: string },
    async end(): Promise<{ code: number; stderr: string }> {
      child.kill("SIGINT");
      while (!(await reader.read()).done);
      const [{ code }, stderr] = await Promise.all([
        child.status,
        new Response(child.stderr).text(),
      ]);
      return { code, stderr };
    },
  };
}

Deno.test("a login signs in with a document that serve has served, until Ctrl-C", async () => {
  const served = await serving("--client-metadata-url", PUBLIC_URL, "--format", "json");
  assert.deepEqual(served.said.clientId, PUBLIC_URL);
  assert.match(served.said.url, /^http:\/\/127\.0\.0\.1:\d+\/oauth\/client\.json$/);
  await using lab = await startLab({ as: { clientDocuments: { [PUBLIC_URL]: served.said.url } } });
  const { result } = await runLogin({
    ...{ serverUrl: lab.mcpUrl, registration: "cimd", clientMetadataUrl: PUBLIC_URL },
    verifyTools: true,
  });
  assert.equal(result.completed, true, result.error?.message);
  assert.equal(result.credentials?.clientId, PUBLIC_URL);
  const { origin } = new URL(served.said.url);
  for (
    const [init, path, status] of [
      [{ method: "HEAD" }, "/oauth/client.json", 200],
      [{ method: "POST" }, "/oauth/client.json", 405],
      [{}, "/", 404],
    ] as const
  ) {
    const answer = await fetch(origin + path, init);
    await answer.body?.cancel();
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal(answer.headers.get("connection"), "close");
    assert.equal(answer.headers.get("allow"), status === 405 ? "GET, HEAD" : null);
  }
  const { code, stderr } = await served.end();
  assert.equal(code, 130);
  assert.match(stderr, /GET \/oauth\/client\.json 200/);
  await assert.rejects(fetch(served.said.url));
});

/** The status of a request with these `Host` headers. */
async function statusFor(
  port: string,
  hosts: readonly string[],
  hostname?: string,
): Promise<number> {
  const fields = hosts.map((host) => `Host: ${host}\r\n`).join("");
  const request = `GET /oauth/client.json HTTP/1.1\r\n${fields}\r\n`;
  return status(await raw(Number(port), request, hostname));
}

Deno.test("serve answers requests for this machine and for the document's own host, and no others", async () => {
  const served = await serving("--client-metadata-url", PUBLIC_URL, "--format", "json");
  const { port } = new URL(served.said.url);
  const own = new URL(PUBLIC_URL).host;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, own]) {
    assert.equal(await statusFor(port, [host]), 200, host);
  }
  for (const host of [`[::1]:${port}`, `localhost:${port}`]) {
    assert.equal(await statusFor(port, [host], "::1"), 200, host);
  }
  const foreign = [
    ...["attacker.example", `attacker.example:${port}`, "127.0.0.1", "127.0.0.1:1", ""],
    ...[`127.0.0.1:${port}.attacker.example`, `x.${own}`, "constructor"],
  ];
  for (const host of foreign) assert.equal(await statusFor(port, [host]), 421, host);
  assert.equal(await statusFor(port, []), 421);
  assert.equal(await statusFor(port, [`127.0.0.1:${port}`, "attacker.example"]), 400);
  assert.equal((await served.end()).code, 130);
});

Deno.test("serve without a URL names itself, and a file is served as it is", async () => {
  const own = await serving("--format", "json", "--quiet");
  const document = await (await fetch(own.said.url)).json();
  assert.deepEqual([document.client_id, own.said.clientId], [own.said.url, own.said.url]);
  const { status } = await checked([own.said.url]);
  assert.equal(status, 0);
  assert.deepEqual(await own.end(), { code: 130, stderr: "" });
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const text = `${await generated()}\n\n`;
  await Deno.writeTextFile(path, text);
  const file = await serving(path, "--format", "json");
  assert.equal(await (await fetch(file.said.url)).text(), text);
  assert.equal((await file.end()).code, 130);
  await Deno.remove(path);
});

Deno.test("serve refuses a port that is taken, and a file without a client identifier", async () => {
  await using server = startScriptedServer();
  const taken = await run(command("serve", "--port", String(server.port), "--format", "json"));
  assert.deepEqual([taken.status, JSON.parse(taken.stdout).error.code], [1, "port_unavailable"]);
  const nameless = await run(command("serve", "-"), { stdin: "{}" });
  assert.deepEqual([nameless.status, JSON.parse(nameless.stdout).error.code], [2, "json_invalid"]);
});

const HOSTILE_ID = "https://client.example/\u001b]0;x\u0007\u202e/client.json";

Deno.test("a document whose client_id is no plain URL moves no cursor: serve refuses it, check escapes it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/client.json`;
    const text = (await generated("--client-name", "Example")).replace(
      JSON.stringify(PUBLIC_URL),
      JSON.stringify(HOSTILE_ID),
    );
    await Deno.writeTextFile(path, text);
    const ended = AbortSignal.abort();
    const served = await run(command("serve", path), { ...TERMINAL, signal: ended });
    assert.equal(served.status, 2, served.stderr);
    const found = await run(command("check", path, "--format", "human"), {});
    assert.equal(found.status, 1, found.stdout);
    for (const said of [served.stdout, served.stderr, found.stdout, found.stderr]) {
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(said.replace(/\u001b\[\d+m/g, ""), /[\u001b\u0007\u202e]/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const PRIVATE = "jP3x-Pr1vAte-q0Zw9-Pr1vAte";
const EC = { kty: "EC", crv: "P-256", x: "xx", y: "yy", d: PRIVATE };
const WITH_SECRETS: Readonly<Record<string, object>> = {
  "a private key": { jwks: { keys: [EC] } },
  "a shared key": { jwks: { keys: [{ kty: "oct", k: PRIVATE }] } },
  "a key of several primes": {
    jwks: {
      keys: [{ kty: "RSA", n: "n", e: "AQAB", oth: [{ r: PRIVATE, d: PRIVATE, t: PRIVATE }] }],
    },
  },
  "a key beside the set": { jwk: EC },
  "the key itself": EC,
  "a set as text": { jwks: JSON.stringify({ keys: [EC] }) },
  "a set in a URL": { jwks_uri: `data:application/json,{"keys":[{"d":"${PRIVATE}"}]}` },
  "a key as text": { jwks: `-----BEGIN PRIVATE KEY-----\n${PRIVATE}\n-----END PRIVATE KEY-----` },
  "a secret": { client_secret: PRIVATE, registration_access_token: PRIVATE },
};

for (const [what, members] of Object.entries(WITH_SECRETS)) {
  Deno.test(`check repeats no secret of a document with ${what}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/client.json`;
      await Deno.writeTextFile(path, JSON.stringify({ client_id: PUBLIC_URL, ...members }));
      for (const format of ["json", "human"]) {
        const { stdout, stderr } = await run(command("check", path, "--format", format));
        assert.ok(stdout.includes(PUBLIC_URL), stderr);
        assert.doesNotMatch(stdout + stderr, /Pr1vAte/);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("check prints the login that a finding asks for", async () => {
  const text = await generated("--client-name", "Example", "--port", "8787");
  const redirect = "http://localhost:4321/other";
  const check = command("check", "-", "--redirect-url", redirect, "--format", "json");
  const { findings } = JSON.parse((await run(check, { stdin: text })).stdout);
  const { remedy } = findings.find(({ code }: { code: string }) =>
    code === "client_document_redirect_unlisted"
  );
  assert.equal(
    remedy,
    "Add it to the document, or use a listed one:\n" +
      `  mcpass login '<url>' --client-metadata-url ${PUBLIC_URL} ` +
      "--redirect-url http://127.0.0.1:8787/callback",
  );
});
