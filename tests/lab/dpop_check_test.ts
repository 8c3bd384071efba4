import assert from "node:assert/strict";
import { exportJWK, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { runLogin } from "../flow/harness.ts";
import { dpopCheck } from "./dpop_check.ts";
import { type Lab, startLab } from "./shapes.ts";

const TOOLS_LIST = {
  method: "POST",
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
};

async function hash(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** A signed-in lab that wants proofs, and the means to make them by hand. */
async function signedIn(lab: Lab) {
  const { session } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.ok(session?.signer);
  const jwk = JSON.parse(session.signer.key) as JWK;
  const { d: _, alg: __, ...publicPart } = jwk;
  const key = await importJWK(jwk, "ES256");
  const token = session.token.accessToken;
  const proof = async (change: JWTPayload = {}, with_: JWK = publicPart, signer = key) =>
    await new SignJWT({
      ...{ jti: crypto.randomUUID(), htm: "POST", htu: lab.mcpUrl, ath: await hash(token) },
      iat: Math.floor(Date.now() / 1000),
      ...change,
    }).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: with_ }).sign(signer);
  const ask = async (dpop: string) => {
    const response = await fetch(lab.mcpUrl, {
      ...TOOLS_LIST,
      headers: {
        ...{ "content-type": "application/json", accept: "application/json, text/event-stream" },
        ...{ "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" },
        ...{ authorization: `DPoP ${token}`, dpop },
      },
    });
    await response.body?.cancel();
    return [response.status, response.headers.get("www-authenticate") ?? ""] as const;
  };
  return { session, proof, ask };
}

const WANTS_PROOFS = { as: { dpop: true }, protection: { dpop: dpopCheck({}) } } as const;

Deno.test("the MCP server of the lab takes a right proof once", async () => {
  await using lab = await startLab({ ...WANTS_PROOFS, protection: { dpop: dpopCheck({}) } });
  const { proof, ask } = await signedIn(lab);
  const good = await proof();
  assert.notEqual((await ask(good))[0], 401);
  const [status, challenge] = await ask(good);
  assert.equal(status, 401);
  assert.match(challenge, /invalid_dpop_proof.*jti was used before/);
});

const WRONG: readonly (readonly [string, JWTPayload, RegExp])[] = [
  ["another htu", { htu: "https://other.example/mcp" }, /htu is/],
  ["a query in htu", { htu: "http://127.0.0.1/mcp?x=1" }, /htu is/],
  ["another htm", { htm: "GET" }, /htm is GET/],
  ["no ath", { ath: undefined }, /ath is undefined/],
  ["another ath", { ath: "x" }, /ath is x/],
  ["an old iat", { iat: 1_000_000 }, /iat is off/],
];

Deno.test("the MCP server of the lab refuses a proof with something wrong", async () => {
  await using lab = await startLab({ ...WANTS_PROOFS, protection: { dpop: dpopCheck({}) } });
  const { proof, ask } = await signedIn(lab);
  for (const [what, change, said] of WRONG) {
    const [status, challenge] = await ask(await proof(change));
    assert.equal(status, 401, what);
    assert.match(challenge, said, what);
  }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const [, stolen] = await ask(await proof({}, await exportJWK(publicKey), privateKey));
  assert.match(stolen, /bound to another key/);
});

Deno.test("the authorization server of the lab refuses a proof that was used, and one for elsewhere", async () => {
  await using lab = await startLab({ ...WANTS_PROOFS, protection: { dpop: dpopCheck({}) } });
  const { session, proof } = await signedIn(lab);
  let refreshToken = session.token.refreshToken ?? "";
  const refresh = async (dpop: string) => {
    const response = await fetch(`${lab.issuer}/token`, {
      method: "POST",
      headers: { dpop },
      body: new URLSearchParams({
        ...{ grant_type: "refresh_token", refresh_token: refreshToken },
        client_id: session.client.clientId,
      }),
    });
    const answer = await response.json();
    refreshToken = answer.refresh_token ?? refreshToken;
    return `${answer.error ?? "good"} ${answer.error_description ?? ""}`;
  };
  assert.match(await refresh(await proof({ htu: lab.mcpUrl })), /invalid_dpop_proof.*htu/);
  const right = await proof({ htu: `${lab.issuer}/token` });
  assert.match(await refresh(right), /^good/);
  assert.match(await refresh(right), /invalid_grant/);
  // The same refresh token is good with a proof of its own: the proof was what was refused.
  assert.match(await refresh(await proof({ htu: `${lab.issuer}/token` })), /^good/);
});
