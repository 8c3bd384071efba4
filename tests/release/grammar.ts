/**
 * Checking files in languages whose own programs are not installed.
 *
 * @module
 */

import { type Node, parserOf } from "../../scripts/tree_sitter.ts";

function faults(node: Node): string[] {
  const { row, column } = node.startPosition;
  const here = node.isError || node.isMissing
    ? [`${row + 1}:${column + 1} ${node.text.slice(0, 60)}`]
    : [];
  return [...here, ...node.children.flatMap((child) => child === null ? [] : faults(child))];
}

/** Where the text is not of the language: line, column and the text there. */
export async function syntaxFaults(
  language: "powershell" | "ruby" | "bash",
  text: string,
): Promise<readonly string[]> {
  const parse = await parserOf(language);
  return parse(text, (root) => root === null ? ["not read"] : faults(root));
}
