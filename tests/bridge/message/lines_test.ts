import assert from "node:assert/strict";
import fc from "fast-check";
import { createBacklog } from "../../../src/bridge/message/backlog.ts";
import { createIdScanner } from "../../../src/bridge/message/id_scanner.ts";
import { type LongLine, readLines } from "../../../src/bridge/message/lines.ts";

const encoder = new TextEncoder();

async function linesOf(text: string, size = Infinity, maxBytes?: number) {
  const bytes = encoder.encode(text);
  const step = Math.min(size, Math.max(1, bytes.length));
  const chunks = Array.from(
    { length: Math.ceil(bytes.length / step) },
    (_, at) => bytes.slice(at * step, (at + 1) * step),
  );
  return await Array.fromAsync(readLines(ReadableStream.from(chunks), maxBytes));
}

const framed = (body: string, header = "Content-Length") =>
  `${header}: ${encoder.encode(body).length}\r\n\r\n${body}`;

const ROWS: readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
  ["line feeds", '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
  ["CRLF", '{"a":1}\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
  ["blank lines", '\n\r\n  \n{"a":1}\n\n', ['{"a":1}']],
  ["a byte order mark", '\ufeff{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
  ["no line feed at the end", '{"a":1}\n{"b":"ü😀"}', ['{"a":1}', '{"b":"ü😀"}']],
  ["a message that is not JSON", "hello\n", ["hello"]],
  ["Content-Length and no line feed", framed('{"a":"ü"}') + framed('{"b":2}', "content-length"), [
    '{"a":"ü"}',
    '{"b":2}',
  ]],
  ["Content-Length with another header", `Content-Type: x\r\n${framed("{}")}\n{"b":2}\n`, [
    "Content-Type: x",
    "{}",
    '{"b":2}',
  ]],
  ["a body of several lines", framed('{\n  "a": 1\r\n}'), ['{   "a": 1 }']],
];

for (const [what, text, lines] of ROWS) {
  Deno.test(`lines with ${what}, in one piece and byte by byte`, async () => {
    assert.deepEqual(await linesOf(text), lines);
    assert.deepEqual(await linesOf(text, 1), lines);
  });
}

Deno.test("a line past the limit has its id, wherever that is, and the next line is read", async () => {
  const long = (members: string) => `{${members.replace("…", "x".repeat(60))}}`;
  const rows: readonly (readonly [text: string, expected: string | LongLine])[] = [
    [long('"id":9007199254740993,"params":"…"'), { id: "9007199254740993", hasMethod: false }],
    [long('"params":{"id":1,"a":["\\"}…"]},"id" : "\\u00e9\\""'), {
      id: '"\\u00e9\\""',
      hasMethod: false,
    }],
    [long('"id":{"id":4},"x":"…"'), { id: undefined, hasMethod: false }],
    [long('"method":"a","params":["id",":",3,"…"]'), { id: undefined, hasMethod: true }],
    ['{"id":1}', '{"id":1}'],
  ];
  const text = rows.map(([line]) => `${line}\n`).join("");
  for (const size of [1, 7, Infinity]) {
    assert.deepEqual(await linesOf(text, size, 50), rows.map(([, expected]) => expected));
  }
});

Deno.test("the scanner finds the id of any object", () => {
  const id = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), id, fc.nat(), (object, id, at) => {
      const members = Object.entries(object).filter(([name]) =>
        name !== "id" && name !== "__proto__"
      );
      members.splice(at % (members.length + 1), 0, ["id", id]);
      const scanner = createIdScanner();
      scanner.push(encoder.encode(JSON.stringify(Object.fromEntries(members))));
      assert.equal(JSON.parse(scanner.id() ?? "null"), JSON.parse(JSON.stringify(id)));
    }),
  );
});

Deno.test("a backlog has room again when enough has left", async () => {
  const backlog = createBacklog(10);
  await backlog.room();
  const leave = [backlog.add(8), backlog.add(8)];
  let hasRoom = false;
  const room = backlog.room().then(() => hasRoom = true);
  await Promise.resolve();
  assert.equal(hasRoom, false);
  leave[0]?.();
  leave[0]?.();
  await room;
});
