import assert from "node:assert/strict";
import { openTokenFile } from "../../../../src/cli/commands/credentials/token_file.ts";
import { createMovedClock } from "./watched_token.ts";

const MINUTE = 60_000;

async function openFolder() {
  const folder = await Deno.makeTempDir();
  const clock = createMovedClock();
  const path = `${folder}/token`;
  let removed = 0;
  const file = await openTokenFile(path, clock, () => removed += 1);
  return {
    ...{ clock, path, file, removed: () => removed },
    /** Lets the token expire. */
    async expire() {
      await clock.waiting(1);
      clock.advance(MINUTE);
      await clock.waiting(0);
      await new Promise((resolve) => setTimeout(resolve));
    },
    async [Symbol.asyncDispose]() {
      file.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("a newer token that another process wrote remains when the own one expires", async () => {
  await using it = await openFolder();
  assert.equal(await it.file.write("mine", MINUTE), true);
  assert.equal(it.file.isValid(), true);
  await Deno.writeTextFile(it.path, "newer");
  assert.equal(it.file.isValid(), false);
  await it.expire();
  assert.deepEqual([it.removed(), await Deno.readTextFile(it.path)], [0, "newer"]);
});

Deno.test("a folder or a link at the path is not removed and not valid", async () => {
  await using it = await openFolder();
  await it.file.write("mine", MINUTE);
  await Deno.rename(it.path, `${it.path}.old`);
  await Deno.symlink(`${it.path}.old`, it.path);
  assert.equal(it.file.isValid(), false);
  await it.expire();
  assert.equal((await Deno.lstat(it.path)).isSymlink, true);
});

Deno.test("a file that was changed is written again; the same token is not", async () => {
  await using it = await openFolder();
  await it.file.write("mine", MINUTE);
  assert.equal(await it.file.write("mine", MINUTE), false);
  await Deno.writeTextFile(it.path, "them");
  assert.equal(await it.file.write("mine", MINUTE), true);
  assert.equal(await Deno.readTextFile(it.path), "mine");
  await it.expire();
  assert.equal(it.removed(), 1);
  await assert.rejects(Deno.stat(it.path), Deno.errors.NotFound);
});
