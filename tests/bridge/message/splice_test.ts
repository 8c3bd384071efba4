import assert from "node:assert/strict";
import fc from "fast-check";
import { isObject } from "../../../src/core/json.ts";
import {
  filterElements,
  removeMember,
  setMember,
  valueText,
} from "../../../src/bridge/message/splice.ts";

const SPACE = fc.constantFrom("", "", " ", "\n\t", "\r\n  ");

/** Names as written, some of them twice. V8 takes `"\\u0061"` for a name `\\` that it parsed before. */
const NAME = fc.constantFrom(
  '"a"',
  '"\\u0061"',
  '"b"',
  '"_meta"',
  '"x\\"y"',
  '"b\\\\c"',
  '"é😀"',
  '""',
  '"__proto__"',
);

const KEYS = ["a", "b", "_meta", 'x"y', "b\\c", "é😀", "", "__proto__", "new", "\\u0061"];

const SCALAR = fc.constantFrom(
  "9007199254740993",
  "1.0",
  "-0",
  "1e400",
  "true",
  "null",
  '"}],{\\"\\\\"',
  '"\\ud800"',
  '"a:b"',
);

/** JSON text with spaces, escapes and repeated names. */
const { value: JSON_TEXT, object: OBJECT_TEXT } = fc.letrec<{ value: string; object: string }>(
  (tie) => {
    const spaced = (text: fc.Arbitrary<string>) =>
      fc.tuple(SPACE, text, SPACE).map((parts) => parts.join(""));
    const value = fc.oneof({ maxDepth: 3 }, SCALAR, tie("object"), array());
    function array() {
      return fc.array(spaced(tie("value")), { maxLength: 4 }).chain((items) =>
        SPACE.map((space) => `[${items.join(",") || space}]`)
      );
    }
    const pair = fc.tuple(spaced(NAME), spaced(tie("value"))).map((both) => both.join(":"));
    const object = fc.array(pair, { maxLength: 4 }).chain((items) =>
      SPACE.map((space) => `{${items.join(",") || space}}`)
    );
    return { value, object };
  },
);

const PATH = fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 });

function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** What {@link setMember} promises, for parsed values. */
function withValue(root: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (root === undefined) root = {};
  if (!isObject(root)) return root;
  const inner = withValue(own(root, key), rest, value);
  const isUnchanged = rest.length > 0 && inner === own(root, key);
  return isUnchanged ? root : Object.defineProperty({ ...root }, key, {
    value: inner,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** As text without regard to the order of members. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, it) =>
      isObject(it)
        ? Object.entries(it).sort(([a], [b]) => a < b ? -1 : 1)
        : Object.is(it, -0)
        ? "-0"
        : it,
  );
}

/** True if the new text is the old one with one span replaced. */
function assertOneSpan(before: string, after: string, longest: number): void {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  assert.ok(after.length - start - end <= longest, `${before} -> ${after}`);
}

Deno.test("a member is set as JSON.parse sees it, and nothing else changes", () => {
  fc.assert(
    fc.property(OBJECT_TEXT, PATH, SCALAR, (text, path, value) => {
      const result = setMember(text, path, value);
      const expected = withValue(JSON.parse(text), path, JSON.parse(value));
      assert.equal(canonical(JSON.parse(result)), canonical(expected));
      const added = path.map((key) => JSON.stringify(key).length + 4).reduce((a, b) => a + b);
      assertOneSpan(text, result, added + value.length);
      if (result !== text) assert.equal(valueText(result, path), value);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a member is removed with its repetitions, and the others keep their text", () => {
  fc.assert(
    fc.property(OBJECT_TEXT, PATH, (text, path) => {
      const result = removeMember(text, path);
      if (valueText(text, path) === undefined) return assert.equal(result, text);
      assert.equal(valueText(result, path), undefined);
      const parent = JSON.parse(valueText(text, path.slice(0, -1)) ?? "");
      delete parent[path.at(-1) ?? ""];
      const left = valueText(result, path.slice(0, -1)) ?? "";
      assert.equal(canonical(JSON.parse(left)), canonical(parent));
      for (const name of Object.keys(parent)) {
        const whole = [...path.slice(0, -1), name];
        assert.equal(valueText(result, whole), valueText(text, whole));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("elements of an array are removed, and the others keep their text", () => {
  const elements = fc.array(fc.tuple(SPACE, JSON_TEXT, fc.boolean()), { maxLength: 6 });
  fc.assert(
    fc.property(elements, SPACE, (items, space) => {
      const list = items.map(([before, text]) => `${before}${text}${space}`).join(",");
      const text = `{"result":{"tools":[${list}]${space}}}`;
      const result = filterElements(text, ["result", "tools"], (at) => items[at]?.[2] ?? false);
      const kept = items.filter(([, , keep]) => keep);
      assert.equal(JSON.parse(result).result.tools.length, kept.length);
      kept.forEach(([, item], at) =>
        assert.equal(valueText(result, ["result", "tools", at]), item)
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("places of a splice", () => {
  const set = (text: string, ...path: string[]) => setMember(text, path, "9");
  assert.equal(set("{}", "a"), '{"a":9}');
  assert.equal(set('{ "b" : 1 }', "a"), '{"a":9, "b" : 1 }');
  assert.equal(set('{"a":1,"a":2}', "a"), '{"a":1,"a":9}');
  assert.equal(set('{"p":{}}', "p", "_meta", "x"), '{"p":{"_meta":{"x":9}}}');
  assert.equal(set('{"p":[1]}', "p", "x"), '{"p":[1]}');
  assert.equal(set('{"p":null}', "p", "x", "y"), '{"p":null}');
  assert.equal(removeMember('{"a":1, "b":2 , "a":3}', ["a"]), '{"b":2}');
  assert.equal(removeMember('{ "a":1 }', ["a"]), "{  }");
  assert.equal(valueText(' {"a": [1, {"b" :"]"}] } ', ["a", 1, "b"]), '"]"');
  assert.equal(valueText("[1]", ["0"]), undefined);
  assert.equal(valueText('{"a":1}', [0]), undefined);
});
