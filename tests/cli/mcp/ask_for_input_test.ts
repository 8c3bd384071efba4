import assert from "node:assert/strict";
import { rpcMethodOf } from "../../lab/journal.ts";
import { startMcpServer } from "../../lab/mcp_server.ts";
import type { Setup } from "../fake_runtime.ts";
import { openHome } from "../real_run.ts";

/** Calls a tool that asks for input; `sent` is what the server got. */
async function call(params: object, setup: Setup, ...more: string[]) {
  const sent: unknown[] = [];
  await using server = await startMcpServer({
    era: "modern",
    intercept(request) {
      if (rpcMethodOf(request) !== "tools/call") return undefined;
      const { id, params: { inputResponses } } = JSON.parse(request.body);
      if (inputResponses !== undefined) sent.push(inputResponses.q);
      const asked = { q: { method: "elicitation/create", params } };
      const result = inputResponses === undefined
        ? { resultType: "input_required", inputRequests: asked, requestState: "s" }
        : { resultType: "complete", content: [{ type: "text", text: "thanks" }] };
      return { body: { jsonrpc: "2.0", id, result } };
    },
  });
  await using home = await openHome();
  const args = ["tools", "call", "--url", server.url, "--tool-name", "x", ...more];
  const ran = await home.run(args, setup);
  return { ...ran, sent, host: new URL(server.url).host };
}

const FORM = {
  message: "Who\u001b[2J are you?",
  requestedSchema: {
    type: "object",
    properties: {
      name: { type: "string", title: "Name", minLength: 2 },
      age: { type: "integer", minimum: 0 },
      mail: { type: "string", format: "email" },
      member: { type: "boolean", default: true },
      colour: { type: "string", enum: ["r", "g"], enumNames: ["red", "green"] },
      size: { type: "string", oneOf: [{ const: "s", title: "small" }, { const: "l" }] },
      days: { type: "array", items: { type: "string", enum: ["mo", "tu"] } },
      city: { type: "string", default: "Oslo" },
    },
    required: ["name", "colour"],
  },
};

Deno.test("a form of a tool is asked on a terminal, field by field", async () => {
  const answers = ["accept", "Ada", "36", "", "false", "g", "l", "mo tu", ""];
  const ran = await call(FORM, { terminal: true, answers });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.sent, [{
    action: "accept",
    content: {
      name: "Ada",
      age: 36,
      member: false,
      colour: "g",
      size: "l",
      days: ["mo", "tu"],
      city: "Oslo",
    },
  }]);
  assert.match(ran.stdout, /thanks/);
  assert.ok(ran.before.includes(`The server ${ran.host} asks: "Who\\x1b[2J are you?"`));
  assert.deepEqual(ran.questions.slice(1, 4), [
    "Name",
    "age, integer (optional)",
    "mail (optional)",
  ]);
});

Deno.test("an answer that does not fit is asked for again", async () => {
  const cases = [["A", /at least 2 characters/], ["", /an answer is required/]] as const;
  for (const [answer, expected] of cases) {
    const { stderr } = await call(FORM, { terminal: true, answers: ["accept", answer] });
    assert.match(stderr, expected);
  }
  const more = [
    ["1.5", /must be a whole number/],
    ["x", /must be a whole number/],
    ["-1", /at least 0/],
  ] as const;
  for (const [answer, expected] of more) {
    const { stderr } = await call(FORM, { terminal: true, answers: ["accept", "Ada", answer] });
    assert.match(stderr, expected);
  }
});

Deno.test("a form that asks for a secret: a warning, no echo, and the answer is in no output", async () => {
  const properties = {
    user: { type: "string", title: "Secretary", description: "max tokens" },
    pw: { type: "string", title: "Your Password" },
    apiKey: { type: "string" },
  };
  const params = { message: "Sign in", requestedSchema: { type: "object", properties } };
  await using home = await openHome();
  const debug = `${home.path}/debug.json`;
  const answers = ["accept", "ada", "canary-Pa55word-1", "canary-key-2"];
  const ran = await call(params, { terminal: true, answers }, "--debug-out", debug, "--verbose");
  assert.equal(ran.status, 0, ran.stderr);
  const content = { user: "ada", pw: "canary-Pa55word-1", apiKey: "canary-key-2" };
  assert.deepEqual(ran.sent, [{ action: "accept", content }]);
  assert.match(
    ran.before.join("\n"),
    /Warning: it asks for "pw", "apiKey"\. No MCP server may ask/,
  );
  assert.doesNotMatch(await Deno.readTextFile(debug) + ran.stderr + ran.stdout, /canary/);
});

Deno.test("a person can decline, or cancel the call", async () => {
  const declined = await call(FORM, { terminal: true, answers: ["decline"] });
  assert.deepEqual([declined.status, declined.sent], [0, [{ action: "decline" }]]);
  const cancelled = await call(FORM, { terminal: true, answers: [null] });
  assert.deepEqual([cancelled.status, cancelled.sent], [130, []]);
});

Deno.test("a page is shown, and not opened, and only if it is one for a browser", async () => {
  const url = "https://pay.example/1?a=b";
  const page = { mode: "url", message: "Pay", url, elicitationId: "1" };
  const done = await call(page, { terminal: true, answers: ["accept"] });
  assert.deepEqual(done.sent, [{ action: "accept" }]);
  assert.ok(done.before.includes(`  ${url}`));
  for (const bad of ["javascript:alert(1)", "http://pay.example/", "https://a:b@pay.example/"]) {
    const ran = await call({ ...page, url: bad }, { terminal: true, answers: ["accept"] });
    assert.deepEqual([ran.status, ran.sent], [1, []]);
    assert.match(ran.stderr, /mcpass explain input_required/);
  }
});

Deno.test("where the client cannot ask the user, the call ends with the question and exit status 1", async () => {
  const human = await call(FORM, { terminal: true }, "--no-input");
  assert.deepEqual([human.status, human.sent], [1, []]);
  assert.match(human.stderr, /asks for input: "Who.* are you\?"/);
  const json = await call(FORM, {});
  assert.equal(json.status, 1);
  assert.equal(JSON.parse(json.stdout).error.code, "input_required");
});
