import { commandText } from "../../../core/command_text.ts";
import { isObject, type JsonObject, stringMember } from "../../../core/json.ts";
import { printable, quoted } from "../../../core/text.ts";
import { text } from "../../args/values.ts";
import type { Invocation, RequiredOption } from "../../command/command.ts";
import { flagGroup, value } from "../../command/flag.ts";
import { chooseItem } from "../../mcp/choose_item.ts";
import { type Declared, invalidArguments, isArgument, readArguments } from "../../mcp/arguments.ts";
import { completeArguments } from "../../mcp/complete_arguments.ts";
import { contentLines, toLines } from "../../mcp/content_text.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import { credentialOptions, listItems } from "../../mcp/mcp_access.ts";
import { mcpCommand, type McpUse } from "../../mcp/mcp_command.ts";
import { promptFields } from "../../mcp/schema_fields.ts";
import { unknownName, withName } from "../../mcp/unknown_name.ts";
import type { View } from "../../terminal/finding_text.ts";

const PROMPT_GROUP = flagGroup("Prompt:", {
  promptName: value("<name>", "the prompt to get", text),
  promptArgs: value(
    "<json>",
    "its arguments: a JSON object with text values, @file, or - for standard input",
    text,
  ),
});

const PROMPT_FLAGS = {
  ...PROMPT_GROUP,
  promptName: { ...PROMPT_GROUP.promptName, flags: "--prompt-name, --name <name>" },
};

type PromptFlags = typeof PROMPT_FLAGS;

function promptNameOf(
  { options: { promptName }, operands: [first] }: Pick<
    Invocation<PromptFlags>,
    "options" | "operands"
  >,
): string | undefined {
  return promptName ?? (first === undefined || isArgument(first) ? undefined : first);
}

const REQUIRED_PROMPT: RequiredOption<PromptFlags> = {
  option: "promptName",
  missing: (options, operands) => promptNameOf({ options, operands }) === undefined,
  message: "Which prompt?",
  reason: "the prompt to get, also as an argument; mcpass prompts list shows the names",
  search: true,
  later: true,
  lists: true,
};

/** The name and the arguments, which are texts. @throws Failure `name_unknown`. */
async function requestedPrompt(
  use: McpUse<PromptFlags>,
): Promise<{ readonly name: string; readonly arguments: JsonObject }> {
  const { session, found, mcp, invocation, context } = use;
  const { options, operands } = invocation;
  const { io } = context.runtime;
  const typed = promptNameOf(invocation);
  const isOperand = typed !== undefined && options.promptName === undefined;
  const { given, object } = await readArguments(isOperand ? operands.slice(1) : operands, io);
  const { promptArgs } = options;
  const base = promptArgs === undefined
    ? {}
    : await readJsonObject("--prompt-args", promptArgs, io);
  const prompts = await listItems(mcp, session, found, "prompts");
  const own = credentialOptions(session.serverUrl, found);
  const list = { line: commandText("prompts list", own) };
  const question = { flags: PROMPT_FLAGS, required: REQUIRED_PROMPT, items: prompts, list };
  const name = typed ?? await chooseItem(use, { ...question, noun: "prompt" });
  const prompt = prompts.find((it) => it["name"] === name);
  if (prompt === undefined) {
    const names = prompts.map((it) => stringMember(it, "name") ?? "");
    const corrected = withName(use, PROMPTS_GET_COMMAND, name, "promptName");
    throw unknownName({ noun: "prompt", name, names, list, corrected });
  }
  const subject = `the prompt ${quoted(name, 60)}`;
  const declared: Declared = { subject, fields: promptFields(prompt), isOpen: false };
  const command = { name: "prompts get", flags: PROMPTS_GET_COMMAND.flags };
  const server = typeof own["url"] === "string" ? own["url"] : undefined;
  const source = { session, command, invocation, context, server, list, option: "promptArgs" };
  const all = { given, object: { ...base, ...object } };
  const values = await completeArguments(declared, all, source);
  const other = Object.entries(values).find(([, value]) => typeof value !== "string")?.[0];
  if (other === undefined) return { name, arguments: values };
  const message = `${subject}: the argument ${quoted(other, 60)} must be text`;
  throw invalidArguments(message, `Write ${printable(other, 60)}=…`);
}

/** `user:` and the text of each message. */
function promptText(result: JsonObject, { style }: View): string {
  const { messages } = result;
  const description = stringMember(result, "description");
  const parts = (Array.isArray(messages) ? messages : []).filter(isObject).map((message) => {
    const role = printable(stringMember(message, "role") ?? "message", 20);
    return [style.bold(`${role}:`), ...contentLines(message["content"])].join("\n");
  });
  const about = description === undefined ? [] : [toLines(description).map(style.dim).join("\n")];
  return `${[...about, ...parts].join("\n\n") || "(the prompt has no messages)"}\n`;
}

export const PROMPTS_GET_COMMAND = mcpCommand({
  name: "prompts get",
  summary: "Get a prompt of an MCP server, with its arguments filled in",
  examples: [
    [
      "with arguments",
      "mcpass prompts get https://server.example/mcp review \\\n" +
      "  language=Go code=@main.go",
    ],
    [
      "the messages for a script",
      "mcpass prompts get https://server.example/mcp review language=Go \\\n" +
      "  --format json | jq .messages",
    ],
  ],
  operands: "[prompt] [name=value...]",
  flags: PROMPT_FLAGS,
  requiredOptions: [REQUIRED_PROMPT],
  notes: [
    "name=value is text, name=@file reads the text of a file. On a terminal, mcpass asks for " +
    "required arguments that are missing. The JSON is the result as the server sent it.",
  ],
  async use(use) {
    const { session, mcp } = use;
    const params = await requestedPrompt(use);
    const result = await mcp.use(
      "request",
      "getting the prompt",
      (connection) => connection.request("prompts/get", params),
    );
    return {
      isForeign: true,
      document: result,
      findings: session.recorder.findings(),
      text: (view, shown) => promptText(shown as JsonObject, view),
    };
  },
});
