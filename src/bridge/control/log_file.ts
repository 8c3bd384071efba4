/** A file of lines that does not grow without limit. @module */

import { Failure, usageFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";

/** The size at which a file becomes `<path>.1`, which it replaces. */
export const MAX_LOG_BYTES = 10 * 1024 * 1024;

export interface LogFile {
  /** Writes in the order of the calls; a fault is reported once, and ends the writing. */
  write(line: string): void;
  close(): Promise<void>;
}

const encoder = new TextEncoder();

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    const existing = await Deno.lstat(path).catch(() => undefined);
    if (existing !== undefined && !existing.isFile) throw new Error("it is not a regular file");
    return await Deno.open(path, { append: true, create: true, mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure(
      "unwritable_output",
      `cannot write ${quoted(path)}: ${reason}`,
      "Choose a file in a folder where you have write access",
    );
  }
}

/**
 * Appends to a file, which only its owner can read. Several processes can use one path: each line is
 * one write.
 *
 * @throws Failure `unwritable_output` (usage).
 */
export async function openLogFile(
  path: string,
  onFault: (failure: Failure) => void,
  maxBytes: number = MAX_LOG_BYTES,
): Promise<LogFile> {
  let file = await openFile(path);
  let last: Promise<void> = Promise.resolve();
  let isBroken = false;

  async function append(line: string): Promise<void> {
    if (isBroken) return;
    try {
      if ((await file.stat()).size >= maxBytes) {
        file.close();
        // Another process may have done this already.
        const { size } = await Deno.stat(path);
        if (size >= maxBytes) await Deno.rename(path, `${path}.1`);
        file = await openFile(path);
      }
      await file.write(encoder.encode(line));
    } catch (error) {
      isBroken = true;
      const message = `cannot write the log ${quoted(path)}`;
      onFault(new Failure("output_not_written", message, { cause: error }));
    }
  }

  return {
    write(line) {
      last = last.then(() => append(line));
    },
    async close() {
      await last;
      file.close();
    },
  };
}
