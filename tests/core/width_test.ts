import assert from "node:assert/strict";
import { columnsOf, cutTo, wrap } from "../../src/core/width.ts";

Deno.test("columns are counted as a terminal draws them", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["", 0],
    ["plain", 5],
    ["naïve", 5],
    ["nai\u0308ve", 5],
    ["日本語", 6],
    ["ﾊﾝｶｸ", 4],
    ["한국어", 6],
    ["Ａ", 2],
    ["🔑", 2],
    ["a🔑b", 4],
    ["✓ ok · …", 8],
    ["RFC 9728 §3.3 ↳ ⠋", 17],
  ];
  for (const [text, columns] of cases) assert.equal(columnsOf(text), columns, text);
});

Deno.test("a cut never goes through a wide character", () => {
  assert.equal(cutTo("日本語", 6), "日本語");
  assert.equal(cutTo("日本語", 5), "日本…");
  assert.equal(cutTo("日本語", 4), "日…");
  assert.equal(cutTo("abc", 0), "");
  assert.equal(cutTo("日本語", 0), "");
  assert.equal(cutTo("𠀀𠀀𠀀", 4), "𠀀…");
  assert.equal(cutTo("nai\u0308ve 日", 5), "nai\u0308v…");
});

Deno.test("a narrow text is cut to the width, the sign for it included", () => {
  assert.equal(cutTo("⠋ Ask … of §3", 13), "⠋ Ask … of §3");
  assert.equal(cutTo("⠋ Ask … of §3", 9), "⠋ Ask … …");
});

Deno.test("the signs of this program are counted without the tables of Unicode", async () => {
  const unused: typeof import("../../src/core/width.ts") = await import(
    `${import.meta.resolve("../../src/core/width.ts")}?unused`
  );
  const { Segmenter } = Intl;
  Object.assign(Intl, { Segmenter: undefined });
  try {
    for (const text of ["✓ Discover · a.example · 12 ms", "✗ ⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "↳ §2 “naïve” – …"]) {
      assert.equal(unused.columnsOf(text), text.length);
      assert.equal(unused.cutTo(text, 5), `${text.slice(0, 4)}…`);
    }
    assert.throws(() => unused.columnsOf("日本語"), TypeError);
  } finally {
    Object.assign(Intl, { Segmenter });
  }
});

Deno.test("lines of wide characters fit the width", () => {
  assert.deepEqual(wrap("名前 名前 名前", 10), ["名前 名前", "名前"]);
});
