import assert from "node:assert/strict";
import { expiryText } from "../../../../src/cli/commands/config/import_text.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z");

for (
  const [seconds, text] of [
    [8, "valid for 8 seconds, has a refresh token"],
    [2700, "valid for 45 minutes, has a refresh token"],
    [-3, "expired 3 seconds ago, has a refresh token"],
    [-200_000, "expired 2 days ago, has a refresh token"],
  ] as const
) {
  Deno.test(`a found token that ends in ${seconds} s: ${text}`, () => {
    const expiresAt = new Date(NOW + seconds * 1000).toISOString();
    assert.equal(expiryText({ expiresAt, hasRefreshToken: true }, NOW), text);
  });
}
