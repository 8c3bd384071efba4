import { Failure } from "../../../core/failure.ts";
import { isObject, type JsonObject, stringMember } from "../../../core/json.ts";
import { printable, quoted } from "../../../core/text.ts";
import { signInRemedy } from "../../../flow/context/sign_in_needed.ts";
import { type McpSession, signInWith } from "../../../flow/mcp/mcp_session.ts";
import { TOOL_ERROR_REMEDY } from "../../../flow/mcp/refusal.ts";
import { speaksOfAuthorization } from "../../../oauth/mcp/authorization_words.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import { flagGroup, value } from "../../command/flag.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import { TOKEN_COMMAND_FLAGS, TOKEN_NOTES, tokenNeeds } from "../../shared/token_command_flags.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import {
  credentialsFor,
  type FoundCredentials,
  listTools,
  reportFindings,
  startAuthorizedSession,
} from "../../shared/mcp_access.ts";
import { askRequired } from "../../prompt/ask.ts";
import { toolChoices } from "../../shared/tool_choices.ts";
import { text } from "../../args/values.ts";

const TOOL_FLAGS = flagGroup("Tool:", {
  toolName: value("<name>", "the tool to call", text),
  toolArgs: value("<json>", "its arguments: a JSON object, @file, or - for standard input", text),
});

const TOOLS_CALL_FLAGS = {
  ...TOOL_FLAGS,
  toolName: { ...TOOL_FLAGS.toolName, flags: "--tool-name, --name <name>" },
  ...TOKEN_COMMAND_FLAGS,
};

const REQUIRED_TOOL: RequiredOption<typeof TOOLS_CALL_FLAGS> = {
  option: "toolName",
  missing: ({ toolName }) => toolName === undefined,
  message: "Which tool? It is called for real",
  reason: "the tool to call; mcpass tools list shows the names",
  search: true,
  later: true,
};

async function askForTool(
  mcp: McpSession,
  session: CommandSession,
  found: FoundCredentials,
): Promise<string> {
  const tools = await listTools(mcp, session, found);
  session.progress.finish();
  return await askRequired(TOOLS_CALL_FLAGS, REQUIRED_TOOL, session.runtime, toolChoices(tools));
}

function toLines(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").replaceAll("\t", "  ").split("\n")
    .map((line) => printable(line));
}

function describeSize(base64: unknown): string {
  return typeof base64 === "string" ? `${Math.floor(base64.length * 3 / 4)} bytes` : "no data";
}

function contentLines(part: unknown): string[] {
  if (!isObject(part)) return toLines(JSON.stringify(part));
  const { text, data, resource } = part;
  const type = stringMember(part, "type") ?? "content";
  if (type === "text" && typeof text === "string") return toLines(text);
  if (type === "image" || type === "audio") {
    const mime = stringMember(part, "mimeType") ?? "unknown type";
    return [printable(`[${type}: ${mime}, ${describeSize(data)}; --format json has it]`)];
  }
  const named = (object: JsonObject) =>
    printable(`[resource: ${stringMember(object, "uri") ?? ""}]`);
  if (type === "resource_link") return [named(part)];
  if (type === "resource" && isObject(resource)) {
    const inner = resource["text"];
    return [named(resource), ...typeof inner === "string" ? toLines(inner) : []];
  }
  return toLines(JSON.stringify(part, null, 2));
}

/** Text is shown unchanged; other content is only named. */
function toolResultText(result: JsonObject): string {
  const { content, structuredContent } = result;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const text = parts.flatMap(contentLines);
  if (text.length === 0 && structuredContent !== undefined) {
    text.push(...toLines(JSON.stringify(structuredContent, null, 2)));
  }
  return text.length === 0 ? "(the tool answered with nothing)\n" : `${text.join("\n")}\n`;
}

/** Some tools say with their result that a token is missing, or is no longer accepted. */
async function toolFailure(
  mcp: McpSession,
  { source, signIn }: FoundCredentials,
  toolName: string,
  text: string,
  { _meta }: JsonObject,
): Promise<Failure> {
  const message = `the tool ${quoted(toolName, 60)} answered with an error`;
  // A convention of servers whose tools are called in chats.
  const challenge = isObject(_meta) ? [_meta["mcp/www_authenticate"]].flat().join(", ") : "";
  if (challenge === "" && !speaksOfAuthorization(text)) {
    return new Failure("tool_error", message, { remedy: TOOL_ERROR_REMEDY });
  }
  if (source === undefined) {
    const remedy = signInRemedy(
      signInWith(challenge, signIn.serverUrl, signIn),
      `${TOOL_ERROR_REMEDY}. If the tool asks for a sign-in, run`,
    );
    return new Failure("tool_error", message, { remedy });
  }
  const suspected = await mcp.suspectToken(message);
  const remedy = suspected?.remedy ?? TOOL_ERROR_REMEDY;
  return new Failure("tool_error", suspected?.message ?? message, { remedy });
}

export const TOOLS_CALL_COMMAND: Command<typeof TOOLS_CALL_FLAGS> = sessionCommand({
  name: "tools call",
  summary: "Call a tool of an MCP server",
  examples: [
    [
      "with arguments on the line",
      "mcpass tools call --url https://server.example/mcp --tool-name forecast \\\n" +
      `  --tool-args '{"city":"Oslo"}'`,
    ],
    [
      "arguments from a file, the complete result as JSON",
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
  needs: (invocation) => {
    const { toolName } = invocation.options;
    const tool = toolName === undefined ? "a tool" : `the tool ${quoted(toolName, 60)}`;
    return tokenNeeds(invocation, `call ${tool} of`);
  },
  async report(session, invocation, { runtime }) {
    const { toolArgs } = invocation.options;
    const args = toolArgs === undefined
      ? {}
      : await readJsonObject("--tool-args", toolArgs, runtime.io);
    const found = await credentialsFor(session, invocation);
    await using mcp = startAuthorizedSession(session, invocation, found);
    const toolName = invocation.options.toolName ?? await askForTool(mcp, session, found);
    const step = "verify_call_tool";
    const { findings, isError, result, text } = await mcp.use(
      step,
      "calling the tool",
      (connection) => connection.callTool(toolName, args),
    );
    reportFindings(session)(findings, step);
    return {
      isForeign: true,
      document: result,
      findings: session.recorder.findings(),
      text: (_view, shown) => toolResultText(shown as JsonObject),
      failure: isError ? await toolFailure(mcp, found, toolName, text, result) : undefined,
    };
  },
});
