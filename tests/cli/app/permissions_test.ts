import { assertDocument } from "../document_faults.ts";
import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import { ROOT } from "../../../scripts/shell.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { PROGRAMS } from "../../../src/core/programs.ts";
import { startLab } from "../../lab/shapes.ts";

/** What the permission set of deno.json allows: everything of a kind, or the values of a list. */
const ALLOWED: Readonly<Record<string, unknown>> = config.permissions.default;

interface Use {
  readonly permission: string;
  readonly value: string;
}

/** A command line and the exit status it ends with. */
type Row = readonly [status: number, ...args: string[]];

const PRELOAD = `--preload=${ROOT}tests/cli/record_programs.ts`;

/** Goes on until Ctrl-C, which comes once it has written something. */
const ENDLESS = "oauth client-metadata serve";

/** What stands for the lab's MCP server and for a folder in a command line. */
const PLACES = ["URL", "HOME"] as const;

const KEYRING = ["--store", "keyring"];

const LOGIN = [
  ...["--url", "URL", "--auth-mode", "headless", "--registration", "dcr", "--store", "file"],
  ...["--verify-tools", "--debug-out", "HOME/debug.json"],
];

/** Command lines, in an order in which each finds what it needs. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  "oauth login": [[0, ...LOGIN, "--credentials-out", "HOME/out.json"]],
  "login": [[0, ...LOGIN, "--dry-run"]],
  "status": [[0, "URL"]],
  "token": [[0]],
  "refresh": [[0, "URL"]],
  "logout": [[0, "http://127.0.0.1:9/mcp"]],
  "oauth metadata": [[0, "--url", "URL"]],
  "oauth proxy": [[2, "--url", "URL"], [0, "--url", "URL", "--allow-private"]],
  "oauth debug-proxy": [[0, "--url", "URL", "--allow-private"]],
  "server probe": [[0, "--url", "URL"]],
  "server doctor": [[0, "--url", "URL"]],
  "server diff": [[0, "URL", "URL"]],
  "tools list": [[0, "--url", "URL"], [0, "--url", "URL", "--credentials-file", "HOME/out.json"]],
  "tools call": [
    [0, "--url", "URL", "--tool-name", "echo", "--tool-args", '{"message":"hi"}'],
  ],
  "server info": [[0, "--url", "URL"]],
  "resources list": [[0, "--url", "URL"]],
  "resources templates": [[0, "--url", "URL"]],
  "resources read": [[0, "lab://logo", "--url", "URL", "--output", "HOME/logo.png"]],
  "prompts list": [[0, "--url", "URL"]],
  "prompts get": [[0, "review", "language=Go", "--url", "URL"]],
  "oauth token": [[0, "--url", "URL"]],
  "credential": [[0, "headers", "--url", "URL"]],
  "oauth status": [[0, "--check"]],
  "oauth refresh": [[0, "--url", "URL"]],
  "oauth client-metadata generate": [
    [0, "--client-metadata-url", "https://app.example/client.json", "-o", "HOME/client.json"],
  ],
  "oauth client-metadata check": [[0, "HOME/client.json"]],
  "config": [[0, "cursor", "URL", "--command", "/opt/mcpass", "--write", "--yes"]],
  "config list": [[0]],
  "config remove": [[2, "cursor", "unknown", "--yes"]],
  "config import": [[0]],
  "oauth recipient": [[0]],
  "store copy": [[2, "--from", "file", "--to", "auto"]],
  "oauth export": [
    [0, "URL", "--passphrase-file", "HOME/passphrase", "--out", "HOME/x.age"],
  ],
  "oauth import": [[0, "HOME/x.age", "--passphrase-file", "HOME/passphrase"]],
  rename: [[0, "URL", "work"]],
  "store prune": [[0, "--dry-run"], [0, "--yes"]],
  "store log": [[2]],
  "store migrate": [[0, "--print-sql"]],
  "store new-key": [[0]],
  "store rekey": [[2]],
  [ENDLESS]: [[130]],
  "oauth client": [[0, "show", "--url", "URL"]],
  "oauth conformance-suite": [[0, "--config", "HOME/suite.json", "--fail-on", "never"]],
  "oauth logout": [[0, "--url", "URL"]],
  "oauth report": [[0, "HOME/debug.json", "-o", "HOME/report.html"]],
  "explain": [[0, "invalid_target"], [0, "--list"]],
  "completion": [[0, "bash"]],
  "version": [[0]],
  "schema": [[0]],
  "help": [[0, "oauth", "login"]],
};

/** What starts programs on Linux, where those that it looks for can be put into its way. */
const STARTING: readonly Row[] = [
  [0, "oauth", "login", ...LOGIN.filter((word) => !/^(--store|file)$/.test(word)), ...KEYRING],
  [0, "oauth", "token", "--url", "URL", ...KEYRING],
  [0, "oauth", "logout", "--url", "URL", ...KEYRING],
  [0, "oauth", "report", "HOME/debug.json", "-o", "HOME/report.html", "--browser", "xdg-open"],
  [0, "config", "vscode", "URL", "--command", "/opt/mcpass", "--write", "--yes"],
];

/** Stands for libsecret's program: keeps each key in a file beside itself. */
const SECRET_TOOL = `#!/bin/sh
for id; do :; done
key=\${0%/*}/$id
case $1 in
  store) cat >"$key" ;;
  lookup) cat "$key" 2>/dev/null ;;
  clear) rm -f "$key" ;;
  search) [ -f "$key" ] ;;
esac
`;

/** Ends the program when it has written something. */
async function interrupted(command: Deno.Command): Promise<Deno.CommandOutput> {
  const child = command.spawn();
  const heard = async (stream: ReadableStream<Uint8Array>) => {
    let text = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      if (text === "") child.kill("SIGINT");
      text += chunk;
    }
    return new TextEncoder().encode(text);
  };
  const [stdout, stderr, status] = await Promise.all([
    ...[heard(child.stdout), new Response(child.stderr).bytes()],
    child.status,
  ]);
  return { ...status, stdout, stderr } as Deno.CommandOutput;
}

/**
 * Runs commands as the executable runs, in one home, and returns what they used and what they started.
 * Programs in `HOME/bin` stand before others of their name.
 */
async function observed(
  home: string,
  commands: readonly Row[],
): Promise<{ found: Use[]; started: string[] }> {
  // A process begins its log anew.
  const log = `${home}/audit.jsonl`;
  const startedLog = `${home}/started`;
  const found: Use[] = [];
  await Deno.writeTextFile(startedLog, "");
  for (const [status, ...args] of commands) {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P", "--quiet", "--no-prompt", PRELOAD, `${ROOT}main.ts`, ...args],
      cwd: ROOT,
      clearEnv: true,
      env: {
        HOME: home,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        PATH: `${home}/bin:${Deno.env.get("PATH")}`,
        MCPASS_TEST_STARTED: startedLog,
        DENO_AUDIT_PERMISSIONS: log,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } =
      await (args.join(" ") === ENDLESS ? interrupted(command) : command.output());
    await assertDocument(args, { code, stdout });
    const decoder = new TextDecoder();
    const said = decoder.decode(stdout) + decoder.decode(stderr);
    assert.equal(code, status, `${args.join(" ")}: ${said}`);
    assert.doesNotMatch(said, /NotCapable|Requires \w+ access/);
    const lines = (await Deno.readTextFile(log)).trim().split("\n");
    found.push(...lines.map((line) => JSON.parse(line)));
  }
  const started = (await Deno.readTextFile(startedLog)).split("\n").filter((line) => line !== "");
  return { found, started };
}

/** Runs commands in a home with a lab. */
async function observedWithLab(
  rows: readonly Row[],
  prepare?: (home: string, url: string) => Promise<void>,
) {
  await using lab = await startLab({ mcp: { features: true } });
  const home = await Deno.makeTempDir({ prefix: "mcpass-audit-" });
  const values = { URL: lab.mcpUrl, HOME: home };
  const filled = (word: string) =>
    PLACES.reduce((text, place) => text.replace(new RegExp(`^${place}\\b`), values[place]), word);
  try {
    await prepare?.(home, lab.mcpUrl);
    return await observed(home, rows.map(([status, ...args]) => [status, ...args.map(filled)]));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function outside(found: readonly Use[]): string[] {
  return found.filter(({ permission, value }) => {
    const allowed = ALLOWED[permission];
    return !(allowed === true || (Array.isArray(allowed) && allowed.includes(value)));
  }).map(({ permission, value }) => `${permission} ${value}`);
}

/** A command without a row in the table needs only the server that the login signed in to. */
const FURTHER: readonly (readonly [name: string, lines: readonly Row[]])[] = COMMANDS
  .filter(({ name }) => !Object.hasOwn(ROWS, name))
  .map(({ name }) => [name, [[0, "--url", "URL"]]]);

Deno.test("every row is of a command", () => {
  const names = COMMANDS.map(({ name }) => name);
  assert.deepEqual(Object.keys(ROWS).filter((name) => !names.includes(name)), []);
});

// It runs seventy programs, one after the other.
Deno.test(
  "no command uses a permission outside of the set that is compiled in, or starts a program by itself",
  {
    timeout: 240_000,
  },
  async () => {
    const [login, ...others] = Object.entries(ROWS);
    assert.equal(login?.[0], "oauth login");
    const rows = [login, ...FURTHER, ...others].flatMap(([name, lines]) =>
      lines.map(([status, ...args]): Row => [status, ...name.split(" "), ...args])
    );
    const { found, started } = await observedWithLab([
      [0, "--help"],
      [0, "__complete", "--", "oauth", "token", "--url", ""],
      ...rows,
    ], async (home, url) => {
      const suite = { version: 1, servers: [{ id: "lab", url }] };
      await Deno.writeTextFile(`${home}/suite.json`, JSON.stringify(suite));
      await Deno.writeTextFile(`${home}/passphrase`, "correct horse battery", { mode: 0o600 });
    });
    assert.deepEqual(outside(found), []);
    const kinds = new Set(found.map(({ permission }) => permission));
    for (const kind of ["net", "env", "read", "write", "sys"]) assert.ok(kinds.has(kind), kind);
    assert.deepEqual(started, []);
  },
);

Deno.test({
  name:
    "what is started stands in the table of programs (seen on Linux: elsewhere the keyring and " +
    "the browser are programs of the system that nothing can be put before)",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { found, started } = await observedWithLab(STARTING, async (home) => {
      await Deno.mkdir(`${home}/bin`);
      await Deno.writeTextFile(`${home}/bin/secret-tool`, SECRET_TOOL, { mode: 0o755 });
      for (const name of ["xdg-open", "code"]) {
        await Deno.writeTextFile(`${home}/bin/${name}`, "#!/bin/sh\n", { mode: 0o755 });
      }
    });
    assert.deepEqual(outside(found), []);
    const table: readonly string[] = PROGRAMS.map(({ program }) => program);
    const names = started.map((path) => /^\/.*\/bin\/([^/]+)$/.exec(path)?.[1] ?? path);
    assert.deepEqual(names.filter((program) => !table.includes(program)), []);
    assert.deepEqual([...new Set(names)].sort(), ["code", "secret-tool", "xdg-open"]);
  },
});

Deno.test("the set holds no foreign code and no system information but the user's number and the machine's name", () => {
  assert.deepEqual(Object.keys(ALLOWED).sort(), ["env", "net", "read", "run", "sys", "write"]);
  assert.deepEqual(ALLOWED.sys, ["uid", "hostname"]);
  assert.deepEqual(
    outside([{ permission: "ffi", value: "x" }, { permission: "sys", value: "y" }]),
    [
      "ffi x",
      "sys y",
    ],
  );
});
