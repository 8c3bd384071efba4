import assert from "node:assert/strict";
import { formOf } from "../../../lab/journal.ts";
import { openBrowser } from "../../../lab/person.ts";
import { type Lab, startLab } from "../../../lab/shapes.ts";
import { INITIALIZE, startMcpRemote } from "../../../servers/mcp_remote.ts";
import { type Home, openHome } from "../../real_run.ts";

/** Signs in with the published mcp-remote, and leaves it running. */
async function signInWithMcpRemote(lab: Lab, home: Home) {
  const folder = `${home.path}/mcp-auth`;
  const remote = startMcpRemote(lab.mcpUrl, folder);
  const initialized = remote.request("initialize", INITIALIZE);
  const page = await openBrowser().visit(await remote.authorizationUrl());
  assert.equal(page.status, 200, page.body);
  assert.ok((await initialized).result);
  return { remote, folder };
}

const toolCount = (output: string) => JSON.parse(output).tools.length;

const refreshes = ({ requests }: Lab) =>
  requests.filter(({ method, path }) => method === "POST" && path === "/token").map(formOf)
    .filter((form) => form.get("grant_type") === "refresh_token");

Deno.test("the sign-in of a running mcp-remote is moved: mcpass uses it, and mcp-remote no longer does", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const { remote, folder } = await signInWithMcpRemote(lab, home);
  await using running = remote;
  const env = { MCP_REMOTE_CONFIG_DIR: folder, HOME: `${home.path}/user` };
  const imported = await home.run(["config", "import", lab.mcpUrl], { env });
  assert.equal(imported.status, 0, imported.stderr);
  const [signIn] = JSON.parse(imported.stdout).signIns;
  assert.deepEqual([signIn.status, signIn.moved, signIn.issuer], ["imported", true, lab.issuer]);

  const tools = await home.run(["tools", "list", lab.mcpUrl]);
  assert.equal(tools.status, 0, tools.stderr);
  assert.ok(toolCount(tools.stdout) > 0);
  for (const _ of [1, 2]) {
    const refreshed = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    assert.equal(refreshed.status, 0, refreshed.stderr);
  }

  // Its next request needs a new sign-in, and so does a new process.
  running.request("tools/list").catch(() => {});
  await running.authorizationUrl(2);
  await running[Symbol.asyncDispose]();
  await using restarted = startMcpRemote(lab.mcpUrl, folder);
  await restarted.authorizationUrl();
  assert.equal(refreshes(lab).length, 2);

  const after = await home.run(["tools", "list", lab.mcpUrl]);
  assert.equal(after.status, 0, after.stderr);
});

Deno.test("after --copy mcp-remote continues, and mcpass has no refresh token", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const { remote, folder } = await signInWithMcpRemote(lab, home);
  await using running = remote;
  const env = { MCP_REMOTE_CONFIG_DIR: folder, HOME: `${home.path}/user` };
  const copied = await home.run(["config", "import", lab.mcpUrl, "--copy"], { env });
  assert.equal(copied.status, 0, copied.stderr);
  assert.equal(JSON.parse(copied.stdout).signIns[0].moved, false);
  const tools = await home.run(["tools", "list", lab.mcpUrl]);
  assert.equal(tools.status, 0, tools.stderr);
  const { result } = await running.request("tools/list") as { result: { tools: unknown[] } };
  assert.equal(result.tools.length, toolCount(tools.stdout));
  const refreshed = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.notEqual(refreshed.status, 0);
  assert.equal(refreshes(lab).length, 0);
});
