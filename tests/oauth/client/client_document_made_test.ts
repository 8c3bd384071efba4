import assert from "node:assert/strict";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { clientDocument } from "../../../src/oauth/client/client_document.ts";

const URL_ = "https://app.example/client.json";

Deno.test("a document says what was asked for and nothing more", async () => {
  const { redirect_uris: uris, ...rest } = await clientDocument({ url: URL_, clientName: "App" });
  assert.deepEqual(rest, {
    client_id: URL_,
    client_name: "App",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
    token_endpoint_auth_method: "none",
  });
  assert.ok(Array.isArray(uris) && uris.length > 1);
  assert.ok(uris.every((uri) => /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/callback$/.test(uri)));
});

Deno.test("options become members, lists and texts alike", async () => {
  const document = await clientDocument({
    url: URL_,
    clientName: "App",
    redirectUris: ["https://app.example/cb"],
    contacts: ["a@app.example"],
    scopes: ["a", "b"],
    clientUri: "https://app.example",
    logoUri: "https://app.example/logo",
    tosUri: "https://app.example/tos",
    policyUri: "https://app.example/policy",
    dpop: true,
  });
  assert.deepEqual(document["redirect_uris"], ["https://app.example/cb"]);
  assert.deepEqual(document["contacts"], ["a@app.example"]);
  assert.equal(document["scope"], "a b");
  assert.equal(document["client_uri"], "https://app.example");
  assert.equal(document["logo_uri"], "https://app.example/logo");
  assert.equal(document["tos_uri"], "https://app.example/tos");
  assert.equal(document["policy_uri"], "https://app.example/policy");
  assert.equal(document["dpop_bound_access_tokens"], true);
});

for (const algorithm of ["ES256", "RS256", "Ed25519"]) {
  Deno.test(`a key for ${algorithm} has its thumbprint as name, or its own (RFC 7638)`, async () => {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const keyOf = async (key: object) => {
      const privateKey = JSON.stringify(key);
      const document = await clientDocument({ url: URL_, clientName: "App", privateKey });
      const { keys: [found] } = document["jwks"] as { keys: Record<string, unknown>[] };
      return { found, document };
    };
    const { found, document } = await keyOf(jwk);
    assert.equal(found?.["kid"], await calculateJwkThumbprint(jwk));
    assert.equal(found?.["use"], "sig");
    assert.equal(found?.["alg"], document["token_endpoint_auth_signing_alg"]);
    assert.equal(found?.["d"], undefined);
    assert.equal((await keyOf({ ...jwk, kid: "own" })).found?.["kid"], "own");
  });
}
