/**
 * Entries with canary secrets.
 *
 * @module
 */

import type { Env } from "../../src/core/system.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";

/** Secrets that must turn up nowhere but where they belong. */
export const CANARIES = {
  accessToken: "canary-access-token",
  refreshToken: "canary-refresh-token",
  idToken: "canary-id-token",
  clientSecret: "canary-client-secret",
  registrationToken: "canary-registration-token",
  dpopKey: "canary-dpop-key",
};

/** A key whose private part is the canary. */
const DPOP_KEY = JSON.stringify({ kty: "EC", crv: "P-256", x: "x", y: "y", d: CANARIES.dpopKey });

const TOKENS = {
  accessToken: CANARIES.accessToken,
  refreshToken: CANARIES.refreshToken,
  idToken: CANARIES.idToken,
  tokenType: "Bearer",
  obtainedAt: "2026-01-02T03:04:05.000Z",
  expiresAt: "2026-01-02T04:04:05.000Z",
};

/** An entry with every member and every secret. */
export function entryOf(parts: Partial<StoredEntry> = {}): StoredEntry {
  return {
    serverUrl: "https://mcp.example/mcp",
    account: "default",
    issuer: "https://as.example",
    client: {
      clientId: "client-1",
      clientSecret: CANARIES.clientSecret,
      approach: "dcr",
      tokenAuthMethod: "client_secret_basic",
      redirectUri: "http://127.0.0.1:1/callback",
      registrationUri: "https://as.example/register/client-1",
      registrationToken: CANARIES.registrationToken,
    },
    tokens: TOKENS,
    authMode: "interactive",
    requestedScopes: ["a", "b"],
    grantedScope: "a",
    resource: "https://mcp.example/mcp",
    endpoints: { token: "https://as.example/token", revocation: "https://as.example/revoke" },
    protocolVersion: "2025-11-25",
    relaxations: { trustPkce: "https://as.example" },
    headerNames: ["X-Tenant"],
    dpopKey: DPOP_KEY,
    ...parts,
  };
}

/** `entryOf` with other tokens. */
export function withTokens(generation: string, parts: Partial<StoredEntry> = {}): StoredEntry {
  const fresh = { accessToken: `access-${generation}`, refreshToken: `refresh-${generation}` };
  return entryOf({ tokens: { ...TOKENS, ...fresh }, ...parts });
}

/** An environment of these variables alone. */
export function envOf(variables: Readonly<Record<string, string>>): Env {
  return { get: (name) => variables[name], toObject: () => ({ ...variables }) };
}
