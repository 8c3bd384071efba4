/**
 * `mcpass tools call`.
 *
 * @module
 */

import { Failure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import type { McpSession } from "../../../flow/mcp/mcp_session.ts";
import type { Command } from "../../command/command.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { value } from "../../command/flag.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import type { RequiredOption } from "../../command/command.ts";
import { CONSUMER_FLAGS, tokenWarnings } from "../../shared/server_flags.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { runOnServer, type Workplace } from "../../shared/server_run.ts";
import { TOKEN_NOTES } from "./tools_list_command.ts";
import { credentialsFor, type FoundCredentials, listTools, sessionWith } from "./tools_session.ts";
import { toolChoices, toolResultText } from "./tools_text.ts";
import { text } from "../../args/values.ts";

const TOOL = "Tool:";

/** The flags. */
export const TOOLS_CALL_FLAGS = {
  toolName: value(TOOL, "--tool-name, --name <name>", "the tool to call", text),
  toolArgs: value(
    TOOL,
    "--tool-args <json>",
    "its arguments: a JSON object, @file, or - for standard input",
    text,
  ),
  ...CONSUMER_FLAGS,
};

const REQUIRED_TOOL: RequiredOption<typeof TOOLS_CALL_FLAGS> = {
  option: "toolName",
  missing: ({ toolName }) => toolName === undefined,
  message: "Which tool? It is called for real",
  reason: "the tool to call; mcpass tools list shows the names",
  search: true,
  later: true,
};

/** Asks which of the server's tools. */
async function pickTool(
  session: McpSession,
  place: Workplace,
  found: FoundCredentials,
): Promise<string> {
  const tools = await listTools(session, place, found);
  place.progress.finish();
  const { askRequired } = await import("../../prompt/ask.ts");
  return await askRequired(TOOLS_CALL_FLAGS, REQUIRED_TOOL, place.runtime, toolChoices(tools));
}

/** Calls a tool. */
export const TOOLS_CALL_COMMAND: Command<typeof TOOLS_CALL_FLAGS> = {
  name: "tools call",
  summary: "Call a tool of an MCP server",
  examples: [
    [
      "with arguments on the line",
      "mcpass tools call --url https://server.example/mcp --tool-name forecast \\\n" +
      `  --tool-args '{"city":"Oslo"}'`,
    ],
    [
      "arguments from a file, the whole result as JSON",
      "mcpass tools call --url https://server.example/mcp --tool-name forecast \\\n" +
      "  --tool-args @args.json --format json",
    ],
  ],
  flags: TOOLS_CALL_FLAGS,
  requiredOptions: [REQUIRED_SERVER, REQUIRED_TOOL],
  notes: [
    ...TOKEN_NOTES,
    "The JSON is the tool's result as the server sent it. Exit status: 0 done, 1 failed (also a " +
    "result with isError), 2 usage, 4 a person has to sign in, 130 cancelled.",
  ],
  async run(given, context) {
    const { toolArgs } = given.options;
    const args = toolArgs === undefined
      ? {}
      : await readJsonObject("--tool-args", toolArgs, context.runtime.io);
    return await runOnServer({
      name: "tools call",
      flags: TOOLS_CALL_FLAGS,
      ...{ given, context },
      warnings: tokenWarnings(given),
      attempted: given.options.toolName === undefined
        ? "could not call a tool of"
        : `could not call the tool ${quoted(given.options.toolName, 60)} of`,
    }, async (place) => {
      const found = await credentialsFor(place, given);
      const session = sessionWith(place, given, found);
      try {
        const toolName = given.options.toolName ?? await pickTool(session, place, found);
        const { isError, result } = await session.use(
          "verify_call_tool",
          "calling the tool",
          (connection) => connection.callTool(toolName, args),
        );
        return {
          isForeign: true,
          document: result,
          text: (_view, shown) => toolResultText(shown as JsonObject),
          failure: isError
            ? new Failure("tool_error", `the tool ${quoted(toolName, 60)} answered with an error`, {
              remedy: "The token is good. Go by the tool's words; arguments: --tool-args '<json>'",
            })
            : undefined,
        };
      } finally {
        await session.close();
      }
    });
  },
  failed: errorDocument,
};
