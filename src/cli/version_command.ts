/**
 * `mcpass version`.
 *
 * @module
 */

import { VERSION } from "../core/version.ts";
import type { Command } from "./command.ts";
import { COMMON_FLAGS, formatFlag } from "./common_flags.ts";
import type { FlagTable } from "./flag.ts";
import { jsonText } from "./json_text.ts";
import { errorDocument } from "./failure_output.ts";

const FLAGS: FlagTable = { format: formatFlag(["human", "json"]), ...COMMON_FLAGS };

/** Shows which program this is. */
export const VERSION_COMMAND: Command<FlagTable> = {
  name: "version",
  summary: "Show the version, the runtime and the platform",
  examples: [["for a report", "mcpass version --format json"]],
  flags: FLAGS,
  run(_given, { world, format }) {
    const document = {
      version: VERSION,
      runtime: `deno ${Deno.version.deno}`,
      platform: Deno.build.target,
    };
    world.io.out(
      format === "json"
        ? jsonText(document)
        : `mcpass ${document.version} (${document.runtime}, ${document.platform})\n`,
    );
    return Promise.resolve(0);
  },
  failed: errorDocument,
};
