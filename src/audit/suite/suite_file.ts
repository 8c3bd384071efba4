/** Reads a suite file: JSON, JSON with comments, or YAML. @module */

import { isObject, type JsonObject } from "../../core/json.ts";
import { parseJsonc } from "../../edit/jsonc.ts";
import { interpolate, isReference, type ReferenceSources, secretsOf } from "./interpolation.ts";
import { fromMcpjam, isMcpjamFile } from "./mcpjam_file.ts";
import { pathText, suiteFailure, unknownMember } from "./suite_failure.ts";
import { SUITE_FILE, type SuiteFile } from "./suite_schema.ts";

export interface SuiteSource extends ReferenceSources {
  readonly path: string;
  readonly text: string;
  readonly allowsLiteralSecrets: boolean;
}

export interface Suite {
  readonly file: SuiteFile;
  /** Values of references, and secrets in the file itself. */
  readonly secrets: readonly string[];
  /** The line of the server with an id, from 1. */
  readonly lineOf: (id: string) => number;
}

async function parse(path: string, text: string): Promise<unknown> {
  const isYaml = /\.ya?ml$/i.test(path);
  try {
    const tree = isYaml
      ? (await import("yaml")).parse(text, { logLevel: "error" })
      : parseJsonc(text);
    if (isObject(tree)) return tree;
  } catch {
    // The failure below is the same for every syntax error.
  }
  const form = isYaml ? "YAML" : "JSON";
  throw suiteFailure(path, [`it is not a ${form} object`], "Correct the file");
}

/** The members that are valid at a path, for suggestions. */
function knownMembers(path: readonly PropertyKey[]): string[] {
  let schema: unknown = SUITE_FILE;
  for (const part of [...path, undefined]) {
    while (!isShaped(schema)) {
      const inner = innerOf(schema);
      if (inner === undefined) return [];
      schema = inner;
    }
    if (part === undefined) return Object.keys(schema.shape);
    if (typeof part === "number") continue;
    schema = new Map(Object.entries(schema.shape)).get(String(part));
  }
  return [];
}

interface Shaped {
  readonly shape: Readonly<Record<string, unknown>>;
}

function isShaped(schema: unknown): schema is Shaped {
  return typeof schema === "object" && schema !== null && "shape" in schema;
}

/** The schema inside an optional schema, a list or a record. */
function innerOf(schema: unknown): unknown {
  const { def } = schema as { def?: Record<string, unknown> };
  return def?.["innerType"] ?? def?.["element"] ?? def?.["valueType"];
}

function faultsOf(tree: unknown): string[] {
  const parsed = SUITE_FILE.safeParse(tree);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [`${pathText(issue.path)}: ${issue.message}`];
    const known = knownMembers(issue.path);
    return issue.keys.map((name) => unknownMember(issue.path, name, known));
  });
}

function duplicateIds({ servers }: SuiteFile): string[] {
  const ids = servers.map(({ id }) => id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))]
    .map((id) => `servers: the id "${id}" is used twice`);
}

/** A client secret is sent only to an authorization server that the file names. */
function unpinnedSecrets({ servers, defaults }: SuiteFile): string[] {
  return servers.flatMap((server) => {
    const { client, clients, secondClient, authorizationServer } = { ...defaults, ...server };
    const all = [client, secondClient, ...Object.values(clients ?? {})];
    const hasSecret = all.some((it) => typeof it?.secret === "string");
    return hasSecret && !authorizationServer
      ? [`servers: "${server.id}" has a client secret, but no authorizationServer`]
      : [];
  });
}

/** Finds `id: notes` in JSON or YAML, without quotes and spaces. */
function lineFinder(text: string): (id: string) => number {
  const lines = text.split("\n").map((line) => line.replace(/["'\s]/g, "").split(/[{},#]/));
  return (id) => {
    const isEntry = (part: string) => part === `id:${id}` || part === `-id:${id}`;
    return lines.findIndex((parts) => parts.some(isEntry)) + 1 || 1;
  };
}

/**
 * @throws Failure `suite_file_invalid` (usage), with every fault of the file, and before them every
 * reference without a value.
 */
export async function readSuite(source: SuiteSource): Promise<Suite> {
  const { path, text, allowsLiteralSecrets } = source;
  const parsed = await parse(path, text);
  const tree: JsonObject = isMcpjamFile(parsed) ? fromMcpjam(parsed) : parsed as JsonObject;
  const literal = (await secretsOf(tree)).filter(({ text }) => !isReference(text));
  if (literal.length > 0 && !allowsLiteralSecrets) {
    throw suiteFailure(
      path,
      literal.map(({ place }) => `${place} is a secret in plain text`),
      "Write ${env:NAME} or ${file:path} instead, or allow it: --allow-literal-secrets",
    );
  }
  const { value, secrets, missing } = await interpolate(tree, source);
  if (missing.length > 0) {
    throw suiteFailure(
      path,
      missing.map((it) => `${it} has no value`),
      "Set the variables, create the files, or give a default: ${env:NAME:-default}",
    );
  }
  const faults = faultsOf(value);
  if (faults.length > 0) {
    throw suiteFailure(path, faults, "Correct the file: mcpass schema suite-file");
  }
  const file = SUITE_FILE.parse(value);
  const others = [...duplicateIds(file), ...unpinnedSecrets(file)];
  if (others.length > 0) throw suiteFailure(path, others, "Correct the file");
  const given = (await secretsOf(value)).map((it) => it.text);
  return { file, secrets: [...new Set([...secrets, ...given])], lineOf: lineFinder(text) };
}
