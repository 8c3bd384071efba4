/** The tool that a call names: its declared arguments, and why a call of it failed. @module */

import { commandText, type PrintedCommand, withCommand } from "../../../core/command_text.ts";
import { Failure, toFailure } from "../../../core/failure.ts";
import { isObject, type JsonObject, stringMember } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import { signInRemedy } from "../../../flow/context/sign_in_needed.ts";
import { signInWith } from "../../../flow/mcp/mcp_session.ts";
import { speaksOfAuthorization } from "../../../oauth/mcp/authorization_words.ts";
import type { FlagTable } from "../../command/flag.ts";
import type { Declared } from "../../mcp/arguments.ts";
import { credentialOptions, listItems } from "../../mcp/mcp_access.ts";
import type { McpUse } from "../../mcp/mcp_command.ts";
import { fieldsOf } from "../../mcp/schema_fields.ts";
import { unknownName } from "../../mcp/unknown_name.ts";

const TOOL_FAILED = "Read the result of the tool: the server called it, and the tool failed";

/** Reasons for which a server may refuse the list, and accept a call. */
const LIST_REFUSED: readonly string[] = ["mcp_error", "access_refused", "insufficient_scope"];

type Use = McpUse<FlagTable>;

/** Undefined if the server refuses the list, and the tool to call is known. */
export async function listedTools(
  { mcp, session, found }: Use,
  toolName: string | undefined,
): Promise<readonly JsonObject[] | undefined> {
  try {
    return await listItems(mcp, session, found, "tools");
  } catch (error) {
    if (toolName !== undefined && LIST_REFUSED.includes(toFailure(error).code)) return undefined;
    throw error;
  }
}

/** Members with which a schema describes arguments outside of its `properties`. */
const COMPOSED = ["allOf", "anyOf", "oneOf", "$ref", "patternProperties", "if"];

/** A server may accept a call of a tool that it does not list, so such a tool can have any argument. */
export function declaredTool(name: string, tool: JsonObject | undefined): Declared {
  const subject = `the tool ${quoted(name, 60)}`;
  const schema = tool?.["inputSchema"];
  const { additionalProperties: others = false } = isObject(schema) ? schema : {};
  const isOpen = !isObject(schema) || others !== false ||
    COMPOSED.some((it) => Object.hasOwn(schema, it)) ||
    !isObject(schema["properties"]);
  return { subject, fields: fieldsOf(schema), isOpen };
}

const SAYS_UNKNOWN = /\b(?:unknown|not found|no such|does not exist|invalid tool|no tool)\b/i;

interface UnlistedCall {
  readonly name: string;
  readonly failure: Failure;
  /** Of the tool's result. */
  readonly text: string;
  /** What the server lists; asked for if it was not. */
  readonly tools: readonly JsonObject[] | undefined;
  /** The call with another tool. */
  readonly corrected: (name: string) => PrintedCommand;
}

/** The failure of a call of a tool that is not listed: the name may be wrong. */
export async function explainUnlisted(
  use: Use,
  { name, failure, text, tools, corrected }: UnlistedCall,
): Promise<Failure> {
  const mayBeName = ["mcp_error", "tool_error"].includes(failure.code) &&
    SAYS_UNKNOWN.test(`${failure.message} ${text}`);
  if (!mayBeName) return failure;
  const listed = tools ?? await listedTools(use, name).catch(() => undefined);
  const names = listed?.map((tool) => stringMember(tool, "name") ?? "");
  if (names === undefined || names.includes(name)) return failure;
  const { session, found } = use;
  const options = credentialOptions(session.serverUrl, found);
  const list = { line: commandText("tools list", options) };
  return unknownName({ noun: "tool", name, names, list, corrected });
}

/** Some tools report with their result that a token is missing, or is no longer accepted. */
export async function toolFailure(
  { mcp, session, found }: Use,
  toolName: string,
  text: string,
  { _meta }: JsonObject,
): Promise<Failure> {
  const { source, signIn } = found;
  const message = `the tool ${quoted(toolName, 60)} returned an error`;
  const options = credentialOptions(session.serverUrl, found);
  const remedy = withCommand(
    `${TOOL_FAILED}. Compare the call with the arguments that it declares`,
    {
      line: commandText("tools list", options, [toolName]),
    },
  );
  // A convention of servers whose tools are called in chats.
  const challenge = isObject(_meta) ? [_meta["mcp/www_authenticate"]].flat().join(", ") : "";
  if (challenge === "" && !speaksOfAuthorization(text)) {
    return new Failure("tool_error", message, { remedy });
  }
  if (source === undefined) {
    const stepsToSignIn = signInRemedy(
      signInWith(challenge, signIn.serverUrl, signIn),
      `${TOOL_FAILED}\nIf the tool asks for a sign-in, sign in`,
    );
    return new Failure("tool_error", message, { remedy: stepsToSignIn });
  }
  const suspected = await mcp.suspectToken(message);
  return new Failure("tool_error", suspected?.message ?? message, {
    remedy: suspected?.remedy ?? remedy,
  });
}
