import assert from "node:assert/strict";
import { ALL_PAGES } from "../../src/findings/all_pages.ts";
import { assertLayout } from "../cli/failure_layout.ts";
import { flat } from "../cli/real_run.ts";
import { DISCOVERY_ROWS } from "./discovery_rows.ts";
import { codesOf, meet, readable } from "./row.ts";
import { KEPT_ROWS } from "./stored_sign_in_rows.ts";
import { METADATA_ROWS } from "./metadata_rows.ts";
import { SIGN_IN_ROWS } from "./sign_in_rows.ts";

import { USE_ROWS } from "./use_rows.ts";

const ROWS = [...DISCOVERY_ROWS, ...SIGN_IN_ROWS, ...METADATA_ROWS, ...USE_ROWS, ...KEPT_ROWS];

for (const row of ROWS) {
  const { code, fault, status = 1, first, remedy } = row;
  Deno.test(`${fault}: the error says so (${code})`, async () => {
    const human = await meet(row, "human");
    const text = readable(human);
    assert.match(flat(text.split(/^Fix: /m, 1)[0] ?? ""), first, text);
    assert.match(flat(text), remedy, text);
    assertLayout(text);
    assert.ok(text.split("\n").length <= 45, text);
    const document = await meet(row, "json");
    assert.deepEqual([human.status, document.status], [status, status], text);
    assert.ok(codesOf(document, text).includes(code), document.stdout);
    assert.ok(ALL_PAGES.has(code));
  });
}

Deno.test("at least forty servers are broken, each in its own way", () => {
  assert.ok(new Set(ROWS.map(({ code }) => code)).size >= 40);
});
