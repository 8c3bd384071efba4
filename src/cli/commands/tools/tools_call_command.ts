import { commandText } from "../../../core/command_text.ts";
import { type Failure, toFailure } from "../../../core/failure.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Invocation, RequiredOption } from "../../command/command.ts";
import { flagGroup, value } from "../../command/flag.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { chooseItem } from "../../mcp/choose_item.ts";
import { isArgument, readArguments } from "../../mcp/arguments.ts";
import { completeArguments, type GivenArguments } from "../../mcp/complete_arguments.ts";
import { contentLines, toLines } from "../../mcp/content_text.ts";
import { credentialOptions, reportFindings } from "../../mcp/mcp_access.ts";
import { withName } from "../../mcp/unknown_name.ts";
import type { CommandReport } from "../../shared/session_command.ts";
import { mcpCommand, type McpUse } from "../../mcp/mcp_command.ts";
import { text } from "../../args/values.ts";
import { declaredTool, explainUnlisted, listedTools, toolFailure } from "./tool_call.ts";

const TOOL_GROUP = flagGroup("Tool:", {
  toolName: value("<name>", "the tool to call", text),
  toolArgs: value(
    "<json>",
    "its arguments, sent unchanged: a JSON object, @file, or - for standard input",
    text,
  ),
});

const TOOL_FLAGS = {
  ...TOOL_GROUP,
  toolName: { ...TOOL_GROUP.toolName, flags: "--tool-name, --name <name>" },
};

type ToolFlags = typeof TOOL_FLAGS;

type ToolWords = Pick<Invocation<ToolFlags>, "options" | "operands">;

function toolNameOf({ options: { toolName }, operands: [first] }: ToolWords): string | undefined {
  return toolName ?? (first === undefined || isArgument(first) ? undefined : first);
}

const REQUIRED_TOOL: RequiredOption<ToolFlags> = {
  option: "toolName",
  missing: (options, operands) => toolNameOf({ options, operands }) === undefined,
  message: "Which tool should mcpass call?",
  reason:
    "the tool to call, also as an argument after the server; mcpass tools list shows the names",
  search: true,
  later: true,
  lists: true,
};

/** Text is shown unchanged; other content is only named. */
function toolResultText(result: JsonObject): string {
  const { content, structuredContent } = result;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const text = parts.flatMap(contentLines);
  if (text.length === 0 && structuredContent !== undefined) {
    text.push(...toLines(JSON.stringify(structuredContent, null, 2)));
  }
  return text.length === 0 ? "(the result of the tool is empty)\n" : `${text.join("\n")}\n`;
}

interface Call {
  readonly name: string;
  readonly args: JsonObject;
  /** What the server lists, if it was asked. */
  readonly tools?: readonly JsonObject[] | undefined;
  /** True if the server lists the tool. */
  readonly isListed: boolean;
}

/** The tool and its arguments. With `--tool-name` and `--tool-args`, the list is not requested. */
async function prepareCall(use: McpUse<ToolFlags>): Promise<Call> {
  const { session, found, invocation, context } = use;
  const { options, operands } = invocation;
  const { io } = context.runtime;
  const typed = toolNameOf(invocation);
  const words = typed === undefined || options.toolName !== undefined
    ? operands
    : operands.slice(1);
  const { given, object } = await readArguments(words, io);
  const { toolArgs } = options;
  const base = toolArgs === undefined ? {} : await readJsonObject("--tool-args", toolArgs, io);
  const all: GivenArguments = { given, object: { ...base, ...object } };
  const isComplete = toolArgs !== undefined && words.length === 0 &&
    (options.toolName !== undefined || !canAsk(options, io));
  if (typed !== undefined && isComplete) {
    return { name: typed, args: base, isListed: false };
  }
  const tools = await listedTools(use, typed);
  const own = credentialOptions(session.serverUrl, found);
  const name = typed ?? await chooseItem(use, {
    flags: TOOL_FLAGS,
    required: REQUIRED_TOOL,
    noun: "tool",
    items: tools ?? [],
    list: { line: commandText("tools list", own) },
  });
  const tool = tools?.find((it) => it["name"] === name);
  const declared = declaredTool(name, tool);
  const command = { name: "tools call", flags: TOOLS_CALL_COMMAND.flags };
  const server = typeof own["url"] === "string" ? own["url"] : undefined;
  const list = { line: commandText("tools list", own, [name]) };
  const source = { session, command, invocation, context, server, list, option: "toolArgs" };
  const args = await completeArguments(declared, all, source);
  return { name, args, tools, isListed: tool !== undefined };
}

export const TOOLS_CALL_COMMAND = mcpCommand({
  name: "tools call",
  summary: "Call a tool of an MCP server",
  examples: [
    [
      "with the only stored sign-in, or the one named linear",
      "mcpass tools call echo message=hi\nmcpass tools call linear create_issue title=Bug",
    ],
    [
      "with arguments: text, then a value in JSON",
      "mcpass tools call https://server.example/mcp forecast city=Oslo days:=3",
    ],
    [
      "a list, an object, and text from a file",
      "mcpass tools call https://server.example/mcp create_issue \\\n" +
      "  labels[]=bug labels[]=ui author[name]=ada body=@body.md",
    ],
    [
      "all arguments as JSON (or @args.json, or - for standard input)",
      "mcpass tools call https://server.example/mcp forecast \\\n" +
      `  --tool-args '{"city":"Oslo"}'`,
    ],
    [
      "the complete result for a script",
      "mcpass tools call https://server.example/mcp forecast city=Oslo \\\n" +
      "  --format json | jq .structuredContent",
    ],
  ],
  operands: "[tool] [name=value...]",
  flags: TOOL_FLAGS,
  requiredOptions: [REQUIRED_TOOL],
  notes: [
    "name=value is text. Where the tool's schema requires a number, true or false, or a list, mcpass " +
    "converts it. name:=value is JSON, name=@file reads the text of a file, name[]=value adds to a " +
    "list, name[member]=value sets a member of an object. mcpass tools list shows the arguments of " +
    "each tool; on a terminal, mcpass asks for required ones that are missing.",
    "The JSON is the tool's result as the server sent it; a result with isError has exit status 1.",
  ],
  async use(use): Promise<CommandReport> {
    const { session, mcp } = use;
    const { name, args, tools, isListed } = await prepareCall(use);
    const corrected = withName(use, TOOLS_CALL_COMMAND, name, "toolName");
    const explain = (failure: Failure, text: string) =>
      isListed ? failure : explainUnlisted(use, { name, failure, text, tools, corrected });
    const step = "verify_call_tool";
    const { findings, isError, result, text } = await mcp.use(
      step,
      "calling the tool",
      (connection) => connection.callTool(name, args),
    ).catch(async (error) => {
      throw await explain(toFailure(error), "");
    });
    reportFindings(session)(findings, step);
    const failure = isError ? await toolFailure(use, name, text, result) : undefined;
    return {
      isForeign: true,
      document: result,
      findings: session.recorder.findings(),
      text: (_view, shown) => toolResultText(isObject(shown) ? shown : {}),
      failure: failure && await explain(failure, text),
    };
  },
});
