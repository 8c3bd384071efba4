/** The official suite and the audit agree wherever both test the same. */
import assert from "node:assert/strict";
import type { CheckResult } from "../../src/audit/context/verdict.ts";
import type { AuditCheckId } from "../../src/findings/mod.ts";
import { audit } from "../audit/conformance/audit_lab.ts";
import { startAuditLab } from "../lab/audit/audit_lab.ts";
import { startLab } from "../lab/shapes.ts";
import { startRealServer } from "../servers/real_server.ts";
import { TYPESCRIPT_SDK } from "../servers/typescript_sdk.ts";
import { type SuiteVerdicts, suiteVerdicts } from "./authorization_server.ts";

/**
 * What a check of the suite looks at, as checks of the audit. The suite's `server` scenarios send no
 * token, so these are all of its tests of a server's OAuth.
 */
const SAME: Readonly<Record<string, readonly AuditCheckId[]>> = {
  "authorization-server-metadata": [
    "asm_found",
    "asm_media_type",
    "asm_issuer_identical",
    "asm_endpoints",
    "asm_code_flow",
    "asm_s256",
  ],
  "authorization-code-grant": [
    "callback_state",
    "callback_code",
    "callback_exact",
    "callback_iss",
    "exchange_good",
    "exchange_answer",
    "exchange_no_store",
    "exchange_media_type",
  ],
};

const IDS = Object.values(SAME).flat();

const deviates = ({ verdict }: CheckResult) => verdict === "failed" || verdict === "warning";

/** The suite fails a check exactly if one of the audit deviates. Its severity is always failure. */
function assertAgreement(suite: SuiteVerdicts, checks: readonly CheckResult[]): void {
  for (const [id, ids] of Object.entries(SAME)) {
    const deviating = checks.filter((it) => ids.includes(it.id as AuditCheckId) && deviates(it));
    const found = deviating.map((it) => `${it.id}: ${it.message}`);
    assert.equal(suite[id] === "FAILURE", found.length > 0, `${id} ${suite[id]}: ${found}`);
  }
}

interface Tested extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly issuer: string;
}

async function startSdk(): Promise<Tested> {
  const [row] = TYPESCRIPT_SDK;
  assert.ok(row);
  const server = await startRealServer(row);
  const { origin } = new URL(server.mcpUrl);
  return Object.assign(server, { issuer: `${origin}/` });
}

const SERVERS: Readonly<Record<string, () => Promise<Tested>>> = {
  "oidc-provider": () => startLab(),
  "TypeScript SDK": startSdk,
};

for (const [name, start] of Object.entries(SERVERS)) {
  Deno.test(`the official suite and the audit agree about ${name}`, async () => {
    await using server = await start();
    const suite = await suiteVerdicts(server.issuer, server.mcpUrl);
    const { result } = await audit(server.mcpUrl);
    assertAgreement(suite, result.checks);
    const offersDocuments = suite["authorization-server-metadata-cimd"] === "SUCCESS";
    const isOffered = result.checks.some((it) =>
      it.id === "cimd_works" && it.reason !== "not_advertised"
    );
    assert.equal(offersDocuments, isOffered);
  });
}

/** Faults that the audit finds, and the suite does not. */
const UNSEEN: Partial<Readonly<Record<AuditCheckId, string>>> = {
  callback_state: "the lab turns + into a blank, and the state of the suite has no +",
  callback_exact: "the lab loses the query of the redirect URI, and that of the suite has none",
};

async function verdictsOf(broken: readonly AuditCheckId[]) {
  await using lab = await startAuditLab({ broken });
  const [suite, { result }] = await Promise.all([
    suiteVerdicts(lab.issuer, lab.mcpUrl, `${lab.issuer}/register`),
    audit(lab.mcpUrl, { only: IDS }),
  ]);
  return { suite, checks: result.checks };
}

Deno.test("the official suite and the audit find nothing at the unbroken lab", async () => {
  const { suite, checks } = await verdictsOf([]);
  assertAgreement(suite, checks);
  assert.deepEqual(checks.filter(deviates), []);
});

for (const [check, ids] of Object.entries(SAME)) {
  for (const id of ids) {
    const reason = UNSEEN[id];
    const who = reason === undefined ? "the official suite and the audit find" : "the audit finds";
    Deno.test(`${who} what is broken for ${id}`, async () => {
      const { suite, checks } = await verdictsOf([id]);
      assert.deepEqual(checks.filter(deviates).map((it) => it.id), [id]);
      assert.equal(suite[check], reason === undefined ? "FAILURE" : "SUCCESS");
    });
  }
}
