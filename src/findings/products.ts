/** The catalogue's notes by product. @module */

import { PAGES } from "./mod.ts";

/** What was reported of a product: under which code, and the setting or the flag. */
export type ProductEntry = readonly [code: string, note: string];

/** Notes by the names of the products, in alphabetic order; a note may be about several. */
export function notesByProduct(): ReadonlyMap<string, readonly ProductEntry[]> {
  const found = new Map<string, ProductEntry[]>();
  for (const [code, { products = [] }] of PAGES) {
    for (const [names, note] of products) {
      for (const name of names.split(", ")) {
        found.set(name, [...found.get(name) ?? [], [code, note]]);
      }
    }
  }
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b, "en")));
}

/** The products whose name holds this word, whatever its case. */
export function productsLike(word: string): readonly string[] {
  const wanted = word.toLowerCase();
  return [...notesByProduct().keys()].filter((name) =>
    name.toLowerCase().split(/[^a-z0-9]+/).includes(wanted) || name.toLowerCase() === wanted
  );
}
