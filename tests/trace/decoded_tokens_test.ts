import assert from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import { buildArtifact } from "../../src/trace/artifact.ts";
import { artifactFaults } from "../../src/trace/artifact_schema.ts";
import { createRecorder } from "../../src/trace/recorder.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf, type ExchangeParts } from "./support.ts";

const base64url = (text: string) =>
  new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });

function jwt(claims: object, header: object = { alg: "ES256" }): string {
  return [header, claims].map((part) => base64url(JSON.stringify(part))).join(".") +
    `.${base64url("signature-canary")}`;
}

function artifactOf(parts: readonly ExchangeParts[], secret?: string) {
  const recorder = createRecorder();
  const secrets = createSecrets();
  secrets.add(secret);
  for (const [at, part] of parts.entries()) {
    recorder.emit({ type: "exchange", exchange: exchangeOf(part, { id: at + 1 }) });
  }
  const artifact = runAtOnce(buildArtifact({
    command: { name: "oauth login", options: {} },
    outcome: { completed: true, exitStatus: 0, error: null },
    ...{ recorder, secrets, secretFields: [], clock: { now: () => 0 } },
    environment: {
      ...{ os: "linux", arch: "x86_64", networkVariables: [] },
      terminal: { stdin: false, stdout: false, stderr: false },
    },
  }));
  assert.deepEqual(artifactFaults(JSON.parse(JSON.stringify(artifact))), []);
  return artifact;
}

Deno.test("the claims of a token are in the artifact, the token and its signature are not", () => {
  const token = jwt({ iss: "https://as.example", aud: "https://mcp.example", exp: 1_800_000_000 });
  const artifact = artifactOf([
    { response: { body: JSON.stringify({ access_token: token, token_type: "Bearer" }) } },
    { request: { headers: [["authorization", `Bearer ${token}`]] } },
  ]);
  assert.deepEqual(artifact.tokens, [{
    exchange: 1,
    member: "access_token",
    header: { alg: "ES256" },
    claims: { iss: "https://as.example", aud: "https://mcp.example", exp: 1_800_000_000 },
    times: { exp: "2027-01-15T08:00:00.000Z" },
  }]);
  const text = JSON.stringify(artifact);
  for (const part of token.split(".")) assert.equal(text.includes(part), false, part);
  assert.equal(text.includes("signature-canary"), false);
});

Deno.test("assertions of forms and proofs of headers are decoded under their own names", () => {
  const body = new URLSearchParams({
    grant_type: "urn:x",
    client_assertion: jwt({ iss: "client" }),
  });
  const artifact = artifactOf([{
    request: { headers: [["DPoP", jwt({ htm: "POST" })]], body: body.toString() },
  }]);
  assert.deepEqual(artifact.tokens.map(({ member, claims }) => [member, claims]), [
    ["client_assertion", { iss: "client" }],
    ["dpop", { htm: "POST" }],
  ]);
});

Deno.test("what a token tells about a person, and secrets in it, are masked", () => {
  const secret = "s3cret-value-0815";
  const id_token = jwt({
    ...{ sub: "ada@mail.example", name: "Ada", address: { locality: "Oslo" }, tenant: "t-1" },
    ...{ extra: secret, deep: { email: "a@b.example", fine: 1 } },
  });
  const artifact = artifactOf([{ response: { body: JSON.stringify({ id_token }) } }], secret);
  const text = JSON.stringify(artifact);
  for (const hidden of ["mail.example", "Ada", "Oslo", "b.example", secret]) {
    assert.equal(text.includes(hidden), false, hidden);
  }
  assert.equal(artifact.tokens[0]?.claims?.["tenant"], "t-1");
  assert.deepEqual(artifact.tokens[0]?.claims?.["deep"], { email: "[masked]", fine: 1 });
});

Deno.test("a server that sends tokens without end fills no artifact with them", () => {
  const bodies = Array.from(
    { length: 100 },
    (_, at) =>
      JSON.stringify({ access_token: jwt({ at }), id_token: jwt({ big: "x".repeat(20_000), at }) }),
  );
  const artifact = artifactOf(bodies.map((body) => ({ response: { body } })));
  assert.equal(artifact.tokens.length, 40);
  assert.ok(artifact.tokens.every(({ member }) => member === "access_token"));
});

Deno.test("the header of a token is masked like its claims, and lists in both", () => {
  const secret = "s3cret-value-0815";
  const id_token = jwt(
    { list: [{ email: "a@b.example" }, "c@d.example", [secret]], roles: ["reader"] },
    {
      ...{ alg: "ES256", kid: secret, x5c: [secret], email: "e@f.example", other: { x: [secret] } },
      jwk: { kty: "EC", crv: "P-256", x: "public-x", d: "private-canary-0815" },
      header: { authorization: "Bearer unknown-canary-0815" },
    },
  );
  const artifact = artifactOf([{ response: { body: JSON.stringify({ id_token }) } }], secret);
  const text = JSON.stringify(artifact.tokens);
  for (const hidden of ["canary", "s3cret", "b.example", "d.example", "f.example"]) {
    assert.equal(text.includes(hidden), false, `${hidden}: ${text}`);
  }
  const [token] = artifact.tokens;
  assert.equal((token?.header["jwk"] as { x: string }).x, "public-x");
  assert.equal(token?.header["alg"], "ES256");
  assert.deepEqual(token?.claims?.["roles"], ["reader"]);
});
