/**
 * The files a command writes: found writable before the first request, written at the end.
 *
 * @module
 */

import { usageFailure } from "../core/failure.ts";
import type { LoginOptions } from "./login_flags.ts";
import type { LoginParts } from "./world.ts";

/** The files that were asked for. */
export interface OpenOutputs {
  /**
   * Writes one of them.
   *
   * @returns Its path, or undefined when it was not asked for.
   */
  write(name: "credentials" | "debug", text: () => Promise<string>): Promise<string | undefined>;
}

/** Where a file in a folder that is there stands, however its path is written. */
async function placeOf(path: string): Promise<string> {
  const { basename, dirname, join } = await import("node:path");
  return join(await Deno.realPath(dirname(path)), basename(path));
}

/**
 * Opens them; nothing is left behind where one is never written.
 *
 * @throws Failure of kind `usage` for a path that cannot be written, and for two that are one file:
 * the second would replace the first.
 */
export async function openOutputs(
  parts: Pick<LoginParts, "openOutputFile">,
  { credentialsOut, debugOut }: Partial<Pick<LoginOptions, "credentialsOut" | "debugOut">>,
): Promise<OpenOutputs> {
  const open = async (path: string | undefined) =>
    path === undefined ? undefined : await parts.openOutputFile(path);
  const files = { credentials: await open(credentialsOut), debug: await open(debugOut) };
  if (credentialsOut !== undefined && debugOut !== undefined) {
    if (await placeOf(credentialsOut) === await placeOf(debugOut)) {
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
