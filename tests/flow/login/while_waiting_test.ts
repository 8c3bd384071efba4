import assert from "node:assert/strict";
import { whileWaiting } from "../../../src/flow/login/login.ts";

const loaded = () => Promise.resolve("module");

Deno.test("both results are given, and the load begins after the work has begun", async () => {
  const begun: string[] = [];
  const work = async () => {
    begun.push("work");
    await Promise.resolve();
    begun.push("sent");
    return "answer";
  };
  const load = () => {
    begun.push("load");
    return loaded();
  };
  assert.deepEqual(await whileWaiting(work(), load), ["answer", "module"]);
  assert.deepEqual(begun, ["work", "sent", "load"]);
});

Deno.test("the work's failure comes before the load's", async () => {
  const work = () => Promise.reject(new Error("work"));
  const load = () => Promise.reject(new Error("load"));
  await assert.rejects(whileWaiting(work(), load), /^Error: work$/);
  await assert.rejects(whileWaiting(work(), loaded), /^Error: work$/);
  await assert.rejects(whileWaiting(Promise.resolve(1), load), /^Error: load$/);
});
