import assert from "node:assert/strict";
import { readAhead } from "../../../src/bridge/stdio/read_ahead.ts";

const KIB = 1024;

const bytes = (length: number, value = 0) => new Uint8Array(length).fill(value);

/** The turns that work without timers needs to stop. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

Deno.test("chunks arrive in order, and the end is seen before they are read", async () => {
  let isEnded = false;
  const input = ReadableStream.from([bytes(1, 1), bytes(2, 2), bytes(3, 3)]);
  const chunks = readAhead(input, () => isEnded = true);
  const { value } = await chunks.next();
  assert.deepEqual(value, bytes(1, 1));
  while (!isEnded) await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(await Array.fromAsync(chunks), [bytes(2, 2), bytes(3, 3)]);
});

Deno.test("at most 64 KB are read ahead, until there is room again", async () => {
  let read = 0;
  async function* input() {
    for (; read < 100; read += 1) yield bytes(16 * KIB);
  }
  const chunks = readAhead(input(), () => {});
  await chunks.next();
  await idle();
  assert.equal(read, 4);
  await chunks.next();
  await idle();
  assert.equal(read, 5);
  assert.equal((await Array.fromAsync(chunks)).length, 98);
});

Deno.test("an input that fails does so after what was read before", async () => {
  async function* input() {
    yield bytes(1);
    throw new Error("broken");
  }
  const chunks = readAhead(input(), () => assert.fail("it did not end"));
  assert.deepEqual((await chunks.next()).value, bytes(1));
  await assert.rejects(() => chunks.next(), /broken/);
});
