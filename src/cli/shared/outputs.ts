/**
 * The files a command writes: found writable before the first request, written at the end.
 * @module
 */

import { usageFailure } from "../../core/failure.ts";
import type { Runtime } from "../command/runtime.ts";

export interface OpenOutputs {
  /**
   * Writes one of the files.
   *
   * @returns Its path; undefined if it was not requested.
   */
  write(name: "credentials" | "debug", text: () => Promise<string>): Promise<string | undefined>;
}

/** The canonical path of a file that may not exist yet, in a folder that exists. */
async function canonicalPath(path: string): Promise<string> {
  const { basename, dirname, join } = await import("node:path");
  return join(await Deno.realPath(dirname(path)), basename(path));
}

/**
 * Opens the files. A file that is never written leaves nothing behind.
 *
 * @throws Failure of kind `usage` for a path that cannot be written, and for two that are one file:
 * the second would replace the first.
 */
export async function openOutputs(
  runtime: Pick<Runtime, "load">,
  debugOut: string | undefined,
  credentialsOut?: string | undefined,
): Promise<OpenOutputs> {
  const open = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    const { openOutputFile } = await runtime.load(() => import("../../trace/output_file.ts"));
    return await openOutputFile(path);
  };
  const files = { credentials: await open(credentialsOut), debug: await open(debugOut) };
  if (credentialsOut !== undefined && debugOut !== undefined) {
    if (await canonicalPath(credentialsOut) === await canonicalPath(debugOut)) {
      throw usageFailure(
        "impossible_combination",
        "--debug-out and --credentials-out name the same file",
        "Give two different paths",
      );
    }
  }
  return {
    async write(name, text) {
      const file = files[name];
      await file?.write(await text());
      return file?.path;
    },
  };
}
