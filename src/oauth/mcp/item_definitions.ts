/** The definitions in the lists of a server (MCP server features, *Data Types*). @module */

import type { Judgement } from "../../core/finding.ts";
import { describeValue, isObject, type JsonObject, stringMember } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import { excerpt, isFieldName, printable, quoted } from "../../core/text.ts";

/** For each list: the noun for an item, members that must be non-empty strings, and the section. */
const REQUIRED = {
  tools: ["tool", ["name"], "MCP tools, Data Types"],
  resources: ["resource", ["uri", "name"], "MCP resources, Data Types"],
  resourceTemplates: ["resource template", ["uriTemplate", "name"], "MCP resources, Data Types"],
  prompts: ["prompt", ["name"], "MCP prompts, Data Types"],
} as const;

const MAX_NAMED = 10;

function schemaObjection(schema: unknown): string | undefined {
  if (!isObject(schema)) {
    return `inputSchema is ${schema === undefined ? "missing" : "not an object"}`;
  }
  const { type } = schema;
  if (type === "object") return undefined;
  return type === undefined
    ? 'inputSchema has no "type": "object"'
    : `inputSchema has "type": ${describeValue(type)} instead of "object"`;
}

/** `x-mcp-header` must name a header field, once, at a plain property (2026-07-28). */
function headerObjection(schema: unknown): string | undefined {
  const names = new Set<string>();
  const firstOf = (nodes: readonly unknown[], isReachable: boolean): string | undefined => {
    for (const node of nodes) {
      const objection = visit(node, isReachable);
      if (objection !== undefined) return objection;
    }
    return undefined;
  };
  /** @param isReachable True for a property of the schema, or of such a property. */
  function visit(node: unknown, isReachable: boolean): string | undefined {
    if (Array.isArray(node)) return firstOf(node, false);
    if (!isObject(node)) return undefined;
    const { properties, type, "x-mcp-header": header, ...others } = node;
    if (header !== undefined) {
      const name = typeof header === "string" ? header.toLowerCase() : "";
      const isValid = isReachable && node !== schema && isFieldName(name) && !names.has(name) &&
        ["string", "integer", "boolean"].includes(String(type));
      if (!isValid) return `x-mcp-header ${describeValue(header)} is not valid`;
      names.add(name);
    }
    return firstOf(isObject(properties) ? Object.values(properties) : [], isReachable) ??
      firstOf(Object.values(others), false);
  }
  return visit(schema, true);
}

function objectionTo(kind: keyof typeof REQUIRED, item: JsonObject): string | undefined {
  const [, members] = REQUIRED[kind];
  const missing = members.find((name) => stringMember(item, name) === undefined);
  if (missing !== undefined) return `${missing} is missing or not a string`;
  if (kind !== "tools") return undefined;
  const schema = item["inputSchema"];
  return schemaObjection(schema) ?? headerObjection(schema);
}

/** One finding for all items of a list that a strict client would refuse. */
export function judgeDefinitions(
  kind: keyof typeof REQUIRED,
  items: readonly unknown[],
): Judgement[] {
  const found = items.flatMap((item, at) => {
    if (!isObject(item)) return [`item ${at + 1} (not an object)`];
    const objection = objectionTo(kind, item);
    if (objection === undefined) return [];
    const name = stringMember(item, "name") ?? stringMember(item, "uri");
    return [`${name === undefined ? `item ${at + 1}` : quoted(name, 100)} (${objection})`];
  });
  if (found.length === 0) return [];
  const [noun, , reference] = REQUIRED[kind];
  const shown = found.slice(0, MAX_NAMED).join("; ");
  const more = found.length > MAX_NAMED ? `; and ${found.length - MAX_NAMED} more` : "";
  return [{
    code: "definition_invalid",
    severity: "warning",
    message: `the definition of ${counted(found.length, noun)} is not valid: ${shown}${more}`,
    remedy: "Server: fix the definition; strict clients refuse all items",
    reference,
  }];
}

/** @param objection How the result contradicts the output schema. */
export function judgeToolResult(tool: string, objection: string | undefined): Judgement[] {
  if (objection === undefined) return [];
  return [{
    code: "tool_result_invalid",
    severity: "warning",
    message: `the result of the tool ${quoted(tool, 60)} contradicts its outputSchema: ` +
      printable(excerpt(objection, 300)),
    remedy: "Server: return structuredContent that the outputSchema accepts",
    reference: "MCP tools, Output Schema",
  }];
}
