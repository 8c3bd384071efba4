/**
 * The environment of the programs that this one starts.
 *
 * @module
 */

import type { Env } from "./deps.ts";

/** Everything but what carries this program's secrets or its settings. */
export function childEnvironment(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env.toObject()).filter(([name]) => !/^MCPASS_/i.test(name)),
  );
}
