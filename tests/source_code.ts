/**
 * The program's source files as syntax trees, from the parser of `deno lint`.
 *
 * @module
 */

import { filesBelow, ROOT } from "../scripts/shell.ts";

/** A source file; `path` is relative to the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every source file of the program. */
export async function sourceFiles(): Promise<SourceFile[]> {
  const below = (await filesBelow(`${ROOT}src`)).filter((path) => path.endsWith(".ts"));
  return ["main.ts", ...below.map((path) => `src/${path}`)].map((path) => ({
    path,
    text: Deno.readTextFileSync(ROOT + path),
  }));
}

/** Calls `visitor` with the nodes of a file; the second argument gives a node's source text. */
export function visit(
  { path, text }: SourceFile,
  visitor: (textOf: (node: Deno.lint.Node) => string) => Deno.lint.LintVisitor,
): void {
  const plugin: Deno.lint.Plugin = {
    name: "visit",
    rules: { nodes: { create: ({ sourceCode }) => visitor((node) => sourceCode.getText(node)) } },
  };
  Deno.lint.runPlugin(plugin, path, text);
}
