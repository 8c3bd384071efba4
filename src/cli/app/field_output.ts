/** `--field`: prints one member of the JSON document instead of the document. @module */

import { nearest } from "../../core/edit_distance.ts";
import { Failure, usageFailure } from "../../core/failure.ts";
import { exactJson, isObject } from "../../core/json.ts";
import type { Io } from "../../core/system.ts";
import { printable, quoted } from "../../core/text.ts";
import type { JsonSchema } from "../schemas/json_schema.ts";
import { jsonText } from "../terminal/json_text.ts";
import { alternatives, propertiesOf, schemasOf } from "./field_schema.ts";
import { EACH, parsePath, type PathPart, pathText, select } from "../terminal/member_path.ts";

const MAX_NAMES = 40;

function membersText(value: unknown, names: readonly string[]): string {
  if (Array.isArray(value)) return `It is a list of ${value.length} items`;
  // Not the value, which may be a secret.
  if (names.length === 0) {
    return value === undefined ? "" : value === null ? "It is null" : `It is a ${typeof value}`;
  }
  const more = names.length > MAX_NAMES ? ", …" : "";
  return `Its members: ${
    names.slice(0, MAX_NAMES).map((it) => printable(it, 60)).join(", ")
  }${more}`;
}

/** @param names The members that exist. @param value The value without that member, if it is known. */
function missingMember(
  parts: readonly PathPart[],
  depth: number,
  names: readonly string[],
  { value, isList = Array.isArray(value) }: { value?: unknown; isList?: boolean },
): Failure {
  const shown = quoted(pathText(parts.slice(depth, depth + 1)), 60);
  const where = depth === 0 ? "the document" : quoted(pathText(parts.slice(0, depth)), 200);
  const last = parts.at(depth);
  const similar = typeof last === "string" ? nearest(last, names) : undefined;
  const suggestion = isList && typeof last === "string"
    ? pathText([...parts.slice(0, depth), EACH, ...parts.slice(depth)])
    : similar && pathText([...parts.slice(0, depth), similar]);
  return usageFailure(
    "field_missing",
    `--field: there is no member ${shown} in ${where}`,
    [
      ...suggestion === undefined ? [] : [`Did you mean --field ${suggestion}?`],
      membersText(value, names),
    ].filter((it) => it !== "").join(" ") || undefined,
  );
}

/** Throws for a path that no document of the command has, before anything is sent. */
function checkPath(parts: readonly PathPart[], schema: JsonSchema): void {
  let nodes = alternatives(schema, schema);
  for (const [depth, part] of parts.entries()) {
    const next = schemasOf(nodes, part);
    if (next === undefined) return;
    if (next.length === 0) {
      const names = new Set(nodes.flatMap((node) => Object.keys(propertiesOf(node))));
      throw missingMember(parts, depth, [...names], {
        isList: nodes.some(({ items }) => items !== undefined),
      });
    }
    nodes = next.flatMap((it) => alternatives(it, schema));
    // A schema without rules, such as that of a server's own data.
    if (nodes.some((node) => node["type"] === undefined && node["enum"] === undefined)) return;
  }
}

function valueText(value: unknown, isTerminal: boolean): string {
  if (typeof value !== "string") return jsonText(value);
  const shown = isTerminal ? value.split("\n").map((line) => printable(line)).join("\n") : value;
  return `${shown}\n`;
}

/** What of the document is printed. A failed command may have no such member: its error is on stderr. */
function fieldOf(document: unknown, parts: readonly PathPart[], isTerminal: boolean): string {
  const failed = isObject(document) && document["ok"] === false;
  const selection = select(document, parts);
  if ("end" in selection) {
    if (failed) return "";
    const { end, depth } = selection;
    throw missingMember(parts, depth, isObject(end) ? Object.keys(end) : [], { value: end });
  }
  const { values } = selection;
  const isOne = !parts.includes(EACH);
  if (isOne && values[0] === null) {
    if (failed) return "";
    const path = pathText(parts);
    const hidden = select(document, [...parts.slice(0, -1), "hidden", ...parts.slice(-1)]);
    const reason = "values" in hidden ? ` (hidden by ${hidden.values[0]})` : "";
    throw new Failure("field_empty", `--field: ${quoted(path, 200)} is null${reason}`, {
      remedy: "See the complete document: --format json",
    });
  }
  return values.map((value) => valueText(value, isTerminal)).join("");
}

/** Checks the path. The result wraps a stream: of a document, only this member is written. */
export async function selectField(command: string, path: string): Promise<(io: Io) => Io> {
  const parts = parsePath(path);
  if (parts === undefined) {
    throw usageFailure(
      "invalid_value",
      `--field: ${quoted(path, 60)} is not the path of a member`,
      "Write it as credentials.accessToken, tools[0].name or steps[].step",
    );
  }
  const { strictJsonSchema } = await import("../schemas/json_schema.ts");
  const schema = strictJsonSchema(command);
  if (schema !== undefined) checkPath(parts, schema);
  return (io) => ({
    ...io,
    out(text, only) {
      const value = fieldOf(exactJson(text), parts, io.stdoutIsTerminal);
      if (value !== "") io.out(value, only);
    },
  });
}
