import assert from "node:assert/strict";
import { VERSION } from "../../src/core/version.ts";
import { startLab } from "../lab/shapes.ts";
import { left, PROGRAM } from "./program.ts";

const TARGET = Deno.env.get("MCPASS_TARGET") ?? Deno.build.target;

Deno.test("the executable is of this version, for this system", async () => {
  const short = await left(PROGRAM, ["--version"]);
  assert.deepEqual([short.code, short.stdout], [0, `mcpass ${VERSION}\n`]);
  const { stdout } = await left(PROGRAM, ["version", "--format", "json"]);
  const { version, target, commit } = JSON.parse(stdout);
  assert.deepEqual([version, target], [VERSION, TARGET]);
  assert.match(commit, /^[0-9a-f]{40}/);
});

Deno.test("help and wrong usage end as they should", async () => {
  const help = await left(PROGRAM, ["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^ {2}login /m);
  const wrong = await left(PROGRAM, ["oauth", "login", "--no-such-flag", "--format", "json"]);
  assert.equal(wrong.code, 2);
  assert.match(JSON.parse(wrong.stdout).error.message, /--no-such-flag/);
});

Deno.test("a sign-in is kept, used, renewed and deleted, in a folder with spaces in its name", async () => {
  await using lab = await startLab();
  const folder = await Deno.makeTempDir({ prefix: "mcpass any where " });
  const mcpass = (...args: readonly string[]) =>
    left(PROGRAM, [...args, "--url", lab.mcpUrl], { MCPASS_HOME: folder, MCPASS_STORE: "file" });
  try {
    const login = await mcpass(
      ...["oauth", "login", "--auth-mode", "headless", "--verify-tools", "--format", "json"],
    );
    assert.equal(login.code, 0, login.stdout + login.stderr);
    assert.equal(JSON.parse(login.stdout).verification.listTools.passed, true);

    const first = await mcpass("oauth", "token");
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    assert.match(first.stdout, /^\S+\n$/);

    const called = await mcpass(
      ...["tools", "call", "--tool-name", "echo", "--tool-args", '{"message":"hi"}'],
      ...["--format", "json"],
    );
    assert.equal(called.code, 0, called.stdout + called.stderr);
    assert.match(called.stdout, /hi/);

    const renewed = await mcpass("oauth", "refresh", "--format", "json");
    assert.equal(renewed.code, 0, renewed.stdout + renewed.stderr);
    assert.notEqual((await mcpass("oauth", "token")).stdout, first.stdout);

    await mcpass("oauth", "logout");
    const after = await mcpass("oauth", "token");
    assert.deepEqual([after.code, after.stdout], [4, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
