/** Replacing a file. After a crash it has either the old content or the new one. @module */

import { writeAll } from "../../core/write_all.ts";
import { notWritten } from "../failures.ts";
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
    await writeAll(await files.createNew(unfinished), text);
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
