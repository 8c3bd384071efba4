import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { createEventStreamReader, type StreamEvent } from "../../../src/oauth/mcp/event_stream.ts";

const encoder = new TextEncoder();

/** Reads a whole stream that arrives in pieces of these lengths (then in one). */
function read(bytes: Uint8Array, lengths: readonly number[] = []): StreamEvent[] {
  const reader = createEventStreamReader();
  const events: StreamEvent[] = [];
  let at = 0;
  for (const length of lengths) {
    events.push(...reader.push(bytes.subarray(at, at + length)));
    at += length;
  }
  return [...events, ...reader.push(bytes.subarray(at))];
}

const STREAMS:
  readonly (readonly [what: string, stream: string, events: readonly StreamEvent[]])[] = [
    ["one line of data", "data: a\n\n", [{ event: "message", data: "a" }]],
    ["several lines of data", "data: a\ndata:b\ndata\n\n", [{ event: "message", data: "a\nb\n" }]],
    ["one leading space only", "data:  a\n\n", [{ event: "message", data: " a" }]],
    ["a colon in the data", 'data: {"a":1}\n\n', [{ event: "message", data: '{"a":1}' }]],
    ["carriage returns", "data: a\r\rdata: b\r\r", [
      { event: "message", data: "a" },
      { event: "message", data: "b" },
    ]],
    ["CRLF", "event: e\r\ndata: a\r\n\r\n", [{ event: "e", data: "a" }]],
    ["mixed line ends", "event: e\rdata: a\ndata: b\r\n\r", [{ event: "e", data: "a\nb" }]],
    ["a byte order mark", "\ufeffdata: a\n\n", [{ event: "message", data: "a" }]],
    ["byte order marks elsewhere", "data: \ufeffa\n\ufeffdata: b\n\n", [
      { event: "message", data: "\ufeffa" },
    ]],
    ["comments", ": hello\n:\n\ndata: a\n: x\n\n", [{ event: "message", data: "a" }]],
    ["an id", "id: 7\ndata: a\n\ndata: b\n\n", [
      { event: "message", data: "a", id: "7" },
      { event: "message", data: "b" },
    ]],
    ["an id with a NUL", "id: 7\0\ndata: a\n\n", [{ event: "message", data: "a" }]],
    ["an event without data", "event: e\n\ndata: a\n\n", [{ event: "message", data: "a" }]],
    ["empty data", "data\n\n", [{ event: "message", data: "" }]],
    ["unknown fields", "constructor: x\n__proto__: y\ndata: a\n\n", [
      { event: "message", data: "a" },
    ]],
    ["no blank line at the end", "data: a\n", []],
  ];

for (const [what, stream, events] of STREAMS) {
  Deno.test(`event stream with ${what}, in one piece and byte by byte`, () => {
    const bytes = encoder.encode(stream);
    assert.deepEqual(read(bytes), events);
    assert.deepEqual(read(bytes, Array(bytes.length).fill(1)), events);
    const withEmptyPieces = Array.from({ length: 2 * bytes.length }, (_, at) => at % 2);
    assert.deepEqual(read(bytes, withEmptyPieces), events);
  });
}

Deno.test("retry, the last id, comments and an unfinished event are reported", () => {
  const reader = createEventStreamReader();
  reader.push(encoder.encode("retry: 2500\nretry: soon\nid: 3\ndata\n\n: c\nid: 4\ndata\n\n"));
  reader.push(encoder.encode("data: b\n\nid: 5\ndata: a"));
  assert.equal(reader.retry(), 2500);
  assert.equal(reader.lastEventId(), "4");
  assert.equal(reader.comments(), 1);
  assert.equal(reader.unfinished(), true);
  reader.push(encoder.encode("\n\n"));
  assert.equal(reader.unfinished(), false);
  reader.push(encoder.encode(": comment\n"));
  assert.equal(reader.unfinished(), true);
  reader.push(encoder.encode("\n"));
  assert.equal(reader.unfinished(), false);
});

/** Text that looks like a stream often enough to be worth comparing. */
const streamText = fc.array(
  fc.oneof(
    fc.constantFrom("data", "event", "id", "retry", ":", ": ", " ", "\n", "\r", "\r\n", "\n\n"),
    fc.constantFrom("\0", "\ufeff", "1", "23", "x", "é", "😀", "dat", "\u2028", "\t", "\f"),
    fc.string({ unit: "grapheme", maxLength: 4 }),
  ),
  { maxLength: 60 },
).map((parts) => parts.join("").toWellFormed());

Deno.test("the events are those of the parser for the complete text, however the stream is cut", () => {
  fc.assert(
    fc.property(streamText, fc.array(fc.nat(7)), (text, lengths) => {
      const expected: StreamEvent[] = [];
      let retry: number | undefined;
      let comments = 0;
      const parser = createParser({
        onEvent: ({ event = "message", data, id }) =>
          expected.push({ event, data, ...(id === undefined ? {} : { id }) }),
        onRetry: (value) => retry = value,
        onComment: () => comments++,
      });
      // A final CR leaves the parser waiting, and it expects text without a byte order mark.
      const whole = `${text}\n\n`;
      parser.feed(whole.replace(/^\ufeff/, ""));
      assert.deepEqual(read(encoder.encode(whole), lengths), expected);
      const reader = createEventStreamReader();
      reader.push(encoder.encode(whole));
      assert.equal(reader.retry(), retry);
      assert.equal(reader.comments(), comments);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("no bytes make the reader throw, and the cut never changes the events", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(9)), (bytes, lengths) => {
      assert.deepEqual(read(bytes, lengths), read(bytes));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("millions of unknown fields are skipped", () => {
  const bytes = encoder.encode(`${"x: y\n".repeat(2_000_000)}data: a\n\n`);
  assert.deepEqual(read(bytes), [{ event: "message", data: "a" }]);
});

Deno.test("an event past the limit is skipped, and its id and the events after it are not", () => {
  const reader = createEventStreamReader(12);
  const events = [
    ["data: 12345\n\n", { event: "message", data: "12345" }],
    [": comment\n: comment\n: comment\n: comment\n: comment\ndata: 1234\n\n", {
      event: "message",
      data: "1234",
    }],
    [
      "id: 7\ndata: 1234567\nevent: e\n\n",
      { event: "e", data: "", id: "7", isTooLong: true },
    ],
    ["data: 12345\ndata: 12345\ndata: 123\n\n", {
      event: "message",
      data: "",
      isTooLong: true,
    }],
    ["data: a\n\n", { event: "message", data: "a" }],
  ] as const;
  for (const [text, event] of events) assert.deepEqual(reader.push(text), [event]);
});

Deno.test("a megabyte of empty lines is not searched for its only CR at each line", () => {
  const bytes = encoder.encode(`${"\n".repeat(1024 * 1024)}\rdata: a\n\n`);
  assert.deepEqual(read(bytes), [{ event: "message", data: "a" }]);
});

Deno.test("an event with an id alone changes the last id", () => {
  const reader = createEventStreamReader();
  reader.push("id: 1\ndata: a\n\nid: 2\n\n");
  assert.equal(reader.lastEventId(), "2");
});

Deno.test("a line of a megabyte in small pieces takes no time worth mentioning", () => {
  const bytes = encoder.encode(`data: ${"x".repeat(1024 * 1024)}\n\n`);
  const events = read(bytes, Array(Math.ceil(bytes.length / 16)).fill(16));
  assert.equal(events[0]?.data.length, 1024 * 1024);
});
