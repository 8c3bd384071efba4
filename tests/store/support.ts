/**
 * Stores in temporary homes, and keyrings in memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Failure } from "../../src/core/failure.ts";
import type { ChildOptions, ChildResult, RunChild } from "../../src/store/keyring/run_child.ts";
import { openStore, type OpenStoreOptions } from "../../src/store/file/open_store.ts";
import type { Store } from "../../src/store/store.ts";
import { CANARIES, envOf } from "./entries.ts";

/** A store in a home of its own. */
export interface Home extends AsyncDisposable {
  /** The home. */
  readonly home: string;
  /** Opens the store there again, as another process would. */
  open(options?: Partial<OpenStoreOptions>): Store;
  /** Every file and folder below the home, without it, sorted. */
  paths(): Promise<string[]>;
}

/** Makes a home with blanks and other letters than ASCII in its path. */
export async function makeHome(): Promise<Home> {
  const outer = await Deno.makeTempDir({ prefix: "mcpass store ñandú-" });
  const home = `${outer}/a b/日本`;
  return {
    home,
    open: (options) =>
      openStore({ mode: "file", env: envOf({ MCPASS_HOME: home }), run: noKeyring, ...options }),
    paths: () => pathsBelow(home),
    async [Symbol.asyncDispose]() {
      await Deno.remove(outer, { recursive: true });
    },
  };
}

/** Replaces a function of `Deno`; until the end of the block. */
export function replaceDeno<Name extends "lstatSync" | "openSync">(
  name: Name,
  replacement: typeof Deno[Name],
): Disposable {
  const { [name]: original } = Deno;
  Deno[name] = replacement;
  return { [Symbol.dispose]: () => Deno[name] = original };
}

async function pathsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    found.push(name);
    if (isDirectory) {
      found.push(...(await pathsBelow(`${folder}/${name}`)).map((path) => `${name}/${path}`));
    }
  }
  return found.sort();
}

/** Fails the test when a keyring's helper is started. */
export function noKeyring(run: ChildOptions): Promise<ChildResult> {
  throw new Error(`started ${run.program}`);
}

/** A keyring in memory that answers as `secret-tool` does. */
export interface FakeKeyring {
  /** In place of the real helper. */
  readonly run: RunChild;
  /** Everything that was started. */
  readonly started: ChildOptions[];
  /** Its keys by name. */
  readonly keys: Map<string, string>;
  /** Set to make each call end so. */
  trouble: ChildResult | Error | undefined;
}

/** Makes one. */
export function fakeKeyring(): FakeKeyring {
  const keys = new Map<string, string>();
  const keyring: FakeKeyring = { run, started: [], keys, trouble: undefined };
  function run(child: ChildOptions): Promise<ChildResult> {
    keyring.started.push(child);
    if (keyring.trouble instanceof Error) return Promise.reject(keyring.trouble);
    if (keyring.trouble !== undefined) return Promise.resolve(keyring.trouble);
    const id = child.args.at(-1) ?? "";
    const key = keys.get(id);
    if (child.args[0] === "store") keys.set(id, child.input);
    if (child.args[0] === "clear") keys.delete(id);
    const found = child.args[0] === "store" || child.args[0] === "search" || key !== undefined;
    const stdout = child.args[0] === "lookup" ? key ?? "" : "";
    return Promise.resolve({ status: found ? 0 : 1, stdout, stderr: "" });
  }
  return keyring;
}

/** The failure that an action ends in. */
export async function failureOf(action: Promise<unknown>): Promise<Failure> {
  try {
    await action;
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.ok(error.remedy, `no remedy in ${error.code}`);
    for (const canary of Object.values(CANARIES)) {
      assert.ok(!`${error.message} ${error.remedy} ${error.stack}`.includes(canary));
    }
    return error;
  }
  assert.fail("nothing was thrown");
}
