/** Replacing a file. After a crash it has either the old content or the new one. @module */

import { notWritten } from "./failures.ts";
import type { StoreFiles } from "./files.ts";
import { fileNamesIn } from "./folders.ts";

function unfinishedPattern(name: string): RegExp {
  return new RegExp(`^${name}\\.[0-9a-f]{16}\\.tmp$`);
}

/**
 * Replaces `<folder>/<name>.json`. The caller has the entry's lock.
 *
 * @throws Failure `store_not_written`; the old file is unchanged.
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
  // Readers already see the new content. Not every system can sync a folder.
  await files.syncFolder(folder).catch(() => {});
}

/** Removes the unfinished files of processes that crashed. The caller has the entry's lock. */
export async function removeUnfinishedFiles(
  files: StoreFiles,
  folder: string,
  name: string,
): Promise<void> {
  const unfinished = unfinishedPattern(name);
  for (const found of fileNamesIn(folder)) {
    if (unfinished.test(found)) await files.remove(`${folder}/${found}`);
  }
}
