import { documentText } from "../../terminal/json_text.ts";
import { VERSION } from "../../../core/version.ts";
import { REVISION_IDS } from "../../../oauth/mcp/revision.ts";
import type { Command } from "../../command/command.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";

/** The build replaces this text by the commit, of the same length, so that source maps stay correct. */
const STAMP = "@mcpass-commit@                                  ".trimEnd();

export interface VersionDocument {
  readonly version: string;
  /** Ends with `-modified` if files differed from the commit. */
  readonly commit: string | null;
  readonly runtime: string;
  readonly target: string;
  readonly supportedRevisions: readonly string[];
}

export const VERSION_COMMAND: Command<typeof RESULT_FLAGS> = {
  name: "version",
  summary: "Show the version, the commit, the runtime, the target and the MCP revisions",
  examples: [["for a bug report", "mcpass version --format json"]],
  flags: RESULT_FLAGS,
  run(_given, { runtime, format }) {
    const document: VersionDocument = {
      version: VERSION,
      commit: STAMP.startsWith("@") ? null : STAMP,
      runtime: `deno ${Deno.version.deno}`,
      target: Deno.build.target,
      supportedRevisions: REVISION_IDS,
    };
    runtime.io.out(
      format === "json"
        ? documentText(document)
        : `mcpass ${document.version} (${document.runtime}, ${document.target})\n` +
          `commit ${document.commit ?? "unknown: run from source"}\n` +
          `MCP revisions ${REVISION_IDS.join(", ")}\n`,
    );
    return Promise.resolve(0);
  },
};
