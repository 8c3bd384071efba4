import assert from "node:assert/strict";
import { createDeviceDriver } from "../../../src/audit/drivers/device_driver.ts";
import type { AuditResult } from "../../../src/audit/run/audit_result.ts";
import { startLab } from "../../lab/shapes.ts";
import { decideDevice } from "../../lab/person.ts";
import { fakeIo } from "../../consent/support.ts";
import { audit, deviations, skippingClock } from "./audit_lab.ts";

const startDeviceLab = () =>
  startLab({
    as: { device: true },
    protection: { metadata: { scopesSupported: ["mcp:read", "offline_access"] } },
  });

/** Audits with a person on another device, who decides before the first poll. */
async function auditWithDevice(
  mcpUrl: string,
  decision: "allow" | "deny",
  consents = 3,
): Promise<{ readonly result: AuditResult; readonly shown: string; readonly prompts: number }> {
  const io = fakeIo(false);
  const clock = skippingClock();
  let prompts = 0;
  let decided: Promise<unknown> = Promise.resolve();
  const { result } = await audit(mcpUrl, { authMode: "device", consents }, {
    clock: {
      ...clock,
      async sleep(ms, signal) {
        await decided;
        await clock.sleep(ms, signal);
      },
    },
    openConsent: ({ plan }) =>
      Promise.resolve(createDeviceDriver({
        io,
        env: { get: () => undefined, toObject: () => ({}) },
        noColor: true,
        browser: undefined,
        now: clock.now,
        redirectUri: "http://127.0.0.1:33418/callback",
        timeoutMs: 60_000,
        consents: plan.consents,
        announce(event) {
          prompts += 1;
          const { verificationUriComplete } = event as { verificationUriComplete: string };
          decided = decideDevice(verificationUriComplete, decision);
        },
      })),
  });
  return { result, shown: io.written(), prompts };
}

const resultOf = ({ checks }: AuditResult, id: string) => checks.find((it) => it.id === id);

Deno.test("an audit by device code tests tokens, refresh and revocation, and skips what needs a code", async () => {
  await using lab = await startDeviceLab();
  const { result, shown, prompts } = await auditWithDevice(lab.mcpUrl, "allow");
  assert.equal(result.verdict, "conformant", deviations(result).join("\n"));
  for (const id of ["exchange_good", "rs_good", "rs_signature", "refresh_good", "revoke_access"]) {
    assert.equal(resultOf(result, id)?.verdict, "passed", id);
  }
  assert.match(resultOf(result, "exchange_good")?.message ?? "", /^an approved device code gets /);
  for (const id of ["callback_state", "exchange_wrong_verifier", "exchange_single_use"]) {
    assert.equal(resultOf(result, id)?.reason, "needs_consent(1)", id);
  }
  assert.equal(
    resultOf(result, "exchange_wrong_verifier")?.message,
    "a device code has no authorization response",
  );
  assert.equal(prompts, 3);
  assert.match(shown, /^Consent 1 of up to 3 \(most checks of tokens\)\n[^]*enter the code: /);
  assert.match(shown, /\nConsent 2 of up to 3 \(revocation\)\n/);
});

Deno.test("after a denied device code nobody is asked again, and the other checks run", async () => {
  await using lab = await startDeviceLab();
  const { result, prompts } = await auditWithDevice(lab.mcpUrl, "deny");
  assert.equal(prompts, 1);
  const good = resultOf(result, "exchange_good");
  assert.deepEqual([good?.verdict, good?.reason], ["inconclusive", "consent_failed"]);
  assert.match(good?.message ?? "", /the sign-in was denied at the authorization server/);
  assert.equal(resultOf(result, "authorize_pkce")?.verdict, "passed");
});

Deno.test("a server without device codes skips the checks of tokens", async () => {
  await using lab = await startLab();
  const { result, prompts } = await auditWithDevice(lab.mcpUrl, "allow");
  assert.equal(prompts, 0);
  assert.equal(resultOf(result, "exchange_good")?.reason, "not_advertised");
  assert.match(resultOf(result, "exchange_good")?.message ?? "", /does not offer device codes/);
});
