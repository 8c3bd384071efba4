import assert from "node:assert/strict";
import { LOGIN_COMMAND } from "../../../src/cli/commands/login/login_command.ts";
import { longName } from "../../../src/cli/command/flag.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { VERSION } from "../../../src/core/version.ts";
import { newHandle } from "../../../src/store/pending_logins.ts";
import config from "../../../deno.json" with { type: "json" };
import { run } from "../fake_runtime.ts";

const PAGES = [
  ["--help"],
  ["help"],
  ["oauth"],
  ["oauth", "--help"],
  ["help", "oauth"],
  ["oauth", "login", "--help"],
  ["login", "-h", "--url", "nonsense"],
  ["login", "-qh", "--url", "nonsense"],
  ["-vh", "oauth"],
  ["help", "oauth", "login"],
  ["version", "--help"],
  ["explain", "--help"],
  ["oauth", "report", "--help"],
  ["oauth", "client-metadata"],
  ["oauth", "client-metadata", "generate", "--help"],
  ["oauth", "client-metadata", "check", "--help"],
  ["oauth", "client-metadata", "serve", "--help"],
];

for (const args of PAGES) {
  Deno.test(`mcpass ${args.join(" ")} fits 80 columns and stays on stdout`, async () => {
    const ran = await run(args);
    assert.equal(ran.status, 0);
    assert.equal(ran.stderr, "");
    assert.deepEqual(ran.stdout.split("\n").filter((line) => [...line].length > 80), []);
    assert.ok(ran.stdout.indexOf("Examples:") < ran.stdout.indexOf("Usage:"));
    assert.equal(ran.loaded, false);
  });
}

Deno.test("the help of a login names every flag", async () => {
  const { stdout } = await run(["oauth", "login", "--help"]);
  for (const flag of Object.values(LOGIN_COMMAND.flags)) assert.ok(stdout.includes(longName(flag)));
});

Deno.test("the help of a login begins with its examples", async (t) => {
  const { stdout } = await run(["oauth", "login", "--help"]);
  assert.equal(
    stdout.split("\n").slice(0, 5).join("\n"),
    [
      "Sign in to an MCP server: discover, register, authorize, get a token, verify",
      "",
      "Examples:",
      "  # sign in with the browser",
      "  mcpass login https://server.example/mcp",
    ].join("\n"),
  );
  await t.step("and every example is a command line that is understood", async () => {
    for (const [, example] of LOGIN_COMMAND.examples) {
      const words = example.replaceAll(/\\\n/g, " ").replace(/^.*mcpass /s, "")
        .replace(/ \|.*$/s, "").replaceAll(/"\$\w+"/g, "value").split(/\s+/);
      const folder = await Deno.makeTempDir();
      const placed = words.map((word) => word.endsWith(".json") ? `${folder}/${word}` : word)
        .map((word) => word === "@handle" ? newHandle() : word);
      const ran = await run(placed, {
        stdin: "http://127.0.0.1/callback?code=c&state=s",
        env: example.startsWith("MCPASS_CLIENT_SECRET") ? { MCPASS_CLIENT_SECRET: "value" } : {},
      });
      await Deno.remove(folder, { recursive: true });
      // Here is no store with a login to finish; a command line that is not understood ends with 2.
      if (words.includes("--finish")) assert.notEqual(ran.status, 2, ran.stderr);
      else assert.equal(ran.status, 0, `${words.join(" ")}: ${ran.stderr}`);
    }
  });
});

Deno.test("the list of commands names every command", async () => {
  const { stdout } = await run(["--help"]);
  const names = COMMANDS.map(({ name }) => name);
  for (const name of names) {
    // The short forms alone, with a note about the others.
    const short = name.replace(/^oauth /, "");
    const listed = names.includes(short) ? short : name;
    assert.match(stdout, new RegExp(`^  ${listed}  `, "m"));
  }
});

Deno.test("help of what does not exist is a usage error", async () => {
  for (const args of [["help", "nothing"], ["help", "oauth", "nothing"], ["help", "login", "x"]]) {
    const ran = await run(args);
    assert.equal(ran.status, 2);
    assert.equal(ran.stdout, "");
  }
});

Deno.test("the version is the configuration's, wherever it is asked for", async () => {
  assert.equal(VERSION, config.version);
  for (const args of [["--version"], ["-V"], ["oauth", "login", "--version"], ["login", "-V"]]) {
    const ran = await run(args);
    assert.deepEqual([ran.status, ran.stdout], [0, `mcpass ${config.version}\n`]);
  }
  const document = await run(["version", "--format", "json"], { terminal: true });
  assert.deepEqual(JSON.parse(document.stdout), {
    ok: true,
    version: config.version,
    commit: null,
    runtime: `deno ${Deno.version.deno}`,
    target: Deno.build.target,
    supportedRevisions: ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
  });
  const text = await run(["version", "--format=human"]);
  assert.match(text.stdout, /^mcpass \d+\.\d+\.\d+ \(deno /);
});

Deno.test("on a narrow terminal what a command does stands below its name, whole words in a line", async () => {
  const { stdout } = await run(["--help"], { terminal: true, columns: 40 });
  assert.match(
    stdout,
    /^ {2}oauth client-metadata generate\n {4}write a client ID metadata document$/m,
  );
  const commands = stdout.slice(stdout.indexOf("Sign in:"));
  for (const line of commands.split("\n")) assert.ok(line.length <= 40, line);
});

Deno.test("the help of each group begins with an example of it", async () => {
  const groups = COMMANDS.map(({ name }) => name.split(" ")).filter((words) => words.length > 1)
    .map(([group = ""]) => group);
  for (const group of new Set(groups)) {
    const { stdout } = await run([group, "--help"]);
    assert.match(stdout, new RegExp(`Examples:\\n {2}# .*\\n {2}mcpass ${group} `), group);
  }
});
