/**
 * Stores with one and with many sign-ins, for timing how one of them is found.
 *
 * @module
 */

import { openStore } from "../../src/store/file/open_store.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";

/** The server whose token is asked for. */
export const ASKED_SERVER = "https://server-0.example/mcp";

/** A sign-in whose token is valid for a day. */
export function benchEntry(index: number): StoredEntry {
  const now = Date.now();
  return {
    serverUrl: `https://server-${index}.example/mcp`,
    account: "default",
    issuer: "https://as.example",
    client: {
      clientId: `client-${index}`,
      approach: "dcr",
      tokenAuthMethod: "none",
      redirectUri: "http://127.0.0.1/callback",
    },
    tokens: {
      accessToken: `token-${index}`,
      refreshToken: null,
      tokenType: "Bearer",
      obtainedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 86_400_000).toISOString(),
    },
    authMode: "headless",
    requestedScopes: null,
    grantedScope: null,
    resource: `https://server-${index}.example/mcp`,
    endpoints: { token: "https://as.example/token" },
    protocolVersion: "auto",
    relaxations: {},
    headerNames: [],
  };
}

/** Fills a new store in a temporary folder with `count` sign-ins; returns the folder. */
export async function storeOf(count: number): Promise<string> {
  const home = await Deno.makeTempDir();
  await Deno.chmod(home, 0o700);
  const store = openStore({
    mode: "file",
    env: {
      get: (name) => name === "MCPASS_HOME" ? home : undefined,
      toObject: () => ({ MCPASS_HOME: home }),
    },
  });
  for (let index = 0; index < count; index += 1) await store.write(benchEntry(index));
  return home;
}
