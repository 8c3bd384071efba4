import { writeAll } from "../core/write_all.ts";
import { Failure, usageFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";

/** Checked before the first request, and written completely or not at all. */
export interface OutputFile {
  readonly path: string;
  /** Replaces the file, readable only by its owner. @throws Failure `output_not_written`. */
  write(content: string | Uint8Array<ArrayBuffer>): Promise<void>;
}

const REMEDY = "Choose a file in a folder where you have write access";

function unusable(path: string, reason: string, remedy = REMEDY): Failure {
  return usageFailure("unwritable_output", `cannot write ${quoted(path)}: ${reason}`, remedy);
}

function whyUnwritable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.AlreadyExists) return "another process has just created it";
  // The runtime denies /proc, /sys and /dev; its message is about compiled permissions.
  if (error instanceof Deno.errors.NotCapable) return "files cannot be created there";
  return error instanceof Error ? error.message : String(error);
}

/** In the same folder, so that the rename stays on one file system. */
function temporaryPath(path: string): string {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const name = path.split(/[\\/]/).at(-1) ?? "";
  return `${path.slice(0, path.length - name.length)}.${name.slice(0, 64)}.${random}.tmp`;
}

async function checkExisting(path: string): Promise<void> {
  const existing = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (existing === undefined) return;
  if (existing.isSymlink) {
    const remedy = "Use the path of the file itself: a link could point anywhere";
    throw unusable(path, "it is a symbolic link", remedy);
  }
  if (existing.isDirectory) throw unusable(path, "it is a folder", "Choose a file in it");
  if (!existing.isFile) throw unusable(path, "it is not a regular file");
  (await Deno.open(path, { write: true })).close();
}

async function writeNew(path: string, content: string | Uint8Array<ArrayBuffer>): Promise<void> {
  await writeAll(await Deno.open(path, { write: true, createNew: true, mode: 0o600 }), content);
}

/** Replaces what is at the path, or fails if `isNew` and something is there. */
async function publish(temporary: string, path: string, isNew: boolean): Promise<void> {
  if (!isNew) return await Deno.rename(temporary, path);
  try {
    await Deno.link(temporary, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    // A file system without hard links: the name is reserved first.
    (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
    return await Deno.rename(temporary, path);
  }
  await Deno.remove(temporary);
}

export interface OutputOptions {
  /** True for a file that must not exist when it is written. */
  readonly isNew?: boolean;
}

/** @throws Failure `unwritable_output` (usage) for links, folders, devices and forbidden places. */
export async function openOutputFile(
  path: string,
  { isNew = false }: OutputOptions = {},
): Promise<OutputFile> {
  if (path === "" || /[\\/]$/.test(path)) throw unusable(path, "it does not name a file");
  if (path.includes("\0")) throw unusable(path, "it has a NUL character");
  try {
    await checkExisting(path);
    const trial = temporaryPath(path);
    await writeNew(trial, "");
    await Deno.remove(trial);
  } catch (error) {
    throw error instanceof Failure ? error : unusable(path, whyUnwritable(error));
  }
  return {
    path,
    async write(content) {
      const temporary = temporaryPath(path);
      try {
        await writeNew(temporary, content);
        await publish(temporary, path, isNew);
      } catch (error) {
        await Deno.remove(temporary).catch(() => {});
        const message = `cannot write ${quoted(path)}: ${whyUnwritable(error)}`;
        throw new Failure("output_not_written", message, { remedy: REMEDY, cause: error });
      }
    },
  };
}
