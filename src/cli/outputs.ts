/**
 * The files a login writes: opened before the first request, filled at the end.
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
  write(name: "credentials" | "debug", text: () => string): Promise<string | undefined>;
  /** Leaves the files that were not written as they were before. */
  discard(): Promise<void>;
}

/**
 * Opens them.
 *
 * @throws Failure of kind `usage` for a path that cannot be written.
 */
export async function openOutputs(
  parts: Pick<LoginParts, "openOutputFile">,
  options: Pick<LoginOptions, "credentialsOut" | "debugOut">,
): Promise<OpenOutputs> {
  const open = new Map<string, Awaited<ReturnType<LoginParts["openOutputFile"]>>>();
  const discard = async () => {
    for (const file of open.values()) await file.discard();
    open.clear();
  };
  try {
    const wanted = { credentials: options.credentialsOut, debug: options.debugOut };
    for (const [name, path] of Object.entries(wanted)) {
      if (path !== undefined) open.set(name, await parts.openOutputFile(path));
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    discard,
    async write(name, text) {
      const file = open.get(name);
      if (file === undefined) return undefined;
      await file.write(text());
      open.delete(name);
      return file.path;
    },
  };
}
