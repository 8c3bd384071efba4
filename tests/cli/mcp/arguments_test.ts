import assert from "node:assert/strict";
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
