/**
 * The files a command writes: found writable before the first request, written at the end.
 *
 * @module
 */

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

/**
 * Opens them; nothing is left behind where one is never written.
 *
 * @throws Failure of kind `usage` for a path that cannot be written.
 */
export async function openOutputs(
  parts: Pick<LoginParts, "openOutputFile">,
  { credentialsOut, debugOut }: Partial<Pick<LoginOptions, "credentialsOut" | "debugOut">>,
): Promise<OpenOutputs> {
  const open = async (path: string | undefined) =>
    path === undefined ? undefined : await parts.openOutputFile(path);
  const files = { credentials: await open(credentialsOut), debug: await open(debugOut) };
  return {
    async write(name, text) {
      const file = files[name];
      await file?.write(await text());
      return file?.path;
    },
  };
}
