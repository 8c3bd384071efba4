import assert from "node:assert/strict";
import { numberErrors } from "../../src/mcp/unnumbered_error.ts";
import { startMcpServer } from "../lab/mcp_server.ts";
import { openHome } from "../cli/real_run.ts";

const ERROR = { code: -32001, message: "Unauthorized" };

const answers = (body: object | string, type = "application/json", status = 200) =>
  numberErrors(() =>
    Promise.resolve(
      new Response(typeof body === "string" ? body : JSON.stringify(body), {
        status,
        headers: { "content-type": type },
      }),
    )
  );

const REQUEST = { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "x" }) };

Deno.test("an error without an id gets that of the request; everything else is unchanged", async () => {
  const read = async (
    fetch: ReturnType<typeof answers>,
  ) => (await (await fetch("https://mcp.example/", REQUEST)).text());
  for (const id of [{ id: null }, {}]) {
    const text = await read(answers({ jsonrpc: "2.0", ...id, error: ERROR }));
    assert.deepEqual(JSON.parse(text), { jsonrpc: "2.0", id: 7, error: ERROR });
  }
  const numbered = JSON.stringify({ jsonrpc: "2.0", id: 3, error: ERROR });
  const result = JSON.stringify({ jsonrpc: "2.0", id: null, result: {} });
  const long = JSON.stringify({ id: null, error: { ...ERROR, data: "x".repeat(70_000) } });
  for (const text of [numbered, result, long, "no JSON", ""]) {
    assert.equal(await read(answers(text)), text);
  }
  const unnumbered = JSON.stringify({ id: null, error: ERROR });
  assert.equal(await read(answers(unnumbered, "text/plain")), unnumbered);
  assert.equal(await read(answers(unnumbered, "application/json", 400)), unnumbered);
});

Deno.test("in an event stream, only the first event with data is changed", async () => {
  const read = async (body: string, piece = 100_000) => {
    const pieces = body.match(new RegExp(`[^]{1,${piece}}`, "g")) ?? [];
    const headers = { "content-type": "text/event-stream" };
    const response = new Response(ReadableStream.from(pieces.map((it) => bytes.encode(it))), {
      headers,
    });
    return await (await numberErrors(() => Promise.resolve(response))(
      "https://mcp.example/",
      REQUEST,
    )).text();
  };
  const bytes = new TextEncoder();
  const unnumbered = JSON.stringify({ jsonrpc: "2.0", id: null, error: ERROR });
  const numbered = JSON.stringify({ jsonrpc: "2.0", id: 7, error: ERROR });
  for (const end of ["\n", "\r\n"]) {
    const priming = `id: 1${end}data:${end}${end}`;
    const event = (data: string) => `event: message${end}data: ${data}${end}${end}`;
    for (const piece of [1, 1000]) {
      assert.equal(
        await read(priming + event(unnumbered), piece),
        `${priming}data: ${numbered}${end}${end}`,
      );
      const other = event(numbered) + event(unnumbered);
      assert.equal(await read(other, piece), other);
    }
  }
  for (const stream of [`data: ${"x".repeat(70_000)}\n\n`, "data: {", ""]) {
    assert.equal(await read(stream), stream);
  }
});

Deno.test("a response without a body is unchanged", async () => {
  const headers = { "content-type": "application/json" };
  const empty = new Response(null, { status: 204, headers });
  const fetch = numberErrors(() => Promise.resolve(empty));
  assert.equal(await fetch("https://mcp.example/", REQUEST), empty);
});

Deno.test("no list of a schema check reaches a person", async () => {
  for (
    const [body, said] of [
      [{ jsonrpc: "2.0", id: null, error: ERROR }, /Unauthorized/],
      [`data: {"jsonrpc":"2.0","id":null,"error":${JSON.stringify(ERROR)}}\n\n`, /Unauthorized/],
      [{ up: true }, /not a JSON-RPC message/],
    ] as const
  ) {
    const headers = typeof body === "string"
      ? [["content-type", "text/event-stream"]] as const
      : [];
    await using server = await startMcpServer({ intercept: () => ({ headers, body }) });
    await using home = await openHome();
    const ran = await home.run(["tools", "list", "--url", server.url]);
    assert.match(ran.stderr, said);
    assert.doesNotMatch(ran.stderr, /invalid_union|"code":/);
  }
});
