import { type JsonObject, stringMember } from "../../../core/json.ts";
import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { counted } from "../../../core/quantities.ts";
import { printable } from "../../../core/text.ts";
import type { Command } from "../../command/command.ts";
import {
  credentialOptions,
  credentialsFor,
  listTools,
  startAuthorizedSession,
} from "../../shared/mcp_access.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { TOKEN_COMMAND_FLAGS, TOKEN_NOTES, tokenNeeds } from "../../shared/token_command_flags.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { aboutTool } from "../../shared/tool_choices.ts";
import { nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { columnOf, type Field, fields, wrap } from "../../terminal/layout.ts";

/** A longer name is on a line of its own. */
const NAME_COLUMNS = 32;

const MAX_NAME = 1200;

/** Characters of a description; the JSON document has all of it. */
const MAX_ABOUT = 160;

function toolTable(
  tools: readonly JsonObject[],
  server: string,
  options: OptionTexts,
  view: View,
): string {
  const rows = tools.map((tool): Field => [
    printable(stringMember(tool, "name") ?? "", MAX_NAME),
    printable(aboutTool(tool), MAX_ABOUT),
  ]);
  const column = Math.min(columnOf(rows), NAME_COLUMNS + 2);
  const lines = rows.flatMap(([name, about]) =>
    name.length + 2 > column && about !== ""
      ? [name, ...wrap(about, view.width, " ".repeat(column))]
      : fields([[name, about]], view.width, column).map((line) => line.trimEnd())
  );
  const head = `${counted(tools.length, "tool")} at ${safeText(server, view)}`;
  const call = commandText("tools call", { ...options, toolName: "<name>" });
  const next = nextLines(["Call one", { line: call }], view);
  const body = tools.length === 0 ? [] : ["", ...lines, "", ...next];
  return `${[...wrap(head, view.width).map(view.style.bold), ...body].join("\n")}\n`;
}

export const TOOLS_LIST_COMMAND: Command<typeof TOKEN_COMMAND_FLAGS> = sessionCommand({
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
  flags: TOKEN_COMMAND_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    ...TOKEN_NOTES,
    "Exit status: 0 done, 1 failed, 2 usage, 4 a person has to sign in, 130 cancelled.",
  ],
  needs: (invocation) => tokenNeeds(invocation, "list the tools of"),
  async report(session, invocation) {
    const found = await credentialsFor(session, invocation);
    await using mcp = startAuthorizedSession(session, invocation, found);
    const tools = await listTools(mcp, session, found);
    const options = credentialOptions(session.serverUrl, found);
    const findings = session.recorder.findings();
    return {
      document: { tools, findings },
      findings,
      text: (view, shown) => {
        const { tools } = shown as { readonly tools: readonly JsonObject[] };
        return toolTable(tools, session.serverUrl, options, view);
      },
    };
  },
});
