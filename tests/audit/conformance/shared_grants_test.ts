import assert from "node:assert/strict";
import { createHeadlessDriver } from "../../../src/audit/drivers/headless_driver.ts";
import type { AuditDeps } from "../../../src/audit/run/audit_server.ts";
import { outlineOf } from "../../../src/audit/run/plan.ts";
import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import type { CheckResult } from "../../../src/audit/context/verdict.ts";
import { startAuditLab } from "../../lab/audit/audit_lab.ts";
import { startFakeLab } from "../../lab/shapes.ts";
import { audit } from "./audit_lab.ts";

const GROUPS = ["token_endpoint", "refresh", "revocation"] as const;

/** A person who consents at once; counts how often. */
function person(): { asked: () => number; open: AuditDeps["openConsent"] } {
  let asked = 0;
  return {
    asked: () => asked,
    open: (it) => {
      const driver = createHeadlessDriver(it, "http://127.0.0.1:33418/callback");
      return Promise.resolve({
        ...driver,
        asksPerson: true,
        obtain(consent) {
          asked += 1;
          return driver.obtain(consent);
        },
      });
    },
  };
}

async function auditWithPerson(url: string, plan: Partial<AuditPlan>) {
  const { asked, open } = person();
  const changes = { groups: GROUPS, ...plan };
  const { result } = await audit(url, changes, { openConsent: open });
  return { asked: asked(), ...result };
}

const verdicts = (checks: readonly CheckResult[], ...ids: string[]) =>
  checks.filter(({ id }) => ids.includes(id)).map(({ id, verdict, reason }) =>
    `${id} ${verdict}${reason === null ? "" : ` ${reason}`}`
  );

const CODE_CHECKS = [
  "exchange_wrong_verifier",
  "exchange_no_verifier",
  "exchange_wrong_redirect",
  "exchange_other_resource",
  "exchange_wrong_client",
];

Deno.test("a person consents three times, and the wrong exchanges share one code", async () => {
  await using lab = await startAuditLab();
  const { asked, checks } = await auditWithPerson(lab.mcpUrl, {});
  assert.equal(asked, 3);
  assert.deepEqual(
    verdicts(checks, ...CODE_CHECKS),
    CODE_CHECKS.map((id) => `${id} passed`),
  );
  assert.deepEqual(
    verdicts(checks, "exchange_single_use", "revoke_refresh", "refresh_client_auth"),
    [
      "refresh_client_auth skipped needs_consent(1)",
      "revoke_refresh passed",
      "exchange_single_use passed",
    ],
  );
});

Deno.test("with one consent, the shared code is sent again at the end", async () => {
  await using lab = await startAuditLab();
  const { asked, checks } = await auditWithPerson(lab.mcpUrl, { consents: 1 });
  assert.equal(asked, 1);
  assert.deepEqual(
    verdicts(
      checks,
      ...["exchange_wrong_client", "refresh_reuse_ends_family", "revoke_refresh"],
      ...["exchange_single_use", "exchange_replay_revokes"],
    ),
    [
      "exchange_wrong_client passed",
      "refresh_reuse_ends_family passed",
      "revoke_refresh skipped needs_consent(1)",
      "exchange_single_use passed",
      "exchange_replay_revokes skipped needs_consent(1)",
    ],
  );
});

Deno.test("a code that ends at the first refusal costs one more consent", async () => {
  await using lab = await startFakeLab();
  const { asked, checks } = await auditWithPerson(lab.mcpUrl, { consents: 2 });
  assert.equal(asked, 2);
  assert.deepEqual(verdicts(checks, ...CODE_CHECKS, "exchange_good"), [
    "exchange_good passed",
    "exchange_wrong_verifier passed",
    "exchange_no_verifier skipped needs_consent(1)",
    "exchange_wrong_redirect skipped needs_consent(1)",
    "exchange_other_resource skipped needs_consent(1)",
    "exchange_wrong_client skipped needs_consent(1)",
  ]);
  const valid = checks.find(({ id }) => id === "exchange_good");
  assert.match(valid?.message ?? "", /the first code had ended at a refused exchange/);
});

Deno.test("more consents give the later wrong exchanges codes of their own", async () => {
  await using lab = await startFakeLab();
  const plan = { consents: 20, only: CODE_CHECKS, groups: [] };
  const { asked, checks } = await auditWithPerson(lab.mcpUrl, plan);
  assert.equal(asked, 6);
  assert.deepEqual(verdicts(checks, ...CODE_CHECKS), CODE_CHECKS.map((id) => `${id} passed`));
});

Deno.test("a wrong exchange that is accepted ends the ladder, not the audit", async () => {
  await using lab = await startAuditLab({ broken: ["exchange_no_verifier"] });
  const plan = { consents: 2, only: [...CODE_CHECKS, "exchange_answer"], groups: [] };
  const { asked, checks } = await auditWithPerson(lab.mcpUrl, plan);
  assert.equal(asked, 2);
  assert.deepEqual(verdicts(checks, ...CODE_CHECKS, "exchange_answer"), [
    "exchange_answer passed",
    "exchange_wrong_verifier passed",
    "exchange_no_verifier failed",
    "exchange_wrong_redirect skipped needs_consent(1)",
    "exchange_other_resource skipped needs_consent(1)",
    "exchange_wrong_client skipped needs_consent(1)",
  ]);
});

Deno.test("a person is asked only for the grants of the selected checks", async () => {
  await using lab = await startAuditLab();
  const { asked } = await auditWithPerson(lab.mcpUrl, { only: ["exchange_answer"], groups: [] });
  assert.equal(asked, 1);
});

for (const who of ["a person", "nobody"]) {
  Deno.test(`no client sends more than five refused exchanges, with ${who} to consent`, async () => {
    await using lab = await startAuditLab();
    const { checks, exchanges } = who === "nobody"
      ? (await audit(lab.mcpUrl, { groups: GROUPS })).result
      : await auditWithPerson(lab.mcpUrl, {});
    assert(checks.length > 40);
    const refused = exchanges.filter(({ request, response }) =>
      (response?.status ?? 0) >= 400 && /grant_type=authorization_code/.test(request.body ?? "")
    );
    const clients = Map.groupBy(
      refused,
      ({ request }) => new URLSearchParams(request.body ?? "").get("client_id"),
    );
    assert(clients.size > 1);
    for (const [client, sent] of clients) assert(sent.length <= 5, `${client}: ${sent.length}`);
  });
}

Deno.test("with a given token, nothing is registered for a grant, and no consent is asked", async () => {
  await using lab = await startAuditLab();
  const { asked, checks } = await auditWithPerson(lab.mcpUrl, {
    accessToken: "given",
    only: ["exchange_*", "refresh_*", "introspect_protected"],
    groups: [],
  });
  assert.equal(asked, 0);
  assert.deepEqual(
    verdicts(checks, "exchange_good", "exchange_invented_code", "refresh_good"),
    [
      "exchange_good skipped needs_consent(1)",
      "exchange_invented_code passed",
      "refresh_good skipped needs_refresh_token",
    ],
  );
});

Deno.test("client credentials: the exchange is judged, what needs a person is skipped", async () => {
  await using lab = await startAuditLab();
  const { id: clientId, secret: clientSecret } = lab.client;
  const { result } = await audit(
    lab.mcpUrl,
    {
      groups: GROUPS,
      authMode: "client_credentials",
      client: { clientId, clientSecret, method: "client_secret_basic" },
    },
  );
  assert.deepEqual(result.checks.filter(({ verdict }) => verdict === "failed"), []);
  assert.deepEqual(
    verdicts(
      result.checks,
      ...["exchange_good", "exchange_answer", "exchange_lifetime", "exchange_audience"],
      ...["exchange_wrong_client", "exchange_single_use", "refresh_good", "revoke_refresh"],
      "revoke_access",
    ),
    [
      "exchange_good passed",
      "exchange_answer passed",
      "exchange_lifetime passed",
      "exchange_audience passed",
      "exchange_wrong_client skipped needs_consent(1)",
      "refresh_good skipped needs_refresh_token",
      "revoke_access passed",
      "revoke_refresh skipped needs_control(refresh_good)",
      "exchange_single_use skipped needs_consent(1)",
    ],
  );
});

Deno.test("--safe sends no wrong exchange of a real code and asks for no consent", async () => {
  await using lab = await startAuditLab();
  const { asked, checks, removal } = await auditWithPerson(lab.mcpUrl, { safe: true });
  assert.equal(asked, 0);
  assert.equal(removal.clients.registered, 0);
  assert.deepEqual(checks.filter(({ verdict }) => verdict === "failed"), []);
});

Deno.test("the plan of these groups is a limit of what they send, register and ask for", async () => {
  await using lab = await startAuditLab();
  const { asked, requests, removal } = await auditWithPerson(lab.mcpUrl, {});
  const { costs } = outlineOf({
    ...{ serverUrl: lab.mcpUrl, revision: undefined, safe: false, browserClients: false },
    ...{ only: [], skip: [], groups: GROUPS, consents: 3, registrations: 20, maxWaitSeconds: 0 },
  });
  assert.equal(costs.consents, asked);
  assert(requests <= costs.requests, `${requests} of ${costs.requests} requests`);
  assert(removal.clients.registered <= costs.registrations);
});
