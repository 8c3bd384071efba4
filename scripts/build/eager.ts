/**
 * Having the functions that a login calls compiled where they stand.
 *
 * V8 reads a function twice: once to find its end, and again when it is first called. A function in
 * parentheses is compiled at the first reading. The functions of `called.json` are put so.
 *
 * @module
 */

import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import MagicString from "magic-string";

/** Whether the function of that name in the module, a file: URL, is to be compiled where it stands. */
export type IsCalled = (module: string, name: string) => boolean;

/** Names of functions by the path of their module from the root of the repository. */
export type Called = Readonly<Record<string, readonly string[]>>;

/** A file of JavaScript and its source map. */
export interface Mapped {
  readonly code: string;
  readonly map: string;
}

/** What is looked at in a syntax tree, as ESTree has it. Offsets count characters. */
export interface Declared {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly id?: { readonly start: number; readonly end: number } | null;
}

/** Where the functions that a login calls are listed; `record_called.ts` writes it. */
export const CALLED: URL = new URL("called.json", import.meta.url);

/** Knows the functions of the list. */
export async function calledInLogin(): Promise<IsCalled> {
  const called: Called = JSON.parse(await Deno.readTextFile(CALLED));
  const root = new URL("../../", import.meta.url).href;
  return (module, name) =>
    module.startsWith(root) &&
    called[decodeURI(module.slice(root.length))]?.includes(name) === true;
}

/** Whether a module's source, formatted as all are, declares a function of that name at its top level. */
export function isTopLevel(name: string, source: string): boolean {
  const declaration = `^(export )?(async )?function\\*? ${RegExp.escape(name)}\\b`;
  return name !== "" && new RegExp(declaration, "m").test(source);
}

/**
 * Rewrites the top-level functions that are called as variables, ahead of everything else, so that what
 * calls a function before its place finds it, as with a declaration. Null where there are none.
 *
 * `url` is the file's, to which the sources in its map are relative.
 */
export function compileEagerly(
  { code, map }: Mapped,
  statements: readonly Declared[],
  url: string,
  isCalled: IsCalled,
): Mapped | null {
  const trace = new TraceMap(map, url);
  const lines = lineStarts(code);
  const text = new MagicString(code);
  for (const { type, start, end, id } of statements) {
    if (type !== "FunctionDeclaration" || !id) continue;
    const line = lines.findLastIndex((it) => it <= id.start);
    const column = id.start - (lines[line] ?? 0);
    const { source, name } = originalPositionFor(trace, { line: line + 1, column });
    const shortName = code.slice(id.start, id.end);
    if (!isCalled(source ?? "", name ?? shortName)) continue;
    // "async function name(…) {…}" becomes "var name=(async function (…) {…});".
    text.prependRight(start, `var ${shortName}=(`).appendLeft(end, ");").remove(id.start, id.end);
    if (start > 0) text.move(start, end, 0);
  }
  if (!text.hasChanged()) return null;
  return { code: text.toString(), map: text.generateMap({ hires: "boundary" }).toString() };
}

/** Offset of the first character of each line. */
function lineStarts(code: string): number[] {
  return [0, ...Array.from(code.matchAll(/\n/g), ({ index }) => index + 1)];
}
