import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { FakeLab } from "../../../lab/fake_lab.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, sequence } from "../../../lab/journal.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const ISSUER = "https://cluster.example";
const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const TRUSTED = {
  issuer: ISSUER,
  jwks: { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] },
};

async function writeAssertion(home: Home, lab: FakeLab, change: JWTPayload = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, sub: "workload", aud: lab.issuer, jti: crypto.randomUUID() };
  const assertion = await new SignJWT({ ...claims, iat: now, exp: now + 300, ...change })
    .setProtectedHeader({ alg: "ES256" }).sign(privateKey);
  await Deno.writeTextFile(`${home.path}/assertion`, `${assertion}\n`, { mode: 0o600 });
  return assertion;
}

const login = (home: Home, lab: FakeLab, ...args: string[]) =>
  home.run([
    ...["oauth", "login", "--auth-mode", "jwt_bearer", "--format", "json", "--url", lab.mcpUrl],
    ...["--assertion-file", `${home.path}/assertion`, ...args],
  ]);

const tokenRequests = (lab: FakeLab) =>
  sequence(lab.requests).filter((line) => line.includes(" /token"));

Deno.test("a workload signs in by its assertion, and renews by the one that is there then", async () => {
  await using lab = await startFakeLab({ trustedIssuer: TRUSTED });
  await using home = await openHome();
  const first = await writeAssertion(home, lab);
  const ran = await login(home, lab, "--verify-tools");
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  assert.deepEqual(lab.as.complaints, []);
  const second = await writeAssertion(home, lab);
  await home.expire(lab);
  const token = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.equal(token.status, 0, token.stderr);
  const sent = lab.requests.map(formOf).filter((form) => form.has("assertion"));
  assert.deepEqual(sent.map((form) => form.get("assertion")), [first, second]);
  assert.ok(sent.every((form) => !form.has("client_id") && form.get("resource") === lab.mcpUrl));
  for (const text of [ran.stdout, ran.stderr, token.stderr]) {
    assert.ok(!text.includes(first) && !text.includes(second));
  }
});

Deno.test("an assertion for another audience is not sent, at a login and at a refresh", async () => {
  await using lab = await startFakeLab({ trustedIssuer: TRUSTED });
  await using home = await openHome();
  const aud = ["https://other.example", `${lab.issuer}/elsewhere`];
  const assertion = await writeAssertion(home, lab, { aud });
  const refused = await login(home, lab);
  assert.equal(refused.status, 1);
  const { error } = JSON.parse(refused.stdout);
  assert.equal(error.code, "assertion_audience_mismatch");
  for (const audience of aud) assert.ok(error.message.includes(`"${audience}"`), error.message);
  assert.ok(!(refused.stdout + refused.stderr).includes(assertion));
  assert.deepEqual(tokenRequests(lab), []);
  await writeAssertion(home, lab, { aud: ["https://other.example", lab.issuer] });
  assert.equal((await login(home, lab)).status, 0);
  await writeAssertion(home, lab, { aud });
  const refresh = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(refresh.status, 1);
  assert.match(flat(refresh.stderr), /assertion_audience_mismatch/);
  assert.equal(tokenRequests(lab).length, 1);
});

const WRONG: readonly (readonly [string, JWTPayload, RegExp])[] = [
  ["the past", { iat: 1_000_000, exp: 1_000_300 }, /"exp"/],
  ["another issuer", { iss: "https://evil.example" }, /"iss"/],
];

for (const [what, change, said] of WRONG) {
  Deno.test(`an assertion for ${what} is sent once, and nothing else is tried`, async () => {
    await using lab = await startFakeLab({ trustedIssuer: TRUSTED });
    await using home = await openHome();
    const assertion = await writeAssertion(home, lab, change);
    const ran = await login(home, lab);
    assert.equal(ran.status, 1);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "token_error");
    assert.match(error.message, said);
    assert.match(error.remedy, /aud, exp and iss of the assertion/);
    assert.equal(tokenRequests(lab).length, 1);
    assert.ok(!sequence(lab.requests).some((line) => /register|authorize/.test(line)));
    assert.ok(!(ran.stdout + ran.stderr).includes(assertion));
  });
}

Deno.test("an assertion that was used before: the renewal ends with exit 4, after one request", async () => {
  await using lab = await startFakeLab({ trustedIssuer: TRUSTED });
  await using home = await openHome();
  await writeAssertion(home, lab);
  assert.equal((await login(home, lab)).status, 0);
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(ran.status, 4);
  assert.match(flat(ran.stderr), /assertion_refused/);
  assert.match(flat(ran.stderr), /--auth-mode jwt_bearer --assertion-file \S+assertion/);
  assert.equal(tokenRequests(lab).length, 2);
});

Deno.test("an assertion from standard input is not kept: exit 4 says how to sign in again", async () => {
  await using lab = await startFakeLab({ trustedIssuer: TRUSTED });
  await using home = await openHome();
  const stdin = await writeAssertion(home, lab);
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "jwt_bearer", "--format", "json", "--url", lab.mcpUrl],
    ...["--assertion-file", "-"],
  ], { stdin });
  assert.equal(ran.status, 0, ran.stderr);
  const again = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(again.status, 4);
  assert.match(flat(again.stderr), /was read from standard input and was not stored/);
  assert.equal(tokenRequests(lab).length, 1);
});

Deno.test({
  name: "an assertion file that every user can change is refused at a refresh, too",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using lab = await startFakeLab({ trustedIssuer: TRUSTED });
    await using home = await openHome();
    await writeAssertion(home, lab);
    assert.equal((await login(home, lab)).status, 0);
    await Deno.chmod(`${home.path}/assertion`, 0o644);
    const warned = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    assert.match(
      flat(warned.stderr),
      /assertion" contains a secret and can be read by other users/,
    );
    await writeAssertion(home, lab);
    await Deno.chmod(`${home.path}/assertion`, 0o606);
    const before = tokenRequests(lab).length;
    const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    assert.equal(ran.status, 1);
    assert.match(flat(ran.stderr), /secret_file_writable/);
    assert.equal(tokenRequests(lab).length, before);
  },
});
