import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { isObject, type JsonObject, stringMember } from "../../../core/json.ts";
import { printable } from "../../../core/text.ts";
import type { ServerDescription } from "../../../mcp/connection.ts";
import { ERA_NAMES, TRANSPORT_NAMES } from "../../../oauth/mcp/http_sse.ts";
import { toLines } from "../../mcp/content_text.ts";
import { credentialOptions } from "../../mcp/mcp_access.ts";
import { mcpCommand } from "../../mcp/mcp_command.ts";
import { nextLines, rowsText, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import { serverName } from "./server_probe_text.ts";

export interface ServerInfoDocument {
  readonly serverUrl: string;
  readonly protocolVersion: string | null;
  readonly era: ServerDescription["era"];
  readonly transport: ServerDescription["transport"];
  readonly serverInfo: JsonObject | null;
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
}

/** `resources (subscribe, listChanged)`. */
function capabilityText([name, value]: readonly [string, unknown]): string {
  const members = isObject(value)
    ? Object.entries(value).filter(([, member]) => member !== false).map(([member]) => member)
    : [];
  const shown = printable(name, 60);
  return members.length === 0 ? shown : `${shown} (${printable(members.join(", "), 200)})`;
}

/** Wrapped at words; a line keeps its indent. */
function instructionLines(instructions: string, view: View): string[] {
  return toLines(view.mask(instructions.trim())).flatMap((line) => {
    const [indent = ""] = /^ */.exec(line) ?? [];
    return line.length <= view.width ? [line] : wrap(line, view.width, indent);
  });
}

function infoText(info: ServerInfoDocument, options: OptionTexts, view: View): string {
  const { capabilities, instructions, serverInfo, era, transport } = info;
  const name = serverName(serverInfo) ?? "a server without a name";
  const rows = rowsText([
    ["Name", serverInfo && stringMember(serverInfo, "title") && stringMember(serverInfo, "name")],
    ["Description", serverInfo && stringMember(serverInfo, "description")],
    ["Website", serverInfo && stringMember(serverInfo, "websiteUrl")],
    ["Protocol", `${info.protocolVersion ?? "unknown"}, ${ERA_NAMES[era]}`],
    ["Transport", TRANSPORT_NAMES[transport]],
    ["Capabilities", Object.entries(capabilities).map(capabilityText).join(", ") || "none"],
  ], view);
  const head = `${safeText(name, view)} at ${safeText(info.serverUrl, view)}`;
  const text = instructions === null
    ? []
    : ["", view.style.bold("Instructions"), ...instructionLines(instructions, view)];
  const lists = ["tools", "resources", "prompts"].filter((list) =>
    Object.hasOwn(capabilities, list)
  );
  const next = lists.slice(0, 1).flatMap((list) => {
    const line = commandText(`${list} list`, options);
    return ["", ...nextLines([`See its ${list}`, { line }], view)];
  });
  return `${
    [...wrap(head, view.width).map(view.style.bold), ...rows, ...text, ...next].join("\n")
  }\n`;
}

export const SERVER_INFO_COMMAND = mcpCommand({
  name: "server info",
  summary: "Show what an MCP server says about itself: name, protocol, capabilities, instructions",
  examples: [
    ["with the stored sign-in", "mcpass server info https://server.example/mcp"],
    [
      "the instructions for a model",
      "mcpass server info https://server.example/mcp --format json \\\n" +
      "  | jq -r .instructions",
    ],
  ],
  flags: {},
  notes: ["mcpass server probe shows what a server offers without a token."],
  async use({ session, found, mcp }) {
    const connection = await mcp.use("request", "connecting", (it) => Promise.resolve(it));
    const { version, era, transport, serverInfo, capabilities, instructions } = connection;
    const info: ServerInfoDocument = {
      serverUrl: session.serverUrl,
      protocolVersion: version ?? null,
      era,
      transport,
      serverInfo,
      capabilities,
      instructions,
    };
    const findings = session.recorder.findings();
    const options = credentialOptions(session.serverUrl, found);
    return {
      document: { ...info, findings },
      findings,
      text: (view, shown) => infoText(shown as ServerInfoDocument, options, view),
    };
  },
});
