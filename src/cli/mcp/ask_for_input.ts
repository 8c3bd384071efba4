/** Asks a person for the input that an MCP server needs (MCP elicitation). @module */

import { urlFault } from "../../consent/authorization_url.ts";
import { Failure } from "../../core/failure.ts";
import { type JsonObject, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { runAtOnce } from "../../core/work.ts";
import { maskForeignObject } from "../../trace/mask_document.ts";
import type { Prompter } from "../command/runtime.ts";
import { askField, asksForSecret } from "./ask_field.ts";
import type { CommandSession } from "../shared/command_session.ts";
import { choice, fieldsOf } from "./schema_fields.ts";

const MAX_TEXT = 500;

async function agrees(
  prompter: Prompter,
  before: readonly string[],
  [yes, no]: readonly [string, string],
): Promise<boolean> {
  const choices = [choice("accept", yes), choice("decline", no)];
  return await prompter.ask({ message: "How do you respond?", before, choices }) === "accept";
}

/**
 * The result for an `elicitation/create` request with these params.
 *
 * @throws Failure `cancelled`; `input_required` for a URL that is not shown to a person.
 */
export async function askForInput(
  { progress, runtime, secrets, serverUrl }: CommandSession,
  asked: JsonObject,
): Promise<JsonObject> {
  progress.finish();
  const params = runAtOnce(maskForeignObject(asked, secrets)) as JsonObject;
  const prompter = await runtime.prompter();
  const message = stringMember(params, "message") ?? "";
  const server = new URL(serverUrl).host;
  const intro = `The server ${server} asks: ${quoted(message, MAX_TEXT)}`;
  const url = stringMember(params, "url");
  if (url !== undefined) {
    const fault = urlFault(url);
    if (fault !== undefined) {
      throw new Failure("input_required", `the URL ${quoted(url, 200)} for input ${fault}`, {
        remedy: "Server: use an https URL",
        reference: "MCP elicitation",
      });
    }
    const page = `Open this page if you trust ${quoted(new URL(url).host)}:`;
    const answers = ["I opened it and finished there", "Decline"] as const;
    const isDone = await agrees(prompter, [intro, page, `  ${new URL(url).href}`], answers);
    return { action: isDone ? "accept" : "decline" };
  }
  const fields = fieldsOf(params["requestedSchema"]);
  const named = fields.filter(asksForSecret).map(({ name }) => quoted(name, MAX_TEXT)).join(", ");
  const before = named === "" ? [intro] : [
    intro,
    `Warning: it asks for ${named}. No MCP server may ask for a password, token or key in a form: ` +
    "decline, or leave the field empty.",
  ];
  if (!await agrees(prompter, before, ["Answer", "Decline"])) return { action: "decline" };
  const content: [string, unknown][] = [];
  for (const field of fields) {
    const value = await askField(prompter, field, secrets);
    if (value !== undefined) content.push([field.name, value]);
  }
  return { action: "accept", content: Object.fromEntries(content) };
}
