import assert from "node:assert/strict";
import { openHome } from "../../real_run.ts";

Deno.test("store log is refused for a store in files, with the store that has a log", async () => {
  await using home = await openHome();
  const ran = await home.run(["store", "log", "--store", "file", "--format", "json"]);
  const { ok, error } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, ok, error.code], [2, false, "store_without_events"]);
  assert.match(error.remedy, /--store postgres/);
});

Deno.test("store log --since accepts a period or a time", async () => {
  await using home = await openHome();
  for (
    const [text, isValid] of [["24h", true], ["2026-08-01", true], ["0h", false], ["x", false]]
  ) {
    const args = ["store", "log", "--store", "file", "--format", "json", "--since", String(text)];
    const { error } = JSON.parse((await home.run(args)).stdout);
    assert.equal(error.code, isValid ? "store_without_events" : "invalid_value");
  }
});
