import assert from "node:assert/strict";
import {
  damaged,
  newerVersion,
  notLocked,
  notRead,
  notWritten,
  quotedForShell,
  reasonOf,
  secretsLost,
} from "../../src/store/failures.ts";

const withCode = (code: string) => Object.assign(new Error("x"), { code });

const REASONS: readonly (readonly [error: unknown, reason: string])[] = [
  [withCode("ENOSPC"), "the disk is full"],
  [withCode("EDQUOT"), "the disk is full"],
  [withCode("EROFS"), "the disk is read-only"],
  [withCode("EFBIG"), "the file would be larger than this process may write"],
  [withCode("EIO"), "x"],
  [new Deno.errors.PermissionDenied("x"), "permission denied"],
  [new Deno.errors.NotADirectory("x"), "a part of the path is not a folder"],
  [new Error("a\x1b[2J"), "a\\x1b[2J"],
  ["thrown text", "thrown text"],
];

for (const [error, reason] of REASONS) {
  Deno.test(`the reason of ${error} is ${reason}`, () => assert.equal(reasonOf(error), reason));
}

Deno.test("each failure names the path, the reason, and keeps its cause", () => {
  const error = withCode("EROFS");
  const cases = [
    [notWritten("/a", error), "store_not_written"],
    [notLocked("/a", error), "store_not_locked"],
    [notRead("/a", error), "store_not_read"],
  ] as const;
  for (const [failure, code] of cases) {
    assert.equal(failure.code, code);
    assert.match(failure.message, /"\/a": the disk is read-only/);
    assert.equal(failure.cause, error);
  }
  assert.match(damaged("/a", "reason").message, /"\/a".*reason/);
  assert.match(damaged("/a b", "reason").remedy ?? "", /rm '\/a b'/);
  assert.match(newerVersion("/a", 3, 2).message, /"\/a" has version 3.* 2;/);
  assert.match(secretsLost("/a", "reason").message, /"\/a".*reason/);
});

Deno.test("a path is one word of a shell, quotes and control characters in it too", async () => {
  for (const path of ["/a b", "/it's $(x) `y`", '/"', "/-n"]) {
    const args = ["-c", `printf %s ${quotedForShell(path)}`];
    const { stdout } = await new Deno.Command("sh", { args }).output();
    assert.equal(new TextDecoder().decode(stdout), path);
  }
  assert.equal(quotedForShell("/a\x1b"), "'/a\\x1b'");
});
