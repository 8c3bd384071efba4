/** Opens a store as a program does that has these variables. @module */

import { openStoreAs } from "../../../src/cli/shared/sign_in/store_options.ts";
import type { Store, StoreMode } from "../../../src/store/store.ts";
import { envOf } from "../entries.ts";

export interface OpenedStore {
  readonly store: Store;
  /** Ends its connections. */
  close(): Promise<void>;
}

export async function openByVariables(
  variables: Readonly<Record<string, string>>,
): Promise<OpenedStore> {
  const closing: ((signal: AbortSignal) => Promise<void>)[] = [];
  const { signal } = new AbortController();
  const store = await openStoreAs(variables["MCPASS_STORE"] as StoreMode, {
    env: envOf(variables),
    signal,
    load: (module) => module(),
    beforeExit: closing,
  }, {
    storeKeyFile: variables["MCPASS_STORE_KEY_FILE"],
    caFile: variables["MCPASS_CA_FILE"],
  });
  return {
    store,
    async close() {
      for (const close of closing) await close(signal);
    },
  };
}
