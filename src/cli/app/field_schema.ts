/** What the JSON Schema of a document says about the path of a member. @module */

import { isObject, type JsonObject, member } from "../../core/json.ts";
import type { JsonSchema } from "../schemas/json_schema.ts";
import { EACH, indexOf, parsePath, type PathPart } from "../terminal/member_path.ts";

/** The parts of a JSON Schema that can be at this place: alternatives and references are followed. */
export function alternatives(node: unknown, root: JsonSchema): JsonSchema[] {
  if (!isObject(node)) return [];
  const { $ref, anyOf, oneOf } = node;
  if (typeof $ref === "string") {
    const name = $ref.replace("#/$defs/", "");
    const definitions = isObject(root["$defs"]) ? root["$defs"] : {};
    return alternatives(member(definitions, name), root);
  }
  const choices = [anyOf, oneOf].filter(Array.isArray).flat();
  return choices.length === 0 ? [node] : choices.flatMap((it) => alternatives(it, root));
}

export const propertiesOf = ({ properties }: JsonSchema): JsonObject =>
  isObject(properties) ? properties : {};

/** The schemas of a member; undefined if every member is possible. */
export function schemasOf(nodes: readonly JsonSchema[], part: PathPart): unknown[] | undefined {
  const found: unknown[] = [];
  for (const node of nodes) {
    const { type, items, additionalProperties: others, properties } = node;
    if (type === undefined && properties === undefined) return undefined;
    const isItem = part === EACH || indexOf(part) !== undefined;
    if (isItem && items !== undefined) found.push(items);
    else if (typeof part === "string" && Object.hasOwn(propertiesOf(node), part)) {
      found.push(propertiesOf(node)[part]);
    } else if (typeof part === "string" && isObject(others)) found.push(others);
  }
  return found;
}

type Member = readonly [path: string, about: string];

/** The members of these schemas, with the paths that they have after `start`. */
function membersOf(nodes: readonly JsonSchema[], start: string, root: JsonSchema) {
  const found = new Map<string, { readonly about: string; readonly inner: JsonSchema[] }>();
  for (const node of nodes) {
    for (const [name, schema] of Object.entries(propertiesOf(node))) {
      if (!/^[\w-]+$/.test(name)) continue;
      const about = isObject(schema) ? schema["description"] : undefined;
      const before = found.get(start + name);
      found.set(start + name, {
        about: before?.about || (typeof about === "string" ? about : ""),
        inner: [...before?.inner ?? [], ...alternatives(schema, root)],
      });
    }
  }
  return found;
}

/**
 * The members that a typed path can become. If there is one, its own members are offered too.
 *
 * @param typed The path so far: `credentials.acc`, `steps[].`.
 */
export function memberPaths(schema: JsonSchema, typed: string): Member[] {
  const start = typed.slice(0, typed.lastIndexOf(".") + 1);
  const parents = start === "" ? [] : parsePath(start.slice(0, -1));
  if (parents === undefined) return [];
  let nodes = alternatives(schema, schema);
  for (const part of parents) {
    nodes = (schemasOf(nodes, part) ?? []).flatMap((it) => alternatives(it, schema));
  }
  const found = [...membersOf(nodes, start, schema)].filter(([path]) => path.startsWith(typed));
  const [[path, { inner }] = ["", { inner: [] }], ...others] = found;
  const members = found.map(([path, { about }]): Member => [path, about]);
  if (others.length > 0) return members;
  const items = inner.flatMap((node) => alternatives(node["items"], schema));
  const below = [
    ...membersOf(inner, `${path}.`, schema),
    ...membersOf(items, `${path}[].`, schema),
  ];
  return [...members, ...below.map(([path, { about }]): Member => [path, about])];
}
