import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { type JsonObject, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { printable } from "../../../core/text.ts";
import { aboutLines, itemHead } from "../../mcp/item_text.ts";
import { credentialOptions, LIST_NOUNS, listItems } from "../../mcp/mcp_access.ts";
import { mcpCommand } from "../../mcp/mcp_command.ts";
import { nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

type Kind = "resources" | "resourceTemplates";

/** The member that identifies an item of the list. */
const ADDRESS = { resources: "uri", resourceTemplates: "uriTemplate" } as const;

function factsOf(item: JsonObject): string {
  const { size } = item;
  const facts = [
    stringMember(item, "title") ?? stringMember(item, "name"),
    stringMember(item, "mimeType"),
    typeof size === "number" ? counted(size, "byte") : undefined,
  ];
  return printable(facts.filter((fact) => fact !== undefined).join(", "), 300);
}

function resourceLines(item: JsonObject, kind: Kind, view: View): string[] {
  const facts = factsOf(item);
  return [
    "",
    ...itemHead(stringMember(item, ADDRESS[kind]) ?? "", view),
    ...facts === "" ? [] : wrap(facts, view.width, "  "),
    ...stringMember(item, "description") === undefined ? [] : aboutLines(item, view, false),
  ];
}

function resourcesText(
  items: readonly JsonObject[],
  kind: Kind,
  server: string,
  options: OptionTexts,
  view: View,
): string {
  const head = `${counted(items.length, LIST_NOUNS[kind])} at ${safeText(server, view)}`;
  const read = commandText("resources read", options, ["<uri>"]);
  const intro = kind === "resources"
    ? "Read one of them"
    : "Read one, with its variables filled in";
  const body = items.length === 0 ? [] : [
    ...items.flatMap((item) => resourceLines(item, kind, view)),
    "",
    ...nextLines([intro, { line: read }], view),
  ];
  return `${[...wrap(head, view.width).map(view.style.bold), ...body].join("\n")}\n`;
}

function listCommand(
  kind: Kind,
  name: string,
  summary: string,
  examples: readonly (readonly [string, string])[],
) {
  return mcpCommand({
    name,
    summary,
    examples,
    flags: {},
    async use({ session, found, mcp }) {
      const items = await listItems(mcp, session, found, kind);
      const options = credentialOptions(session.serverUrl, found);
      const findings = session.recorder.findings();
      return {
        document: { [kind]: items, findings },
        findings,
        text: (view, shown) => {
          const { [kind]: items = [] } = shown as { readonly [K in Kind]?: readonly JsonObject[] };
          return resourcesText(items, kind, session.serverUrl, options, view);
        },
      };
    },
  });
}

export const RESOURCES_LIST_COMMAND = listCommand(
  "resources",
  "resources list",
  "List the resources of an MCP server",
  [
    ["with the stored sign-in", "mcpass resources list https://server.example/mcp"],
    [
      "URIs for a script",
      "mcpass resources list https://server.example/mcp --format json \\\n" +
      "  | jq -r '.resources[].uri'",
    ],
  ],
);

export const RESOURCES_TEMPLATES_COMMAND = listCommand(
  "resourceTemplates",
  "resources templates",
  "List the resource templates of an MCP server",
  [["with the stored sign-in", "mcpass resources templates https://server.example/mcp"]],
);
