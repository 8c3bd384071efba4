import assert from "node:assert/strict";
import { deleteClient, managedClient } from "../../../src/flow/client/manage_client.ts";
import { introspect, revokeTokens } from "../../../src/flow/credentials/revoke.ts";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import type { StoredEntry } from "../../../src/store/stored_entry.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { type ScriptedServer, startScriptedServer } from "../../lab/scripted_server.ts";

/** A sign-in at a public server, whose documents name endpoints on this machine. */
function entryOf(inside: string, token: string, namedHosts: readonly string[]): StoredEntry {
  return {
    serverUrl: "https://public.example/mcp",
    account: "default",
    issuer: "https://as.public.example",
    client: {
      clientId: "client-1",
      clientSecret: "client-secret",
      registrationUri: `${inside}/clients/1`,
      registrationToken: "registration-token",
      approach: "dcr",
      tokenAuthMethod: "client_secret_basic",
      redirectUri: null,
    },
    tokens: {
      accessToken: "access-token",
      refreshToken: null,
      tokenType: "Bearer",
      obtainedAt: new Date().toISOString(),
      expiresAt: null,
    },
    authMode: "client_credentials",
    requestedScopes: null,
    grantedScope: null,
    resource: null,
    endpoints: { token, revocation: `${inside}/revoke`, introspection: `${inside}/introspect` },
    protocolVersion: "2026-07-28",
    relaxations: {},
    headerNames: [],
    namedHosts,
  };
}

async function useAll(inside: ScriptedServer, token: string, named: string[]): Promise<void> {
  const secrets = createSecrets();
  const { signal } = new AbortController();
  const http = createHttpClient({
    serverUrl: "https://public.example/mcp",
    customHeaders: [],
    stepTimeoutMs: 10_000,
    resolve: () => Promise.resolve(["93.184.216.34"]),
    emit: () => {},
    clock: { now: Date.now },
    env: { get: () => undefined, toObject: () => ({}) },
    ...{ secrets, signal },
  });
  const entry = entryOf(inside.origin, token, named);
  const deps = { http, secrets, signal };
  await revokeTokens(deps, entry);
  await introspect(deps, entry);
  await deleteClient(deps, managedClient(entry, undefined)).catch(() => {});
  await http.close();
}

Deno.test("where a public server's documents point into a private network, no stored sign-in is sent either", async () => {
  for (const token of ["https://as.public.example/token", "inside"]) {
    await using inside = startScriptedServer({ routes: { "*": { status: 204 } } });
    await useAll(inside, token === "inside" ? `${inside.origin}/token` : token, []);
    assert.deepEqual(inside.requests.map(({ method, path }) => `${method} ${path}`), []);
  }
});

Deno.test("a host that the person named at the login is used for every later request of the sign-in", async () => {
  await using inside = startScriptedServer({ routes: { "*": { status: 204 } } });
  await useAll(inside, `${inside.origin}/token`, ["127.0.0.1"]);
  assert.deepEqual(inside.requests.map(({ method, path }) => `${method} ${path}`), [
    "POST /revoke",
    "POST /introspect",
    "DELETE /clients/1",
  ]);
});
