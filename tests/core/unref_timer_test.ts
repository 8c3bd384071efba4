import assert from "node:assert/strict";
import { setTimeout as nodeTimeout } from "node:timers";
import { ROOT, run } from "../../scripts/shell.ts";
import { unrefTimer } from "../../src/core/unref_timer.ts";

Deno.test("timers of Deno and of Node do not keep a process alive", async () => {
  const program = `import { unrefTimer } from "${ROOT}src/core/unref_timer.ts";
    import { setTimeout as nodeTimeout } from "node:timers";
    unrefTimer(setTimeout(() => console.log("late"), 3_600_000));
    unrefTimer(nodeTimeout(() => console.log("late"), 3_600_000));`;
  const ended = await run(Deno.execPath(), ["eval", "--no-check", program]);
  assert.deepEqual([ended.success, ended.stdout], [true, ""], ended.stderr);
});

Deno.test("a timer that does not keep the process alive can be cleared", () => {
  const timer = setTimeout(() => assert.fail("it ran"));
  unrefTimer(timer);
  clearTimeout(timer);
  const other = nodeTimeout(() => assert.fail("it ran"));
  unrefTimer(other);
  clearTimeout(other);
});
