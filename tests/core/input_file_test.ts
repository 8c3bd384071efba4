import assert from "node:assert/strict";
import { unreadableReason, UnsupportedFile } from "../../src/core/input_file.ts";

Deno.test("each reason why a file cannot be read has one wording; other errors have none", () => {
  const rows = [
    [new Deno.errors.NotFound("x"), "there is no such file"],
    [new Deno.errors.PermissionDenied("x"), "permission denied"],
    [new Deno.errors.IsADirectory("x"), "it is a folder"],
    [new UnsupportedFile("it is not a regular file"), "it is not a regular file"],
    [new Error("x"), undefined],
  ] as const;
  for (const [error, reason] of rows) assert.equal(unreadableReason(error), reason);
});
