/** Asks a person for the input that an MCP server needs (MCP elicitation). @module */

import { urlFault } from "../../consent/authorization_url.ts";
import { Failure } from "../../core/failure.ts";
import { isObject, type JsonObject, stringListMember, stringMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import { runAtOnce } from "../../core/work.ts";
import { maskForeignObject } from "../../trace/mask_document.ts";
import { isSecretName } from "../../trace/secret_names.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Choice, Prompter, Question } from "../command/runtime.ts";
import type { CommandSession } from "./command_session.ts";

const MAX_TEXT = 500;

/** The value of the choice to leave an optional field out. */
const NO_ANSWER = "\0none";

/** One property of the requested schema: a text, a number, a boolean, or one or several of a list. */
interface Field {
  readonly name: string;
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

/** The values of an enumeration, with their titles, in each of the forms that MCP has. */
function choicesOf(schema: JsonObject): Choice[] | undefined {
  const titled = [schema["oneOf"], schema["anyOf"]].find(Array.isArray)?.filter(isObject);
  if (titled !== undefined) {
    return titled.map((it: JsonObject) => choice(String(it["const"]), stringMember(it, "title")));
  }
  const titles = stringListMember(schema, "enumNames");
  return stringListMember(schema, "enum")?.map((value, at) => choice(value, titles?.[at]));
}

function choice(value: string, label = value): Choice {
  return { value, label: printable(label, MAX_TEXT) };
}

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["email", (text) => /^[^\s@]+@[^\s@]+$/.test(text)],
  ["uri", (text) => URL.canParse(text)],
  ["date", (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isTime(text)],
  ["date-time", (text) => /^\d{4}-\d\d-\d\dT/.test(text) && isTime(text)],
]);

/** Why a typed answer does not fit. */
function objectionTo(answer: string, { schema, isRequired }: Field): string | undefined {
  if (answer === "") {
    return isRequired && schema["default"] === undefined ? "an answer is required" : undefined;
  }
  const { type, minimum, maximum, minLength, maxLength } = schema;
  const isNumber = type === "number" || type === "integer";
  const size = isNumber ? Number(answer) : [...answer].length;
  if (isNumber && (!/^[-+\d.eE]+$/.test(answer) || !Number.isFinite(size))) return "not a number";
  if (type === "integer" && !Number.isInteger(size)) return "not a whole number";
  const [least, most] = isNumber ? [minimum, maximum] : [minLength, maxLength];
  const unit = isNumber ? "" : " characters";
  if (typeof least === "number" && size < least) return `at least ${least}${unit}`;
  if (typeof most === "number" && size > most) return `at most ${most}${unit}`;
  const format = stringMember(schema, "format") ?? "";
  return FORMATS.get(format)?.(answer) === false
    ? `not of the format ${quoted(format)}`
    : undefined;
}

/** Not `max tokens`. */
const SECRET_WORDS =
  /password|passphrase|secret(?!ary)|(?:access|api|auth|bearer|personal).{0,2}token|(?:api|private).?key|credential/i;

/** A server must not ask for a secret in a form (MCP elicitation). */
function asksForSecret({ name, schema }: Field): boolean {
  const { title = "", description = "" } = schema;
  return isSecretName(name) ||
    SECRET_WORDS.test(`${name} ${title} ${description}`);
}

function textOf({ name, schema, isRequired }: Field): Pick<Question, "message" | "before"> {
  const title = printable(stringMember(schema, "title") ?? name, MAX_TEXT);
  const about = stringMember(schema, "description");
  const { default: standard } = schema;
  const hint = standard !== undefined && typeof standard !== "object"
    ? ` (default: ${printable(String(standard), 100)})`
    : isRequired
    ? ""
    : " (optional)";
  return {
    message: title + hint,
    ...(about !== undefined && { before: [printable(about, MAX_TEXT)] }),
  };
}

/** Undefined if the person leaves the field out. */
async function askField(prompter: Prompter, field: Field, secrets: Secrets): Promise<unknown> {
  const { schema, isRequired } = field;
  const { default: standard, items, type } = schema;
  const question = textOf(field);
  if (type === "array") {
    const preselected = stringListMember(schema, "default") ?? [];
    const choices = choicesOf(isObject(items) ? items : {}) ?? [];
    return await prompter.askMany({ ...question, choices, preselected, required: isRequired });
  }
  const choices = type === "boolean"
    ? [choice("true", "yes"), choice("false", "no")]
    : choicesOf(schema);
  if (choices !== undefined) {
    const isDefault = ({ value }: Choice) => value === String(standard);
    const sorted = [...choices.filter(isDefault), ...choices.filter((it) => !isDefault(it))];
    const all = isRequired ? sorted : [...sorted, choice(NO_ANSWER, "no answer")];
    const answer = await prompter.ask({ ...question, choices: all });
    if (answer === NO_ANSWER) return undefined;
    return type === "boolean" ? answer === "true" : answer;
  }
  const check = (answer: string) => objectionTo(answer, field);
  const secret = asksForSecret(field);
  const answer = await prompter.ask({ ...question, check, secret });
  if (secret) secrets.add(answer);
  if (answer === "") return standard;
  return type === "number" || type === "integer" ? Number(answer) : answer;
}

function fieldsOf(params: JsonObject): Field[] {
  const schema = isObject(params["requestedSchema"]) ? params["requestedSchema"] : {};
  const required = stringListMember(schema, "required") ?? [];
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  return Object.entries(properties).map(([name, property]) => ({
    name,
    schema: isObject(property) ? property : {},
    isRequired: required.includes(name),
  }));
}

async function agrees(
  prompter: Prompter,
  before: readonly string[],
  [yes, no]: readonly [string, string],
): Promise<boolean> {
  const choices = [choice("accept", yes), choice("decline", no)];
  return await prompter.ask({ message: "What do you answer?", before, choices }) === "accept";
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
        remedy: "Server: name an https URL",
        reference: "MCP elicitation",
      });
    }
    const page = `Open this page if you trust ${quoted(new URL(url).host)}:`;
    const answers = ["I opened it and finished there", "Decline"] as const;
    const isDone = await agrees(prompter, [intro, page, `  ${new URL(url).href}`], answers);
    return { action: isDone ? "accept" : "decline" };
  }
  const fields = fieldsOf(params);
  const named = fields.filter(asksForSecret).map(({ name }) => quoted(name, MAX_TEXT)).join(", ");
  const before = named === "" ? [intro] : [
    intro,
    `Warning: it asks for ${named}. No MCP server may ask for a password, token or key in a form: ` +
    "decline, or leave it out.",
  ];
  if (!await agrees(prompter, before, ["Answer", "Decline"])) return { action: "decline" };
  const content: [string, unknown][] = [];
  for (const field of fields) {
    const value = await askField(prompter, field, secrets);
    if (value !== undefined) content.push([field.name, value]);
  }
  return { action: "accept", content: Object.fromEntries(content) };
}
