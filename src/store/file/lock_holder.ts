/** Who has a lock, in the locked file: for the error of a process that waited too long. @module */

import { processName } from "../../core/process_name.ts";
import { printable } from "../../core/text.ts";
import type { LockHolder } from "../lock_limit.ts";
import { readPrivateFile } from "./file_permissions.ts";
import type { LockFile } from "./store_files.ts";

const encoder = new TextEncoder();

/** The caller has the lock, which is valid whether its holder can be recorded or not. */
export async function recordHolder(file: LockFile): Promise<void> {
  try {
    await file.truncate?.(0);
    await file.write?.(encoder.encode(`${processName()}\n${new Date().toISOString()}\n`));
  } catch {
    // The disk may be full.
  }
}

/** Undefined if it is unknown. */
export function readHolder(path: string, uid: number | null): LockHolder | undefined {
  const [by = "", since = ""] = readPrivateFile(path, uid)?.split("\n") ?? [];
  if (by === "" || Number.isNaN(Date.parse(since))) return undefined;
  return { by: printable(by, 200), since: new Date(since).toISOString() };
}
