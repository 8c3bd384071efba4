import assert from "node:assert/strict";
import { createQueue } from "../../../src/store/queue.ts";

/** Turns of the loop, in which everything that can go on does. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("turns at one name come one after another, in order, and do not wait for other names", async () => {
  const queue = createQueue();
  const order: string[] = [];
  const take = async (name: string, label: string) => {
    const end = await queue(name);
    order.push(label);
    return end;
  };
  const endFirst = await take("a", "first");
  const second = take("a", "second");
  const third = take("a", "third");
  await take("b", "other");
  await turns();
  assert.deepEqual(order, ["first", "other"]);
  endFirst();
  const endSecond = await second;
  const fourth = take("a", "fourth");
  await turns();
  assert.deepEqual(order, ["first", "other", "second"]);
  endSecond();
  (await third)();
  (await fourth)();
  (await take("a", "last"))();
  assert.deepEqual(order, ["first", "other", "second", "third", "fourth", "last"]);
});

Deno.test("who gives up leaves the queue, and the next one waits for the one before", async () => {
  const queue = createQueue();
  const endFirst = await queue("a");
  const abort = new AbortController();
  const second = queue("a", abort.signal);
  let hasTurn = false;
  const third = queue("a").then((end) => {
    hasTurn = true;
    return end;
  });
  abort.abort();
  await assert.rejects(second);
  await turns();
  assert.equal(hasTurn, false);
  endFirst();
  (await third)();
});
