import assert from "node:assert/strict";
import { withResults } from "../../../mcp/support.ts";
import { flat, openHome } from "../../real_run.ts";

const GOOD = { name: "good", inputSchema: { type: "object" } };

Deno.test("an unusual tool is named in a warning and hides no other one, as text and as JSON", async () => {
  const tools = [GOOD, { name: "merge", inputSchema: {} }];
  await using server = await withResults({ "tools/list": { tools } });
  await using home = await openHome();
  const list = ["tools", "list", "--url", server.url];
  const json = await home.run([...list, "--format", "json"]);
  assert.equal(json.status, 0, json.stderr);
  const document = JSON.parse(json.stdout);
  assert.deepEqual(document.tools, tools);
  assert.equal(document.findings[0].code, "definition_invalid");
  assert.match(document.findings[0].message, /1 tool is not valid: "merge"/);
  assert.equal(document.findings[0].severity, "warning");

  const human = await home.run([...list, "--format", "human"]);
  assert.equal(human.status, 0, human.stderr);
  assert.match(human.stdout, /good[^]*merge/);
  assert.match(flat(human.stderr), /warning: the definition of 1 tool is not valid: "merge"/);
});

Deno.test("a result that contradicts its output schema is shown, with a warning", async () => {
  const tool = { ...GOOD, outputSchema: { type: "object", required: ["a"] } };
  const result = { content: [{ type: "text", text: "hi" }], structuredContent: {} };
  await using server = await withResults({ "tools/list": { tools: [tool] }, "tools/call": result });
  await using home = await openHome();
  const login = ["oauth", "login", "--url", server.url];
  assert.equal((await home.run([...login, "--auth-mode", "headless"])).status, 1);
  const call = ["tools", "call", "--url", server.url, "--tool-name", "good", "--format", "json"];
  const called = await home.run(call);
  assert.deepEqual([called.status, JSON.parse(called.stdout)], [0, { ok: true, ...result }]);
});

Deno.test("a response larger than the limit names the flag that raises it", async () => {
  const tools = [{ ...GOOD, description: "x".repeat(6 * 1024 * 1024) }];
  await using server = await withResults({ "tools/list": { tools } });
  await using home = await openHome();
  const list = ["tools", "list", "--url", server.url, "--format", "json"];
  const listed = await home.run(list);
  assert.equal(listed.status, 0, listed.stderr);
  assert.equal(JSON.parse(listed.stdout).tools[0].description.length, 6 * 1024 * 1024);
  const refused = await home.run([...list, "--max-response-size", "2"]);
  assert.equal(refused.status, 1);
  const { error } = JSON.parse(refused.stdout);
  assert.equal(error.code, "response_too_large");
  assert.match(error.message, /limit 2 MB/);
  assert.match(error.remedy, /--max-response-size 256/);
});
