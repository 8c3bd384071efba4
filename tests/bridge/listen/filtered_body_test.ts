import assert from "node:assert/strict";
import { filteredBody } from "../../../src/bridge/listen/filtered_body.ts";
import { type Fault, JSON_TYPE, startFaultServer, STREAM_TYPE } from "../fault_server.ts";
import { startListener } from "./running_listener.ts";

const TOOLS = { allow: ["read_*"], deny: ["read_secrets"] };

const list = (...names: readonly string[]) =>
  `{"jsonrpc":"2.0","id":1,"result":{"tools":[${
    names.map((name) => `{"name":"${name}","n":1.0}`).join(",")
  }],"x":9007199254740993}}`;

const ALL = list("read_a", "write", "read_secrets", "read_b");
const PERMITTED = list("read_a", "read_b");

/** Passes the text in pieces of this size. */
async function filtered(text: string, isStream: boolean, size: number): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const parts = Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, at) => bytes.slice(at * size, (at + 1) * size),
  );
  return await new Response(filteredBody(ReadableStream.from(parts), isStream, TOOLS)).text();
}

const ROWS:
  readonly (readonly [what: string, isStream: boolean, text: string, expected?: string])[] = [
    ["a list", false, ALL, PERMITTED],
    ["a list in a batch", false, `[${ALL},{"id":2}]`, `[${PERMITTED},{"id":2}]`],
    ["a list without other tools", false, ` ${PERMITTED}\n`],
    ["another result", false, '{"jsonrpc":"2.0","id":1,"result":{"content":[], "n":1e400}}'],
    ["no JSON", false, "<html>\r\n"],
    ["a list in a stream", true, `id: 1\ndata: ${ALL}\n\n`, `id: 1\ndata: ${PERMITTED}\n\n`],
    [
      "a list in several lines",
      true,
      `: ü\r\n\r\nevent: message\r\ndata: ${ALL.slice(0, 60)}\r\ndata: ${
        ALL.slice(60)
      }\r\n\r\ndata: {}\r\n\r\n`,
      `: ü\r\n\r\nevent: message\ndata: ${PERMITTED.slice(0, 60)} ${
        PERMITTED.slice(60)
      }\n\ndata: {}\r\n\r\n`,
    ],
    [
      "old line ends",
      true,
      `retry: 5\r\rdata: ${ALL}\r\rdata: x\r\r`,
      `retry: 5\r\rdata: ${PERMITTED}\n\ndata: x\r\r`,
    ],
    ["an event that is not complete", true, `data: ${ALL}`, `data: ${PERMITTED}\n\n`],
    ["other events", true, `id: 7\ndata:\n\n: ping\n\ndata: {"method":"a"}\n\n`],
  ];

for (const [what, isStream, text, expected = text] of ROWS) {
  Deno.test(`${what}: only tools that are not permitted are removed`, async () => {
    for (const size of [1, 2, 7, 10_000]) {
      assert.equal(await filtered(text, isStream, size), expected);
    }
  });
}

Deno.test("with --allow-tool, the listener filters lists and refuses calls before they leave", async () => {
  const streamed: Fault = ({ id }) => ({
    headers: [STREAM_TYPE],
    body: `data: ${ALL.replace('"id":1', `"id":${id}`)}\n\n`,
  });
  await using server = startFaultServer({
    sessions: false,
    faults: { read_stream: streamed },
    intercept: ({ body }) =>
      body.includes('"tools/list"') ? { headers: [JSON_TYPE], body: ALL } : undefined,
  });
  const flags = ["--allow-tool", "read_*", "--deny-tool", "read_secrets"];
  await using listener = await startListener(["--listen", server.mcpUrl, ...flags]);
  const post = (body: string) =>
    fetch(listener.url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const request = (id: string, method: string, name = "") =>
    `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{"name":"${name}"}}`;
  assert.equal(await (await post(request("1", "tools/list"))).text(), PERMITTED);
  assert.equal(
    await (await post(request("1", "tools/call", "read_stream"))).text(),
    `data: ${PERMITTED}\n\n`,
  );
  const before = server.requests.length;
  for (const name of ["write", "read_secrets", ""]) {
    const text = await (await post(request("9007199254740993", "tools/call", name))).text();
    assert.match(text, /^\{"jsonrpc":"2.0","id":9007199254740993,"error":\{"code":-31908,/);
  }
  const batch = `[${request("1", "tools/call", "read_a")},${request("2", "tools/call", "write")}]`;
  assert.equal((await (await post(batch)).json()).length, 2);
  const wrong = await post(`${request("1", "tools/call", "write")} //`);
  assert.equal(wrong.status, 400);
  await wrong.body?.cancel();
  assert.equal(server.requests.length, before);
});
