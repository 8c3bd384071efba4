import assert from "node:assert/strict";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { formOf } from "../../lab/journal.ts";
import { runLogin } from "../harness.ts";

const encoded = (part: object) =>
  new TextEncoder().encode(JSON.stringify(part)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });

type Claims = Record<string, unknown>;

/** A login whose identity provider says what a test makes of the right claims. */
async function loginWith(change: (claims: Claims) => Claims | undefined) {
  let nonce = "";
  await using idp = await startFakeLab({
    clients: [{ clientId: "at-idp" }],
    scopes: ["openid"],
    resourceParameter: "refused",
    authorizationResponse(parameters, request) {
      nonce = request.query.get("nonce") ?? "";
      return parameters;
    },
    token({ body }) {
      const right = {
        ...{ iss: idp.issuer, aud: "at-idp", sub: "ada", nonce },
        exp: Math.floor(Date.now() / 1000) + 300,
      };
      const claims = change(right);
      const idToken = claims && `${encoded({ alg: "ES256" })}.${encoded(claims)}.sig`;
      return { body: { ...body, ...(idToken && { id_token: idToken }) } };
    },
  });
  await using lab = await startFakeLab({ clients: [{ clientId: "at-as" }] });
  const { failure } = await runLogin({
    serverUrl: lab.mcpUrl,
    authMode: "enterprise",
    registration: "preregistered",
    clientId: "at-as",
    clientSecret: "unused",
    identityProvider: { issuer: idp.issuer, clientId: "at-idp" },
  });
  const exchanged = idp.requests.map(formOf).filter((form) => form.has("subject_token"));
  return { failure, exchanged, nonce, complaints: idp.as.complaints };
}

Deno.test("an ID token that is right is exchanged", async () => {
  const { failure, exchanged, nonce } = await loginWith((claims) => claims);
  assert.equal(exchanged.length, 1);
  assert.ok(nonce.length >= 22);
  assert.equal(failure?.code, "identity_exchange_refused", "that provider exchanges nothing");
});

const WRONG: readonly (readonly [string, (claims: Claims) => Claims, RegExp])[] = [
  ["another issuer", (claims) => ({ ...claims, iss: "https://evil.example" }), /"iss" is/],
  ["another client", (claims) => ({ ...claims, aud: ["x", "y"] }), /"aud" is/],
  ["another party", (claims) => ({ ...claims, azp: "someone" }), /"azp" is/],
  ["another request", (claims) => ({ ...claims, nonce: "other" }), /"nonce" is not/],
  ["no request", ({ nonce: _, ...claims }) => claims, /"nonce" is not/],
  ["the past", (claims) => ({ ...claims, exp: 1_000_000 }), /it has expired \("exp"\)/],
  ["no time", ({ exp: _, ...claims }) => claims, /"exp" is missing/],
  ["nobody", ({ sub: _, ...claims }) => claims, /"sub" is missing/],
];

for (const [what, change, said] of WRONG) {
  Deno.test(`an ID token for ${what} is not exchanged`, async () => {
    const { failure, exchanged } = await loginWith(change);
    assert.equal(failure?.code, "id_token_invalid");
    assert.match(failure?.message ?? "", said);
    assert.deepEqual(exchanged, []);
  });
}

Deno.test("a sign-in without an ID token is said to be one", async () => {
  const { failure, exchanged } = await loginWith(() => undefined);
  assert.equal(failure?.code, "id_token_missing");
  assert.deepEqual(exchanged, []);
});
