import assert from "node:assert/strict";
import { exportJWK, exportPKCS8, generateKeyPair } from "jose";
import { formOf, headerOf } from "../../../lab/journal.ts";
import { type LabOptions, startLab } from "../../../lab/shapes.ts";
import { type Home, openHome } from "../../real_run.ts";

const SECRET = "a-secret-of-32-characters-or-more";
const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const PEM = await exportPKCS8(privateKey);
const JWKS = { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] };

type As = NonNullable<LabOptions["as"]>;

/** Writes the secrets of a client and says with which flags. */
async function credentialArgs(home: Home, method: string): Promise<string[]> {
  const [flag, text] = method === "private_key_jwt"
    ? ["--private-key-file", PEM]
    : ["--client-secret-file", SECRET];
  const file = `${home.path}/credential`;
  await Deno.writeTextFile(file, text ?? "", { mode: 0o600 });
  return ["--client-id", "known", flag ?? "", file, "--token-auth-method", method];
}

/** One feature that a real server requires. */
interface Feature {
  readonly name: string;
  readonly as: As;
  readonly args?: readonly string[];
  /** Client authentication of a preregistered client; absent: registered by itself. */
  readonly method?: "private_key_jwt" | "client_secret_basic";
}

const keyed = (method: "private_key_jwt" | "client_secret_basic"): As => ({
  authMethods: [method],
  clients: [{
    clientId: "known",
    authMethod: method,
    ...(method === "private_key_jwt" ? { jwks: JWKS } : { clientSecret: SECRET }),
  }],
});

const FEATURES: readonly Feature[] = [
  { name: "DPoP with nonces", as: { dpop: "nonce" }, args: ["--dpop"] },
  { name: "pushed authorization requests", as: { par: "required" } },
  {
    name: "pushed requests with a key and DPoP",
    as: { par: "required", dpop: "nonce", ...keyed("private_key_jwt") },
    args: ["--dpop"],
    method: "private_key_jwt",
  },
  { name: "private_key_jwt", as: keyed("private_key_jwt"), method: "private_key_jwt" },
  {
    name: "signed requests",
    as: { signedRequests: true, ...keyed("private_key_jwt") },
    method: "private_key_jwt",
  },
  {
    name: "iss and refresh rotation",
    as: { rotateRefreshTokens: true, ...keyed("client_secret_basic") },
    method: "client_secret_basic",
  },
];

for (const { name, as, args = [], method } of FEATURES) {
  Deno.test(`a real server that requires ${name}: login, two refreshes, logout`, async () => {
    const opaque = as.dpop === undefined ? {} : { protection: { challenge: { scheme: "DPoP" } } };
    await using lab = await startLab({ as: { accessTokens: "opaque", ...as }, ...opaque });
    await using home = await openHome();
    const known = method === undefined ? [] : await credentialArgs(home, method);
    const run = async (...line: string[]) => {
      const ran = await home.run([...line, "--url", lab.mcpUrl, "--format", "json"]);
      assert.equal(ran.status, 0, `${line.join(" ")}: ${ran.stderr}${ran.stdout}`);
      return JSON.parse(ran.stdout);
    };
    const login = await run(
      ...["oauth", "login", "--auth-mode", "headless", "--verify-tools", ...args, ...known],
      ...["--scopes", "mcp:read"],
    );
    assert.ok(login.credentials.refreshToken);
    await run("oauth", "refresh");
    await run("oauth", "refresh");
    await run("tools", "list");
    const [ended] = (await run("oauth", "logout")).signedOut;
    assert.deepEqual(ended.revoked, { refreshToken: true, accessToken: true });
    const refreshes = lab.requests.map(formOf)
      .filter((form) => form.get("grant_type") === "refresh_token" && form.has("refresh_token"))
      .map((form) => form.get("refresh_token"));
    assert.equal(new Set(refreshes).size, 2, "each refresh token was used once");
  });
}

const METHODS = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
] as const;

for (const method of METHODS) {
  Deno.test(`client credentials with ${method}: login, renewal by the grant, logout`, async () => {
    await using lab = await startLab({
      as: {
        authMethods: [method],
        accessTokens: "opaque",
        clients: [{
          ...{ clientId: "known", authMethod: method, grantTypes: ["client_credentials"] },
          ...(method === "private_key_jwt" ? { jwks: JWKS } : { clientSecret: SECRET }),
        }],
      },
    });
    await using home = await openHome();
    const run = async (...line: string[]) => await home.run([...line, "--url", lab.mcpUrl]);
    const login = await run(
      ...["oauth", "login", "--auth-mode", "client_credentials", "--scopes", "mcp:read"],
      ...["--verify-tools", "--format", "json", ...await credentialArgs(home, method)],
    );
    assert.equal(login.status, 0, login.stderr + login.stdout);
    await home.expire(lab);
    const [first, second] = [
      await run("oauth", "token"),
      await run("oauth", "refresh", "--format", "json"),
    ];
    assert.deepEqual([first.status, second.status], [0, 0], first.stderr + second.stderr);
    const requests = lab.requests.filter(({ path }) => path === "/token");
    assert.equal(requests.length, 3);
    for (const request of requests) {
      const form = formOf(request);
      assert.equal(form.get("grant_type"), "client_credentials");
      assert.equal(form.get("resource"), lab.mcpUrl);
      const sent = {
        client_secret_basic: headerOf(request, "authorization") !== undefined,
        client_secret_post: form.has("client_secret"),
        client_secret_jwt: form.has("client_assertion"),
        private_key_jwt: form.has("client_assertion"),
      };
      assert.equal(Object.values(sent).filter(Boolean).length, method.endsWith("jwt") ? 2 : 1);
      assert.equal(sent[method], true);
    }
    const status = JSON.parse((await run("oauth", "status", "--format", "json")).stdout);
    assert.deepEqual(
      [status.entries[0].authMode, status.entries[0].tokenAuthMethod, status.entries[0].renewable],
      ["client_credentials", method, true],
    );
    assert.equal((await run("oauth", "logout")).status, 0);
  });
}

Deno.test("client credentials of a client that does not authenticate: refused before any request", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "client_credentials", "--token-auth-method", "none"],
    ...["--client-id", "known", "--url", lab.mcpUrl, "--format", "json"],
  ]);
  assert.equal(ran.status, 2);
  assert.equal(JSON.parse(ran.stdout).error.code, "impossible_combination");
  assert.equal(lab.requests.length, 0);
});

Deno.test("a request_uri that expired before it was used ends the login; it is pushed once", async () => {
  await using lab = await startLab({ as: { par: "required", pushedRequestsExpire: true } });
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--format", "json"],
  ]);
  assert.equal(ran.status, 1);
  const { error } = JSON.parse(ran.stdout);
  // The server no longer knows the state of the request either, so its words are not shown.
  assert.equal(error.code, "state_mismatch");
  assert.equal(lab.requests.filter(({ path }) => path === "/token").length, 0);
  assert.equal(lab.requests.filter(({ path }) => path === "/request").length, 1);
});

Deno.test("a client assertion is made out to the issuer alone, and the lab takes no other", async () => {
  await using lab = await startLab({ as: keyed("private_key_jwt") });
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--format", "json"],
    ...await credentialArgs(home, "private_key_jwt"),
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  const { SignJWT } = await import("jose");
  const asked = async (change: Record<string, unknown>) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: "known", sub: "known", aud: lab.issuer, jti: crypto.randomUUID() };
    const assertion = await new SignJWT({ ...claims, iat: now, exp: now + 60, ...change })
      .setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    const response = await fetch(`${lab.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        ...{ grant_type: "refresh_token", refresh_token: "unknown", client_id: "known" },
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      }),
    });
    return (await response.json()).error;
  };
  assert.equal(await asked({}), "invalid_grant", "the client is let in, its token is not good");
  assert.equal(await asked({ aud: "https://other.example" }), "invalid_client");
  assert.equal(await asked({ iat: 1_000_000, exp: 1_000_060 }), "invalid_client");
  assert.equal(await asked({ jti: "twice" }), "invalid_grant");
  assert.equal(await asked({ jti: "twice" }), "invalid_client");
});
