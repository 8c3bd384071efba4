import assert from "node:assert/strict";
import { visibleText } from "../../../src/oauth/common/visible_text.ts";

const PAGES: readonly (readonly [page: string, text: string])[] = [
  ["", ""],
  ["plain \n text", "plain text"],
  ["<p>a<b>b</b></p>", "a b"],
  ["a<script>x()</script>b<STYLE>p{}</STYLE >c", "a b c"],
  ["a<script>x('</p>')", "a"],
  ["a<scripture>b</scripture>", "a b"],
  ["a < b", "a < b"],
];

for (const [page, text] of PAGES) {
  Deno.test(`of the page ${JSON.stringify(page)} a person reads ${JSON.stringify(text)}`, () => {
    assert.equal(visibleText(page), text);
  });
}
