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

/** A folder has so many files that are read. */
const MAX_MATCHES = 100;

/** The paths that a path with `*` in the name of a folder or file means; none that cannot be listed. */
export async function matchingPaths(pattern: string): Promise<string[]> {
  const [, folder = "", name, rest = ""] = /^(.*?[\\/])([^\\/]*\*[^\\/]*)(.*)$/s.exec(pattern) ??
    [];
  if (name === undefined) return [pattern];
  const [start = "", end = ""] = name.split("*");
  const names: string[] = [];
  try {
    for await (const found of Deno.readDir(folder)) {
      if (found.name.startsWith(start) && found.name.endsWith(end)) names.push(found.name);
    }
  } catch {
    return [];
  }
  return names.sort().slice(0, MAX_MATCHES).map((found) => folder + found + rest);
}
