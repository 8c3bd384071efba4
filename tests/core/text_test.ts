import assert from "node:assert/strict";
import fc from "fast-check";
import { printable, quoted, shellWord } from "../../src/core/text.ts";

const ROWS: readonly [what: string, text: string, shown: string][] = [
  ["plain text", 'a "b" \\ c', 'a "b" \\ c'],
  ["letters, ideographs, emoji", "é 漢字 😀", "é 漢字 😀"],
  ["combining marks", "e\u0301", "e\u0301"],
  ["escape", "\u001b[2J", "\\x1b[2J"],
  ["line ends and tabs", "a\r\n\tb", "a\\x0d\\x0a\\x09b"],
  ["bell and backspace", "\u0007\u0008", "\\x07\\x08"],
  ["NUL and DEL", "\u0000\u007f", "\\x00\\x7f"],
  ["C1 with CSI and OSC", "\u0080\u009b\u009d\u009f", "\\x80\\x9b\\x9d\\x9f"],
  ["bidi overrides", "\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"],
  ["bidi isolates", "\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"],
  ["bidi marks", "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"],
  ["zero width", "\u200b\u200c\u200d\ufeff\u2060", "\\u200b\\u200c\\u200d\\ufeff\\u2060"],
  ["line and paragraph separators", "\u2028\u2029", "\\u2028\\u2029"],
  ["soft hyphen", "pay\u00adpal", "pay\\xadpal"],
  ["deprecated format controls", "\u206a\u206f", "\\u206a\\u206f"],
  ["annotation marks", "\ufff9\ufffa\ufffb", "\\ufff9\\ufffa\\ufffb"],
  [
    "invisible fillers",
    "\u115f\u1160\u3164\uffa0\u034f\u180e",
    "\\u115f\\u1160\\u3164\\uffa0\\u034f\\u180e",
  ],
  ["tag characters", "\u{e0001}\u{e0041}\u{e007f}", "\\u{e0001}\\u{e0041}\\u{e007f}"],
  [
    "variation selectors that smuggle bytes",
    "\ufe00\u{e0100}\u{e01ef}",
    "\\ufe00\\u{e0100}\\u{e01ef}",
  ],
  ["a lone high surrogate", "a\ud800b", "a\\ud800b"],
  ["a lone low surrogate", "a\udfffb", "a\\udfffb"],
  ["surrogates in the wrong order", "\udc00\ud800", "\\udc00\\ud800"],
  ["a pair between lone ones", "\ud800\ud83d\ude00\ude00", "\\ud800😀\\ude00"],
];

for (const [what, text, shown] of ROWS) {
  Deno.test(`shown safely: ${what}`, () => assert.equal(printable(text), shown));
}

Deno.test("nothing that moves a cursor or hides text is left, and showing twice changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 50 }), (text, limit) => {
      const shown = printable(text, limit);
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      assert.ok([...shown].length <= limit + 1);
      assert.equal(printable(shown, limit + 1), shown);
    }),
  );
});

Deno.test("a cut is marked, is made after the escapes, and splits no character", () => {
  assert.equal(printable("abcd", 4), "abcd");
  assert.equal(printable("abcde", 4), "abcd…");
  assert.equal(printable("😀😀😀", 2), "😀😀…");
  assert.equal(printable("\u001b\u001b", 4), "\\x1b…");
  assert.equal(printable("x".repeat(1000), 300).length, 301);
  assert.equal(printable("x".repeat(1000)).length, 1000);
  assert.equal(printable("", 0), "");
});

Deno.test("quoting adds quotes, and nothing else", () => {
  assert.equal(quoted("a\nb"), '"a\\x0ab"');
  assert.equal(quoted("abcdef", 3), '"abc…"');
});

const ARGUMENTS: readonly [text: string, written: string][] = [
  ["https://as.example/a?b=c&d=e#f", "'https://as.example/a?b=c&d=e#f'"],
  ["https://as.example/a,b@c", "https://as.example/a,b@c"],
  ["=a", "'=a'"],
  ["a b:c,d;e", "'a b:c,d;e'"],
  ["$(id)", "'$(id)'"],
  ["`id`", "'`id`'"],
  ['a"b', "'a\"b'"],
  ["a\\b", "'a\\b'"],
  ["!x", "'!x'"],
  ["%PATH%", "%PATH%"],
  ["a'b", "'a'\\''b'"],
  ["a\nb", "'a\\x0ab'"],
  ["\u202e", "'\\u202e'"],
  ["ä", "'ä'"],
];

for (const [text, written] of ARGUMENTS) {
  Deno.test(`as an argument of a command ${JSON.stringify(text)} is written ${written}`, () => {
    assert.equal(shellWord(text, "linux"), written);
  });
}

const ON_WINDOWS: readonly [text: string, written: string][] = [
  ["@a", '"@a"'],
  ["a,b", '"a,b"'],
  ["a' & calc & '", `"a' & calc & '"`],
  ["a'; calc; '", `"a'; calc; '"`],
  ['a" & calc & "', '"a? & calc & ?"'],
  ["$(calc)`calc`", '"?(calc)?calc?"'],
  ["a\u201d; calc; \u201e", '"a?; calc; ?"'],
  ["C:\\a b\\", '"C:\\a b\\\\"'],
  ["a\u202eb'", `"a\\u202eb'"`],
];

for (const [text, written] of ON_WINDOWS) {
  Deno.test(`neither cmd nor PowerShell acts on ${JSON.stringify(text)}`, () => {
    assert.equal(shellWord(text, "windows"), written);
  });
}

Deno.test("a word that needs no quotes has none, and none moves the cursor", () => {
  assert.equal(shellWord("https://a.example/x", "linux"), "https://a.example/x");
  assert.equal(shellWord("it's\u001b", "linux"), "'it'\\''s\\x1b'");
});

Deno.test("a shell reads an argument as the text it was", async () => {
  for (
    const text of [
      "$(echo x)",
      "`echo x`",
      "a'b'c",
      'a"b',
      "a\\b",
      "$HOME",
      "a b",
      "*",
      "!!",
      "~",
      "'",
      "''$x",
    ]
  ) {
    const command = new Deno.Command("sh", { args: ["-c", `printf %s ${shellWord(text)}`] });
    const { stdout } = await command.output();
    assert.equal(new TextDecoder().decode(stdout), text);
  }
});
