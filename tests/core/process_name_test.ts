import assert from "node:assert/strict";
import { processName, processNameOf } from "../../src/core/process_name.ts";

Deno.test("a process is named by its machine and its process id, and by nothing else", () => {
  assert.equal(processNameOf("web-7", 41), "web-7 (process 41)");
  assert.equal(processName(), `${Deno.hostname()} (process ${Deno.pid})`);
});

Deno.test("a machine without a name, or with control characters in it, can be shown", () => {
  assert.equal(processNameOf("", 41), "an unnamed machine (process 41)");
  assert.equal(/\p{Cc}/u.test(processNameOf("a\x1b[2Jb\n", 41)), false);
});
