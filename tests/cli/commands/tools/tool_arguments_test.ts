import assert from "node:assert/strict";
import { rpcMethodOf } from "../../../lab/journal.ts";
import { type LabMcpServer, startMcpServer } from "../../../lab/mcp_server.ts";
import { flat, openHome } from "../../real_run.ts";

const TOOL = {
  name: "create_issue",
  description: "Creates an issue\nin a project",
  inputSchema: {
    type: "object",
    properties: {
      title: { type: "string", description: "What it is about" },
      priority: { type: "integer", minimum: 1, maximum: 5, default: 3 },
      state: { enum: ["open", "closed"] },
      notify: { type: "boolean" },
      labels: { type: "array", items: { type: "string" } },
      author: { type: "object", properties: { age: { type: "integer" } } },
      ratio: { anyOf: [{ type: "number" }, { type: "null" }] },
      any: {},
    },
    required: ["title", "state"],
  },
};

const FREE = { name: "free", inputSchema: { type: "object" } };

/** A server with these tools, which answers each call with the arguments that it got. */
async function startTools(tools: readonly object[] = [TOOL, FREE]): Promise<LabMcpServer> {
  return await startMcpServer({
    era: "modern",
    intercept(request) {
      const { id, method, params } = JSON.parse(request.body);
      const result = method === "tools/list"
        ? { tools }
        : method === "tools/call"
        ? { content: [{ type: "text", text: JSON.stringify(params.arguments) }] }
        : undefined;
      const complete = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
      return result && { body: { jsonrpc: "2.0", id, result: { ...complete, ...result } } };
    },
  });
}

const calls = ({ requests }: LabMcpServer) =>
  requests.filter((it) => rpcMethodOf(it) === "tools/call");

Deno.test("arguments on the line become what the tool's schema requires", async () => {
  await using home = await openHome();
  await using server = await startTools();
  const file = `${home.path}/body.md`;
  await Deno.writeTextFile(file, "# text");
  const required = ["title=x", "state=open"];
  const rows: readonly (readonly [words: readonly string[], expected: object])[] = [
    [[], {}],
    [["title=a=b", "any=1"], { title: "a=b", any: "1" }],
    [["priority=5", "notify=true", "ratio=0.5"], { priority: 5, notify: true, ratio: 0.5 }],
    [["ratio=null"], { ratio: null }],
    [["labels=a", "labels=b"], { labels: ["a", "b"] }],
    [["labels[]=1"], { labels: ["1"] }],
    [['labels=["a"]'], { labels: ["a"] }],
    [["author[age]=7", "author[name]=ada"], { author: { age: 7, name: "ada" } }],
    [['author={"age":7}'], { author: { age: 7 } }],
    [["any:=1", 'any2:=[{"a":null}]'.replace("any2", "ratio")], { any: 1, ratio: [{ a: null }] }],
    [[`title=@${file}`], { title: "# text" }],
    [['{"any":"first","notify":false}', "any=last"], { any: "last", notify: false }],
    [["--tool-args", '{"any":"first"}', "notify=true"], { any: "first", notify: true }],
    [["any[__proto__][x]=1"], { any: JSON.parse('{"__proto__":{"x":"1"}}') }],
  ];
  for (const [words, expected] of rows) {
    const given = words.map((word) => word.split("=", 1)[0]);
    const others = required.filter((word) => !given.includes(word.split("=", 1)[0]));
    const ran = await home.run([
      ...["tools", "call", "create_issue", ...others, ...words, "--url", server.url],
      ...["--format", "json"],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    const sent = JSON.parse(calls(server).at(-1)?.body ?? "").params.arguments;
    assert.deepEqual(sent, { title: "x", state: "open", ...expected });
  }
});

Deno.test("an integer that a double cannot represent is sent as it was typed", async () => {
  await using home = await openHome();
  await using server = await startTools();
  const id = "12345678901234567890";
  for (
    const [words, sent] of [
      [["any:=" + id], `"any":${id}`],
      [[`{"any":[${id}]}`], `"any":[${id}]`],
      [["--tool-args", `{"any":${id}}`], `"any":${id}`],
      [["author[age]=-" + id], `"author":{"age":-${id}}`],
      [[`author={"age":${id}}`], `"author":{"age":${id}}`],
      [["ratio=" + id], `"ratio":${id}`],
    ] as const
  ) {
    const ran = await home.run([
      ...["tools", "call", "create_issue", "title=x", "state=open", ...words, "--url", server.url],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.ok(calls(server).at(-1)?.body.includes(sent), calls(server).at(-1)?.body);
  }
  for (const words of [["priority=" + id], ["author=" + id], [id], ["--tool-args", id]]) {
    const call = ["tools", "call", "create_issue", "title=x", "state=open", "--url", server.url];
    assert.equal((await home.run([...call, ...words])).status, 2);
  }
});

Deno.test("wrong arguments call nothing, and the error says what is right", async () => {
  await using home = await openHome();
  await using server = await startTools();
  const call = ["tools", "call", "create_issue", "title=x", "state=open", "--url", server.url];
  const rows: readonly (readonly [words: readonly string[], expected: RegExp])[] = [
    [["priorty=1"], /create_issue" has no argument "priorty".*Did you mean "priority"\?/],
    [["xyzzy=1"], /no argument "xyzzy".*Its arguments: "title", "priority"/],
    [["priority=high"], /"priority" must be a whole number, not "high"/],
    [["priority=1.5"], /must be a whole number/],
    [["priority=9"], /must be at most 5/],
    [["notify=yes"], /"notify" must be true or false, not "yes"/],
    [["any:={"], /the value of "any" is not JSON: "\{".*For text, write any=…/],
    [["any=1", "any=2"], /"any" is given twice.*any\[\]=/],
    [["any=@/nowhere/x"], /any: "\/nowhere\/x" cannot be read: there is no such file/],
    [["hello"], /"hello" is not an argument.*name=text/],
    [["{x"], /"\{x" is not a JSON object/],
    [["priority=<integer>"], /"<integer>" is a placeholder/],
  ];
  for (const [words, expected] of rows) {
    const ran = await home.run([...call, ...words]);
    assert.equal(ran.status, 2, ran.stderr);
    assert.match(flat(ran.stderr), expected);
    if (/^(?:hello|\{x|any=@)/.test(words[0] ?? "")) continue;
    assert.match(ran.stderr, /^Try: {3}mcpass tools list \S+ create_issue$/m);
  }
  assert.equal(calls(server).length, 0);
});

Deno.test("without a terminal, missing arguments are named in a command line to fill in", async () => {
  await using home = await openHome();
  await using server = await startTools();
  const call = ["tools", "call", "create_issue", "notify=true", "--url", server.url];
  const ran = await home.run([...call, "--format", "json"]);
  assert.equal(ran.status, 2);
  const { code, message, remedy } = JSON.parse(ran.stdout).error;
  assert.equal(code, "arguments_invalid");
  assert.match(
    message,
    /requires the arguments "title" \(string\), "state" \("open" \| "closed"\)/,
  );
  assert.match(
    remedy,
    /\n {2}mcpass tools call .*create_issue notify=true 'title=<string>' 'state=<open\|closed>'/,
  );
  assert.equal(calls(server).length, 0);
});

Deno.test("on a terminal, missing arguments are asked for by their schema", async () => {
  await using home = await openHome();
  await using server = await startTools([{
    name: "ask",
    inputSchema: {
      type: "object",
      properties: {
        text: { type: "string", description: "Some text" },
        size: { type: "integer", minimum: 1 },
        mode: { enum: ["fast", "slow"] },
        sure: { type: "boolean" },
        password: { type: "string" },
        optional: { type: "string" },
      },
      required: ["text", "size", "mode", "sure", "password"],
    },
  }]);
  const call = ["tools", "call", "ask", "text=hi", "--url", server.url];
  const cancelled = await home.run(call, { terminal: true, answers: [null] });
  assert.equal(cancelled.status, 130);
  const silent = await home.run([...call, "--no-input"], { terminal: true });
  assert.equal(silent.status, 2);
  assert.match(silent.stderr, /requires the arguments "size" \(integer\)/);
  const refused = await home.run(call, { terminal: true, answers: ["0"] });
  assert.match(refused.stderr, /refused: must be at least 1/);
  const answers = ["3", "slow", "true", "hunter2-canary"];
  const ran = await home.run(call, { terminal: true, answers });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.offered, [["fast", "slow"], ["true", "false"]]);
  assert.deepEqual(ran.hiddenQuestions, ["password"]);
  const sent = JSON.parse(calls(server)[0]?.body ?? "").params.arguments;
  const printed = { size: 3, mode: "slow", sure: true };
  assert.deepEqual(sent, { text: "hi", ...printed, password: "hunter2-canary" });
  assert.ok(!ran.stderr.includes("hunter2"));
  const [, json] = /--tool-args '(.*)'/.exec(ran.stderr) ?? [];
  assert.deepEqual(JSON.parse(json ?? ""), printed);
});

Deno.test("an unknown tool is named with similar ones, whatever the call looked like", async () => {
  await using home = await openHome();
  await using server = await startMcpServer();
  const calls = [
    [["ehco", "message=hi"], `tools call ${server.url} echo message=hi`],
    [
      ["--tool-name", "ehco", "--tool-args", "{}"],
      `tools call ${server.url} --tool-name echo --tool-args '{}'`,
    ],
  ] as const;
  for (const [words, corrected] of calls) {
    const ran = await home.run(["tools", "call", ...words, "--url", server.url]);
    assert.equal(ran.status, 1, ran.stderr);
    assert.match(flat(ran.stderr), /lists no tool "ehco" Fix: Did you mean "echo"\? Try:/);
    assert.ok(ran.stderr.includes(`Try:   mcpass ${corrected}\n`), ran.stderr);
  }
  const other = await home.run(["tools", "call", "zzzzzz", "--url", server.url]);
  assert.match(flat(other.stderr), /"test-tool", "echo", "add_numbers"/);
});

Deno.test("the list of tools is requested once, and never before a call with --tool-name and --tool-args", async () => {
  await using home = await openHome();
  await using server = await startMcpServer();
  const complete = ["--tool-name", "echo", "--tool-args", '{"message":"hi"}'];
  const ROWS: readonly (readonly [words: string[], methods: string[]])[] = [
    [complete, ["tools/call"]],
    [["--tool-name", "ehco", "--tool-args", "{}"], ["tools/call", "tools/list"]],
    [["ehco", "message=hi"], ["tools/list", "tools/call"]],
    [["echo", "message=hi"], ["tools/list", "tools/call"]],
  ];
  for (const terminal of [false, true]) {
    for (const [words, methods] of ROWS) {
      const before = server.requests.length;
      await home.run(["tools", "call", ...words, "--url", server.url], { terminal });
      const sent = server.requests.slice(before).map(rpcMethodOf);
      assert.deepEqual(
        sent.filter((it) => it?.startsWith("tools/")),
        methods,
        `${words}, terminal: ${terminal}`,
      );
    }
  }
});

Deno.test("the command after a chosen tool asks for its secret again", async () => {
  await using home = await openHome();
  const properties = { text: { type: "string" }, password: { type: "string" } };
  await using server = await startTools([{
    name: "ask",
    inputSchema: { type: "object", properties, required: ["text", "password"] },
  }]);
  const ran = await home.run(["tools", "call", "--url", server.url], {
    terminal: true,
    answers: ["ask", "hi", "hunter2-canary"],
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stderr, /Equivalent command:\n {2}mcpass tools call .*--tool-name ask\n/);
});

Deno.test("tools list shows the arguments of each tool, and one tool completely", async () => {
  await using home = await openHome();
  await using server = await startTools();
  const list = ["tools", "list", "--url", server.url, "--format", "human"];
  const all = await home.run(list);
  assert.equal(all.status, 0, all.stderr);
  assert.match(all.stdout, /^2 tools at /);
  assert.match(
    all.stdout,
    /^create_issue\n {2}Creates an issue\n {2}title +string, required: What/m,
  );
  assert.match(all.stdout, /^ {2}priority +integer, 1 to 5 \(default: 3\)$/m);
  assert.match(all.stdout, /^ {2}state +"open" \| "closed", required$/m);
  assert.match(all.stdout, /^ {2}labels +list of strings$/m);
  assert.match(all.stdout, /^ {2}ratio +number$/m);
  assert.ok(all.stdout.split("\n").every((line) => line.length <= 80 || line.includes("mcpass ")));
  const one = await home.run([...list, "create_issue"]);
  assert.match(one.stdout, /^1 tool at .*Creates an issue\n {2}in a project/s);
  assert.match(one.stdout, /create_issue 'title=<string>' 'state=<open\|closed>'/);
  const schema = await home.run([...list, "create_issue", "--schema"]);
  assert.match(schema.stdout, /^ {2}inputSchema: \{\n {4}"type": "object",/m);
  const json = await home.run(["tools", "list", "free", "--url", server.url, "--format", "json"]);
  assert.deepEqual(JSON.parse(json.stdout).tools, [FREE]);
  const wrong = await home.run([...list.slice(0, -1), "json", "create_isue"]);
  assert.equal(wrong.status, 1);
  assert.equal(JSON.parse(wrong.stdout).error.code, "name_unknown");
  assert.match(flat(wrong.stderr), /Did you mean "create_issue"\?/);
});
