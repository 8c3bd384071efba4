/** Reads files of other programs, which must belong to the user. @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";

/** Some clients keep their history in their configuration file. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface OwnFile {
  /** After symbolic links. */
  readonly path: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export function unusableFile(path: string, why: string): Failure {
  return new Failure("client_file_invalid", `${quoted(path)}: ${why}`, {
    remedy: "Fix or remove the file; mcpass continues without it",
  });
}

/**
 * Undefined if there is no such file.
 *
 * @throws Failure `client_file_invalid` for a file that belongs to another user or cannot be read.
 */
export async function readOwnFile(
  path: string,
  uid: number | null = Deno.uid(),
): Promise<OwnFile | undefined> {
  try {
    const target = await Deno.realPath(path);
    const { isFile, size, mtime, uid: owner } = await Deno.stat(target);
    if (!isFile) return undefined;
    if (uid !== null && owner !== null && owner !== uid) {
      throw unusableFile(path, "it belongs to another user");
    }
    if (size > MAX_BYTES) throw unusableFile(path, "it is larger than 64 MiB");
    const text = await Deno.readTextFile(target);
    return { path: target, text, modifiedAt: mtime?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    if (error instanceof Failure) throw error;
    throw unusableFile(path, error instanceof Error ? error.message : String(error));
  }
}
