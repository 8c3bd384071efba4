import assert from "node:assert/strict";
import { type AuditLabOptions, startAuditLab } from "../../lab/audit/audit_lab.ts";
import { startLab } from "../../lab/shapes.ts";
import { audit, deviations } from "./audit_lab.ts";

/** Audits of the lab with the rule of one check broken. */
const BROKEN: readonly (readonly [id: string, verdict: string, message: RegExp])[] = [
  ["dcr_native", "warning", /^a native client without a secret is refused: .*not allowed/],
  ["dcr_status", "warning", /^the registration gets HTTP 200, expected HTTP 201$/],
  ["dcr_answer", "warning", /^the registration response is incomplete: it has no redirect_uris$/],
  ["dcr_no_store", "warning", /^the response has no Cache-Control$/],
  ["dcr_needless_secret", "warning", /method none, but has a client_secret$/],
  ["dcr_loopback_names", "warning", /^a client of http:\/\/localhost:\d+\/callback, .*\[::1\]/],
  ["dcr_unknown_members", "warning", /^a client with an unknown member cannot register: /],
  ["dcr_web_client", "warning", /"native" is registered as "web"$/],
  ["dcr_http_refused", "failed", /^the redirect URI "http:.*is accepted: HTTP 201/],
  ["dcr_lookalike_refused", "failed", /"http:\/\/localhost\.mcpass-audit\.invalid.*is accepted/],
  ["dcr_script_refused", "failed", /"javascript:alert\(1\)" is accepted/],
  [
    "dcr_wildcard_refused",
    "failed",
    /is registered, and a response is sent to "https:\/\/mcpass-audit/,
  ],
  ["dcr_fragment_refused", "warning", /#mcpass-audit" is accepted/],
  ["dcr_redirect_needed", "warning", /^a code flow client without redirect_uris is accepted/],
  ["dcr_error_shape", "warning", /Content-Type "text\/plain", expected application\/json$/],
  ["dcr_manage_protected", "failed", /^a management request without a token is accepted: HTTP 200/],
  ["dcr_manage_foreign", "failed", /^the registration access token of another client is accepted/],
  ["dcr_delete", "warning", /^the deletion gets HTTP 405.*, expected HTTP 204$/],
  [
    "dcr_deleted_dead",
    "failed",
    /^for the deleted client, the server redirects to "http:\/\/127\.0\.0\.1/,
  ],
];

async function resultOf(id: string, options: AuditLabOptions) {
  await using lab = await startAuditLab(options);
  const { result } = await audit(lab.mcpUrl, { only: [id] });
  const check = result.checks.find((it) => it.id === id);
  return { check, left: lab.registeredClients() };
}

for (const [id, verdict, message] of BROKEN) {
  Deno.test(`a registration endpoint that is broken: ${id}`, async () => {
    const { check, left } = await resultOf(id, { broken: [id] });
    assert.equal(check?.verdict, verdict, check?.message);
    assert.match(check?.message ?? "", message);
    assert.ok((check?.evidence.length ?? 0) > 0, "it names its requests");
    if (id !== "dcr_delete") assert.deepEqual(left, []);
  });
}

Deno.test("registration at oidc-provider: http for web clients is the only deviation", async () => {
  await using lab = await startLab();
  const { result } = await audit(lab.mcpUrl, { groups: ["registration"] });
  const [first = "", ...others] = deviations(result).filter((it) => it.startsWith("dcr_"));
  assert.match(first, /^dcr_http_refused warning: for a web client, the redirect URI "http:/);
  assert.deepEqual(others, []);
});

Deno.test("without registration each check says so, and with a limit none is guessed", async () => {
  const closed = await resultOf("dcr_native", { supports: { registration: false } });
  assert.equal(closed.check?.reason, "not_advertised");
  const limited = await resultOf("dcr_script_refused", { registrationsPerMinute: 1 });
  assert.equal(limited.check?.verdict, "inconclusive");
  assert.equal(limited.check?.reason, "rate_limited");
});
