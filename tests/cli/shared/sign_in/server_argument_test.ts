import assert from "node:assert/strict";
import { Failure } from "../../../../src/core/failure.ts";
import type { StoredEntry } from "../../../../src/store/stored_entry.ts";
import { startLab } from "../../../lab/shapes.ts";
import { entryOf } from "../../../store/entries.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const VALID = {
  accessToken: "access-token-0123456789",
  refreshToken: "refresh-token-0123456789",
  tokenType: "Bearer",
  obtainedAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
};

/** A home with sign-ins whose access tokens name them. */
async function homeWith(...entries: readonly Partial<StoredEntry>[]): Promise<Home> {
  const home = await openHome();
  for (const entry of entries) {
    const { serverUrl = "", account = "default" } = entry;
    const tokens = { ...VALID, accessToken: `token-${new URL(serverUrl).host}-${account}` };
    const { dpopKey: _, ...plain } = entryOf({ tokens, relaxations: {}, ...entry });
    await home.store.write(plain);
  }
  return home;
}

const LINEAR = { serverUrl: "https://mcp.linear.app/mcp" };
const WORK = { ...LINEAR, account: "work" };
const NOTION = { serverUrl: "https://mcp.notion.com/mcp", name: "docs" };

const FOUND: readonly (readonly [words: readonly string[], token: string])[] = [
  [["linear"], "token-mcp.linear.app-default"],
  [["--url", "linear"], "token-mcp.linear.app-default"],
  [["https://mcp.linear.app/mcp"], "token-mcp.linear.app-default"],
  [["HTTPS://MCP.linear.app/mcp"], "token-mcp.linear.app-default"],
  [["mcp.linear.app"], "token-mcp.linear.app-default"],
  [["mcp.linear.app/mcp"], "token-mcp.linear.app-default"],
  [["linear-work"], "token-mcp.linear.app-work"],
  [["linear", "--account", "work"], "token-mcp.linear.app-work"],
  [["docs"], "token-mcp.notion.com-default"],
];

for (const form of [["token"], ["oauth", "token"]]) {
  for (const [words, token] of FOUND) {
    Deno.test(`mcpass ${form.join(" ")} ${words.join(" ")} prints ${token}`, async () => {
      await using home = await homeWith(LINEAR, WORK, NOTION);
      const ran = await home.run([...form, ...words]);
      assert.deepEqual([ran.status, ran.stdout], [0, `${token}\n`], ran.stderr);
    });
  }
}

Deno.test("MCPASS_URL may be a name; MCPASS_ACCOUNT does not change the account that a name has", async () => {
  await using home = await homeWith(LINEAR, WORK, NOTION);
  const env = { MCPASS_URL: "linear-work", MCPASS_ACCOUNT: "default" };
  assert.equal((await home.run(["token"], { env })).stdout, "token-mcp.linear.app-work\n");
});

const REFUSED: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [
    ["token", "linaer"],
    /no sign-in is named "linaer" \(unknown_sign_in\) Fix: Did you mean linear\?/,
  ],
  [
    ["token", "Linear"],
    /no sign-in is named "Linear" \(unknown_sign_in\) Fix: Did you mean linear\?/,
  ],
  [
    ["token", "github"],
    /no sign-in is named "github" \(unknown_sign_in\) Fix: Stored sign-ins: linear, linear-work, docs\./,
  ],
  [["tools", "list", "dosc"], /Did you mean docs\?/],
  [["tools", "call", "dosc", "echo", "a=b"], /Try: mcpass tools call docs echo a=b More/],
  [["token", "dosc", "--as", "curl"], /Did you mean docs\? Try: mcpass token docs --as curl More/],
  [["resources", "read", "dosc", "file:///a"], /Did you mean docs\?/],
  [["server", "doctor", "dosc"], /Did you mean docs\?/],
  [["logout", "dosc"], /Did you mean docs\?/],
  [["oauth", "client", "show", "dosc"], /Did you mean docs\?/],
  [["login", "dosc"], /Did you mean docs\?/],
  [["token", "docs", "--url", "linear"], /unexpected argument: --url already gives the server/],
  [["status", "docs", "linear"], /status accepts one argument, the server; 2 were given/],
  [["token"], /several sign-ins are stored, .* Use one of them: linear, linear-work, docs/],
  [["version", "docs"], /mcpass version accepts no arguments/],
  [
    ["token", "http://mcp.linear.app/mcp"],
    /<server>: .* Did you mean https:\/\/mcp.linear.app\/mcp\?/,
  ],
];

for (const [words, message] of REFUSED) {
  Deno.test(`mcpass ${words.join(" ")} is a usage error that helps`, async () => {
    await using home = await homeWith(LINEAR, WORK, NOTION);
    const ran = await home.run(words);
    assert.deepEqual([ran.status, ran.loaded], [2, ran.loaded], ran.stderr);
    assert.match(flat(ran.stderr), message);
  });
}

Deno.test("a token in the place of the server is neither shown nor looked up as a host", async () => {
  await using home = await homeWith(LINEAR);
  const tokens = [
    "xoxe.xoxp-1-Mi0yLTU2Nzg5MDEyMzQ1",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl0-_x",
  ];
  for (const token of tokens) {
    const ran = await home.run(["server", "doctor", token]);
    assert.deepEqual([ran.status, ran.httpOptions], [2, undefined]);
    assert.match(flat(ran.stderr), /neither a URL, a host, nor the name of a sign-in/);
    assert.ok(!(ran.stdout + ran.stderr).includes(token.slice(0, 12)), ran.stderr);
  }
});

const LOCAL = { serverUrl: "http://127.0.0.1:3000/mcp" };

const NEAR: readonly (readonly [url: string, name: string])[] = [
  ["http://127.0.0.1:3000/mcp/", "localhost-3000"],
  ["http://localhost:3000/mcp", "localhost-3000"],
  ["http://[::1]:3000/mcp", "localhost-3000"],
  ["https://127.0.0.1:3000/mcp", "localhost-3000"],
  ["http://127.0.0.1:3000/MCP", "localhost-3000"],
  ["http://127.0.0.1:3000/", "localhost-3000"],
  ["http://127.0.0.1:3001/mcp", "localhost-3000"],
  ["localhost", "localhost-3000"],
  ["https://mcp.linear.app/", "linear"],
  ["https://mcp.linear.app/sse", "linear"],
  ["https://mcp.linear.app:8443/mcp", "linear"],
  ["https://mcp.linaer.app/mcp", "linear"],
  ["https://linear.app/mcp", "linear"],
];

Deno.test("on loopback another port is another server", async () => {
  await using home = await homeWith(LOCAL);
  const ran = await home.run(["token", "http://127.0.0.1:3456/mcp"]);
  assert.equal(ran.status, 4);
  assert.match(ran.stderr, /^Try: {3}mcpass login http:\/\/127.0.0.1:3456\/mcp$/m);
  assert.doesNotMatch(ran.stderr, /Did you mean|there is a sign-in/);
});

const LOOKUPS: readonly (readonly [words: readonly string[], status: number])[] = [
  [["token"], 4],
  [["status"], 4],
  [["refresh"], 4],
  [["logout", "--format", "human"], 0],
  [["oauth", "client", "show"], 4],
];

for (const [url, name] of NEAR) {
  Deno.test(`${url} is a near miss of the sign-in ${name}, on every command that looks one up`, async () => {
    await using home = await homeWith(LOCAL, LINEAR);
    for (const [words, status] of LOOKUPS) {
      const ran = await home.run([...words, url]);
      assert.equal(ran.status, status, words.join(" "));
      const text = flat(ran.stderr + ran.stdout);
      assert.match(
        text,
        new RegExp(`Did you mean (the sign-in )?${name}\\?.* mcpass \\S.*${name}`),
      );
    }
  });
}

Deno.test("a script that signs out of a similar URL gets a suggestion on standard error", async () => {
  await using home = await homeWith(LOCAL);
  const ran = await home.run(["logout", "localhost"]);
  assert.equal(ran.status, 0);
  assert.match(flat(ran.stderr), /nothing is stored\. Did you mean the sign-in localhost-3000\?/);
});

Deno.test("the name of a local server is near only to one whose port has one other digit", async () => {
  await using home = await homeWith(LOCAL);
  const far = await home.run(["token", "localhost-3712"]);
  assert.match(flat(far.stderr), /Stored sign-ins: localhost-3000\./);
  const near = await home.run(["token", "localhost-3001"]);
  assert.match(flat(near.stderr), /Did you mean localhost-3000\?/);
});

Deno.test("a host that several sign-ins have names all of them", async () => {
  await using home = await homeWith(LOCAL, { serverUrl: "http://127.0.0.1:4000/mcp" });
  const ran = await home.run(["token", "localhost"]);
  assert.equal(ran.status, 4);
  assert.match(
    flat(ran.stderr),
    /Did you mean one of the sign-ins localhost-3000, localhost-4000\?/,
  );
});

Deno.test("a URL that is like no stored one gets the command that signs in", async () => {
  await using home = await homeWith(LOCAL, LINEAR);
  const ran = await home.run(["token", "https://quite-different.example/mcp"]);
  assert.equal(ran.status, 4);
  assert.doesNotMatch(ran.stderr, /Did you mean/);
  assert.match(ran.stderr, /mcpass login https:\/\/quite-different\.example\/mcp/);
});

Deno.test("without a server, the only one that has sign-ins is used, and said on standard error", async () => {
  await using home = await homeWith(LINEAR, WORK);
  const ran = await home.run(["token"]);
  assert.deepEqual([ran.status, ran.stdout], [0, "token-mcp.linear.app-default\n"]);
  assert.equal(
    ran.stderr,
    "Using the only server of the stored sign-ins: https://mcp.linear.app/mcp\n",
  );
  assert.equal((await home.run(["token", "--quiet"])).stderr, "");
  await using single = await homeWith(LINEAR);
  const { stderr } = await single.run(["token"]);
  assert.equal(stderr, "Using the only stored sign-in: https://mcp.linear.app/mcp\n");
});

Deno.test("on a terminal, a name that is not stored is reported before a server is asked for", async () => {
  await using home = await openHome();
  const ran = await home.run(["tools", "list", "nosuchname"], { terminal: true });
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /no sign-in is named "nosuchname"/);
});

Deno.test("a store that cannot be read is reported before a server is asked for", async () => {
  await using home = await openHome();
  const away = () => {
    throw new Failure("store_unreachable", "the database does not respond");
  };
  for (const terminal of [true, false]) {
    const setup = { terminal, replacements: { openStore: away } };
    const ran = await home.run(["tools", "list", "main"], setup);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /the database does not respond/);
    assert.doesNotMatch(ran.stderr, /Which MCP server/);
  }
});

Deno.test("a token of the command line is not sent to the only stored server", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  for (
    const [args, env] of [
      [["--access-token", "token-of-another-server"], {}],
      [["--oauth-access-token", "token-of-another-server"], {}],
      [[], { MCPASS_ACCESS_TOKEN: "token-of-another-server" }],
    ] as const
  ) {
    const ran = await home.run(["tools", "list", ...args], { env });
    assert.equal(ran.status, 2, ran.stderr);
    assert.equal(JSON.parse(ran.stdout).error.code, "missing_options");
  }
  assert.deepEqual(lab.requests, []);
});

Deno.test("a server before a tool is checked as --url is", async () => {
  await using home = await homeWith(LINEAR);
  for (const url of ["http://a.example/mcp", "https://user:pw@a.example", "ftp://a.example"]) {
    const ran = await home.run(["tools", "call", url, "echo"]);
    assert.equal(ran.status, 2, ran.stderr);
    assert.equal(JSON.parse(ran.stdout).error.code, "invalid_value");
    assert.doesNotMatch(ran.stderr, /user:pw/);
  }
});

Deno.test("with nothing stored, the first word of a tools command has to be a server", async () => {
  await using home = await homeWith();
  for (const command of [["tools", "list"], ["tools", "call"], ["prompts", "get"]]) {
    const named = await home.run([...command, "linear", "echo"]);
    assert.equal(named.status, 2, named.stderr);
    assert.match(flat(named.stderr), /no sign-in is named "linear".*No sign-in is stored yet/);
  }
  const host = await home.run(["tools", "list", "localhost:1"]);
  assert.equal(host.status, 1, host.stderr);
  assert.match(flat(host.stderr), /Cause: POST http:\/\/localhost:1\//);
});

Deno.test("of several accounts, default is used; without it, the error lists them", async () => {
  await using home = await homeWith(WORK, { ...LINEAR, account: "play" });
  const ran = await home.run(["token", LINEAR.serverUrl]);
  assert.equal(ran.status, 2);
  assert.match(
    flat(ran.stderr),
    /several accounts at .*: "play", "work" .*Choose one with --account/,
  );
  const other = await home.run(["token", LINEAR.serverUrl, "--account", "default"]);
  assert.equal(other.status, 4);
  assert.match(flat(other.stderr), /under the account "default"; other accounts: "play", "work"/);
});

Deno.test("login stores the name from the host, and keeps it; --name renames; a used name is refused", async () => {
  await using lab = await startLab();
  await using home = await homeWith(NOTION);
  const { port } = new URL(lab.mcpUrl);
  const host = `localhost-${port}`;
  await home.signIn(lab);
  const names = async () => (await home.store.list()).entries.map(({ name }) => name).sort();
  assert.deepEqual(await names(), ["docs", host]);
  const status = JSON.parse((await home.run(["status", host])).stdout);
  assert.deepEqual(status.entries.map((it: { name: string }) => it.name), [host]);
  await home.signIn(lab, "--name", "lab");
  assert.deepEqual(await names(), ["docs", "lab"]);
  await home.signIn(lab);
  assert.deepEqual(await names(), ["docs", "lab"]);
  await home.signIn(lab, "--account", "work");
  assert.deepEqual(await names(), ["docs", "lab", `${host}-work`]);

  const before = lab.requests.length;
  const refused = await home.run([
    "login",
    lab.mcpUrl,
    "--name",
    "docs",
    "--auth-mode",
    "headless",
  ]);
  assert.equal(refused.status, 2);
  assert.equal(JSON.parse(refused.stdout).error.code, "name_in_use");
  assert.match(flat(refused.stderr), /the name "docs" is in use: .*mcp\.notion\.com/);
  assert.equal(lab.requests.length, before);
  const invalid = await home.run(["login", lab.mcpUrl, "--name", "My Server"]);
  assert.match(flat(invalid.stderr), /--name: "My Server" is not a valid name/);

  const listed = await home.run(["tools", "list", "lab", "--format", "human"]);
  assert.match(listed.stdout, /mcpass tools call lab/);
  for (const server of ["lab", lab.mcpUrl, new URL(lab.mcpUrl).host]) {
    const called = await home.run(["tools", "call", server, "echo", "message=hi"]);
    assert.equal(called.status, 0, called.stderr);
  }
  const named = await home.run(["tools", "call", "echo", "message=hi", "--url", "lab"]);
  assert.equal(named.status, 0, named.stderr);
  assert.equal((await home.run(["refresh", "lab"])).status, 0);
  assert.equal((await home.run(["oauth", "client", "lab", "show"])).status, 0);
  assert.equal((await home.run(["logout", "lab"])).status, 0);
  assert.deepEqual(await names(), ["docs", `${host}-work`]);
});

Deno.test("login looks for the endpoint of a bare host, and says the command with the URL", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const { host } = new URL(lab.mcpUrl);
  const ran = await home.run(["login", host, "--auth-mode", "headless", "--format", "human"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(flat(ran.stderr), new RegExp(`mcpass login ${lab.mcpUrl}`));
  assert.equal((await home.run(["token"])).status, 0);
});
