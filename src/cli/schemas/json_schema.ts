/** The published form of the schemas: JSON Schema, draft 2020-12. @module */

import * as z from "zod";
import { SCHEMAS } from "./table.ts";

export { SCHEMAS };

const BASE = "urn:mcpass:schema:";

export type JsonSchema = { readonly [member: string]: unknown };

const hyphenated = (name: string) => name.replaceAll(" ", "-");

export const schemaFileName = (name: string): string => `${hyphenated(name)}.json`;

/**
 * Members may be added to every document, so the published schemas allow further ones; the tests use the
 * schemas that do not.
 */
function allowMembers({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema["additionalProperties"] === false) delete jsonSchema["additionalProperties"];
  const names = jsonSchema["propertyNames"];
  if (JSON.stringify(names) === '{"type":"string"}') delete jsonSchema["propertyNames"];
}

/** The schema without further members, for `--field`; undefined for a name without a schema. */
export function strictJsonSchema(name: string): JsonSchema | undefined {
  const schema = SCHEMAS.get(name);
  return schema && z.toJSONSchema(schema);
}

/** The published schema; undefined for a name without a schema. */
export function jsonSchema(name: string): JsonSchema | undefined {
  const schema = SCHEMAS.get(name);
  if (schema === undefined) return undefined;
  const { $schema, ...made } = z.toJSONSchema(schema, { override: allowMembers });
  return { $schema, $id: BASE + hyphenated(name), title: `mcpass ${name}`, ...made };
}
