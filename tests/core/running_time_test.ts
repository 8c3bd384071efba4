import assert from "node:assert/strict";
import { afterRunning, measureRunning } from "../../src/core/running_time.ts";

/** What the clocks show after each tick: milliseconds that passed, and of these those of a processor. */
type Tick = readonly [passed: number, worked: number];

const CASES: readonly (readonly [title: string, ticks: readonly Tick[], running: number])[] = [
  ["waits", [[10, 0], [11, 0], [10, 1]], 31],
  ["works at one piece", [[480, 480]], 480],
  ["works in many threads", [[50, 120]], 50],
  ["has work, and a tenth of a processor", [[500, 50], [500, 50]], 100],
  ["was suspended for an hour", [[10, 0], [3_600_000, 0], [10, 0]], 30],
  ["waits on a loaded machine, which wakes it late", [[25, 0], [30, 1]], 20],
];

for (const [title, ticks, running] of CASES) {
  Deno.test(`the running time of a process that ${title}`, () => {
    let wall = 1000;
    let processor = 70;
    const measured = measureRunning({ wall: () => wall, processor: () => processor });
    let last = 0;
    for (const [passed, worked] of ticks) {
      wall += passed;
      processor += worked;
      last = measured();
    }
    assert.equal(last, running);
  });
}

Deno.test("a time limit of the running time calls back once, unless it was cancelled", async () => {
  const called: string[] = [];
  const cancel = afterRunning(0, () => called.push("cancelled"));
  cancel();
  await new Promise<void>((resolve) =>
    afterRunning(30, () => {
      called.push("30");
      resolve();
    })
  );
  assert.deepEqual(called, ["30"]);
});
