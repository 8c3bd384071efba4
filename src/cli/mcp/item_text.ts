/** Tools, resources and prompts of a list, as text. @module */

import { type JsonObject, stringMember } from "../../core/json.ts";
import { printable } from "../../core/text.ts";
import type { Choice } from "../command/runtime.ts";
import type { View } from "../terminal/finding_text.ts";
import { fields, wrap } from "../terminal/layout.ts";
import { type SchemaField, typeText } from "./schema_fields.ts";

/** Characters of a description in a list; the JSON document has all of it. */
const MAX_ABOUT = 160;
const MAX_NAME = 1200;

/** The first line of a description; empty without one. */
export function aboutItem(item: JsonObject): string {
  const text = stringMember(item, "description") ?? stringMember(item, "title") ?? "";
  return text.split(/\r?\n/).map((line) => line.trim()).find((line) => line !== "") ?? "";
}

/** @param name The member that names an item. */
export function itemChoices(items: readonly JsonObject[], name = "name"): Choice[] {
  return items.map((item) => {
    const hint = aboutItem(item);
    return { value: stringMember(item, name) ?? "", ...(hint === "" ? {} : { hint }) };
  }).filter(({ value }) => value !== "");
}

/** @param full True for the complete description. */
export function aboutLines(
  item: JsonObject,
  { width }: Pick<View, "width">,
  full: boolean,
  indent = "  ",
): string[] {
  if (!full) {
    const about = printable(aboutItem(item), MAX_ABOUT);
    return about === "" ? [] : wrap(about, width, indent);
  }
  const text = stringMember(item, "description") ?? stringMember(item, "title") ?? "";
  return text.trim().split(/\r?\n/).filter((_, at, all) => at > 0 || all[at] !== "")
    .flatMap((line) => line.trim() === "" ? [""] : wrap(printable(line), width, indent));
}

function rangeText({ minimum, maximum }: JsonObject): string {
  const [least, most] = [minimum, maximum].map((it) => typeof it === "number" ? it : undefined);
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, at least ${least}`;
  return most === undefined ? "" : `, at most ${most}`;
}

function argumentText({ schema, isRequired }: SchemaField, full: boolean): string {
  const { default: standard } = schema;
  const text = standard === undefined ? undefined : JSON.stringify(standard);
  const isShown = text !== undefined && text.length <= 60;
  const facts = typeText(schema) + rangeText(schema) + (isRequired ? ", required" : "") +
    (isShown ? ` (default: ${printable(text)})` : "");
  const about = full ? (stringMember(schema, "description") ?? "").trim() : aboutItem(schema);
  const cut = printable(about.replace(/\s+/g, " "), full ? Infinity : MAX_ABOUT);
  return cut === "" ? facts : `${facts}: ${cut}`;
}

/** One row for each argument: its name, type, whether it is required, and what it is. */
export function argumentLines(
  declared: readonly SchemaField[],
  { width }: Pick<View, "width">,
  full: boolean,
): string[] {
  const rows = declared.map((field) =>
    [`  ${printable(field.name, 100)}`, argumentText(field, full)] as const
  );
  return fields(rows, width).map((line) => line.trimEnd());
}

export function itemHead(name: string, { style, width }: View): string[] {
  return wrap(printable(name, MAX_NAME), width).map(style.bold);
}
