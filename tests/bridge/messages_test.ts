import assert from "node:assert/strict";
import fc from "fast-check";
import { startBridge } from "./bridge_pipes.ts";
import { createRawClient } from "./raw_client.ts";
import { linesOf } from "./stream_transport.ts";

const MEBIBYTE = 1024 * 1024;

/** `BRIDGE_MESSAGES=10000 deno test …` is the complete run. */
const COUNT = Number(Deno.env.get("BRIDGE_MESSAGES") ?? 1000);

/** JSON text that a serializer would write in another way. */
const oddNumber = fc.constantFrom(
  ...["9007199254740993", "1.0", "-0", "1e400", "0.1e-7", "1E+2", "123456789012345678901234567890"],
);
const oddString = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\ud800"',
    '"\\u0041"',
    '"\\/"',
    '"\u2028\u2029"',
    '"\ufeff"',
    '"😀"',
    '"\\"}]"',
  ),
);
const space = fc.constantFrom("", "", "", " ", "\t");
const { json } = fc.letrec<{ json: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(oddNumber, oddString, fc.constantFrom("null", "true", "{}", "[]")),
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("json"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
    fc.array(fc.tuple(oddString, space, tie("json")), { maxLength: 3 }).map((members) =>
      `{${members.map(([name, blank, value]) => `${name}${blank}:${blank}${value}`).join(", ")}}`
    ),
  ),
}));

/** Members of a message, in any order. */
const members = fc.tuple(json, json, fc.boolean());

interface Echo {
  readonly url: string;
  readonly received: string[];
}

/** A server that answers each request with a text of the caller's choice. */
async function withEcho(
  answer: (body: string) => { readonly type: string; readonly text: string },
  work: (server: Echo) => Promise<void>,
): Promise<void> {
  const received: string[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server = Deno.serve(options, async (request) => {
    if (request.method === "GET") return new Response(null, { status: 405 });
    const body = await request.text();
    if (body === "") return new Response(null);
    received.push(body);
    const { type, text } = answer(body);
    return new Response(text, { headers: { "content-type": type } });
  });
  await work({ url: `http://127.0.0.1:${server.addr.port}/mcp`, received });
}

const STATELESS = '{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"},';

/** Compares the texts at both ends. A client of 2026-07-28 says so in each request. */
async function exchangeGenerated(count: number, isStateless: boolean): Promise<void> {
  const rows = fc.sample(members, { numRuns: count, seed: 18 });
  const requests = rows.map(([json, extra], id) => {
    const object = json.startsWith("{") && !isStateless ? json : `{"x":${json}}`;
    const params = isStateless ? STATELESS + object.slice(1) : object;
    return `{ "params":${params},"method" : "odd/method",` +
      `"id":${id},"jsonrpc":"2.0","extra":${extra}}`;
  });
  const responses = rows.map(([value, extra, isError], id) =>
    `{"id": ${id}, "${isError ? "error" : "result"}":${value} ,"jsonrpc":"2.0","y":${extra}}`
  );
  const answer = (body: string) => {
    const text = responses[JSON.parse(body).id] ?? "";
    return body.length % 2 === 0
      ? { type: "application/json", text }
      : { type: "text/event-stream", text: `data: ${text}\n\n` };
  };
  await withEcho(answer, async ({ url, received }) => {
    await using bridge = startBridge(url);
    const writer = bridge.input.getWriter();
    const lines = linesOf(bridge.output);
    const encoder = new TextEncoder();
    const arrived: string[] = [];
    const inFlight = 64;
    for (let at = 0; at < count; at += inFlight) {
      const part = requests.slice(at, at + inFlight);
      await writer.write(encoder.encode(part.map((text) => `${text}\n`).join("")));
      for (const _ of part) arrived.push((await lines.next()).value ?? "");
    }
    await writer.close();
    await bridge.ended;
    assert.equal((await lines.next()).done, true, "no message more");
    assert.deepEqual(new Set(received), new Set(requests));
    assert.deepEqual(arrived.toSorted(), responses.toSorted());
    assert.equal(received.length, count);
  });
}

Deno.test("generated messages arrive byte for byte, in both directions", async () => {
  await exchangeGenerated(COUNT, false);
});

Deno.test("so do those of a stateless client and server", async () => {
  await exchangeGenerated(COUNT / 4, true);
});

Deno.test("messages of 10 MB and of the limit arrive, and longer ones are refused with their id", {
  timeout: 240_000,
}, async () => {
  const sizes = [10 * MEBIBYTE, 64 * MEBIBYTE - 200];
  const filled = (size: number) => "x".repeat(size);
  const answer = (body: string) => {
    const id = /"id":(\d+)/.exec(body.slice(0, 100))?.[1] ?? "";
    const size = Number(/"size":(\d+)/.exec(body.slice(0, 100))?.[1] ?? 0);
    const text = `{"jsonrpc":"2.0","id":${id},"result":{"t":"${filled(size)}"}}`;
    return Number(id) % 2 === 0
      ? { type: "application/json", text }
      : { type: "text/event-stream", text: `data: ${text}\n\n` };
  };
  await withEcho(answer, async ({ url, received }) => {
    await using bridge = startBridge(url);
    const client = createRawClient(bridge);
    const ask = async (id: number, size: number, sent: number) => {
      const text = `{"jsonrpc":"2.0","id":${id},"size":${size},"method":"m","params":"${
        filled(sent)
      }"}`;
      await client.write(text);
      const isAnswer = (line: string) => line.slice(0, 60).includes(`"id":${id},`);
      return { text, line: await client.find(isAnswer) };
    };
    for (const [at, size] of sizes.entries()) {
      const { text, line } = await ask(at, size, size);
      assert.equal(line.length, size + `{"jsonrpc":"2.0","id":0,"result":{"t":""}}`.length);
      assert.ok(received.at(-1) === text);
    }
    const before = received.length;
    const refused = JSON.parse((await ask(7, 0, 65 * MEBIBYTE)).line);
    assert.equal(refused.error.code, -31907);
    assert.equal(received.length, before, "a message that is too long is not sent");
    for (const id of [8, 9]) {
      const { line } = await ask(id, 65 * MEBIBYTE, 1);
      assert.equal(JSON.parse(line).error.code, -31907);
    }
    const { line } = await ask(10, 1, 1);
    assert.equal(JSON.parse(line).result.t, "x");
    await client.close();
  });
});
