import assert from "node:assert/strict";
import { htmlReport } from "../../../../src/report/html.ts";
import { artifactFaults } from "../../../../src/trace/artifact_schema.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { recordLogin } from "../../../report/artifacts.ts";
import { run, type Setup } from "../../fake_runtime.ts";
import { openHome } from "../../real_run.ts";

const artifact = await recordLogin({});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/debug.json`, JSON.stringify(artifact));
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const report = (args: readonly string[], setup?: Setup) => run(["oauth", "report", ...args], setup);

Deno.test("a page goes to stdout in a pipe, and beside the artifact on a terminal", async () => {
  await inFolder(async (folder) => {
    const page = await htmlReport(artifact);
    const piped = await report([`${folder}/debug.json`]);
    assert.deepEqual([piped.status, piped.stderr, piped.stdout], [0, "", page]);
    const seen = await report([`${folder}/debug.json`], { terminal: true });
    assert.deepEqual([seen.status, seen.stdout], [0, ""]);
    assert.match(seen.stderr, /^Wrote ".*debug\.html"\n$/);
    assert.equal(await Deno.readTextFile(`${folder}/debug.html`), page);
    assert.equal(((await Deno.stat(`${folder}/debug.html`)).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("the other formats go to stdout, or where --out says", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/debug.json`;
    const begins = {
      md: "## mcpass oauth login",
      curl: "# The requests of mcpass",
      har: "{",
      json: "{",
    };
    for (const [format, begin] of Object.entries(begins)) {
      const ran = await report([path, "--format", format], { terminal: true });
      assert.ok(ran.stdout.startsWith(begin), format);
      const out = await report([path, "--format", format, "-o", `${folder}/x`, "--quiet"]);
      assert.deepEqual([out.status, out.stdout, out.stderr], [0, "", ""]);
      assert.equal(await Deno.readTextFile(`${folder}/x`), ran.stdout);
    }
    const { exchanges } = JSON.parse((await report([path, "--format", "json"])).stdout);
    assert.equal(exchanges.length, artifact.exchanges.length);
  });
});

Deno.test("an artifact comes by standard input too", async () => {
  const ran = await report(["-", "--format", "md"], { stdin: JSON.stringify(artifact) });
  assert.equal(ran.status, 0);
});

Deno.test("in JSON, exchanges and expectations have what was received", async () => {
  const ran = await report(["-", "--format", "json"], { stdin: JSON.stringify(artifact) });
  const { exchanges, expectations } = JSON.parse(ran.stdout);
  for (const entry of [...exchanges, ...expectations]) {
    assert.equal(typeof entry.received, "string");
  }
  assert.ok(expectations.length > 0);
});

Deno.test("what is no artifact is refused with exit 2, and nothing is written", async () => {
  const exchanges = [{ ...artifact.exchanges[0], purpose: "<script>" }];
  const bad = [
    "{",
    "[]",
    "{}",
    JSON.stringify({ ...artifact, exchanges }),
    '{"schemaVersion":"2"}',
  ];
  for (const stdin of bad) {
    const ran = await report(["-", "--format", "json"], { stdin });
    assert.equal(ran.status, 2, stdin);
    assert.equal(JSON.parse(ran.stdout).error.code, "not_an_artifact");
  }
  assert.equal((await report(["-"], { stdin: "{" })).stdout, "");
});

Deno.test("an artifact of more than 32 MiB is refused, and one of 32 MiB is read", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/debug.json`;
    const text = JSON.stringify(artifact);
    const limit = 32 * 1024 * 1024;
    await Deno.writeTextFile(path, text.padEnd(limit));
    assert.equal((await report([path, "--format", "json"])).status, 0);
    await Deno.writeTextFile(path, text.padEnd(limit + 1));
    const refused = await report([path, "--format", "json"]);
    assert.equal(refused.status, 2);
    assert.match(refused.stdout, /larger than 32 MiB/);
  });
});

Deno.test("an artifact of more than 500,000 values is refused, whatever its strings hold", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/debug.json`;
    const note = '{"[,'.repeat(200_000);
    await Deno.writeTextFile(
      path,
      JSON.stringify({ ...artifact, outcome: { ...artifact.outcome, result: { note } } }),
    );
    assert.equal((await report([path, "--format", "json"])).status, 0);
    await Deno.writeTextFile(path, `{"a":[${"{},".repeat(500_000)}1]}`);
    const refused = await report([path, "--format", "json"]);
    assert.equal(refused.status, 2);
    assert.match(refused.stdout, /more than 500000 values/);
    await Deno.writeTextFile(path, `{"a":"${"x".repeat(1000)}`);
    assert.equal((await report([path])).status, 2);
  });
});

Deno.test("an artifact of an older or a later version is refused by its name", async () => {
  for (const [version, says] of [[1, "Record it again"], [3, "a later one"]] as const) {
    const ran = await report(["-", "--format", "json"], {
      stdin: JSON.stringify({ ...artifact, schemaVersion: version, extra: true }),
    });
    assert.equal(ran.status, 2);
    const { code, message, remedy } = JSON.parse(ran.stdout).error;
    assert.equal(code, "artifact_version");
    assert.match(message, new RegExp(`version ${version} .*reads version 2`));
    assert.ok(message.includes(artifact.tool.version) && remedy.includes(says));
  }
});

Deno.test("a huge artifact makes a page that a browser can carry", async () => {
  const [first] = artifact.exchanges;
  const body = JSON.stringify({ deep: `${"[".repeat(5000)}`, text: "<".repeat(60_000) });
  const exchanges = Array.from({ length: 500 }, (_, at) => ({
    ...first,
    id: at + 1,
    response: { ...first?.response, body, bodyBytes: body.length },
  }));
  const ran = await report(["-"], { stdin: JSON.stringify({ ...artifact, exchanges }) });
  assert.equal(ran.status, 0);
  assert.ok(ran.stdout.length < 48 * 1024 * 1024, String(ran.stdout.length));
  assert.match(ran.stdout, /more characters are in the artifact/);
});

Deno.test("wrong words and combinations are usage errors", async () => {
  const md = ["a", "--format", "md"];
  for (
    const args of [
      ...[[], ["a", "b"], ["a", "--format", "pdf"]],
      ...[[...md, "--open"], [...md, "--browser", "true"]],
    ]
  ) {
    assert.equal((await report(args)).status, 2, args.join(" "));
  }
  assert.equal((await report(["/missing/debug.json"])).status, 2);
});

Deno.test("--open hands the page to the program as a file URL, or says why it could not", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/debug.json`;
    const opened = await report([path, "--open", "--browser", "true"]);
    assert.equal(opened.status, 0, opened.stderr);
    const noted = `sh -c 'printf %s "$0" > ${folder}/url'`;
    assert.equal((await report([path, "--browser", noted])).status, 0);
    const real = await Deno.realPath(`${folder}/debug.html`);
    assert.equal(await Deno.readTextFile(`${folder}/url`), `file://${real}`);
    const none = await report([path, "--open", "--browser", "false"]);
    assert.equal(none.status, 1);
    assert.match(none.stderr, /report_not_opened/);
    // The variable names the program wherever something is opened, and asks for no opening.
    const env = { MCPASS_BROWSER: "false" };
    assert.equal((await report([path, "-qo", `${folder}/again.html`], { env })).status, 0);
    assert.equal(await Deno.readTextFile(`${folder}/again.html`), await Deno.readTextFile(real));
    const early = await report([path, "-oq", `${folder}/never.html`]);
    assert.match(early.stderr, /the value of --out is missing/);
  });
});

Deno.test("the artifact of every command that writes one makes a report in every format", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const path = `${home.path}/debug.json`;
  const stop = new AbortController();
  stop.abort();
  const closed = "http://127.0.0.1:1/mcp";
  const commands: readonly (readonly [args: readonly string[], setup?: Setup])[] = [
    [["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--verify-tools"]],
    [["oauth", "login", "--url", lab.mcpUrl, "--dry-run"]],
    [["oauth", "login", "--url", closed, "--auth-mode", "headless"]],
    [["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless"], { signal: stop.signal }],
    [["server", "probe", "--url", lab.mcpUrl]],
    [["server", "doctor", "--url", lab.mcpUrl]],
    [["server", "doctor", "--url", closed]],
    [["tools", "list", "--url", lab.mcpUrl]],
    [["tools", "call", "--name", "read-thing", "--url", lab.mcpUrl]],
    [["oauth", "proxy", "--allow-private", "--url", lab.mcpUrl]],
    [["oauth", "debug-proxy", "--allow-private", "--url", lab.mcpUrl]],
  ];
  for (const [args, setup] of commands) {
    const name = args.join(" ");
    const ran = await home.run([...args, "--debug-out", path, "--format", "json"], setup);
    assert.ok(ran.status !== 2, `${name}: ${ran.stderr}`);
    const text = await Deno.readTextFile(path);
    assert.deepEqual(artifactFaults(JSON.parse(text)), [], name);
    for (const format of ["html", "md", "har", "curl", "json"]) {
      const made = await report(["-", "--format", format], { stdin: text });
      assert.deepEqual([made.status, made.stderr], [0, ""], `${name} as ${format}`);
      assert.ok(made.stdout.length > 100, `${name} as ${format}`);
    }
    await Deno.remove(path);
  }
});

Deno.test("an artifact that is nested very deep, or of very many exchanges, is no internal error", async () => {
  await using home = await openHome();
  const path = `${home.path}/debug.json`;
  await Deno.writeTextFile(path, `{"schemaVersion":2,"x":${"[".repeat(2e5)}${"]".repeat(2e5)}}`);
  const deep = await home.run(["oauth", "report", path]);
  assert.equal(deep.status, 2, deep.stderr);
  assert.match(deep.stderr.replace(/\s+/g, " "), /more than 128 levels/);
});
