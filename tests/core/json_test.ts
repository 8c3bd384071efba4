import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isObject,
  parseJson,
  repeatedMembers,
  stringListMember,
  stringMember,
} from "../../src/core/json.ts";

Deno.test("only an object is an object", () => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) assert.equal(isObject(value), true);
  for (const value of [null, undefined, [], "x", 1, true, () => 1]) {
    assert.equal(isObject(value), false);
  }
});

Deno.test("a member is a string only when it is one, its own, and not empty", () => {
  const object = JSON.parse('{"a":"x","b":"","c":1,"d":null,"e":["x"],"__proto__":{"f":"x"}}');
  assert.deepEqual(
    ["a", "b", "c", "d", "e", "f", "missing", "constructor", "toString"].map((name) =>
      stringMember(object, name)
    ),
    ["x", undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined],
  );
});

Deno.test("a list keeps its strings, and nothing else is a list", () => {
  const object = { a: ["x", 1, null, "", ["y"]], b: "x", c: { length: 1, 0: "x" }, d: [] };
  assert.deepEqual(stringListMember(object, "a"), ["x", ""]);
  assert.equal(stringListMember(object, "b"), undefined);
  assert.equal(stringListMember(object, "c"), undefined);
  assert.deepEqual(stringListMember(object, "d"), []);
  assert.equal(stringListMember(object, "e"), undefined);
});

Deno.test("JSON is parsed, anything else is undefined", () => {
  assert.deepEqual(parseJson(' {"a":[1]} '), { a: [1] });
  for (const text of ["", "{", "{'a':1}", "undefined", "NaN", "{} x"]) {
    assert.equal(parseJson(text), undefined, text);
  }
});

Deno.test("JSON nested deeper than any document needs is no JSON", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.notEqual(parseJson(nested(64)), undefined);
  assert.equal(parseJson(nested(65)), undefined);
  assert.equal(parseJson(nested(500_000)), undefined);
  assert.equal(parseJson('{"a":'.repeat(65) + "1" + "}".repeat(65)), undefined);
  assert.deepEqual(
    parseJson(`["${"[".repeat(1000)}"]`),
    ["[".repeat(1000)],
    "brackets in a string",
  );
  assert.deepEqual(
    parseJson(`["\\"${"[".repeat(1000)}"]`),
    [`"${"[".repeat(1000)}`],
    "behind an escape",
  );
  assert.equal((parseJson(`[${"[],".repeat(1000)}[]]`) as unknown[]).length, 1001, "side by side");
});

const REPEATED: readonly [text: string, names: string[]][] = [
  ["{}", []],
  ['{"a":1,"b":2}', []],
  ['{"a":1,"a":1}', ["a"]],
  ['{"a":1,"b":2,"a":3,"b":4,"a":5}', ["a", "b"]],
  ['{"a":{"b":1},"b":1}', []],
  ['{"a":{"b":1,"b":2}}', []],
  ['{"a":[{"a":1},{"a":1}]}', []],
  ['{"a":"b","b":"a"}', []],
  ['{"a":"\\"a\\":1,","b":"{"}', []],
  ['{"a":1,"\\u0061":2}', ["a"]],
  ['{"a\\"":1, "a\\"" :2}', ['a"']],
  ['{"a\\\\":1,"a\\\\":2}', ["a\\"]],
  ['{\n "a" : 1 ,\n\t"a"\r\n: 2}', ["a"]],
  ['{"__proto__":1,"__proto__":2}', ["__proto__"]],
  ['[{"a":1,"a":2}]', []],
  ['"a"', []],
  ["not json", []],
  ['{"a":1,"a":', []],
];

for (const [text, names] of REPEATED) {
  Deno.test(`members that occur twice in ${text}: ${names.join(", ") || "none"}`, () => {
    assert.deepEqual(repeatedMembers(text), names);
  });
}

Deno.test("what JSON.stringify writes has no member twice", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => assert.deepEqual(repeatedMembers(text), [])),
  );
});

for (const unit of ['{"a":', '"', "\\", "[", '{"', '"a":1,', '"\\', " "]) {
  Deno.test(`1 MB of ${JSON.stringify(unit)} is looked through`, () => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    for (const whole of [text, `{${text}`, `{"a":"${text}"}`]) {
      parseJson(whole);
      assert.ok(repeatedMembers(whole).length <= 1);
    }
  });
}
