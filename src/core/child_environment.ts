/** The environment of the programs that this one starts. @module */

import type { Env } from "./deps.ts";
import { absoluteFolders } from "./find_program.ts";

/**
 * Everything but what carries this program's secrets or its settings. `PATH` has only its absolute
 * folders: openers such as `xdg-open` are scripts that look up other programs in it.
 */
export function childEnvironment(env: Env, os: string = Deno.build.os): Record<string, string> {
  const separator = os === "windows" ? ";" : ":";
  return Object.fromEntries(
    Object.entries(env.toObject())
      .filter(([name]) => !/^MCPASS_/i.test(name))
      .map(([name, value]) => [
        name,
        /^path$/i.test(name) ? absoluteFolders(value, os).join(separator) : value,
      ]),
  );
}
