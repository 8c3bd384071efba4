/**
 * Runs commands that use a token: the real HTTP client, real servers, a store in a folder of its own.
 *
 * @module
 */

import { openHeadlessConsent } from "../../src/consent/headless_consent.ts";
import { toStoredEntry } from "../../src/flow/login/stored_login.ts";
import { login } from "../../src/flow/login/login.ts";
import { createHttpClient } from "../../src/http/client/create_http_client.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { planOf, runLogin } from "../flow/harness.ts";
import { openPlaceIn } from "../store/contract/engine.ts";
import { type Ran, run, type Setup } from "./fake_runtime.ts";

/** A folder for one test's store. */
export interface Home extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** Variables that lead there. */
  readonly env: Readonly<Record<string, string>>;
  /** Keeps a sign-in. */
  keep(entry: StoredEntry): Promise<void>;
  /** The only sign-in of a server. */
  kept(serverUrl: string): Promise<StoredEntry | undefined>;
}

/** Makes a home. */
export async function makeHome(): Promise<Home> {
  const path = await Deno.makeTempDir({ prefix: "mcpass-consumer-" });
  const place = await openPlaceIn(path);
  const store = await place.open();
  return {
    path,
    env: place.env,
    async keep(entry) {
      await store.write(entry);
    },
    async kept(serverUrl) {
      const [found] = await store.find(serverUrl);
      return found && await store.read(found.key);
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Signs in, in process, without a person. */
export async function signIn(
  serverUrl: string,
  scopes?: readonly string[],
): Promise<StoredEntry> {
  const partial = { serverUrl, ...(scopes === undefined ? {} : { scopes }) };
  const { session, failure, result } = await runLogin(partial);
  if (session === null) throw failure ?? new Error("no session");
  const entry = toStoredEntry(planOf(partial), result.protocolVersion, session);
  return { ...entry, authMode: "interactive" };
}

/** The same sign-in whose token says that it has expired. */
export function expired(entry: StoredEntry): StoredEntry {
  if (entry.tokens === null) throw new Error("no tokens");
  const tokens = {
    ...entry.tokens,
    obtainedAt: new Date(Date.now() - 7_200_000).toISOString(),
    expiresAt: new Date(Date.now() - 3_600_000).toISOString(),
  };
  return { ...entry, tokens };
}

/** Runs a command line against real servers; a person, where there is one, consents at once. */
export async function consume(args: readonly string[], setup: Setup = {}): Promise<Ran> {
  return await run(args, {
    now: Date.now,
    real: true,
    ...setup,
    replacements: {
      createHttpClient,
      login: async (plan, deps) =>
        await login(plan, {
          ...deps,
          openConsent: (redirectUrl) =>
            Promise.resolve(openHeadlessConsent({
              serverUrl: plan.serverUrl,
              redirectUrl,
              http: deps.http,
              interactiveCommand: { line: "mcpass login" },
            })),
        }),
      ...setup.replacements,
    },
  });
}
