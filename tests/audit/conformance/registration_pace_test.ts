import assert from "node:assert/strict";
import { createPace, pacedSeconds } from "../../../src/audit/run/registration_pace.ts";
import { skippingClock } from "./audit_lab.ts";

async function secondsOf(endpoint: string, registrations: number): Promise<number> {
  const clock = skippingClock();
  const started = clock.now();
  const pace = createPace(clock, new AbortController().signal);
  for (let at = 0; at < registrations; at += 1) await pace(endpoint);
  return Math.round((clock.now() - started) / 60_000) * 60;
}

Deno.test("five clients a minute are registered at a server that is elsewhere", async () => {
  for (const registrations of [1, 5, 6, 10, 11, 20]) {
    const seconds = await secondsOf("https://as.example/register", registrations);
    assert.equal(seconds, pacedSeconds(registrations), String(registrations));
  }
  assert.equal(pacedSeconds(20), 180);
});

Deno.test("audits of one process share the pace at a server", async () => {
  const clock = skippingClock();
  const started = clock.now();
  const times = new Map();
  const pace = () => createPace(clock, new AbortController().signal, times);
  for (let at = 0; at < 6; at += 1) await pace()("https://as.example/register");
  await pace()("https://other.example/register");
  assert.equal(Math.round((clock.now() - started) / 60_000), 1);
});

Deno.test("registrations on this machine do not wait", async () => {
  assert.equal(await secondsOf("http://127.0.0.1:1/register", 20), 0);
});
