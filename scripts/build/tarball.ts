/**
 * Archives of a folder, for the release and for npm.
 *
 * @module
 */

import { run } from "../shell.ts";

/** How to pack. */
export interface TarballOptions {
  /** Folder in the archive that the files are in, with a slash at its end. */
  readonly prefix?: string;
  /** gzip's level. */
  readonly level?: number;
  /** Time of every file, in seconds. */
  readonly time: number;
}

/** Packs these files of a folder. The bytes depend only on the files and the options. */
export async function packTarball(
  folder: string,
  names: readonly string[],
  archive: string,
  { prefix = "", level = 9, time }: TarballOptions,
): Promise<void> {
  const packed = await run("tar", [
    ...["--create", "--sort=name", `--mtime=@${time}`, "--owner=0", "--group=0"],
    ...["--numeric-owner", "--mode=u=rwX,go=rX", `--use-compress-program=gzip -${level} -n`],
    ...[`--transform=s,^,${prefix},`, "--file", archive, "--directory", folder, ...names],
  ]);
  if (!packed.success) throw new Error(`Cannot pack "${archive}":\n${packed.stderr}`);
}
