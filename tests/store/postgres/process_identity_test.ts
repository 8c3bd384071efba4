import assert from "node:assert/strict";
import { processHasEnded, thisProcess } from "../../../src/store/postgres/process_identity.ts";

Deno.test("a process on this machine has ended when it is gone; of another one nobody knows", () => {
  const own = thisProcess("a");
  assert.equal(processHasEnded(own, "a"), true);
  assert.equal(processHasEnded(own, "b"), false);
  const parts = JSON.parse(own);
  const gone = { ...parts, process: "4194304", started: "1" };
  assert.equal(processHasEnded(JSON.stringify(gone), "b"), Deno.build.os === "linux");
  const elsewhere = { ...gone, space: "another machine" };
  assert.equal(processHasEnded(JSON.stringify(elsewhere), "b"), false);
  assert.equal(processHasEnded("", "b"), false);
  assert.equal(processHasEnded("{}", "b"), false);
});
