import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { startMcpServer } from "../../../lab/mcp_server.ts";
import { openHome } from "../../real_run.ts";

const LOGIN = ["oauth", "login", "--no-input", "--format", "json", "--url"];

Deno.test("a login without a terminal sends no request", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  for (const mode of [[], ["--auth-mode", "interactive"], ["--progress", "json"]]) {
    const ran = await home.run([
      "oauth",
      "login",
      "--format",
      "json",
      "--url",
      lab.mcpUrl,
      ...mode,
    ]);
    assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [4, "sign_in_needed"]);
  }
  assert.deepEqual(lab.requests, []);
});

Deno.test("a login with --no-input says so if the server needs no sign-in", async () => {
  await using server = await startMcpServer({});
  await using home = await openHome();
  const ran = await home.run([...LOGIN, server.url]);
  assert.equal(ran.status, 1, ran.stdout);
  assert.equal(JSON.parse(ran.stdout).error.code, "authorization_not_required");
  assert.ok(ran.stderr.includes(`\nTry:   mcpass tools list ${server.url}\n`), ran.stderr);
  assert.doesNotMatch(ran.stderr, /--debug-out/);
});

Deno.test("a login with --no-input that nobody can complete ends after the first request", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run([...LOGIN, lab.mcpUrl]);
  const { error } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, error.code], [4, "sign_in_needed"]);
  assert.match(error.remedy, /mcpass login http/);
  assert.equal(lab.requests.length, 1);
});

Deno.test("a login with --no-input that nobody can complete ends with exit 4 also if the server cannot be reached", async () => {
  const lab = await startFakeLab();
  await lab.close();
  await using home = await openHome();
  const ran = await home.run([...LOGIN, lab.mcpUrl]);
  assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [4, "sign_in_needed"]);
});
