/**
 * The engine of a test's stores: the file engine, unless a preloaded module set another. So the same
 * test files run on every engine (`tests/fleet/contract_test.ts`).
 *
 * @module
 */

import type { Store, StoreMode } from "../../../src/store/store.ts";
import { openByVariables, type OpenedStore } from "./open_by_variables.ts";

/** A store of its own, empty at first. */
export interface StorePlace extends AsyncDisposable {
  /** The folder of `MCPASS_HOME`. */
  readonly home: string;
  /** Variables that lead a process to the store. */
  readonly env: Readonly<Record<string, string>>;
  /** Opens the store again, as another process would. */
  open(): Promise<Store>;
}

export interface StoreEngine {
  readonly mode: StoreMode;
  /** Makes the variables that lead to an empty store, in addition to the home's. */
  makeVariables(
    home: string,
  ): Promise<{ readonly env: Readonly<Record<string, string>> } & AsyncDisposable>;
}

const ENGINE = Symbol.for("mcpass.tests.store_engine");

/** Runs the tests of this process on another engine. */
export function setEngine(engine: StoreEngine): void {
  Object.assign(globalThis, { [ENGINE]: engine });
}

const FILE_ENGINE: StoreEngine = {
  mode: "file",
  makeVariables: () => Promise.resolve({ env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }),
};

/** The engine of this process. */
export function storeEngine(): StoreEngine {
  return Reflect.get(globalThis, ENGINE) ?? FILE_ENGINE;
}

/** Makes an empty store for this home, which the test removes. */
export async function openPlaceIn(home: string): Promise<StorePlace> {
  const { mode, makeVariables } = storeEngine();
  const variables = await makeVariables(home);
  const env = { MCPASS_HOME: home, MCPASS_STORE: mode, ...variables.env };
  const opened: OpenedStore[] = [];
  return {
    home,
    env,
    async open() {
      const it = await openByVariables(env);
      opened.push(it);
      return it.store;
    },
    async [Symbol.asyncDispose]() {
      for (const { close } of opened) await close();
      await variables[Symbol.asyncDispose]();
    },
  };
}

/** Makes an empty store; its home has blanks and other letters than ASCII in its path. */
export async function makePlace(): Promise<StorePlace & { readonly folder: string }> {
  const outer = await Deno.makeTempDir({ prefix: "mcpass store ñandú-" });
  const place = await openPlaceIn(`${outer}/a b/日本`);
  return {
    ...place,
    folder: outer,
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await Deno.remove(outer, { recursive: true });
    },
  };
}
