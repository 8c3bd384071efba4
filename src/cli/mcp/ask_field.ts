/** Asks a person for the value of a field of a JSON Schema. @module */

import { stringListMember, stringMember } from "../../core/json.ts";
import { printable } from "../../core/text.ts";
import { isSecretName } from "../../trace/secret_names.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Choice, Prompter, Question } from "../command/runtime.ts";
import {
  choice,
  choicesOf,
  convertText,
  itemSchema,
  type SchemaField,
  typesOf,
  typeText,
} from "./schema_fields.ts";

const MAX_TEXT = 500;

/** The value of the choice to leave an optional field out. */
const NO_ANSWER = "\0none";

/** Not `max tokens`. */
const SECRET_WORDS =
  /password|passphrase|secret(?!ary)|(?:access|api|auth|bearer|personal).{0,2}token|(?:api|private).?key|credential/i;

export function asksForSecret({ name, schema }: SchemaField): boolean {
  const { title = "", description = "" } = schema;
  return isSecretName(name) ||
    SECRET_WORDS.test(`${name} ${title} ${description}`);
}

function questionFor(
  { name, schema, isRequired }: SchemaField,
): Pick<Question, "message" | "before"> {
  const title = printable(stringMember(schema, "title") ?? name, MAX_TEXT);
  const about = stringMember(schema, "description");
  const { default: standard } = schema;
  const type = typesOf(schema).includes("string") || choicesOf(schema) !== undefined
    ? undefined
    : typeText(schema);
  const label =
    stringMember(schema, "title") === undefined && type !== undefined && type !== "boolean"
      ? `${title}, ${type}`
      : title;
  const hint = standard !== undefined && typeof standard !== "object"
    ? ` (default: ${printable(String(standard), 100)})`
    : isRequired
    ? ""
    : " (optional)";
  return {
    message: label + hint,
    ...(about !== undefined && { before: [printable(about, MAX_TEXT)] }),
  };
}

function objectionTo(answer: string, { schema, isRequired }: SchemaField): string | undefined {
  if (answer === "") {
    return isRequired && schema["default"] === undefined ? "an answer is required" : undefined;
  }
  const converted = convertText(answer, schema);
  return "objection" in converted ? converted.objection : undefined;
}

/** Undefined if the person leaves the field out. */
export async function askField(
  prompter: Prompter,
  field: SchemaField,
  secrets: Secrets,
): Promise<unknown> {
  const { schema, isRequired } = field;
  const { default: standard } = schema;
  const question = questionFor(field);
  const items = itemSchema(schema);
  const itemChoices = items && choicesOf(items);
  if (itemChoices !== undefined) {
    const preselected = stringListMember(schema, "default") ?? [];
    return await prompter.askMany({
      ...question,
      choices: itemChoices,
      preselected,
      required: isRequired,
    });
  }
  const [type, ...otherTypes] = typesOf(schema).filter((it) => it !== "null");
  const choices = type === "boolean" && otherTypes.length === 0
    ? [choice("true", "yes"), choice("false", "no")]
    : choicesOf(schema);
  if (choices !== undefined) {
    const isDefault = ({ value }: Choice) => value === String(standard);
    const sorted = [...choices.filter(isDefault), ...choices.filter((it) => !isDefault(it))];
    const all = isRequired ? sorted : [...sorted, choice(NO_ANSWER, "no answer")];
    const answer = await prompter.ask({ ...question, choices: all });
    return answer === NO_ANSWER ? undefined : valueOf(answer, field);
  }
  const check = (answer: string) => objectionTo(answer, field);
  const secret = asksForSecret(field);
  const example = type === "array" || type === "object"
    ? `${typeText(schema)}, as JSON`
    : undefined;
  const answer = await prompter.ask({ ...question, check, secret, example });
  if (secret) secrets.add(answer);
  return answer === "" ? standard : valueOf(answer, field);
}

function valueOf(answer: string, { schema }: SchemaField): unknown {
  const converted = convertText(answer, schema);
  return "value" in converted ? converted.value : answer;
}
