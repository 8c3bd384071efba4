/** Finds `using` declarations that the bundler dropped, whose values would never be disposed. @module */

import { filesBelow } from "../shell.ts";

const DECLARATION = /\busing [\w$]+\s*=/g;

/** Two declarations in a row: the minifier joins them into one. */
const ANOTHER = /(\b(?:await )?using) ([\w$]+\s*=[^;]*);\s*\1 (?=[\w$]+\s*=)/g;

function countIn(text: string): number {
  const joined = text.replace(ANOTHER, "$1 $2, ").replace(ANOTHER, "$1 $2, ");
  return joined.match(DECLARATION)?.length ?? 0;
}

/**
 * Compares the bundle in `folder` with the sources in its maps: the minifier replaces a variable that is
 * used once, in the next statement, by its value, also if it is one of `using`.
 *
 * @throws Error with the names of the sources, if a declaration is missing.
 */
export async function requireEachUsing(folder: string): Promise<void> {
  const sources = new Map<string, string>();
  let bundled = 0;
  for (const name of await filesBelow(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    if (name.endsWith(".js")) bundled += countIn(text);
    if (!name.endsWith(".js.map")) continue;
    const map: { sources: string[]; sourcesContent: string[] } = JSON.parse(text);
    map.sources.forEach((source, at) => sources.set(source, map.sourcesContent[at] ?? ""));
  }
  const declaring = [...sources].filter(([, text]) => countIn(text) > 0);
  const declared = declaring.reduce((sum, [, text]) => sum + countIn(text), 0);
  if (bundled >= declared) return;
  const names = declaring.map(([source]) => source.replace(/^(?:\.\.\/)+/, "  "));
  throw new Error(
    `The bundle has ${bundled} of ${declared} "using" declarations. The minifier drops one whose ` +
      `variable is used once, in the next statement: use try and finally there. They are in\n${
        names.sort().join("\n")
      }`,
  );
}
