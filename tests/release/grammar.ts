/**
 * Reading files in languages whose own programs are not here: tree-sitter's grammars of them.
 *
 * @module
 */

import { createRequire } from "node:module";
import type { Node } from "@vscode/tree-sitter-wasm";

const GRAMMARS = import.meta.resolve("@vscode/tree-sitter-wasm");
// The module's names are not seen by an import of ECMAScript.
const { Language, Parser }: typeof import("@vscode/tree-sitter-wasm") = createRequire(GRAMMARS)(
  "./tree-sitter.js",
);

function faults(node: Node): string[] {
  const { row, column } = node.startPosition;
  const here = node.isError || node.isMissing
    ? [`${row + 1}:${column + 1} ${node.text.slice(0, 60)}`]
    : [];
  return [...here, ...node.children.flatMap((child) => child === null ? [] : faults(child))];
}

/** Where the text is not of the language: line, column, and what stands there. */
export async function syntaxFaults(
  language: "powershell" | "ruby" | "bash",
  text: string,
): Promise<readonly string[]> {
  await Parser.init();
  const grammar = new URL(`tree-sitter-${language}.wasm`, GRAMMARS);
  const parser = new Parser();
  parser.setLanguage(await Language.load(await Deno.readFile(grammar)));
  const tree = parser.parse(text);
  try {
    return tree === null ? ["not read"] : faults(tree.rootNode);
  } finally {
    tree?.delete();
    parser.delete();
  }
}
