/** The flags that say where credentials are stored, and the store that they open. @module */

import type { Store, StoreMode } from "../../store/store.ts";
import { type Flag, toggle, value } from "../command/flag.ts";
import { choice, identifier } from "../args/values.ts";
import type { Runtime } from "../command/runtime.ts";

const MODES: readonly StoreMode[] = ["auto", "keyring", "file", "none"];

export interface StoreFlags {
  /** `--store`. */
  readonly store: Flag<StoreMode | undefined>;
  /** `--no-store`. */
  readonly noStore: Flag<boolean>;
  /** `--account`. */
  readonly account: Flag<string | undefined>;
}

/** `--store`, `--no-store` and `--account` under a heading. */
export function storeFlags(group: string): StoreFlags {
  return {
    store: value(
      group,
      "--store <where>",
      `${MODES.join(", ")}: where credentials are kept (default: auto)`,
      choice(MODES),
    ),
    noStore: toggle(group, "--no-store", "the same as --store none"),
    account: value(
      group,
      "--account <label>",
      "which of several sign-ins at a server (default: default)",
      identifier,
    ),
  };
}

export interface StoreOptions {
  /** `--store`. */
  readonly store: StoreMode | undefined;
  /** `--no-store`. */
  readonly noStore: boolean;
}

/** The store that `--store` and `--no-store` name. */
export function storeMode({ store, noStore }: StoreOptions): StoreMode {
  return noStore ? "none" : store ?? "auto";
}

/** Opens the store; its modules are loaded now. */
export async function openStoreAs(
  mode: StoreMode,
  { env, signal, load }: Pick<Runtime, "env" | "signal" | "load">,
): Promise<Store> {
  const { openStore } = await load(() => import("../../store/file/open_store.ts"));
  return openStore({ mode, env, signal });
}
