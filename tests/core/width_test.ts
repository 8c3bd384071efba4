import assert from "node:assert/strict";
import { columnsOf, cutTo } from "../../src/core/width.ts";
import { wrap } from "../../src/core/wrap.ts";

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
  ];
  for (const [text, columns] of cases) assert.equal(columnsOf(text), columns, text);
});

Deno.test("a cut never goes through a wide character", () => {
  assert.equal(cutTo("日本語", 6), "日本語");
  assert.equal(cutTo("日本語", 5), "日本…");
  assert.equal(cutTo("日本語", 4), "日…");
  assert.equal(cutTo("abc", 0), "");
});

Deno.test("lines of wide characters fit the width", () => {
  assert.deepEqual(wrap("名前 名前 名前", 10), ["名前 名前", "名前"]);
});
