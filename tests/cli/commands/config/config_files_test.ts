import assert from "node:assert/strict";
import { type ClientHome, openClientHome, PROGRAM, URL_TEXT } from "./client_home.ts";

const WRITE = ["cursor", URL_TEXT, "--write", "--yes"];
const CURSOR = ".cursor/mcp.json";

interface RefusedFile {
  readonly what: string;
  readonly prepare: (at: ClientHome) => Promise<unknown>;
  readonly reason: RegExp;
  readonly words?: readonly string[];
}

const link = (at: ClientHome, target: string) =>
  Deno.mkdir(`${at.path}/.cursor`, { recursive: true }).then(() =>
    Deno.symlink(target, `${at.path}/${CURSOR}`)
  );

const REFUSED: readonly RefusedFile[] = [
  {
    what: "a read-only file",
    prepare: (at) => at.write(CURSOR, "{}", 0o444),
    reason: /: it is read-only$/,
  },
  {
    what: "a file that is not UTF-8",
    prepare: (at) => at.write(CURSOR, new Uint8Array([0x7b, 0xff, 0x7d])),
    reason: /: it is not UTF-8 text$/,
  },
  {
    what: "a UTF-16 file",
    prepare: (at) => at.write(CURSOR, new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])),
    reason: /: it is not UTF-8 text$/,
  },
  {
    what: "a key twice",
    prepare: (at) => at.write(CURSOR, '{"mcpServers":{},"mcpServers":{}}'),
    reason: /: it has two members named "mcpServers"$/,
  },
  {
    what: "a broken file",
    prepare: (at) => at.write(CURSOR, "{"),
    reason: /: it is not valid JSON$/,
  },
  {
    what: "flow style",
    prepare: (at) => at.write(".config/goose/config.yaml", "extensions: {a: {}}\n"),
    reason: /: "extensions" is in flow style/,
    words: ["goose", URL_TEXT, "--write", "--yes"],
  },
  {
    what: "a link to a file of another folder",
    prepare: (at) => link(at, "/etc/hostname"),
    reason: /"\/etc\/hostname" is not in a folder of yours$/,
  },
  {
    what: "a link to nothing",
    prepare: (at) => link(at, `${at.path}/nothing.json`),
    reason: /: it is a link to a file that does not exist$/,
  },
  {
    what: "a folder that is a link to another one",
    prepare: (at) => Deno.symlink("/tmp", `${at.path}/.cursor`),
    reason: /is not in a folder of yours$/,
  },
  {
    what: "a folder",
    prepare: (at) => Deno.mkdir(`${at.path}/${CURSOR}`, { recursive: true }),
    reason: /: it is not a regular file$/,
  },
  {
    what: "another file outside of the user's folders",
    prepare: () => Promise.resolve(),
    reason: /^"\/etc\/mcp\.json" was not changed: it is not in a folder of yours$/,
    words: [...WRITE, "--file", "/etc/mcp.json"],
  },
];

/** Every file below the folder: its path, and its bytes or where it links to. */
async function snapshot(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isSymlink) found.push(`${path} -> ${await Deno.readLink(path)}`);
    else if (isDirectory) found.push(path, ...await snapshot(path));
    else found.push(`${path} ${(await Deno.readFile(path)).toHex()}`);
  }
  return found.sort();
}

for (const { what, prepare, reason, words = WRITE } of REFUSED) {
  Deno.test(`${what}: exit status 1, the entry is printed, and nothing changes`, async () => {
    await using at = await openClientHome();
    await prepare(at);
    const before = await snapshot(at.path);
    const ran = await at.config(words);
    assert.equal(ran.status, 1, ran.stderr);
    const { error, status, text } = JSON.parse(ran.stdout);
    assert.equal(error.code, "config_not_changed");
    assert.match(error.message, reason);
    assert.equal(status, "refused");
    assert.ok(text.includes(PROGRAM));
    const shown = await at.config([...words, "--format", "human"]);
    assert.match(shown.stdout, /^Add this to .* yourself \((?:Cursor|goose)\):\n\n/);
    assert.deepEqual(await snapshot(at.path), before);
  });
}

Deno.test("a link to a file of the user is followed, and remains", async () => {
  await using at = await openClientHome();
  await at.write("dotfiles/cursor.json", "{}\n", 0o644);
  await link(at, "../dotfiles/cursor.json");
  const ran = await at.config(WRITE);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(await Deno.readLink(`${at.path}/${CURSOR}`), "../dotfiles/cursor.json");
  assert.ok((await at.read("dotfiles/cursor.json")).includes(PROGRAM));
  assert.ok(JSON.parse(ran.stdout).backup.startsWith(`${at.path}/dotfiles/cursor.json.mcpass-`));
});

Deno.test("a missing file is made for the user only", async () => {
  await using at = await openClientHome();
  const ran = await at.config(WRITE);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).backup, null);
  const mode = async (path: string) => ((await Deno.stat(`${at.path}/${path}`)).mode ?? 0) & 0o777;
  assert.equal(await mode(CURSOR), 0o600);
  assert.equal(await mode(".cursor"), 0o700);
});

Deno.test("of several files of a client, the one that exists is changed", async () => {
  await using at = await openClientHome();
  await at.write(".config/opencode/opencode.jsonc", "{}\n");
  const ran = await at.config(["opencode", URL_TEXT]);
  assert.equal(JSON.parse(ran.stdout).path, `${at.path}/.config/opencode/opencode.jsonc`);
  await at.write(".config/opencode/opencode.json", "{}\n");
  const both = JSON.parse((await at.config(["opencode", URL_TEXT])).stdout);
  assert.equal(both.path, `${at.path}/.config/opencode/opencode.json`);
  assert.match(both.notes.join(" "), /also has .*opencode\.jsonc; --file changes that file/);
});

Deno.test("a newer file of opencode has its servers one level deeper", async () => {
  await using at = await openClientHome();
  const before = '{"mcp":{"servers":{"a":{}}}}';
  await at.write(".config/opencode/opencode.json", before);
  await at.config(["opencode", URL_TEXT, "--write", "--yes"]);
  const { mcp } = JSON.parse(await at.read(".config/opencode/opencode.json"));
  assert.deepEqual(Object.keys(mcp), ["servers"]);
  assert.deepEqual(Object.keys(mcp.servers), ["linear", "a"]);
  await at.run(["config", "remove", "opencode", "linear", "--yes"]);
  assert.equal(await at.read(".config/opencode/opencode.json"), before);
});

/** At once, as a person reads the question. */
const replaceFile = (path: string, text: string) => Deno.writeTextFileSync(path, text);

function replaceByLink(path: string, target: string): void {
  Deno.removeSync(path);
  Deno.symlinkSync(target, path);
}

Deno.test("a file that changes while a person reads the question is read again", async () => {
  await using at = await openClientHome();
  await at.write(CURSOR, '{"mcpServers":{"a":{}}}');
  let isChanged = false;
  const ran = await at.config(["cursor", URL_TEXT, "--write"], {
    terminal: true,
    answers: ["yes", "yes"],
    reads(stderr) {
      if (isChanged || !stderr.includes("@@")) return;
      isChanged = true;
      replaceFile(`${at.path}/${CURSOR}`, '{"mcpServers":{"b":{}}}');
    },
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.questions.length, 2);
  assert.match(ran.stderr, /was changed by another program; mcpass read it again/);
  assert.deepEqual(Object.keys(JSON.parse(await at.read(CURSOR)).mcpServers), ["linear", "b"]);
});

Deno.test("a file that becomes a link while a person reads the question is not written through", async () => {
  await using at = await openClientHome();
  await at.write(CURSOR, "{}");
  const ran = await at.config(["cursor", URL_TEXT, "--write"], {
    terminal: true,
    answers: ["yes"],
    reads(stderr) {
      if (!stderr.includes("@@")) return;
      replaceByLink(`${at.path}/${CURSOR}`, "/etc/hostname");
    },
  });
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /is not in a folder of yours/);
  assert.equal(await Deno.readLink(`${at.path}/${CURSOR}`), "/etc/hostname");
});

/** A program of a client that writes its arguments, one on each line, and ends with a status. */
const recorder = (status: number, then = "") =>
  `#!/bin/sh\nfor it; do echo "$it"; done >"$HOME/called"\n${then}\necho "no display" >&2\nexit ${status}\n`;

/** How each program writes the entry; `code` does it later. */
const ADDED = {
  claude: `echo '{"mcpServers":{"linear":{}}}' >"$HOME/.claude.json"`,
  code: "",
  codex: `echo '[mcp_servers.linear]' >"$HOME/.codex/config.toml"`,
};

for (
  const [id, program, words, flags] of [
    [
      "claude-code",
      "claude",
      [
        ...["mcp", "add-json", "linear"],
        `{"type":"stdio","command":"${PROGRAM}","args":["bridge","--url","${URL_TEXT}"]}`,
        ...["--scope", "user"],
      ],
      [],
    ],
    [
      "vscode",
      "code",
      [
        "--add-mcp",
        `{"name":"linear","type":"stdio","command":"${PROGRAM}","args":["bridge","--url","${URL_TEXT}"]}`,
      ],
      [],
    ],
    ["codex", "codex", ["mcp", "add", "linear", "--url", URL_TEXT], ["--direct"]],
  ] as const
) {
  Deno.test(`config ${id} ${flags.join(" ")} --write runs ${program} with a list of arguments`, async () => {
    await using at = await openClientHome();
    await at.write(`bin/${program}`, recorder(0, ADDED[program]), 0o755);
    await Deno.mkdir(`${at.path}/.codex`);
    const printed = JSON.parse((await at.config([id, URL_TEXT, ...flags])).stdout);
    assert.deepEqual(printed.installer, [program, ...words]);
    const ran = await at.config([id, URL_TEXT, ...flags, "--write"], {
      terminal: true,
      answers: ["yes"],
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(ran.questions, [`Run ${program}?`]);
    assert.ok(ran.stderr.startsWith(`${program} ${words[0]} `));
    assert.deepEqual((await at.read("called")).trimEnd().split("\n"), [...words]);
  });
}

Deno.test("codex adds the server, and mcpass its time limit", async () => {
  await using at = await openClientHome();
  const text = `[mcp_servers.linear]\\ncommand = \\"${PROGRAM}\\"\\n` +
    `args = [\\"bridge\\", \\"--url\\", \\"${URL_TEXT}\\"]\\n`;
  const add = `mkdir -p "$HOME/.codex"; printf "${text}" >>"$HOME/.codex/config.toml"`;
  await at.write("bin/codex", recorder(0, add), 0o755);
  await at.write(".codex/config.toml", "# mine\n");
  const ran = await at.config(["codex", URL_TEXT, "--write", "--yes"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual((await at.read("called")).trimEnd().split("\n"), [
    ...["mcp", "add", "linear", "--", PROGRAM, "bridge", "--url", URL_TEXT],
  ]);
  assert.equal(
    await at.read(".codex/config.toml"),
    `# mine\n[mcp_servers.linear]\nstartup_timeout_sec = 120\ncommand = "${PROGRAM}"\n` +
      `args = ["bridge", "--url", "${URL_TEXT}"]\n`,
  );
});

Deno.test("a program that fails leads to --no-installer, which changes the file", async () => {
  await using at = await openClientHome();
  await at.write("bin/code", recorder(3), 0o755);
  const words = ["vscode", URL_TEXT, "--write", "--yes"];
  const failed = await at.config(words);
  assert.equal(failed.status, 1);
  const { error } = JSON.parse(failed.stdout);
  assert.equal(error.code, "config_installer_failed");
  assert.equal(error.message, '"code" ended with exit status 3: no display');
  assert.match(error.try, / --no-installer$/);
  await Deno.remove(`${at.path}/called`);
  const ran = await at.config([...words, "--no-installer"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.ok((await at.read(".config/Code/User/mcp.json")).includes(PROGRAM));
  await assert.rejects(Deno.stat(`${at.path}/called`), Deno.errors.NotFound);
});

Deno.test("a program that adds nothing is not a success", async () => {
  await using at = await openClientHome();
  await at.write("bin/claude", recorder(0), 0o755);
  const ran = await at.config(["claude-code", URL_TEXT, "--write", "--yes"]);
  assert.equal(ran.status, 1);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "config_installer_failed");
  assert.match(error.message, /^"claude" ended without an error, but ".*" does not have the entry/);
});

Deno.test("an existing entry is updated in the file, not by the program", async () => {
  await using at = await openClientHome();
  await at.write("bin/claude", recorder(0), 0o755);
  await at.write(
    ".claude.json",
    '{"mcpServers":{"linear":{"command":"/old/mcpass","args":["bridge"]}}}',
  );
  const ran = await at.config(["claude-code", URL_TEXT, "--write", "--yes"]);
  assert.equal(JSON.parse(ran.stdout).installer, null);
  assert.equal(JSON.parse(await at.read(".claude.json")).mcpServers.linear.command, PROGRAM);
});
