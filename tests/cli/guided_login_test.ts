import assert from "node:assert/strict";
import { run } from "./fake_world.ts";

Deno.test("mcpass alone on a terminal asks for the server and signs in", async () => {
  const ran = await run([], { terminal: true, answers: ["https://mcp.example/mcp"] });
  assert.equal(ran.status, 0);
  assert.deepEqual(ran.questions, ["MCP server URL"]);
  assert.equal(ran.plan?.serverUrl, "https://mcp.example/mcp");
  assert.match(
    ran.stderr,
    /The same without questions:\n {2}mcpass oauth login --url https:\/\/mcp\.example\/mcp\n/,
  );
});

Deno.test("mcpass alone without a terminal shows the help", async () => {
  const ran = await run([]);
  assert.equal(ran.status, 0);
  assert.match(ran.stdout, /Usage: mcpass <command> \[options\]/);
  assert.equal(ran.loaded, false);
});

Deno.test("only what is missing is asked for, and secrets stay out of the line to run again", async () => {
  const ran = await run(
    ["login", "--registration", "preregistered", "--auth-mode", "client_credentials"],
    { terminal: true, answers: ["https://mcp.example/mcp", "id-1", "canary-secret"] },
  );
  assert.deepEqual(ran.questions, [
    "MCP server URL",
    "Client id, as the authorization server issued it",
    "Client secret",
  ]);
  assert.deepEqual(ran.hiddenQuestions, ["Client secret"]);
  assert.equal(ran.plan?.clientSecret, "canary-secret");
  assert.equal(ran.stderr.includes("canary-secret"), false);
  const none = await run(["login", "--url", "https://mcp.example/mcp"], { terminal: true });
  assert.deepEqual(none.questions, []);
  assert.equal(none.stderr.includes("The same without questions"), false);
});

Deno.test("cimd asks for the document's URL", async () => {
  const ran = await run(["login", "--url", "https://mcp.example/mcp", "--registration", "cimd"], {
    terminal: true,
    answers: ["https://app.example/client.json"],
  });
  assert.equal(ran.plan?.clientMetadataUrl, "https://app.example/client.json");
});

Deno.test("an answer is held to the same rules as the flag", async () => {
  const ran = await run([], { terminal: true, answers: ["http://mcp.example/mcp"] });
  assert.match(ran.stderr, /refused: "http:\/\/mcp\.example\/mcp" is http to a host/);
  assert.equal(ran.plan, undefined);
});

Deno.test("Ctrl-C at a question is exit status 130 and sends nothing", async () => {
  const ran = await run(["login", "--format", "json"], { terminal: true, answers: [null] });
  assert.equal(ran.status, 130);
  assert.equal(JSON.parse(ran.stdout).error.code, "cancelled");
  assert.equal(ran.loaded, false);
});

Deno.test("nothing is asked without a terminal on stdin and stderr, or with --no-input", async () => {
  for (
    const setup of [
      { stdinIsTerminal: true, stdoutIsTerminal: true },
      { stderrIsTerminal: true, stdoutIsTerminal: true },
    ]
  ) {
    const ran = await run(["login"], { ...setup, answers: ["https://mcp.example/mcp"] });
    assert.deepEqual([ran.status, ran.questions], [2, []]);
  }
  const ran = await run(["login", "--no-input"], { terminal: true, answers: ["x"] });
  assert.deepEqual([ran.status, ran.questions], [2, []]);
});

Deno.test("an answer cannot make up for a contradiction, so nothing is asked first", async () => {
  const ran = await run(["login", "--registration", "cimd", "--client-id", "a"], {
    terminal: true,
    answers: [],
  });
  assert.deepEqual([ran.status, ran.questions], [2, []]);
});
