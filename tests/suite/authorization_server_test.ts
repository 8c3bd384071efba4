/** The official suite and the audit agree wherever both test the same. */
import assert from "node:assert/strict";
import type { AuditCheckId } from "../../src/findings/mod.ts";
import { audit } from "../audit/conformance/audit_lab.ts";
import { startLab } from "../lab/shapes.ts";
import { startRealServer } from "../servers/real_server.ts";
import { TYPESCRIPT_SDK } from "../servers/typescript_sdk.ts";
import { suiteVerdicts } from "./authorization_server.ts";

/** What a check of the suite looks at, as checks of the audit. */
const SAME: Readonly<Record<string, readonly AuditCheckId[]>> = {
  "authorization-server-metadata": ["asm_found", "asm_issuer_identical", "asm_endpoints"],
  "authorization-code-grant": [
    "callback_state",
    "callback_code",
    "exchange_good",
    "exchange_answer",
    "exchange_no_store",
  ],
};

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
    const verdictOf = (id: AuditCheckId) => result.checks.find((it) => it.id === id)?.verdict;
    for (const [id, checks] of Object.entries(SAME)) {
      const failed = checks.filter((it) => verdictOf(it) === "failed");
      assert.equal(suite[id] === "FAILURE", failed.length > 0, `${id} ${suite[id]}: ${failed}`);
    }
    const offersDocuments = suite["authorization-server-metadata-cimd"] === "SUCCESS";
    const isOffered = result.checks.some((it) =>
      it.id === "cimd_works" && it.reason !== "not_advertised"
    );
    assert.equal(offersDocuments, isOffered);
  });
}
