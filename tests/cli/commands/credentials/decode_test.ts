import assert from "node:assert/strict";
import { entryOf } from "../../../store/entries.ts";
import { startLab } from "../../../lab/shapes.ts";
import { flat, openHome } from "../../real_run.ts";

const base64 = (text: string) =>
  new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
const jwt = (claims: object, header: object = { alg: "ES256", kid: "k" }) =>
  [...[header, claims].map((part) => base64(JSON.stringify(part))), "c2lnbmF0dXJl"].join(".");

Deno.test("oauth token --decode shows header, claims and times, no signature, and sends nothing", async () => {
  await using home = await openHome();
  await using lab = await startLab();
  await home.signIn(lab, "--scopes", "mcp:read");
  const token = (await home.run(["oauth", "token", "--url", lab.mcpUrl])).stdout.trim();
  const signature = token.split(".").at(-1) ?? "";
  lab.requests.length = 0;
  const decode = ["oauth", "token", "--url", lab.mcpUrl, "--decode"];
  const json = await home.run(decode);
  assert.equal(json.status, 0, json.stderr);
  const { format, header, claims, times, findings } = JSON.parse(json.stdout);
  assert.equal(format, "jwt");
  assert.equal(header.alg, "ES256");
  assert.equal(claims.scope, "mcp:read");
  assert.equal(times.exp, new Date(claims.exp * 1000).toISOString());
  assert.deepEqual(findings, []);
  const human = await home.run([...decode, "--format", "human"]);
  assert.match(human.stdout, /^ {2}exp +\d+ \(20\S+Z, in 60 minutes\)$/m);
  assert.match(flat(human.stdout), /signature was not checked.*Nothing is wrong with these claims/);
  for (const { stdout } of [json, human]) {
    assert.ok(!stdout.includes(signature) && !stdout.includes(token));
  }
  assert.equal(lab.requests.length, 0);
});

Deno.test("an expired token is shown as it is stored, with the command that refreshes it", async () => {
  await using home = await openHome();
  const serverUrl = "https://mcp.example/mcp";
  const claims = { iss: "https://as.example", aud: serverUrl, exp: Date.now() / 1000 - 7200 };
  const entry = entryOf({ serverUrl, issuer: "https://other.example", resource: serverUrl });
  assert.ok(entry.tokens);
  await home.store.write({ ...entry, tokens: { ...entry.tokens, accessToken: jwt(claims) } });
  const decode = ["oauth", "token", "--url", serverUrl, "--decode"];
  const ran = await home.run([...decode, "--as", "json"]);
  const { findings } = JSON.parse(ran.stdout);
  const codes = findings.map(({ code }: { code: string }) => code);
  assert.deepEqual(codes.slice(0, 2), ["token_expiry_failed", "token_form_failed"]);
  assert.match(findings[0].remedy, /mcpass (?:oauth )?refresh /);
  const human = await home.run([...decode, "--format", "human"]);
  assert.match(flat(human.stdout), /error: the token expired 2 hours ago/);
});

Deno.test("of an opaque token, what is known is shown", async () => {
  await using home = await openHome();
  const serverUrl = "https://mcp.example/mcp";
  await home.store.write(entryOf({ serverUrl }));
  const ran = await home.run(
    ["oauth", "token", "--url", serverUrl, "--decode", "--format", "human"],
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /^The access token is opaque/);
  assert.match(ran.stdout, /^ {2}Client +/m);
});

Deno.test("--access-token-file decodes a token that is not stored, with or without Bearer", async () => {
  await using home = await openHome();
  const decode = ["oauth", "token", "--decode", "--access-token-file", "-"];
  for (const start of ["", "Bearer ", "Authorization: Bearer "]) {
    const ran = await home.run(decode, {
      stdin: `${start}${jwt({ sub: "ada" }, { alg: "none" })}\n`,
    });
    const { claims, findings, serverUrl } = JSON.parse(ran.stdout);
    assert.deepEqual([claims, serverUrl, findings.length], [{ sub: "ada" }, null, 1]);
  }
  const audience = await home.run(
    [...decode, "--url", "https://mcp.example/mcp"],
    { stdin: jwt({ aud: "https://other.example" }) },
  );
  assert.equal(JSON.parse(audience.stdout).findings[0].code, "token_audience_failed");
});

Deno.test("--access-token-file requires --decode, and a failure is a JSON document", async () => {
  await using home = await openHome();
  const token = ["oauth", "token", "--url", "https://mcp.example/mcp"];
  const without = await home.run([...token, "--access-token-file", "x"]);
  assert.deepEqual([without.status, without.stdout], [2, ""]);
  assert.match(without.stderr, /requires --decode/);
  const missing = await home.run([...token, "--decode"]);
  assert.equal(missing.status, 4);
  assert.equal(JSON.parse(missing.stdout).error.code, "not_signed_in");
  const plain = await home.run(token, { env: { MCPASS_FORMAT: "json" } });
  assert.deepEqual([plain.status, plain.stdout], [4, ""]);
});
