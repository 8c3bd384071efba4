/** The catalogue's notes by product. @module */

import { PAGES } from "./mod.ts";

/** What was reported of a product: under which code, and the setting or the flag. */
export type ProductEntry = readonly [code: string, note: string];

/** Notes by the names of the products, in alphabetic order; a note may be about several. */
export function notesByProduct(): ReadonlyMap<string, readonly ProductEntry[]> {
  const found = new Map<string, ProductEntry[]>();
  for (const [code, { products = {} }] of PAGES) {
    for (const [names, note] of Object.entries(products)) {
      for (const name of names.split(", ")) {
        found.set(name, [...found.get(name) ?? [], [code, note]]);
      }
    }
  }
  // By hand, because the first localeCompare of a process loads collation tables, 80 million instructions.
  const order = (name: string) => name.toLowerCase();
  return new Map([...found].sort(([a], [b]) => order(a) < order(b) ? -1 : 1));
}

/** The products whose name holds this word, whatever its case. */
export function productsLike(word: string): readonly string[] {
  const wanted = word.toLowerCase();
  return [...notesByProduct().keys()].filter((name) =>
    name.toLowerCase().split(/[^a-z0-9]+/).includes(wanted) || name.toLowerCase() === wanted
  );
}
