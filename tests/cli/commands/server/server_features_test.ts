import assert from "node:assert/strict";
import { rpcMethodOf } from "../../../lab/journal.ts";
import { LOGO, README } from "../../../lab/mcp_features.ts";
import { startLab } from "../../../lab/shapes.ts";
import { startMcpServer } from "../../../lab/mcp_server.ts";
import { flat, type Home, openHome } from "../../real_run.ts";
import type { Setup } from "../../fake_runtime.ts";

const JSON_OUT = ["--format", "json"];
// deno-lint-ignore no-control-regex
const plain = (text: string) => text.replace(/\x1b\[\d+m/g, "");
const HUMAN = ["--format", "human"];

for (const era of ["legacy", "modern", "sse"] as const) {
  Deno.test(`resources, prompts and server info work with ${era}`, async () => {
    await using home = await openHome();
    await using server = await startMcpServer({ era, features: true, pageSize: 2 });
    const run = async (...args: string[]) => {
      const ran = await home.run([...args, "--url", server.url, ...JSON_OUT]);
      assert.equal(ran.status, 0, ran.stderr);
      return JSON.parse(ran.stdout);
    };
    const { resources } = await run("resources", "list");
    assert.deepEqual(
      resources.map(({ uri }: { uri: string }) => uri),
      ["lab://readme", "lab://logo", "lab://folder"],
    );
    assert.equal((await run("resources", "templates")).resourceTemplates.length, 1);
    const { contents } = await run("resources", "read", "lab://logo");
    assert.equal(contents[0].blob, LOGO.toBase64());
    assert.equal((await run("prompts", "list")).prompts[0].name, "review");
    const got = await run("prompts", "get", "review", "language=Go");
    assert.deepEqual(JSON.parse(got.messages[0].content.text), { language: "Go" });
    const info = await run("server", "info");
    assert.equal(info.era, era === "modern" ? "stateless" : "initialize");
    assert.equal(info.transport, era === "sse" ? "sse" : "streamable_http");
    assert.equal(info.serverInfo.name, "mcpass lab");
    assert.match(info.protocolVersion, /^20\d\d-/);
    assert.ok("prompts" in info.capabilities);
    assert.match(info.instructions, /^Use echo/);
  });
}

async function withServer(
  test: (
    run: (args: readonly string[], setup?: Setup) => ReturnType<Home["run"]>,
    home: Home,
  ) => Promise<void>,
) {
  await using home = await openHome();
  await using server = await startMcpServer({ era: "modern", features: true });
  await test((args, setup) => home.run([...args, "--url", server.url], setup), home);
}

Deno.test("text of a resource is escaped on a terminal, and unchanged elsewhere", () =>
  withServer(async (run) => {
    const read = ["resources", "read", "lab://readme"];
    const terminal = await run(read, { terminal: true });
    assert.equal(terminal.stdout, "# Lab\n  one\\x1b[2J\n");
    const piped = await run([...read, ...HUMAN]);
    assert.equal(piped.stdout, README);
  }));

Deno.test("a binary resource goes to a file or a pipe, and not to a terminal", () =>
  withServer(async (run, home) => {
    const read = ["resources", "read", "lab://logo"];
    const refused = await run(read, { terminal: true });
    assert.deepEqual([refused.status, refused.stdout], [2, ""]);
    assert.match(
      flat(refused.stderr),
      /binary \("image\/png", 4 bytes\).*mcpass resources read \S+ lab:\/\/logo .*--output '<path>'/,
    );
    const piped = await run([...read, ...HUMAN]);
    assert.deepEqual(piped.bytes, LOGO);
    const path = `${home.path}/logo.png`;
    const written = await run([...read, "-o", path], { terminal: true });
    assert.equal(written.status, 0, written.stderr);
    assert.deepEqual([written.stdout, await Deno.readFile(path)], ["", LOGO]);
    assert.match(written.stderr, /Written to ".*logo\.png"/);
    if (Deno.build.os !== "windows") {
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    }
    const missing = await run([...read, "-o", `${home.path}/none/logo.png`]);
    assert.equal(missing.status, 2);
  }));

Deno.test("a resource with several parts names the binary ones, and is not written to a file", () =>
  withServer(async (run, home) => {
    const read = ["resources", "read", "lab://folder"];
    const human = await run([...read, ...HUMAN]);
    assert.equal(human.stdout, "a\n[lab://folder/b: image/png, 4 bytes]\n");
    const file = await run([...read, "--output", `${home.path}/x`, ...JSON_OUT]);
    assert.equal(JSON.parse(file.stdout).error.code, "binary_content");
    assert.equal(file.status, 1);
    assert.match(flat(file.stderr), /has 2 parts.*--format json/);
  }));

Deno.test("a wrong URI, template or prompt is answered with what was meant", () =>
  withServer(async (run) => {
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [
        ["resources", "read", "lab://readm"],
        /no resource "lab:\/\/readm".*mean "lab:\/\/readme"\?/,
      ],
      [["resources", "read", "lab://user/{id}"], /is a template, not a URI.*Replace \{id\}/],
      [["resources", "read", "lab://a", "lab://b"], /Give one URI/],
      [
        ["resources", "read"],
        /URI of the resource is missing.*: "lab:\/\/readme".*Try: mcpass resources list/,
      ],
      [["prompts", "get", "revew"], /lists no prompt "revew".*Did you mean "review"\?/],
      [
        ["prompts", "get"],
        /name of the prompt is missing.*server's prompts: "review".*prompts list/,
      ],
      [["tools", "call"], /name of the tool is missing.*server's tools: .*"echo",.*tools list/],
      [["prompts", "get", "review", "language:=3"], /"language" must be text.*language=…/],
      [["prompts", "get", "review", "languag=x"], /no argument "languag".*mean "language"\?/],
      [
        ["prompts", "get", "review"],
        /"review" requires the argument "language" \(string\).*review 'language=<string>'/,
      ],
    ];
    for (const [args, expected] of rows) {
      const ran = await run(args);
      assert.equal(ran.status, /name_unknown/.test(ran.stderr) ? 1 : 2, ran.stderr);
      assert.match(flat(ran.stderr), expected);
    }
  }));

Deno.test("on a terminal, a resource is chosen, and arguments of a prompt are asked for", () =>
  withServer(async (run) => {
    const read = await run(["resources", "read"], { terminal: true, answers: ["lab://readme"] });
    assert.equal(read.status, 0, read.stderr);
    assert.match(read.stdout, /^# Lab/);
    assert.match(read.stderr, /mcpass resources read .*--uri lab:\/\/readme/);
    const got = await run(["prompts", "get"], { terminal: true, answers: ["review", "Go"] });
    assert.equal(got.status, 0, got.stderr);
    assert.match(
      plain(got.stdout),
      /^The prompt review\n\nuser:\n\{"language":"Go"\}\n\nassistant:\nYes/m,
    );
    assert.match(got.stderr, /--prompt-name review --prompt-args '\{"language":"Go"\}'/);
  }));

Deno.test("people read lists and the description of the server", () =>
  withServer(async (run) => {
    const resources = await run(["resources", "list", ...HUMAN]);
    assert.match(
      resources.stdout,
      /^3 resources at .*lab:\/\/readme\n {2}readme, text\/markdown\n/s,
    );
    assert.match(resources.stdout, /^ {2}logo, image\/png, 4 bytes$/m);
    const prompts = await run(["prompts", "list", ...HUMAN]);
    assert.match(prompts.stdout, /^review\n {2}Reviews code\n {2}language +string, required: Of/m);
    const info = await run(["server", "info", ...HUMAN]);
    assert.match(info.stdout, /^mcpass lab 1\.0\.0 at /);
    assert.match(info.stdout, /^Protocol +2026-07-28, stateless$/m);
    assert.match(info.stdout, /^Capabilities +prompts, resources \(listChanged\), tools$/m);
    assert.match(info.stdout, /\n\nInstructions\nUse echo to test\.\nUse add_numbers to add\.\n/);
    const narrow = await run(["server", "info", ...HUMAN], { stdoutIsTerminal: true, columns: 20 });
    assert.match(narrow.stdout, /\nUse echo to test\.\nUse add_numbers to\nadd\.\n/);
  }));

Deno.test("a server without the capability is one clear error, and nothing else is requested", async () => {
  await using home = await openHome();
  await using server = await startMcpServer({ era: "modern" });
  for (
    const args of [["resources", "list"], ["resources", "read", "x:y"], ["prompts", "get", "x"]]
  ) {
    const ran = await home.run([...args, "--url", server.url, ...JSON_OUT]);
    assert.equal(ran.status, 1, ran.stderr);
    const { code, message } = JSON.parse(ran.stdout).error;
    assert.equal(code, "capability_missing");
    assert.match(message, /the server has no (resources|prompts); its capabilities: tools/);
  }
  assert.ok(!server.requests.some((it) => /resources|prompts/.test(rpcMethodOf(it) ?? "")));
});

Deno.test("the stored token is used and refreshed, and without one the error names the login", async () => {
  await using home = await openHome();
  await using lab = await startLab({ mcp: { era: "modern", features: true } });
  const info = ["server", "info", "--url", lab.mcpUrl, ...JSON_OUT];
  const before = await home.run(info);
  assert.equal(before.status, 4);
  assert.match(JSON.parse(before.stdout).error.remedy, /mcpass login/);
  await home.signIn(lab);
  await home.expire(lab);
  lab.requests.length = 0;
  const after = await home.run(["resources", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
  assert.equal(after.status, 0, after.stderr);
  assert.equal(lab.requests.filter((it) => it.path === "/token").length, 1);
});

Deno.test("a resource that needs input is asked for on a terminal, and fails elsewhere", async () => {
  await using home = await openHome();
  const sent: unknown[] = [];
  await using server = await startMcpServer({
    era: "modern",
    features: true,
    intercept(request) {
      const { id, method, params } = JSON.parse(request.body);
      if (method !== "resources/read") return undefined;
      const complete = { ttlMs: 0, cacheScope: "private" };
      if (params.inputResponses !== undefined) {
        sent.push(params.inputResponses);
        const contents = [{ uri: params.uri, text: "done\n" }];
        return {
          body: { jsonrpc: "2.0", id, result: { resultType: "complete", ...complete, contents } },
        };
      }
      const requestedSchema = { type: "object", properties: { year: { type: "integer" } } };
      const asked = { mode: "form", message: "Which year?", requestedSchema };
      const inputRequests = { a: { method: "elicitation/create", params: asked } };
      const result = { resultType: "input_required", inputRequests, requestState: "s" };
      return { body: { jsonrpc: "2.0", id, result } };
    },
  });
  const read = ["resources", "read", "lab://readme", "--url", server.url];
  const answered = await home.run(read, { terminal: true, answers: ["accept", "2026"] });
  assert.deepEqual([answered.status, answered.stdout], [0, "done\n"], answered.stderr);
  assert.deepEqual(sent, [{ a: { action: "accept", content: { year: 2026 } } }]);
  const alone = await home.run([...read, ...JSON_OUT]);
  assert.equal(JSON.parse(alone.stdout).error.code, "input_required");
});
