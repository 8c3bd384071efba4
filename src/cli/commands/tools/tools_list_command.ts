/**
 * `mcpass tools list`.
 *
 * @module
 */

import type { JsonObject } from "../../../core/json.ts";
import type { Command } from "../../command/command.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { CONSUMER_FLAGS, tokenWarnings } from "../../shared/server_flags.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { runOnServer } from "../../shared/server_run.ts";
import { credentialsFor, flagsOf, listTools, sessionWith } from "./tools_session.ts";
import { toolTable } from "./tools_text.ts";

/** What commands with a token say about where it comes from. */
export const TOKEN_NOTES: readonly string[] = [
  "The token is --access-token (or MCPASS_ACCESS_TOKEN), else that of --credentials-file, else the " +
  "stored sign-in. A kept token is renewed when it expires or is refused; when the server wants " +
  "more scope, a person at a terminal is asked to sign in for it.",
];

/** Lists the tools of a server. */
export const TOOLS_LIST_COMMAND: Command<typeof CONSUMER_FLAGS> = {
  name: "tools list",
  summary: "List the tools of an MCP server",
  examples: [
    ["with the stored sign-in", "mcpass tools list --url https://server.example/mcp"],
    [
      "with a token",
      'MCPASS_ACCESS_TOKEN="$TOKEN" \\\n  mcpass tools list --url https://server.example/mcp',
    ],
    [
      "names for a script",
      "mcpass tools list --url https://server.example/mcp --format json \\\n" +
      "  | jq -r '.tools[].name'",
    ],
  ],
  flags: CONSUMER_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    ...TOKEN_NOTES,
    "Exit status: 0 done, 1 failed, 2 usage, 4 a person has to sign in, 130 cancelled.",
  ],
  run: (given, context) =>
    runOnServer({
      name: "tools list",
      flags: CONSUMER_FLAGS,
      ...{ given, context },
      warnings: tokenWarnings(given),
      attempted: "could not list the tools of",
    }, async (place) => {
      const found = await credentialsFor(place, given);
      const session = sessionWith(place, given, found);
      try {
        const tools = await listTools(session, place, found);
        return {
          isForeign: true,
          document: { tools },
          text: (view, shown) => {
            const { tools } = shown as { readonly tools: readonly JsonObject[] };
            const flags = flagsOf(place.serverUrl, found.source);
            return toolTable(tools, place.serverUrl, flags, view);
          },
        };
      } finally {
        await session.close();
      }
    }),
  failed: errorDocument,
};
