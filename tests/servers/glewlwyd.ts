/** Glewlwyd, of the Debian package `glewlwyd`: its OpenID Connect plugin, with a database in a file. @module */

import { DatabaseSync } from "node:sqlite";
import type { Browser, Page } from "../lab/person.ts";
import { freePort, startCommand } from "./program.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";
import { byKeys, withMcp } from "./resource_server.ts";

const TABLES = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const PERSON = { username: "ann", password: "a long password" };
const SCOPES = ["mcp:read", "mcp:write"];

/**
 * Clients of the operator. One that registers with the method none is stored as confidential, and
 * cannot obtain a token.
 */
export const PUBLIC_CLIENTS = ["audit-1", "audit-2"] as const;

const publicClient = (id: string) => ({
  client_id: id,
  name: id,
  enabled: true,
  confidential: false,
  redirect_uri: ["http://127.0.0.1:33418/callback"],
  authorization_type: ["code", "refresh_token"],
  token_endpoint_auth_method: ["none"],
  scope: [],
});

export async function hasGlewlwyd(): Promise<boolean> {
  try {
    return (await Deno.stat(TABLES)).isFile;
  } catch {
    return false;
  }
}

const fileOf = (settings: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join("\n");

/** As the sample of the package, for a server behind a gateway. */
const configuration = (port: number, origin: string, folder: string) =>
  `${
    fileOf({
      port,
      bind_address: "127.0.0.1",
      external_url: origin,
      login_url: "login.html",
      api_prefix: "api",
      static_files_path: "/usr/share/glewlwyd/webapp/",
      allow_origin: "*",
      allow_methods: "GET, POST, PUT, DELETE, OPTIONS",
      allow_headers: "Origin, X-Requested-With, Content-Type, Accept, Bearer, Authorization, DPoP",
      expose_headers: "Content-Encoding, Authorization",
      log_mode: "file",
      log_level: "ERROR",
      log_file: `${folder}/log`,
      cookie_secure: 0,
      cookie_same_site: "empty",
      session_expiration: 3600,
      session_key: "GLEWLWYD2_SESSION_ID",
      admin_session_authentication: "cookie",
      profile_session_authentication: "cookie",
      login_api_enabled: true,
      add_x_frame_option_header_deny: true,
      admin_scope: "g_admin",
      profile_scope: "g_profile",
      user_module_path: "/usr/lib/glewlwyd/user",
      client_module_path: "/usr/lib/glewlwyd/client",
      user_auth_scheme_module_path: "/usr/lib/glewlwyd/scheme",
      plugin_module_path: "/usr/lib/glewlwyd/plugin",
      hash_algorithm: "SHA512",
    })
  }
database = { type = "sqlite3"; path = "${folder}/database"; };
static_files_mime_types = ({ extension = ".html"; mime_type = "text/html"; });
`;

async function pem(label: string, format: "pkcs8" | "spki", key: CryptoKey): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.exportKey(format, key));
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** The plugin, with what an MCP server needs. */
async function plugin(origin: string, tokenSeconds: number): Promise<object> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const resources = [`${origin}/mcp`];
  return {
    module: "oidc",
    name: "oidc",
    display_name: "oidc",
    enabled: true,
    parameters: {
      "iss": `${origin}/api/oidc`,
      "jwt-type": "rsa",
      "jwt-key-size": "256",
      "key": await pem("PRIVATE KEY", "pkcs8", privateKey),
      "cert": await pem("PUBLIC KEY", "spki", publicKey),
      "access-token-duration": tokenSeconds,
      "refresh-token-duration": 1_209_600,
      "code-duration": 600,
      "refresh-token-rolling": true,
      "refresh-token-one-use": "always",
      "allow-non-oidc": true,
      "auth-type-code-enabled": true,
      "auth-type-code-revoke-replayed": true,
      "auth-type-token-enabled": false,
      "auth-type-id-token-enabled": true,
      "auth-type-password-enabled": false,
      "auth-type-client-enabled": true,
      "auth-type-device-enabled": false,
      "auth-type-refresh-enabled": true,
      "jwks-show": true,
      "pkce-allowed": true,
      "pkce-method-plain-allowed": false,
      "pkce-required": true,
      "introspection-revocation-allowed": true,
      "introspection-revocation-allow-target-client": true,
      "register-client-allowed": true,
      "register-client-auth-scope": [],
      "register-client-credentials-scope": [],
      "register-client-management-allowed": true,
      "allowed-scope": ["openid", ...SCOPES],
      "oauth-dpop-allowed": true,
      "oauth-dpop-iat-duration": 60,
      "oauth-as-iss-id": true,
      "request-parameter-allow": false,
      "subject-type": "public",
      "resource-allowed": true,
      "resource-scope": Object.fromEntries(SCOPES.map((scope) => [scope, resources])),
    },
  };
}

/** The API of the administrator, who is signed in. */
async function openAdmin(port: number) {
  const api = `http://127.0.0.1:${port}/api`;
  const send = (path: string, body: object, headers: HeadersInit = {}) =>
    fetch(api + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const response = await send("/auth/", { username: "admin", password: "password" });
  const cookie = response.headers.getSetCookie().map((it) => it.split(";")[0]).join("; ");
  await response.body?.cancel();
  return async (path: string, body: object) => {
    const added = await send(path, body, { cookie });
    if (!added.ok) throw new Error(`${path}: HTTP ${added.status} ${await added.text()}`);
    await added.body?.cancel();
  };
}

async function startGlewlwyd({ origin, tokenSeconds }: StartOptions): Promise<RunningApp> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-glewlwyd-" });
  const port = freePort();
  const database = new DatabaseSync(`${folder}/database`);
  database.exec(await Deno.readTextFile(TABLES));
  database.close();
  await Deno.writeTextFile(`${folder}/configuration`, configuration(port, origin, folder));
  const app = await startCommand("glewlwyd", ["-c", `${folder}/configuration`], port);
  const close = async () => {
    await app.close?.();
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const add = await openAdmin(port);
    await add("/mod/plugin/", await plugin(origin, tokenSeconds));
    for (const name of SCOPES) {
      await add("/scope/", { name, display_name: name, password_required: true, scheme: {} });
    }
    for (const id of PUBLIC_CLIENTS) await add("/client/", publicClient(id));
    const scope = ["g_profile", "openid", ...SCOPES];
    await add("/user/", {
      ...PERSON,
      name: "Ann",
      email: "ann@mail.example",
      enabled: true,
      scope,
    });
  } catch (error) {
    await close();
    throw error;
  }
  const issuer = `${origin}/api/oidc`;
  const verify = byKeys(issuer, `http://127.0.0.1:${port}/api/oidc/jwks`, `${origin}/mcp`);
  return { handler: withMcp(origin, app.handler, verify, SCOPES, issuer), close };
}

/** Signs in, and grants what the client requests: what the pages of Glewlwyd send. */
async function consent(browser: Browser, page: Page): Promise<Page> {
  const { origin, searchParams } = new URL(page.url);
  await browser.send(`${origin}/api/auth/`, "POST", PERSON);
  const scope = searchParams.get("scope") ?? "";
  const client = searchParams.get("client_id") ?? "";
  await browser.send(`${origin}/api/auth/grant/${client}`, "PUT", { scope });
  return await browser.visit(`${searchParams.get("callback_url")}&g_continue`);
}

export const GLEWLWYD: RealServer = {
  name: "Glewlwyd",
  host: "localhost",
  start: startGlewlwyd,
  person: consent,
};
