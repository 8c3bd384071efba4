import { equal } from "node:assert/strict";
import { maskOf, sha256Hex } from "../../src/trace/fingerprint.ts";

Deno.test("the fingerprint is SHA-256 for every length around the block size", async () => {
  for (let length = 0; length <= 200; length++) {
    const text = "aé\u{1f511}".repeat(length).slice(0, length).toWellFormed();
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    equal(sha256Hex(text), new Uint8Array(digest).toHex(), String(length));
  }
});

Deno.test("a mask shows eight digits of the fingerprint, as sha256sum prints them", () => {
  equal(maskOf("abc"), "[masked sha256:ba7816bf]");
});
