/** Annotations `x-mcp-header` of a tool (MCP 2026-07-28, transports, *Custom Headers from Tool Parameters*). @module */

import { isObject, type JsonObject, member } from "../../core/json.ts";

/** An argument that a `tools/call` repeats as a header. */
export interface ParameterHeader {
  readonly header: string;
  /** Names of properties, from `arguments` on. */
  readonly path: readonly string[];
}

const ANNOTATION = "x-mcp-header";

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const TYPES: readonly unknown[] = ["string", "integer", "boolean"];

/** Keywords with schemas that no chain of `properties` reaches: a schema, a list, or schemas by name. */
const OTHER_SCHEMAS = [
  "items",
  "prefixItems",
  "contains",
  "unevaluatedItems",
  "additionalProperties",
  "unevaluatedProperties",
  "propertyNames",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
];

const OTHER_SCHEMAS_BY_NAME = ["patternProperties", "dependentSchemas", "$defs", "definitions"];

function isAnnotated(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(isAnnotated);
  if (!isObject(schema)) return false;
  return member(schema, ANNOTATION) !== undefined ||
    OTHER_SCHEMAS.some((name) => isAnnotated(member(schema, name))) ||
    ["properties", ...OTHER_SCHEMAS_BY_NAME].some((name) =>
      isAnnotated(Object.values(member(schema, name) ?? {}))
    );
}

function isHeader(schema: JsonObject): boolean {
  const header = member(schema, ANNOTATION);
  return typeof header === "string" && TOKEN.test(header) && TYPES.includes(schema["type"]);
}

/** The headers for a tool, or undefined if an annotation is not valid: such a tool is hidden. */
export function parameterHeaders(inputSchema: unknown): readonly ParameterHeader[] | undefined {
  const headers: ParameterHeader[] = [];
  const names = new Set<string>();

  function areValid(schema: unknown, path: readonly string[]): boolean {
    if (!isObject(schema)) return true;
    if (member(schema, ANNOTATION) !== undefined) {
      const header = String(member(schema, ANNOTATION));
      if (path.length === 0 || !isHeader(schema) || names.has(header.toLowerCase())) return false;
      names.add(header.toLowerCase());
      headers.push({ header, path });
    }
    const { properties, [ANNOTATION]: _, ...others } = schema;
    if (isAnnotated(others)) return false;
    return Object.entries(isObject(properties) ? properties : {})
      .every(([name, inner]) => areValid(inner, [...path, name]));
  }

  return areValid(inputSchema, []) ? headers : undefined;
}
