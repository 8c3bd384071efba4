import assert from "node:assert/strict";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import { startLab } from "../../../lab/shapes.ts";
import { personElsewhere } from "../../person_elsewhere.ts";
import { flat, openHome } from "../../real_run.ts";

const AUDIT = ["oauth", "conformance"];

interface Listed {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string | null;
}

const verdictOf = (stdout: string, id: string) => {
  const { checks } = JSON.parse(stdout) as { checks: readonly Listed[] };
  const check = checks.find((it) => it.id === id);
  return `${check?.verdict}${check?.reason === null ? "" : ` ${check?.reason}`}`;
};

Deno.test("client credentials: the client of the operator, and no consent", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const { id, secret } = lab.client;
  const path = `${home.path}/secret`;
  await Deno.writeTextFile(path, `${secret}\n`, { mode: 0o600 });
  const ran = await home.run([
    ...[...AUDIT, lab.mcpUrl, "--group", "token_endpoint", "--format", "json"],
    ...["--auth-mode", "client_credentials", "--client-id", id, "--client-secret-file", path],
  ]);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.match(flat(ran.stderr), /\b0 consents\b/);
  assert.equal(verdictOf(ran.stdout, "exchange_good"), "passed");
  assert.equal(verdictOf(ran.stdout, "exchange_audience"), "passed");
  assert.equal(verdictOf(ran.stdout, "exchange_wrong_verifier"), "skipped needs_consent(1)");
  assert.doesNotMatch(ran.stdout + ran.stderr, new RegExp(secret));
});

Deno.test("device codes: a person on another device consents, and the plan says so", async () => {
  await using lab = await startLab({
    as: { device: true },
    protection: { metadata: { scopesSupported: ["mcp:read"] } },
  });
  await using home = await openHome();
  const args = [...AUDIT, lab.mcpUrl, "--auth-mode", "device", "--format", "json"];
  const ran = await home.run(
    [...args, "--only", "rs_good", "--only", "callback_state"],
    personElsewhere("allow"),
  );
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.match(
    flat(ran.stderr),
    /\b1 device code\b.*Consent 1 of up to 3 \(most checks of tokens\)/,
  );
  assert.equal(verdictOf(ran.stdout, "rs_good"), "passed");
  assert.equal(verdictOf(ran.stdout, "callback_state"), "skipped needs_consent(1)");
});

Deno.test("a given client signs in, and checks that need a second one say so", async () => {
  await using lab = await startAuditLab({ supports: { registration: false } });
  await using home = await openHome();
  const { id, secret } = lab.client;
  const flags = ["--client-id", id, "--redirect-url", "http://127.0.0.1:33418/callback"];
  const only = ["exchange_wrong_client", "exchange_wrong_verifier", "exchange_query_ignored"];
  const ran = await home.run(
    [...AUDIT, lab.mcpUrl, ...flags, ...only.flatMap((it) => ["--only", it]), "--format", "json"],
    { env: { MCPASS_CLIENT_SECRET: secret } },
  );
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.equal(verdictOf(ran.stdout, "exchange_wrong_verifier"), "passed");
  assert.match(verdictOf(ran.stdout, "exchange_wrong_client"), /^skipped needs_client/);
  assert.match(verdictOf(ran.stdout, "exchange_query_ignored"), /^skipped needs_client/);
});

const WRONG: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["--client-secret", "x"], /--client-secret requires --client-id.*Add --client-id <id>/],
  [["--second-client-id", "b"], /--second-client-id requires --client-id/],
  [
    ["--auth-mode", "client_credentials", "--client-id", "a"],
    /needs a client and its secret or key.*--client-secret-file <path>/,
  ],
];

for (const [args, message] of WRONG) {
  Deno.test(`clients of an audit that contradict: ${args.join(" ")}`, async () => {
    await using home = await openHome();
    const ran = await home.run([...AUDIT, "http://127.0.0.1:9/mcp", ...args]);
    assert.equal(ran.status, 2);
    assert.match(flat(ran.stderr), message);
  });
}
