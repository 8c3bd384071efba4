/** Starts this program as a process of its own, which survives the bridge. @module */

import { spawnDetached } from "../../consent/browser.ts";

export interface LoginProcess {
  /** The arguments after the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Without `deno compile`, the program is the runtime with the main module. */
function ownCommand(): readonly string[] {
  const own = Deno.execPath();
  return Deno.build.standalone ? [own] : [own, "run", "-A", "--quiet", Deno.mainModule];
}

/**
 * The process has a session of its own, so no signal to the bridge or its group reaches it, and no
 * stream of the bridge. Resolves with its exit status. On Windows a host may end all processes that it started.
 */
export async function startLogin({ args, env }: LoginProcess): Promise<number> {
  const [program = "", ...first] = ownCommand();
  return await spawnDetached({ program, args: [...first, ...args], env: { ...env } });
}
