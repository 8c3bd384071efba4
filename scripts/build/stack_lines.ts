/**
 * From positions in the compiled program to lines of the source.
 *
 * @module
 */

import { originalPositionFor, sourceContentFor, TraceMap } from "@jridgewell/trace-mapping";
import type { BuildMaps } from "./maps.ts";

/** A position in a file of the bundle: `./login-C7OtUVA4.js:1:2345`. */
const POSITION = /(?<file>\.\/[\w.-]+\.js):(?<line>\d+):(?<column>\d+)/g;

/**
 * The stack in a debug artifact, or the text itself.
 *
 * @throws Error for an artifact without a stack, and for a text without a position.
 */
export function stackIn(text: string): string {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    if (text.search(POSITION) !== -1) return text;
    throw new Error("The text has no position in the compiled program, such as ./main.js:1:234");
  }
  const error = parsed?.outcome?.error;
  if (typeof error?.stack === "string") return error.stack;
  throw new Error(
    error === undefined
      ? "The JSON is not a debug artifact"
      : "The debug artifact has no stack: the command did not end with an unexpected error",
  );
}

/** A stack with each position replaced by that of the source, and the line of the source below it. */
export function sourceStack(stack: string, { maps }: Pick<BuildMaps, "maps">): string {
  const read = new Map<string, TraceMap>();
  const mapOf = (file: string) => {
    const known = read.get(file);
    if (known !== undefined || !Object.hasOwn(maps, file)) return known;
    const map = new TraceMap(maps[file] ?? "");
    read.set(file, map);
    return map;
  };
  return stack.split("\n").map((frame) => {
    let code = "";
    const shown = frame.replaceAll(POSITION, (position, file, line, column) => {
      const map = mapOf(file);
      if (map === undefined) return `${position} (no source map)`;
      // A stack counts columns from 1, a source map from 0.
      const found = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 });
      if (found.source === null) return `${position} (no source)`;
      const lines = sourceContentFor(map, found.source)?.split("\n");
      code = lines?.[found.line - 1]?.trim() ?? "";
      return `${found.source}:${found.line}:${found.column + 1}`;
    });
    return code === "" ? shown : `${shown}\n        ${code}`;
  }).join("\n");
}
