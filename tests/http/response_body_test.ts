import { deepEqual, equal } from "node:assert/strict";
import {
  captureBody,
  contentOf,
  decompression,
  isEventStream,
} from "../../src/http/response_body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a body is kept up to its limit, and counted beyond it", () => {
  const whole = captureBody(4);
  equal(whole.add(bytes("ab")), true);
  equal(whole.add(bytes("cd")), true);
  deepEqual(whole.captured(true), { body: "abcd", bodyBytes: 4, truncated: false });
  deepEqual(whole.captured(false), { body: "abcd", bodyBytes: 4, truncated: true });
  equal(whole.add(bytes("e")), false);
  equal(whole.add(bytes("f")), false);
  deepEqual(whole.captured(true), { body: "abcd", bodyBytes: 6, truncated: true });
});

Deno.test("half a character at the end is shown where the body ended, and not where it was cut", () => {
  const half = bytes("ä").subarray(0, 1);
  const ended = captureBody(9);
  ended.add(half);
  equal(ended.captured(true).body, "\ufffd");
  const cut = captureBody(9);
  cut.add(half);
  equal(cut.captured(false).body, "");
  const full = captureBody(1);
  full.add(bytes("ä"));
  equal(full.captured(true).body, "");
});

Deno.test("a body with too many values is too large, and one with a long text is not", () => {
  const added = (text: string, pieces = 3) => {
    const body = captureBody(16 * 1024 * 1024, 10);
    const part = Math.ceil(text.length / pieces);
    return Array.from({ length: pieces }, (_, at) => text.slice(at * part, (at + 1) * part))
      .map((piece) => body.add(bytes(piece))).at(-1);
  };
  const many = 2_200_000;
  equal(added(`[${"{},".repeat(many)}{}]`), false);
  equal(added("[".repeat(many)), false);
  equal(added(`data: ${"0,".repeat(many)}\n\n`), false);
  equal(added(`["${',{\\"['.repeat(many)}"]`), true);
  // A quotation mark outside JSON ends with its line.
  equal(added(`: "\ndata: ${"0,".repeat(many)}`), false);
});

async function packed(text: string, format: CompressionFormat): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(
    new Blob([bytes(text)]).stream().pipeThrough(new CompressionStream(format)),
  ).bytes();
}

Deno.test("a content coding is undone up to the limit, and one that is unknown or broken is not", async () => {
  for (const [name, format] of [["gzip", "gzip"], [" X-GZIP ", "gzip"], ["deflate", "deflate"]]) {
    const body = await packed("hello", format as CompressionFormat);
    deepEqual(await contentOf(body, name ?? "", 5), bytes("hello"), name);
    equal(await contentOf(body, name ?? "", 4), null, name);
  }
  const plain = bytes("hello");
  for (const name of [null, "", "br", "gzip, gzip", "gzip"]) {
    equal(await contentOf(plain, name, 4), plain, String(name));
  }
  equal(decompression("identity"), undefined);
});

const TYPES: readonly (readonly [type: string, stream: boolean])[] = [
  ["text/event-stream", true],
  ["Text/Event-Stream; charset=utf-8", true],
  ["text/event-stream ;x", true],
  ["text/event-streams", false],
  ["text/event-stream, text/html", false],
  ["x text/event-stream", false],
  ["", false],
];

for (const [type, stream] of TYPES) {
  Deno.test(`"${type}" is ${stream ? "an" : "no"} event stream`, () => {
    equal(isEventStream(new Response(null, { headers: { "content-type": type } })), stream);
  });
}

Deno.test("a response without a content type is no event stream", () => {
  equal(isEventStream(new Response(null)), false);
});
