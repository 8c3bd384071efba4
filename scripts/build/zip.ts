/**
 * Zip archives, whose bytes depend on nothing but the files and the time.
 *
 * @module
 */

import { zipSync } from "fflate";

/** A file to be packed. */
export interface ZipFile {
  /** Its path in the archive, with `/`. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array;
}

/**
 * The archive of these files, all of them from `seconds` after 1970 (zip begins in 1980).
 *
 * A zip archive holds the time of a clock without its zone: here UTC, wherever it is made.
 */
export function zip(files: readonly ZipFile[], seconds: number): Uint8Array<ArrayBuffer> {
  const utc = new Date(Math.max(seconds, Date.UTC(1980) / 1000) * 1000);
  const mtime = new Date(
    ...[utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate()] as const,
    ...[utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds()] as const,
  );
  return zipSync(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])), { mtime });
}
