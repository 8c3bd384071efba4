import { entryKey } from "../entry_key.ts";
import type { Store } from "../store.ts";

/** The store of `--store none`, which is always empty. */
export function openNoStore(): Store {
  return {
    mode: "none",
    list: () => Promise.resolve({ entries: [], problems: [] }),
    find: () => Promise.resolve([]),
    read: () => Promise.resolve(undefined),
    keyOf: entryKey,
    write: (entry) => Promise.resolve({ key: entryKey(entry), secretsIn: "none", path: null }),
    remove: () => Promise.resolve(false),
    removeDamaged: () => Promise.resolve([]),
    lock: () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() }),
    prepare: () => Promise.resolve(),
    describe: () => ({
      mode: "none",
      folder: null,
      keyring: null,
      text: "nothing is kept (--store none)",
    }),
  };
}
