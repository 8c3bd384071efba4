/** Each check of token validation, scopes, proofs and protocol finds its broken rule, and no other one. */

import assert from "node:assert/strict";
import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import type { AuditCheckId } from "../../../src/findings/mod.ts";
import { type AuditLabOptions, startAuditLab } from "../../lab/audit/audit_lab.ts";
import { Hand } from "../../lab/audit/by_hand.ts";
import { audit, clientCertificate, skippingClock } from "./audit_lab.ts";

interface Row {
  readonly id: AuditCheckId;
  readonly verdict: "failed" | "warning";
  readonly lab?: AuditLabOptions;
  readonly plan?: Partial<AuditPlan>;
  /** Only a signed token shows the fault. */
  readonly needsJwt?: true;
}

const OLD = { lab: { protocol: "initialize" } } as const;
const JWT = { needsJwt: true } as const;

const ROWS: readonly Row[] = [
  { id: "rs_good", verdict: "failed" },
  { id: "rs_invented", verdict: "failed" },
  { id: "rs_challenge_again", verdict: "warning" },
  { id: "rs_scheme_case", verdict: "warning" },
  { id: "rs_other_scheme", verdict: "warning" },
  { id: "rs_malformed", verdict: "warning" },
  { id: "rs_large_token", verdict: "warning" },
  { id: "rs_signature", verdict: "failed", ...JWT },
  { id: "rs_claims", verdict: "failed", ...JWT },
  { id: "rs_alg_none", verdict: "failed", ...JWT },
  { id: "rs_alg_confusion", verdict: "failed", ...JWT },
  { id: "rs_own_key", verdict: "failed", ...JWT },
  { id: "rs_foreign_issuer", verdict: "failed", ...JWT },
  { id: "rs_wrong_audience", verdict: "failed" },
  { id: "rs_no_audience", verdict: "failed", lab: { defaultAudience: false }, ...JWT },
  { id: "rs_expired", verdict: "failed", lab: { tokenLifetime: 600 } },
  { id: "rs_id_token", verdict: "failed" },
  { id: "rs_refresh_token", verdict: "failed" },
  { id: "rs_query_token", verdict: "failed" },
  { id: "rs_session_alone", verdict: "failed", ...OLD },
  { id: "rs_session_bound", verdict: "warning", ...OLD },
  { id: "rs_session_unknown", verdict: "warning", ...OLD },
  { id: "rs_session_ignored", verdict: "warning" },
  { id: "rs_get_with_token", verdict: "warning", ...OLD },
  { id: "rs_origin", verdict: "warning" },
  { id: "scope_enforced", verdict: "failed" },
  { id: "scope_challenge", verdict: "warning" },
  { id: "scope_challenge_enough", verdict: "warning" },
  { id: "dpop_algs", verdict: "warning" },
  { id: "dpop_binds", verdict: "failed" },
  { id: "dpop_demanded", verdict: "failed" },
  { id: "dpop_not_bearer", verdict: "failed" },
  { id: "dpop_proof_checked", verdict: "failed" },
  { id: "dpop_stale", verdict: "warning" },
  { id: "dpop_refresh_bound", verdict: "failed" },
  {
    id: "mtls_bound",
    verdict: "failed",
    lab: { tls: true },
    plan: { certificate: await clientCertificate() },
    ...JWT,
  },
  { id: "wire_unknown_version", verdict: "failed" },
  { id: "wire_mismatch", verdict: "failed" },
  { id: "wire_refusal_kind", verdict: "warning" },
];

async function resultOf({ id, plan }: Row, options: AuditLabOptions) {
  const clock = skippingClock();
  await using lab = await startAuditLab({ now: clock.now, ...options });
  const changes = {
    otherResource: lab.otherResourceUrl,
    stepUp: lab.stepUp as AuditPlan["stepUp"],
    maxWaitSeconds: 700,
    ...plan,
    only: [id],
  };
  const caCerts = lab.authority === undefined ? [] : [lab.authority];
  const { result } = await audit(lab.mcpUrl, changes, { clock, caCerts });
  const check = result.checks.find((it) => it.id === id);
  assert.ok(check !== undefined, id);
  return check;
}

for (const row of ROWS) {
  const kinds = row.needsJwt ? ["jwt"] as const : ["jwt", "opaque"] as const;
  for (const tokens of kinds) {
    Deno.test(`${row.id} finds its fault and nothing without it: ${tokens} tokens`, async () => {
      const lab = { issuerPath: "/tenant", ...row.lab, tokens };
      const good = await resultOf(row, lab);
      assert.equal(good.verdict, "passed", good.message);
      const bad = await resultOf(row, { ...lab, broken: [row.id] });
      assert.equal(bad.verdict, row.verdict, bad.message);
      assert.ok(bad.evidence.length > 0);
    });
  }
}

Deno.test("with a token of a second account, a session needs no second client", async () => {
  for (const broken of [[], ["rs_session_bound"]]) {
    await using lab = await startAuditLab({ protocol: "initialize", broken });
    const second = await (await Hand.register(lab)).signIn();
    const plan = {
      only: ["rs_session_bound"],
      tokens: { secondAccount: second.access },
      scopes: ["mcp:read"],
    };
    const { result } = await audit(lab.mcpUrl, plan);
    const check = result.checks.find(({ id }) => id === "rs_session_bound");
    assert.equal(check?.verdict, broken.length === 0 ? "passed" : "warning");
    assert.match(check?.message ?? "", /a session with the token of another account/);
    assert.equal(result.removal.clients.registered, 1);
    const requested = lab.requests.filter(({ path }) => path === "/authorize")
      .map(({ query }) => query.get("scope"));
    assert.deepEqual(requested.slice(1), ["mcp:read"], "the scopes of the plan");
  }
});

const FORGED = ROWS.filter(({ id, needsJwt }) => needsJwt === true && id.startsWith("rs_"))
  .map(({ id }) => id);

Deno.test("forged tokens need a signed one: opaque_token", async () => {
  await using lab = await startAuditLab({ tokens: "opaque" });
  const { result } = await audit(lab.mcpUrl, { only: FORGED });
  for (const id of FORGED) {
    assert.equal(result.checks.find((it) => it.id === id)?.reason, "opaque_token", id);
  }
});
