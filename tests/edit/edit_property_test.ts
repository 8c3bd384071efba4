import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConfigFormat, removeEntry, setEntry, textBefore } from "../../src/edit/edit_entry.ts";
import { Failure } from "../../src/core/failure.ts";
import { SECTIONS } from "./config_cases.ts";
import { difference } from "./difference.ts";

const ENTRY = {
  command: "/bin/mcpass",
  args: ["bridge", "--url", "https://h.example/mcp"],
  n: 120,
};

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((it) => it.join(""));
const lists = (item: fc.Arbitrary<string>, maxLength = 4) =>
  fc.array(item, { maxLength }).map((it) => it.join(""));

const name = oneOf("a", "b c", "Linear", "é", "x.y", "__proto__", "mcpServers", "on");

/** JSON with blanks, comments and trailing commas wherever they may be. */
const jsonText = fc.letrec<{ value: string; object: string }>((tie) => {
  const gap = lists(oneOf("", " ", "\n", "\r\n", "\t", "  ", '// c , } " \n', "/* * / \n { */"), 3);
  const scalar = oneOf(
    "1",
    "9007199254740993",
    "1.0",
    "-0",
    "null",
    "true",
    '"// \\" }"',
    '"\\u00e9"',
  );
  const element = joined(gap, tie("value"), gap);
  const listOf = (item: fc.Arbitrary<string>, open: string, close: string) =>
    fc.tuple(fc.array(item, { maxLength: 3 }), oneOf("", ","), gap).map(([items, comma, end]) =>
      open + items.join(",") + (items.length > 0 ? comma : "") + end + close
    );
  const memberOf = (names: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
    fc.tuple(gap, names, gap, gap, value, gap).map(([a, key, b, c, text, d]) =>
      `${a}${JSON.stringify(key)}${b}:${c}${text}${d}`
    );
  return {
    value: fc.oneof({ maxDepth: 2 }, scalar, tie("object"), listOf(element, "[", "]")),
    object: fc.tuple(
      listOf(memberOf(name, tie("value")), "{", "}"),
      fc.option(
        memberOf(fc.constant("mcpServers"), listOf(memberOf(name, tie("value")), "{", "}")),
      ),
      gap,
    ).map(([object, section]) =>
      section === null
        ? object
        : object.replace(/^\{/, `{${section}${/^\{\s*\}/.test(object) ? "" : ","}`)
    ),
  };
}).object.chain((object) =>
  joined(
    oneOf("", "\ufeff", "// head\n", "\n"),
    fc.constant(object),
    oneOf("", "\n", "\r\n", " // end"),
  )
);

const tomlText = fc.tuple(
  lists(
    oneOf(
      "a = 1\n",
      "# c [x]\n",
      "\n",
      "b = '''\n[m]\n'''\n",
      'c = "# \\""\n',
      "d = [ 1, # x\n 2 ]\n",
    ),
    4,
  ),
  lists(
    oneOf(
      "[mcp_servers.a]\ncommand = 'x' # y\n",
      '[mcp_servers."b c".env]\nA = "1"\n',
      "[[t]]\nq = {a = [1]}\n",
      "\n",
      "# tail\n",
      "[z]\nn = 9007199254740993\n",
    ),
    5,
  ),
  oneOf("", "k = 1", "# no line break"),
).map((parts) => parts.join(""));

const yamlText = fc.tuple(
  lists(
    oneOf("# c\n", "\n", "a: &a {x: 1}\n", "b: |\n  # text\n\n  y\n", "c:\n- 1\n- 2 # two\n"),
    3,
  ),
  fc.option(fc.tuple(
    oneOf("extensions:\n", "extensions: # c\n", "extensions:\n\n  # d\n"),
    fc.integer({ min: 1, max: 4 }),
    fc.array(
      oneOf(
        "a: {cmd: x} # A",
        "'b c':\n  k: 'v'\n  l: [1,\n   2]",
        "# note",
        "",
        "d: |+\n  t\n\n",
        "e: *a",
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )),
  lists(oneOf("z: 1\n", "# end\n", "\n", "w: >-\n  folded\n  text\n"), 3),
  oneOf("", "last: x", "last: |\n  no line break"),
).map(([head, section, tail, last]) => {
  const indented = (text: string, width: number) =>
    text.split("\n").map((line) => line === "" ? "" : " ".repeat(width) + line).join("\n");
  const body = section === null
    ? ""
    : section[0] + section[2].map((item) => `${indented(item, section[1])}\n`).join("");
  return head + body + tail + last;
});

function check(format: ConfigFormat, text: string): "changed" | "refused" {
  const path = [SECTIONS[format], "linear"];
  let added: string;
  try {
    added = setEntry(format, text, path, ENTRY);
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === "config_not_changed", String(error));
    return "refused";
  }
  assert.match(difference(text, added).removed, /^\s*(?:\{\}.*)?$/);
  const removed = removeEntry(format, added, path);
  assert.equal(textBefore(format, added, path, [text]) ?? removed, text);
  const twice = setEntry(format, added, [SECTIONS[format], "second"], ENTRY);
  assert.equal(removeEntry(format, twice, [SECTIONS[format], "second"]), added);
  return "changed";
}

for (
  const [format, texts] of [["json", jsonText], ["toml", tomlText], ["yaml", yamlText]] as const
) {
  for (const eol of ["\n", "\r\n"]) {
    const what = eol === "\n" ? "" : ", CRLF";
    Deno.test(`${format}${what}: of any document, only the entry changes`, () => {
      let changed = 0;
      const written = texts.map((text) => text.replace(/\r?\n/g, eol));
      fc.assert(
        fc.property(written, (text) => {
          if (check(format, text) === "changed") changed += 1;
        }),
        { numRuns: 150 },
      );
      // The others have a key twice, or a form that is not edited.
      assert.ok(changed > 30, String(changed));
    });
  }
}
