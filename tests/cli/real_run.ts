/**
 * Whole commands in process, with the real modules, real servers on loopback, and a home and a store of their
 * own.
 *
 * @module
 */

import type { Store } from "../../src/store/store.ts";
import type { FakeLab } from "../lab/fake_lab.ts";
import { openPlaceIn } from "../store/contract/engine.ts";
import { type Ran, run, type Setup } from "./fake_runtime.ts";

/** A home for one test. */
export interface Home extends AsyncDisposable {
  /** `MCPASS_HOME`. */
  readonly path: string;
  /** The store in it, as another process would open it. */
  readonly store: Store;
  /** Runs a command line. */
  run(args: readonly string[], setup?: Setup): Promise<Ran>;
  /** Signs in headless; throws when that fails. */
  signIn(lab: Pick<FakeLab, "mcpUrl">, ...args: string[]): Promise<Ran>;
  /** Lets the only stored token expire. */
  expire(lab: Pick<FakeLab, "mcpUrl">): Promise<void>;
}

/** Makes one. */
export async function openHome(): Promise<Home> {
  const path = await Deno.makeTempDir({ prefix: "mcpass-home-" });
  const place = await openPlaceIn(path);
  const { env } = place;
  const store = await place.open();
  const home: Home = {
    path,
    store,
    run: (args, setup = {}) =>
      run(args, {
        real: true,
        now: Date.now,
        ...setup,
        env: { ...env, ...setup.env },
      }),
    async signIn(lab, ...args) {
      const ran = await home.run([
        ...["oauth", "login", "--auth-mode", "headless", "--format", "json"],
        ...["--url", lab.mcpUrl, ...args],
      ]);
      if (ran.status !== 0) throw new Error(ran.stdout + ran.stderr);
      return ran;
    },
    async expire(lab) {
      const [summary] = await store.find(lab.mcpUrl);
      const entry = summary && await store.read(summary.key);
      if (!entry?.tokens) throw new Error("nothing is stored");
      const expiresAt = new Date(Date.now() - 1000).toISOString();
      await store.write({ ...entry, tokens: { ...entry.tokens, expiresAt } });
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await Deno.remove(path, { recursive: true });
    },
  };
  return home;
}

/** Text without the line breaks of a terminal. */
export function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}
