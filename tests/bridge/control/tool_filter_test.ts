import assert from "node:assert/strict";
import { filterTools, type ToolGlobs } from "../../../src/bridge/control/tool_filter.ts";
import { type Message, messageOf } from "../../../src/bridge/message/message.ts";

interface Passed {
  readonly server: string[];
  readonly client: string[];
}

/** Sends messages through the filter: `>` from the client, `<` from the server. */
async function pass(globs: ToolGlobs, ...lines: readonly string[]): Promise<Passed> {
  const stage = filterTools(globs);
  const passed: Passed = { server: [], client: [] };
  const ends = {
    toServer: (message: Message) => Promise.resolve(void passed.server.push(message.text)),
    toClient: (message: Message) => Promise.resolve(void passed.client.push(message.text)),
  };
  for (const line of lines) {
    const message = messageOf(line.slice(1));
    await (line.startsWith(">") ? stage.fromClient : stage.fromServer)?.(message, ends);
  }
  return passed;
}

const LIST = '>{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const tools = (names: readonly string[], end = "") =>
  `{"jsonrpc":"2.0","id":1, "result":{ "n":9007199254740993,"tools":[${
    names.map((name) => `{"name":"${name}","x":1.0}`).join(" ,")
  }]${end}}}`;

const NAMES = ["read_file", "write_file", "delete_file", "search"];

const ROWS: readonly (readonly [allow: string, deny: string, kept: readonly string[]])[] = [
  ["", "write_file", ["read_file", "delete_file", "search"]],
  ["*_file", "", ["read_file", "write_file", "delete_file"]],
  ["*_file", "delete*", ["read_file", "write_file"]],
  ["search read_file", "", ["read_file", "search"]],
  ["none", "", []],
  ["*", "*", []],
  ["READ_FILE", "", []],
];

Deno.test("a list has the permitted tools, and its other characters remain", async () => {
  for (const [allow, deny, kept] of ROWS) {
    const globs = {
      allow: allow.split(" ").filter(Boolean),
      deny: deny.split(" ").filter(Boolean),
    };
    const { client } = await pass(globs, LIST, `<${tools(NAMES, ',"nextCursor":"2"')}`);
    const text = client[0] ?? "";
    const names = JSON.parse(text).result.tools.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, kept, `${allow} | ${deny}`);
    assert.ok(text.startsWith('{"jsonrpc":"2.0","id":1, "result":{ "n":9007199254740993,'));
    assert.ok(text.endsWith(',"nextCursor":"2"}}'));
  }
});

Deno.test("two lists with the same id are both filtered, and no other response", async () => {
  const globs = { allow: ["search"], deny: [] };
  const answer = `<${tools(NAMES)}`;
  const { client } = await pass(globs, LIST, LIST, answer, answer, answer);
  assert.deepEqual(client, [tools(["search"]), tools(["search"]), tools(NAMES)]);
});

Deno.test("a list of permitted tools is passed on as received", async () => {
  const { client } = await pass({ allow: ["*"], deny: [] }, LIST, `<${tools(NAMES)}`);
  assert.deepEqual(client, [tools(NAMES)]);
});

Deno.test("another response with a member tools is passed on as received", async () => {
  const other = '>{"jsonrpc":"2.0","id":1,"method":"prompts/list"}';
  const { client } = await pass({ allow: ["none"], deny: [] }, other, `<${tools(NAMES)}`);
  assert.deepEqual(client, [tools(NAMES)]);
});

Deno.test("a call of another tool does not reach the server", async () => {
  const call = (name: string) =>
    `>{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":${name}}}`;
  for (const name of ['"write_file"', '"\\u0077rite_file"', "7", '""', "null"]) {
    const { server, client } = await pass({ allow: ["read_*"], deny: [] }, call(name));
    assert.deepEqual(server, [], name);
    const { id, error } = JSON.parse(client[0] ?? "");
    assert.deepEqual([id, error.code, error.data.reason], [7, -31908, "tool_denied"], name);
  }
  const { server } = await pass({ allow: ["read_*"], deny: [] }, call('"read_file"'));
  assert.equal(server.length, 1);
});

Deno.test("the last of two names decides, as for a server", async () => {
  const call = '>{"jsonrpc":"2.0","id":7,"method":"tools/call",' +
    '"params":{"name":"read_file","name":"write_file"}}';
  const { server } = await pass({ allow: ["read_*"], deny: [] }, call);
  assert.deepEqual(server, []);
});
