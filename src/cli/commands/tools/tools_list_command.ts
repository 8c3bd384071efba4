import type { JsonObject } from "../../../core/json.ts";
import type { Command } from "../../command/command.ts";
import {
  credentialFlags,
  credentialsFor,
  listTools,
  startAuthorizedSession,
} from "../../shared/mcp_access.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { TOKEN_COMMAND_FLAGS, TOKEN_NOTES, tokenNeeds } from "../../shared/server_flags.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { toolTable } from "./tools_text.ts";

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
    const flags = credentialFlags(session.serverUrl, found.source);
    return {
      isForeign: true,
      document: { tools },
      text: (view, shown) => {
        const { tools } = shown as { readonly tools: readonly JsonObject[] };
        return toolTable(tools, session.serverUrl, flags, view);
      },
    };
  },
});
