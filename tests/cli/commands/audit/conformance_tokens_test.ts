import assert from "node:assert/strict";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import { startLab } from "../../../lab/shapes.ts";
import { flat, openHome } from "../../real_run.ts";

const CONFORMANCE = ["oauth", "conformance"];
const ONLY = ["--only", "rs_*", "--only", "scope_*"];

interface Check {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string | null;
}

function checksOf(stdout: string): ReadonlyMap<string, Check> {
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  return new Map(checks.map((check) => [check.id, check]));
}

Deno.test("a stored sign-in serves an audit that registers nothing", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  await home.signIn(lab);
  const clients = lab.registeredClients();
  const ran = await home.run([...CONFORMANCE, lab.mcpUrl, ...ONLY, "--safe", "--format", "json"]);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const checks = checksOf(ran.stdout);
  assert.equal(checks.get("rs_signature")?.verdict, "passed");
  assert.equal(checks.get("rs_query_token")?.reason, "safe_mode");
  assert.deepEqual(lab.registeredClients(), clients);
  const token = await home.run(["token", lab.mcpUrl]);
  assert.equal(token.status, 0);
  assert.ok(!ran.stdout.includes(token.stdout.trim()));
});

Deno.test("a token in the environment is used for the checks, and no one is asked to consent", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  await home.signIn(lab);
  const token = (await home.run(["token", lab.mcpUrl])).stdout.trim();
  await using other = await openHome();
  const before = lab.requests.length;
  const args = [...CONFORMANCE, lab.mcpUrl, ...ONLY, "--format", "json"];
  const ran = await other.run(args, { env: { MCPASS_ACCESS_TOKEN: token, MCPASS_STORE: "none" } });
  const checks = checksOf(ran.stdout);
  assert.equal(checks.get("rs_good")?.verdict, "passed");
  assert.equal(checks.get("rs_wrong_audience")?.reason, "needs_consent(1)");
  assert.equal(checks.get("rs_query_token")?.reason, "needs_consent(1)");
  assert.ok(!lab.requests.slice(before).some(({ path }) => path.includes("authorize")));
});

Deno.test("a token on the command line is used with a warning", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const args = [...CONFORMANCE, lab.mcpUrl, "--only", "rs_good", "--access-token", "not-a-token"];
  const ran = await home.run([...args, "--format", "human"]);
  assert.equal(ran.status, 1);
  assert.match(flat(ran.stderr), /a token on the command line is visible/);
  assert.match(
    flat(ran.stdout),
    /failed: rs_good: a valid token is accepted .* Cause: a valid token is refused: HTTP 401/,
  );
});

Deno.test("the tool of a step-up and another resource are flags", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const { tool, scope } = lab.stepUp;
  const flags = ["--step-up-tool", tool, "--step-up-args", "{}", "--step-up-scope", scope];
  const ran = await home.run([
    ...[...CONFORMANCE, lab.mcpUrl, ...ONLY, ...flags, "--format", "json"],
    ...["--other-resource", lab.otherResourceUrl],
  ]);
  const checks = checksOf(ran.stdout);
  for (const id of ["scope_enforced", "scope_challenge_enough", "rs_wrong_audience"]) {
    assert.equal(checks.get(id)?.verdict, "passed", id);
  }
});

Deno.test("tokens for checks are read from files", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const file = `${home.path}/token`;
  await Deno.writeTextFile(file, "an-expired-token\n", { mode: 0o600 });
  const args = [...CONFORMANCE, lab.mcpUrl, "--only", "rs_expired", "--format", "json"];
  const ran = await home.run([...args, "--expired-token-file", file]);
  assert.equal(checksOf(ran.stdout).get("rs_expired")?.verdict, "passed", ran.stdout);

  await Deno.writeTextFile(file, "Bearer two words\n");
  const wrong = await home.run([...args, "--expired-token-file", file]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stdout, /does not contain an access token/);
});

for (
  const [flag, needs] of [
    ["--step-up-args", "--step-up-tool"],
    ["--step-up-scope", "--step-up-tool"],
    ["--client-key", "--client-cert"],
  ] as const
) {
  Deno.test(`${flag} without ${needs} is a usage error`, async () => {
    await using home = await openHome();
    const url = "https://mcp.example/mcp";
    const ran = await home.run([...CONFORMANCE, url, flag, "{}", "--format", "json"]);
    assert.equal(ran.status, 2);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.message, `${flag} requires ${needs}`);
  });
}

Deno.test("checks that failed because of one fault are shown once", async () => {
  const verify = () => ({ scopes: [] });
  await using lab = await startLab({ protection: { verify } });
  await using home = await openHome();
  const args = [...CONFORMANCE, lab.mcpUrl, "--only", "rs_*", "--format", "human"];
  const text = flat((await home.run(args)).stdout);
  assert.match(
    text,
    /failed: rs_signature: signatures are not verified .* Cause: a token with one changed bit .* \(also: rs_claims, rs_own_key, rs_foreign_issuer\)/,
  );
  assert.equal(text.split('a changed "exp"').length, 1);
});
