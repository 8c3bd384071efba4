/** The servers in the configuration files of all clients. Reads files; sends nothing. @module */

import { type Failure, toFailure } from "../../core/failure.ts";
import type { Env } from "../../core/system.ts";
import { configuredEntries, type ConfiguredEntry } from "./client_config.ts";
import { type ClientFile, clientFiles } from "./client_locations.ts";
import { matchingPaths, readOwnFile } from "./own_files.ts";
import { parseClientFile } from "./parse_client_file.ts";

export interface FoundEntries {
  readonly entries: readonly (ConfiguredEntry & ClientFile)[];
  /** One for each file that cannot be used. */
  readonly problems: readonly Failure[];
}

/** @param only The name of a client; by default all clients. */
export async function findEntries(env: Env, cwd: string, only?: string): Promise<FoundEntries> {
  const entries: (ConfiguredEntry & ClientFile)[] = [];
  const problems: Failure[] = [];
  for (const { client, path: pattern } of clientFiles(env, cwd)) {
    if (only !== undefined && client !== only) continue;
    for (const path of await matchingPaths(pattern)) {
      try {
        const file = await readOwnFile(path);
        const document = file && await parseClientFile(path, file.text);
        if (document === undefined) continue;
        entries.push(...configuredEntries(document, env).map((it) => ({ ...it, client, path })));
      } catch (error) {
        problems.push(toFailure(error));
      }
    }
  }
  return { entries, problems };
}
