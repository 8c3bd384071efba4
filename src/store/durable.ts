/**
 * Replacing a file so that a crash leaves the old content or the new one, never less.
 *
 * @module
 */

import { notWritten } from "./failures.ts";
import type { StoreFiles } from "./files.ts";
import { namesIn } from "./folders.ts";

/** What the names of an entry's unfinished files look like. */
function unfinishedOf(name: string): RegExp {
  return new RegExp(`^${name}\\.[0-9a-f]{16}\\.tmp$`);
}

/**
 * Replaces `<folder>/<name>.json`. The caller holds the entry's lock.
 *
 * @throws Failure `store_not_written`; then the old file is still there.
 */
export async function replaceFile(
  files: StoreFiles,
  folder: string,
  name: string,
  text: string,
): Promise<void> {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const unfinished = `${folder}/${name}.${random}.tmp`;
  try {
    const file = await files.createNew(unfinished);
    try {
      let bytes = new TextEncoder().encode(text);
      while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
      await file.sync();
    } finally {
      file.close();
    }
    await files.rename(unfinished, `${folder}/${name}.json`);
  } catch (error) {
    await files.remove(unfinished).catch(() => {});
    throw notWritten(`${folder}/${name}.json`, error);
  }
  // The new content is in place for every reader; a folder that cannot be synced changes nothing.
  await files.syncFolder(folder).catch(() => {});
}

/** Removes what processes that died left of an entry's unfinished files; under its lock. */
export async function removeUnfinished(
  files: StoreFiles,
  folder: string,
  name: string,
): Promise<void> {
  const unfinished = unfinishedOf(name);
  for (const found of namesIn(folder)) {
    if (unfinished.test(found)) await files.remove(`${folder}/${found}`);
  }
}
