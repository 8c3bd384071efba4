import assert from "node:assert/strict";
import { ROOT } from "../../../../scripts/shell.ts";
import { parseConfig } from "../../../../src/edit/edit_entry.ts";
import { formatOf } from "../../../../src/flow/mcp_clients/client_entry.ts";
import { CONFIGURABLE } from "../../../../src/flow/mcp_clients/client_table.ts";
import { entryFiles } from "../../../../src/flow/mcp_clients/client_locations.ts";
import { flat } from "../../real_run.ts";
import { openClientHome, PROGRAM, URL_TEXT } from "./client_home.ts";

/** The cache of the test's own modules, in spite of another home. */
const denoDir = () => Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

const ARGS = ["bridge", "--url", URL_TEXT];

/** The entry that each client gets, and how its file begins before. */
const ENTRIES: Readonly<Record<string, readonly [entry: unknown, before: string]>> = {
  "claude-code": [
    { type: "stdio", command: PROGRAM, args: ARGS },
    '{\n  "numStartups": 12,\n  "projects": { "/p": { "mcpServers": { "linear": {} } } },\n  "mcpServers": {\n    "a": { "type": "http", "url": "https://a.example/mcp" }\n  }\n}',
  ],
  "claude-desktop": [{ command: PROGRAM, args: ARGS }, '{"globalShortcut":""}'],
  cursor: [{ command: PROGRAM, args: ARGS }, '{\n  "mcpServers": {}\n}\n'],
  vscode: [
    { type: "stdio", command: PROGRAM, args: ARGS },
    '{\n\t// mine\n\t"servers": {\n\t\t"a": { "url": "https://a.example" }, // a\n\t},\n\t"inputs": [],\n}\n',
  ],
  codex: [
    { command: PROGRAM, args: ARGS, startup_timeout_sec: 120 },
    'model = "o" # m\r\n\r\n[mcp_servers.a]\r\ncommand = "x"\r\n',
  ],
  windsurf: [{ command: PROGRAM, args: ARGS }, '{\n  "mcpServers": {\n  }\n}\n'],
  zed: [
    { source: "custom", command: PROGRAM, args: ARGS },
    '// Zed settings\n{\n  "theme": "One", // dark\n  "context_servers": {\n    // none\n  },\n}\n',
  ],
  "gemini-cli": [{ command: PROGRAM, args: ARGS }, '{\n    "security": {}\n}\n'],
  goose: [
    { name: "linear", type: "stdio", cmd: PROGRAM, args: ARGS, enabled: true, timeout: 300 },
    "GOOSE_MODEL: x # m\nextensions:\n    a: {cmd: npx}\n",
  ],
  continue: [
    {
      name: "linear",
      version: "0.0.1",
      schema: "v1",
      mcpServers: [{ name: "linear", type: "stdio", command: PROGRAM, args: ARGS }],
    },
    "",
  ],
  cline: [
    { type: "stdio", command: PROGRAM, args: ARGS, disabled: false, timeout: 120 },
    '{\r\n  "mcpServers": {\r\n    "a": {}\r\n  }\r\n}',
  ],
  roo: [{ command: PROGRAM, args: ARGS }, ""],
  opencode: [
    { type: "local", command: [PROGRAM, ...ARGS], enabled: true, timeout: 120_000 },
    '{\n  "$schema": "https://opencode.ai/config.json",\n  "mcp": {\n    "a": { "type": "remote", "url": "https://a.example/mcp" }\n  }\n}\n',
  ],
  "lm-studio": [{ command: PROGRAM, args: ARGS }, '{"mcpServers":{"a":{"command":"x"}}}'],
  junie: [{ command: PROGRAM, args: ARGS }, "{}"],
  "amazon-q": [{ command: PROGRAM, args: ARGS, timeout: 120_000 }, '\ufeff{\r\n  "a": 1\r\n}\r\n'],
  warp: [{ command: PROGRAM, args: ARGS }, '{ "mcpServers": { "a": {} } }'],
  generic: [{ type: "stdio", command: PROGRAM, args: ARGS }, '{\n  "mcpServers": {}\n}\n'],
};

Deno.test("each client of the table has an expected entry", () => {
  assert.deepEqual(Object.keys(ENTRIES).sort(), CONFIGURABLE.map(({ id }) => id).sort());
});

for (const client of CONFIGURABLE) {
  const { id, setup, name } = client;
  const [entry, before] = ENTRIES[id] ?? [undefined, ""];
  Deno.test(`config ${id}: the entry is printed, written, listed and removed`, async () => {
    await using at = await openClientHome();
    const env = { get: (it: string) => it === "HOME" ? at.path : undefined, toObject: () => ({}) };
    const [usual] = entryFiles(client, "user", "linear", { env, cwd: at.path });
    const path = usual ?? `${at.path}/.mcp.json`;
    const inHome = path.slice(at.path.length + 1);
    const isNew = setup.ownFile === true;
    if (!isNew) await at.write(inHome, before, 0o640);
    const file = usual === undefined ? ["--file", path] : [];

    const printed = await at.config([id, URL_TEXT, ...file]);
    assert.equal(printed.status, 0, printed.stdout + printed.stderr);
    const document = JSON.parse(printed.stdout);
    assert.deepEqual(document.entry, entry);
    assert.equal(document.path, path);
    assert.equal(document.status, "printed");
    const section = setup.ownFile ? [] : setup.section;
    const inText = section.reduce(
      (it, key) => it[key] as Record<string, unknown>,
      parseConfig(formatOf(path), document.text) as Record<string, unknown>,
    );
    assert.deepEqual(structuredClone(setup.ownFile ? inText : inText["linear"]), entry);
    if (!isNew) assert.equal(await at.read(inHome), before);

    const written = await at.config([id, URL_TEXT, "--write", "--yes", ...file]);
    assert.equal(written.status, 0, written.stdout + written.stderr);
    assert.equal(JSON.parse(written.stdout).status, "written");
    const text = await at.read(inHome);
    const { mode } = await Deno.stat(path);
    assert.equal((mode ?? 0) & 0o777, isNew ? 0o600 : 0o640);

    const again = await at.config([id, URL_TEXT, "--write", "--yes", ...file]);
    assert.equal(JSON.parse(again.stdout).status, "unchanged");
    assert.equal(await at.read(inHome), text);

    if (usual !== undefined) {
      const listed = JSON.parse((await at.run(["config", "list"])).stdout);
      const own = listed.entries.filter((it: { kind: string }) => it.kind === "bridge");
      assert.deepEqual(own, [{
        client: id,
        clientName: name,
        name: "linear",
        path,
        project: null,
        kind: "bridge",
        serverUrl: URL_TEXT,
        program: "mcpass",
      }]);
    }

    const removed = await at.run(["config", "remove", id, "linear", "--yes", ...file]);
    assert.equal(removed.status, 0, removed.stdout + removed.stderr);
    assert.equal(JSON.parse(removed.stdout).own, true);
    if (isNew) await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    else assert.equal(await at.read(inHome), before);
  });
}

for (const { id, setup, name } of CONFIGURABLE) {
  Deno.test(`config ${id} --direct says why`, async () => {
    await using at = await openClientHome();
    const ran = await at.config([id, URL_TEXT, "--direct"]);
    const document = JSON.parse(ran.stdout);
    if (setup.direct === undefined) {
      assert.equal(ran.status, 2);
      assert.equal(document.error.code, "config_direct_unsupported");
      assert.ok(document.error.message.startsWith(`${name} needs mcpass bridge: `));
      return;
    }
    assert.equal(ran.status, 0, ran.stderr);
    assert.ok(Object.values(document.entry).includes(URL_TEXT));
    assert.ok(document.notes[0].startsWith(`With --direct, ${name} `));
    assert.equal("command" in document.entry, false);
  });
}

Deno.test("a person sees the difference without other secrets, and agrees", async () => {
  await using at = await openClientHome();
  const before =
    '{\n  // key: canary-comment\n  "mcpServers": {\n    "a": { "env": { "KEY": "canary-value" } }\n  }\n}\n';
  await at.write(".cursor/mcp.json", before);
  const ran = await at.config(["cursor", URL_TEXT, "--write"], {
    terminal: true,
    answers: ["yes"],
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, ["Change ~/.cursor/mcp.json?"]);
  assert.equal(
    ran.stderr.split("\n\n")[0],
    `--- ~/.cursor/mcp.json
+++ ~/.cursor/mcp.json
@@ -1,6 +1,10 @@
 {
   // …
   "mcpServers": {
+    "linear": {
+      "command": "${PROGRAM}",
+      "args": ["bridge", "--url", "${URL_TEXT}"]
+    },
     "a": { "env": { "KEY": "…" } }
   }
 }`,
  );
  assert.match(ran.stdout, /^✓ Cursor now has the server linear \(~\/\.cursor\/mcp\.json\)\n/);
  const [, backup = ""] = /Backup: ~\/(.*)\n/.exec(ran.stdout) ?? [];
  assert.equal(await at.read(backup), before);
  assert.equal(((await Deno.stat(`${at.path}/${backup}`)).mode ?? 0) & 0o777, 0o600);
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});

Deno.test("the difference of each format hides the values of other entries", async () => {
  await using at = await openClientHome();
  await at.write(
    ".config/goose/config.yaml",
    "KEY: canary-plain\nextensions:\n  # canary-comment\n  a:\n    envs: {K: canary-flow, L: 'canary-quoted'}\n    t: |\n      canary text\n",
  );
  await at.write(
    ".codex/config.toml",
    'k = "canary" # canary-comment\nt = """\ncanary-text\n"""\n[a]\nenv = { K = \'canary\' }\n',
  );
  for (const id of ["goose", "codex"]) {
    const ran = await at.config([id, URL_TEXT, "--write", "--yes"]);
    const { diff } = JSON.parse(ran.stdout);
    assert.match(diff, /^ .*…/m);
    assert.doesNotMatch(diff, /canary/);
  }
});

for (
  const [what, answer, terminal, status, code] of [
    ["No", "no", true, 130, "cancelled"],
    ["Ctrl-C", null, true, 130, "cancelled"],
    ["no terminal", "yes", false, 2, "missing_options"],
  ] as const
) {
  Deno.test(`${what} at the question changes nothing`, async () => {
    await using at = await openClientHome();
    await at.write(".cursor/mcp.json", "{}\n");
    const ran = await at.config(["cursor", URL_TEXT, "--write", "--format", "json"], {
      terminal,
      answers: [answer],
    });
    assert.equal(ran.status, status);
    assert.equal(JSON.parse(ran.stdout).error.code, code);
    assert.equal(await at.read(".cursor/mcp.json"), "{}\n");
    const names = await Array.fromAsync(Deno.readDir(`${at.path}/.cursor`), (it) => it.name);
    assert.deepEqual(names, ["mcp.json"]);
    if (status === 130) assert.match(flat(ran.stderr), /nothing was changed/);
  });
}

Deno.test("without arguments mcpass asks for the client and the server", async () => {
  await using at = await openClientHome();
  await at.write(".config/zed/settings.json", "{}");
  const ran = await at.config([], { terminal: true, answers: ["codex", URL_TEXT] });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.offered[0]?.[0], "zed");
  assert.equal(ran.labels[0], "zed (on this machine)");
  assert.match(
    ran.stdout,
    /^Add this to ~\/\.codex\/config\.toml \(Codex\):\n\n\[mcp_servers\.linear\]\n/,
  );
  assert.match(
    ran.stderr,
    /Equivalent command:\n {2}mcpass config codex https:\/\/mcp\.linear\.app\/mcp /,
  );
});

Deno.test("the printed command writes the entry as it was printed", async () => {
  await using at = await openClientHome();
  const words = ["cursor", URL_TEXT, "--name", "work", "--direct"];
  const { stdout } = await at.config(words, { terminal: true });
  assert.match(stdout, /Let mcpass change the configuration:\n {2}(.*)\n$/);
  assert.ok(stdout.endsWith(
    `  mcpass config cursor ${URL_TEXT} --name work --direct --command ${PROGRAM} --write\n`,
  ));
});

Deno.test("an entry of another program is replaced only on request", async () => {
  await using at = await openClientHome();
  const other =
    '{"mcpServers":{"linear":{"command":"npx","args":["-y","mcp-remote"],"env":{"A":"b"}}}}';
  await at.write(".cursor/mcp.json", other);
  const refused = await at.config(["cursor", URL_TEXT, "--write", "--yes"]);
  assert.equal(refused.status, 2);
  assert.equal(JSON.parse(refused.stdout).error.code, "config_name_taken");
  assert.match(JSON.parse(refused.stdout).error.try, / --name linear-mcpass$/);
  assert.equal(await at.read(".cursor/mcp.json"), other);
  await at.config(["cursor", URL_TEXT, "--write", "--yes", "--replace"]);
  assert.deepEqual(JSON.parse(await at.read(".cursor/mcp.json")), {
    mcpServers: { linear: { command: PROGRAM, args: ARGS } },
  });
});

Deno.test("an entry of the same server under another name is reported", async () => {
  await using at = await openClientHome();
  const args = ["-y", "mcp-remote", URL_TEXT];
  await at.write(
    ".cursor/mcp.json",
    JSON.stringify({ mcpServers: { Old: { command: "npx", args } } }),
  );
  const { notes } = JSON.parse((await at.config(["cursor", URL_TEXT])).stdout);
  assert.deepEqual(notes, [
    'Cursor also has this server as "Old". To replace that entry, use --name Old --replace; ' +
    "to remove it: mcpass config remove cursor Old",
  ]);
  const words = ["cursor", URL_TEXT, "--name", "Old", "--replace", "--write", "--yes"];
  assert.deepEqual(JSON.parse((await at.config(words)).stdout).notes, []);
});

Deno.test("an update keeps what a person added, and replaces what the other kind had", async () => {
  await using at = await openClientHome();
  const added = { env: { A: "b" }, args: [...ARGS, "--allow-tool", "read_*"] };
  const old = { command: "/old/mcpass", ...added };
  await at.write(".cursor/mcp.json", JSON.stringify({ mcpServers: { linear: old } }));
  const own = async () => JSON.parse(await at.read(".cursor/mcp.json")).mcpServers.linear;
  await at.config(["cursor", URL_TEXT, "--write", "--yes"]);
  assert.deepEqual(await own(), { command: PROGRAM, ...added });
  await at.config(["cursor", URL_TEXT, "--write", "--yes", "--direct"]);
  assert.deepEqual(await own(), { url: URL_TEXT });
  await at.config(["cursor", URL_TEXT, "--write", "--yes"]);
  assert.deepEqual(await own(), { command: PROGRAM, args: ARGS });
});

Deno.test("a URL with a credential is not written, except by the name of its sign-in", async () => {
  await using at = await openClientHome();
  const ran = await at.config(["cursor", `${URL_TEXT}?api_key=canary-key`]);
  assert.equal(ran.status, 2);
  assert.equal(JSON.parse(ran.stdout).error.code, "invalid_value");
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});

for (
  const [words, code, message] of [
    [["cursr", URL_TEXT], "invalid_value", /is not a client/],
    [["cursor", URL_TEXT, "more"], "unexpected_argument", /accepts a client and a server/],
    [["cursor", URL_TEXT, "--name", "a b"], "invalid_value", /is not a name that every client/],
    [["claude-code", URL_TEXT, "--name", "workspace"], "config_name_taken", /uses the name/],
    [["cursor", URL_TEXT, "--yes"], "impossible_combination", /--yes without --write/],
    [["windsurf", URL_TEXT, "--project"], "impossible_combination", /no configuration file/],
    [["cursor", URL_TEXT, "--command", "mcpass"], "repeated_option", /command/],
  ] as const
) {
  Deno.test(`config ${words.join(" ")} is refused`, async () => {
    await using at = await openClientHome();
    const ran = await at.config(words);
    assert.equal(ran.status, 2);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}

Deno.test("config list names each kind of entry, and no argument", async () => {
  await using at = await openClientHome();
  await at.write(
    ".claude.json",
    JSON.stringify({
      mcpServers: {
        a: {
          type: "http",
          url: "https://a.example/mcp",
          headersHelper: "/b/mcpass credential headers",
        },
        b: { url: "https://b.example/mcp", headers: { Authorization: "canary" } },
        c: { command: "npx", args: ["mcp-remote", "https://c.example/mcp", "--header", "canary"] },
      },
      projects: { "/p": { mcpServers: { d: { command: "/x/node", args: ["canary"] } } } },
    }),
  );
  await at.write(".cursor/mcp.json", "{");
  const ran = await at.run(["config", "list"], { terminal: true, columns: 100 });
  assert.equal(
    ran.stdout.replaceAll(at.path, "~"),
    `✓ 4 servers in the configuration of MCP clients, 1 with mcpass

Claude Code · ~/.claude.json
  a
    https://a.example/mcp · headers from mcpass
  b
    https://b.example/mcp · connects itself
  c
    https://c.example/mcp · starts npx
  d
    starts node · only in /p

! skipped "~/.cursor/mcp.json": not a JSON object

Remove one:
  mcpass config remove claude-code a
`,
  );
});

Deno.test("config remove names where it looked for an unknown server", async () => {
  await using at = await openClientHome();
  await at.write(".cursor/mcp.json", '{"mcpServers":{"a":{}}}');
  const ran = await at.run(["config", "remove", "cursor", "linaer", "--yes"]);
  assert.equal(ran.status, 2);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "config_entry_not_found");
  assert.equal(error.message, 'Cursor has no server named "linaer" in ~/.cursor/mcp.json');
  assert.match(error.remedy, /List the servers/);
  await at.write(".cursor/mcp.json", '{"mcpServers":{"a":{},"linear":{}}}');
  const near = JSON.parse((await at.run(["config", "remove", "cursor", "linaer"])).stdout).error;
  assert.match(near.remedy, /^Did you mean "linear"\?/);
  assert.match(near.remedy, /mcpass config remove cursor linear/);
});

Deno.test("config remove asks which of the client's servers, and does not speak of enabling it", async () => {
  await using at = await openClientHome();
  await at.write(".cursor/mcp.json", '{"mcpServers":{"a":{},"linear":{}}}');
  await at.write(".config/zed/settings.json", '{"context_servers":{"b":{}}}');
  const answers = ["linear", "yes"];
  const ran = await at.run(["config", "remove", "cursor"], { terminal: true, answers });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.offered[0], ["a", "linear"]);
  assert.match(ran.stdout, /\n\nIf Cursor is running, it may use the server until /);
  assert.doesNotMatch(ran.stdout, /Enable/);
});

Deno.test("--project changes the file of the folder, and no file above it", async () => {
  await using at = await openClientHome();
  await at.write("project/.vscode/mcp.json", '{\n  "servers": {}\n}\n');
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", `${ROOT}main.ts`, "config", "vscode", URL_TEXT],
      ...["--project", "--write", "--yes", "--command", PROGRAM],
    ],
    cwd: `${at.path}/project`,
    env: { HOME: at.path, MCPASS_HOME: at.home.path, MCPASS_STORE: "file", DENO_DIR: denoDir() },
  }).output();
  assert.equal(code, 0);
  const { path, scope } = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual([path, scope], [`${at.path}/project/.vscode/mcp.json`, "project"]);
  const { servers } = JSON.parse(await at.read("project/.vscode/mcp.json"));
  assert.deepEqual(servers.linear, { type: "stdio", command: PROGRAM, args: ARGS });
});

Deno.test("completion offers clients, commands, and the servers of a client", async () => {
  await using at = await openClientHome();
  await at.write(".cursor/mcp.json", '{"mcpServers":{"mine":{"command":"x"}}}');
  const words = async (...typed: string[]) =>
    (await at.run(["__complete", "--", ...typed])).stdout.split("\n").map((it) =>
      it.split("\t")[0]
    );
  assert.deepEqual(await words("config", "c"), [
    ...["claude-code", "claude-desktop", "cursor", "codex", "continue", "cline", ""],
  ]);
  assert.deepEqual(await words("config", "re"), ["remove", ""]);
  assert.deepEqual(await words("config", "remove", "cursor", "m"), ["mine", ""]);
});
