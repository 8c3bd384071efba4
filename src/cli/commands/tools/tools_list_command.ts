import type { Finding } from "../../../core/finding.ts";
import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { isObject, type JsonObject, member, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import { placeholderWords } from "../../mcp/arguments.ts";
import { toLines } from "../../mcp/content_text.ts";
import { aboutLines, argumentLines, itemHead } from "../../mcp/item_text.ts";
import { credentialOptions, listItems } from "../../mcp/mcp_access.ts";
import { mcpCommand } from "../../mcp/mcp_command.ts";
import { fieldsOf, type SchemaField } from "../../mcp/schema_fields.ts";
import { unknownName, withName } from "../../mcp/unknown_name.ts";
import type { CommandReport } from "../../shared/session_command.ts";
import { nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

interface Look {
  readonly view: View;
  readonly schema: boolean;
  /** True for complete descriptions. */
  readonly full: boolean;
}

function schemaLines(tool: JsonObject): string[] {
  return ["inputSchema", "outputSchema"].flatMap((name) => {
    const schema = member(tool, name);
    return isObject(schema)
      ? toLines(`${name}: ${JSON.stringify(schema, null, 2)}`).map((line) => `  ${line}`)
      : [];
  });
}

function toolLines(tool: JsonObject, { view, schema, full }: Look): string[] {
  return [
    "",
    ...itemHead(stringMember(tool, "name") ?? "", view),
    ...aboutLines(tool, view, full),
    ...schema ? schemaLines(tool) : argumentLines(fieldsOf(tool["inputSchema"]), view, full),
  ];
}

export interface ToolsListDocument {
  readonly tools: readonly JsonObject[];
  readonly findings: readonly Finding[];
}

function requiredFields(tool: JsonObject): SchemaField[] {
  return fieldsOf(tool["inputSchema"]).filter(({ isRequired }) => isRequired);
}

function toolsText(
  tools: readonly JsonObject[],
  server: string,
  options: OptionTexts,
  look: Look,
): string {
  const { view } = look;
  const head = `${counted(tools.length, "tool")} at ${safeText(server, view)}`;
  const [only, ...others] = tools;
  const words = others.length === 0 && only !== undefined
    ? [stringMember(only, "name") ?? "", ...placeholderWords(requiredFields(only))]
    : ["<tool>", "<name>=<value>"];
  const call = commandText("tools call", options, words);
  const body = tools.length === 0 ? [] : [
    ...tools.flatMap((tool) => toolLines(tool, look)),
    "",
    ...nextLines([others.length === 0 ? "Call it" : "Call one of them", { line: call }], view),
  ];
  return `${[...wrap(head, view.width).map(view.style.bold), ...body].join("\n")}\n`;
}

export const TOOLS_LIST_COMMAND = mcpCommand({
  name: "tools list",
  summary: "List the tools of an MCP server with their arguments",
  examples: [
    ["with the stored sign-in", "mcpass tools list https://server.example/mcp"],
    [
      "one tool, with its complete description and schema",
      "mcpass tools list https://server.example/mcp forecast --schema",
    ],
    [
      "with a token",
      'MCPASS_ACCESS_TOKEN="$TOKEN" \\\n  mcpass tools list https://server.example/mcp',
    ],
    [
      "names for a script",
      "mcpass tools list https://server.example/mcp --format json \\\n" +
      "  | jq -r '.tools[].name'",
    ],
  ],
  operands: "[tool...]",
  flags: flagGroup("Output:", {
    schema: toggle("show the JSON schemas of the tools instead of a line for each argument"),
  }),
  async use(use): Promise<CommandReport> {
    const { session, found, mcp, invocation: { operands, options } } = use;
    const all = await listItems(mcp, session, found, "tools");
    const own = credentialOptions(session.serverUrl, found);
    const names = all.map((tool) => stringMember(tool, "name") ?? "");
    const missing = operands.find((name) => !names.includes(name));
    if (missing !== undefined) {
      const list = { line: commandText("tools list", own) };
      const corrected = withName(use, TOOLS_LIST_COMMAND, missing);
      throw unknownName({ noun: "tool", name: missing, names, list, corrected });
    }
    const tools = operands.length === 0
      ? all
      : all.filter((tool) => operands.includes(stringMember(tool, "name") ?? ""));
    const findings = session.recorder.findings();
    return {
      document: { tools, findings } satisfies ToolsListDocument,
      findings,
      text: (view, shown) => {
        const { tools } = shown as { readonly tools: readonly JsonObject[] };
        const look = { view, schema: options.schema, full: operands.length > 0 };
        return toolsText(tools, session.serverUrl, own, look);
      },
    };
  },
});
