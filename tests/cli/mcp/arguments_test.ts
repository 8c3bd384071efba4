import assert from "node:assert/strict";
import type { Failure } from "../../../src/core/failure.ts";
import { run } from "../fake_runtime.ts";
import { convertArguments } from "../../../src/cli/mcp/arguments.ts";
import { convertText, fieldsOf } from "../../../src/cli/mcp/schema_fields.ts";

const OPEN = { subject: "the tool", fields: [], isOpen: true };
const given = (name: string, text = "1") => ({ name, text, isJson: false });

Deno.test("arguments named like members of a prototype are only arguments", () => {
  for (const base of [{}, JSON.parse('{"a": {}}')]) {
    const names = ["a[__proto__][polluted]", "a[constructor][prototype][polluted]", "__proto__[x]"];
    const result = convertArguments(OPEN, names.map((it) => given(it)), base);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    assert.equal(
      JSON.stringify(result),
      '{"a":{"__proto__":{"polluted":"1"},"constructor":{"prototype":{"polluted":"1"}}},' +
        '"__proto__":{"x":"1"}}',
    );
  }
});

Deno.test("an objection names few of a server's many choices", () => {
  const schema = { type: "string", enum: Array.from({ length: 100_000 }, (_, at) => `c${at}`) };
  const converted = convertText("other", schema);
  assert.ok("objection" in converted && converted.objection.length < 300);
  assert.match("objection" in converted ? converted.objection : "", /, or 99988 more$/);
});

for (
  const [type, text, sent] of [
    ["integer", "12345678901234567890", "12345678901234567890"],
    ["integer", "-9007199254740993", "-9007199254740993"],
    ["integer", "9007199254740991", "9007199254740991"],
    ["integer", "1e3", "1000"],
    ["integer", "-0", "0"],
    ["number", "0.1", "0.1"],
    ["number", "1e999", undefined],
    ["number", "NaN", undefined],
    ["number", "Infinity", undefined],
    ["number", "0x10", undefined],
    ["integer", "1.5", undefined],
    ["number", "", undefined],
  ] as const
) {
  Deno.test(`the ${type} ${text} is ${sent === undefined ? "refused" : `sent as ${sent}`}`, () => {
    const fields = fieldsOf({ properties: { n: { type } } });
    const declared = { subject: "the tool", fields, isOpen: false };
    const convert = () => JSON.stringify(convertArguments(declared, [given("n", text)], {}));
    if (sent === undefined) assert.throws(convert, /must be/);
    else assert.equal(convert(), `{"n":${sent}}`);
  });
}

const ISSUE = {
  subject: "the tool",
  fields: fieldsOf({
    properties: {
      title: { type: "string" },
      urgent: { type: "boolean" },
      meta: { type: "object" },
      author: { type: "object", properties: { name: { type: "string" } } },
    },
  }),
  isOpen: false,
};

const MISTAKES:
  readonly (readonly [name: string, text: string, isJson: boolean, RegExp, RegExp?])[] = [
    ["author.name", "ada", false, /no argument "author\.name"/, /^Write author\[name\]=…$/],
    ["titel", "x", false, /no argument "titel"/, /^Did you mean "title"\?$/],
    ["author", "ada", false, /must be a JSON object/, /^Write author\[name\]=… for each member$/],
    ["meta", "ada", false, /must be a JSON object/, /^Write meta:=<json>$/],
    [
      "author[nmae]",
      "x",
      false,
      /"author" has no member "nmae"/,
      /^Did you mean author\[name\]\?$/,
    ],
    ["urgent", "yes", true, /must be true or false, not "yes"/],
    ["title", "x", true, /not JSON/, /^For text, write title=…$/],
  ];

for (const [name, text, isJson, message, remedy] of MISTAKES) {
  Deno.test(`${name}${isJson ? ":=" : "="}${text} is a mistake, and says how to write it`, () => {
    assert.throws(() => convertArguments(ISSUE, [{ name, text, isJson }], {}), (error: Failure) => {
      assert.match(error.message, message);
      if (remedy !== undefined) assert.match(error.remedy ?? "", remedy);
      return true;
    });
  });
}

Deno.test("an undeclared member that is like no declared one is sent", () => {
  const sent = convertArguments(ISSUE, [given("author[email]", "a@b.example")], {});
  assert.equal(JSON.stringify(sent), '{"author":{"email":"a@b.example"}}');
});

Deno.test("an argument of a tool that is written as an option says how to write it", async () => {
  const ran = await run(["tools", "call", "https://server.example/mcp", "echo", "--message", "hi"]);
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /An argument has no dashes: write message=<value>/);
});
