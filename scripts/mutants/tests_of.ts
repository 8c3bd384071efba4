/**
 * Which tests can notice a change of a file, the nearest first.
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { moduleGraph } from "../module_graph.ts";

/** Test files that run together; a later group runs only if all of an earlier one pass. */
export type Groups = readonly (readonly string[])[];

/** How many of the near tests run first. */
const FIRST = 3;

/** How many imports may lead from a near test to the file. */
const NEAR = 2;

/** How many groups have near tests. */
export const NEAR_GROUPS = 2;

/** The second folder of a path: `consent` of `src/consent/callback_page.ts`. */
function folderOf(path: string): string | undefined {
  return path.split("/")[1];
}

/**
 * Reads the module graph of the tests.
 *
 * @param root The repository, with a trailing slash.
 * @param tests Every test file, from there.
 * @returns The groups for a file of the repository. Each group has all of `tests` that are in no
 * earlier one, so that tests that start the program as a process run too.
 */
export async function testOrder(
  root: string,
  tests: readonly string[],
): Promise<(path: string) => Groups> {
  const graph = await moduleGraph(root, tests.map((path) => root + path));
  const slow = new Set<string>();
  for (const path of tests) {
    // A test that needs long names a deadline of its own.
    if (/\btimeout: \d/.test(await Deno.readTextFile(root + path))) slow.add(path);
  }
  const importers = new Map<string, string[]>();
  for (const { specifier, imports } of graph) {
    for (const target of imports) {
      importers.set(target, [...importers.get(target) ?? [], specifier]);
    }
  }

  function distances(path: string): Map<string, number> {
    const found = new Map<string, number>();
    let edge = [pathToFileURL(root + path).href];
    for (let distance = 0; edge.length > 0; distance++) {
      for (const specifier of edge) found.set(specifier, distance);
      const next = new Set(edge.flatMap((specifier) => importers.get(specifier) ?? []));
      edge = [...next].filter((specifier) => !found.has(specifier));
    }
    return new Map(
      [...found].filter(([specifier]) => specifier.startsWith("file:"))
        .map(([specifier, distance]) => [fileURLToPath(specifier), distance]),
    );
  }

  return (path) => {
    const distance = distances(path);
    const of = (test: string) => distance.get(root + test) ?? Infinity;
    const elsewhere = (test: string) => Number(folderOf(test) !== folderOf(path));
    const importing = tests.filter((test) => of(test) < Infinity)
      .sort((a, b) => elsewhere(a) - elsewhere(b) || of(a) - of(b) || a.localeCompare(b));
    const isNear = (test: string) => !slow.has(test) && (elsewhere(test) === 0 || of(test) <= NEAR);
    const near = importing.filter(isNear);
    return [
      near.slice(0, FIRST),
      near.slice(FIRST),
      importing.filter((test) => !isNear(test) && !slow.has(test)),
      tests.filter((test) => of(test) === Infinity || slow.has(test)),
    ];
  };
}
