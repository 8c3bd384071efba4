import assert from "node:assert/strict";
import { startLab } from "../lab/shapes.ts";
import { mcpass } from "./binary.ts";

const HEADLESS = ["oauth", "login", "--auth-mode", "headless", "--format", "json"];

Deno.test("a headless login registers, signs in and lists the tools", async () => {
  await using lab = await startLab();
  const ended = await mcpass(
    ...[...HEADLESS, "--registration", "dcr", "--verify-tools", "--url", lab.mcpUrl],
  );
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  const result = JSON.parse(ended.stdout);
  assert.equal(result.completed, true);
  assert.equal(result.registrationStrategy, "dcr");
  assert.equal(result.verification.listTools.passed, true);
  assert.ok(result.verification.listTools.toolCount > 0);
  assert.ok(!ended.stderr.includes(result.credentials.accessToken));
});

Deno.test("a tool that the server lacks fails the login, which still prints the credentials", async () => {
  await using lab = await startLab();
  const ended = await mcpass(
    ...[...HEADLESS, "--registration", "dcr", "--verify-call-tool", "absent", "--url", lab.mcpUrl],
  );
  assert.equal(ended.code, 1, ended.stdout + ended.stderr);
  const result = JSON.parse(ended.stdout);
  assert.equal(result.completed, false);
  assert.equal(result.verification.callTool.passed, false);
  assert.equal(typeof result.credentials.accessToken, "string");
});

Deno.test("an address where nothing listens is exit status 1 with a reason", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const ended = await mcpass(...HEADLESS, "--url", `http://127.0.0.1:${port}/mcp`);
  assert.equal(ended.code, 1);
  const result = JSON.parse(ended.stdout);
  assert.equal(result.completed, false);
  assert.equal(result.credentials, null);
  assert.match(result.error.message, /refused/i);
});

Deno.test("an interactive login without a terminal ends at once with exit status 4", async () => {
  await using lab = await startLab();
  const ended = await mcpass("oauth", "login", "--format", "json", "--url", lab.mcpUrl);
  assert.equal(ended.code, 4, ended.stdout + ended.stderr);
  assert.equal(JSON.parse(ended.stdout).completed, false);
});
