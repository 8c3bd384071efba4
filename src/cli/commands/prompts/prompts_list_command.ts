import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { type JsonObject, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { aboutLines, argumentLines, itemHead } from "../../mcp/item_text.ts";
import { credentialOptions, listItems } from "../../mcp/mcp_access.ts";
import { mcpCommand } from "../../mcp/mcp_command.ts";
import { promptFields } from "../../mcp/schema_fields.ts";
import { nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

function promptLines(prompt: JsonObject, view: View): string[] {
  return [
    "",
    ...itemHead(stringMember(prompt, "name") ?? "", view),
    ...aboutLines(prompt, view, false),
    ...argumentLines(promptFields(prompt), view, false),
  ];
}

function promptsText(
  prompts: readonly JsonObject[],
  server: string,
  options: OptionTexts,
  view: View,
): string {
  const head = `${counted(prompts.length, "prompt")} at ${safeText(server, view)}`;
  const get = commandText("prompts get", options, ["<prompt>", "<name>=<value>"]);
  const body = prompts.length === 0 ? [] : [
    ...prompts.flatMap((prompt) => promptLines(prompt, view)),
    "",
    ...nextLines(["Get one of them", { line: get }], view),
  ];
  return `${[...wrap(head, view.width).map(view.style.bold), ...body].join("\n")}\n`;
}

export const PROMPTS_LIST_COMMAND = mcpCommand({
  name: "prompts list",
  summary: "List the prompts of an MCP server with their arguments",
  examples: [
    ["with the stored sign-in", "mcpass prompts list https://server.example/mcp"],
    [
      "names for a script",
      "mcpass prompts list https://server.example/mcp --format json \\\n" +
      "  | jq -r '.prompts[].name'",
    ],
  ],
  flags: {},
  async use({ session, found, mcp }) {
    const prompts = await listItems(mcp, session, found, "prompts");
    const options = credentialOptions(session.serverUrl, found);
    const findings = session.recorder.findings();
    return {
      document: { prompts, findings },
      findings,
      text: (view, shown) => {
        const { prompts } = shown as { readonly prompts: readonly JsonObject[] };
        return promptsText(prompts, session.serverUrl, options, view);
      },
    };
  },
});
