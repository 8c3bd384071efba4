/**
 * Parsers of TypeScript and other languages: tree-sitter's grammars.
 *
 * @module
 */

import { createRequire } from "node:module";
import type { Node } from "@vscode/tree-sitter-wasm";

export type { Node };

const GRAMMARS = import.meta.resolve("@vscode/tree-sitter-wasm");
// An ECMAScript import does not see the module's names.
const { Language, Parser }: typeof import("@vscode/tree-sitter-wasm") = createRequire(GRAMMARS)(
  "./tree-sitter.js",
);

/**
 * Loads a grammar.
 *
 * @returns A function that parses a text and passes the root of its tree, which is valid only during
 * the call; null when the text cannot be read.
 */
export async function parserOf(
  language: "powershell" | "ruby" | "bash" | "typescript",
): Promise<<T>(text: string, use: (root: Node | null) => T) => T> {
  await Parser.init();
  const grammar = await Language.load(
    await Deno.readFile(new URL(`tree-sitter-${language}.wasm`, GRAMMARS)),
  );
  const parser = new Parser();
  parser.setLanguage(grammar);
  return (text, use) => {
    const tree = parser.parse(text);
    try {
      return use(tree?.rootNode ?? null);
    } finally {
      tree?.delete();
    }
  };
}
