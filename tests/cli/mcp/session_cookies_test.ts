import assert from "node:assert/strict";
import { headerOf, type RecordedRequest, rpcMethodOf } from "../../lab/journal.ts";
import { type LabOptions, startLab } from "../../lab/shapes.ts";
import { openHome } from "../real_run.ts";

const COOKIE = "AWSALB=node-a";

const INITIALIZED = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "balanced", version: "1" },
};

/** A balancer sets a cookie at `initialize`, and finds no session without it. */
function intercept(request: RecordedRequest) {
  if (headerOf(request, "authorization") === undefined || request.method !== "POST") {
    return undefined;
  }
  if (rpcMethodOf(request) === "initialize") {
    const { id } = JSON.parse(request.body);
    const headers = [["set-cookie", `${COOKIE}; Path=/`], ["mcp-session-id", "s-1"]] as const;
    return { headers, body: { jsonrpc: "2.0", id, result: INITIALIZED } };
  }
  return headerOf(request, "cookie") === COOKIE ? undefined : { status: 404, body: "no session" };
}

const BALANCED: LabOptions = { mcp: { era: "legacy", sessions: false, intercept } };

Deno.test("a session behind a balancer that sets a cookie works, and no output has the cookie", async () => {
  await using lab = await startLab(BALANCED);
  await using home = await openHome();
  const artifact = `${home.path}/debug.json`;
  const login = await home.signIn(lab, "--verify-tools", "--debug-out", artifact);
  const { passed, toolCount } = JSON.parse(login.stdout).verification.listTools;
  assert.ok(passed && toolCount > 0);
  const list = ["tools", "list", "--url", lab.mcpUrl, "--format", "json", "--verbose"];
  const listed = await home.run(list);
  assert.equal(listed.status, 0, listed.stderr);

  const outputs = [login.stdout, login.stderr, listed.stdout, listed.stderr];
  outputs.push(await Deno.readTextFile(artifact));
  for await (const { name, isFile } of Deno.readDir(home.path)) {
    if (isFile) outputs.push(await Deno.readTextFile(`${home.path}/${name}`));
  }
  for (const output of outputs) assert.doesNotMatch(output, /node-a/);
});

Deno.test("the cookie goes to no other endpoint, and to no other process", async () => {
  await using lab = await startLab(BALANCED);
  await using home = await openHome();
  await home.signIn(lab, "--verify-tools");
  const before = lab.requests.length;
  await home.run(["tools", "list", "--url", lab.mcpUrl]);
  const withCookie = lab.requests.filter((it) => headerOf(it, "cookie")?.includes("AWSALB"));
  assert.ok(withCookie.length > 0);
  assert.ok(withCookie.every(({ path }) => path === "/mcp"));
  const first = lab.requests.slice(before).find(({ path }) => path === "/mcp");
  assert.equal(first && headerOf(first, "cookie"), undefined);
});
