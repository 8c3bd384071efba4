/**
 * References in a suite file: `${env:NAME}`, `${env:NAME:-default}` and `${file:path}`; `$${` is a
 * literal `${`. They are replaced after parsing, so that a value cannot change the structure. @module
 */

import { isObject } from "../../core/json.ts";
import { pathText } from "./suite_failure.ts";

export interface ReferenceSources {
  readonly variable: (name: string) => string | undefined;
  /** Undefined if the file cannot be read. */
  readonly file: (path: string) => Promise<string | undefined>;
}

export interface Interpolated {
  readonly value: unknown;
  /** What the references stand for. */
  readonly secrets: readonly string[];
  /** References without a value, with the place in the file. */
  readonly missing: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([^{}]*)\}/g;

/** Members whose value has to be a reference. */
const SECRET_PATHS: readonly RegExp[] = [
  /(^|\.)(client|secondClient)\.secret$/,
  /(^|\.)clients\.[^.]+\.secret$/,
  /(^|\.)headers\.[^.]+$/,
  /(^|\.)accessToken$/,
  /(^|\.)tokens\.(expired|otherAudience)$/,
];

export function isReference(text: string): boolean {
  return /(^|[^$])\$\{(env|file):[^{}]*\}/.test(text);
}

async function walk(
  value: unknown,
  path: readonly PropertyKey[],
  visit: (text: string, path: readonly PropertyKey[]) => string | Promise<string>,
): Promise<unknown> {
  if (typeof value === "string") return await visit(value, path);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [at, item] of value.entries()) items.push(await walk(item, [...path, at], visit));
    return items;
  }
  if (!isObject(value)) return value;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    members.push([name, await walk(member, [...path, name], visit)]);
  }
  return Object.fromEntries(members);
}

/** Every secret, with its place. */
export async function secretsOf(tree: unknown): Promise<{ place: string; text: string }[]> {
  const found: { place: string; text: string }[] = [];
  await walk(tree, [], (text, path) => {
    const place = pathText(path);
    if (SECRET_PATHS.some((it) => it.test(place))) found.push({ place, text });
    return text;
  });
  return found;
}

export async function interpolate(
  tree: unknown,
  { variable, file }: ReferenceSources,
): Promise<Interpolated> {
  const secrets = new Set<string>();
  const missing: string[] = [];

  async function valueOf(reference: string): Promise<string | undefined> {
    const [, kind, rest = ""] = /^(env|file):(.*)$/s.exec(reference) ?? [];
    if (kind === undefined) return undefined;
    const [, name = "", fallback] = /^(.*?)(?::-(.*))?$/s.exec(rest) ?? [];
    const value = kind === "file" ? await file(rest) : variable(name);
    if (value === undefined || value === "") return kind === "env" ? fallback : undefined;
    const line = value.replace(/\r?\n$/, "");
    secrets.add(line);
    return line;
  }

  async function replace(text: string, path: readonly PropertyKey[]): Promise<string> {
    let replaced = "";
    let end = 0;
    for (const match of text.matchAll(REFERENCE)) {
      const [whole, reference] = match;
      replaced += text.slice(end, match.index);
      end = match.index + whole.length;
      if (reference === undefined) {
        replaced += "${";
        continue;
      }
      const value = await valueOf(reference);
      if (value === undefined) missing.push(`${whole} (${pathText(path)})`);
      else replaced += value;
    }
    return replaced + text.slice(end);
  }

  return { value: await walk(tree, [], replace), secrets: [...secrets], missing };
}
