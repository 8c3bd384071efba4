import assert from "node:assert/strict";
import { REVISION_IDS } from "../../../src/oauth/mcp/revision.ts";
import { auditUnbroken, faultsOfUnbroken, type Setting } from "./mutants.ts";

const SETTINGS: Readonly<Record<string, Setting>> = {
  "JWTs": {},
  "opaque tokens": { lab: { tokens: "opaque" } },
  "an issuer with a path": { lab: { issuerPath: "/tenant" } },
  "https": { lab: { tls: true } },
  "a person who decides": { decides: true },
};

for (const [name, setting] of Object.entries(SETTINGS)) {
  for (const revision of REVISION_IDS) {
    Deno.test(`a conforming server has no finding in ${revision}: ${name}`, async () => {
      const checks = await auditUnbroken(setting, revision);
      assert.deepEqual(faultsOfUnbroken(checks), []);
      assert.ok(checks.filter(({ verdict }) => verdict === "passed").length > 120);
    });
  }
}

for (const protocol of ["stateless", "initialize"] as const) {
  Deno.test(`a conforming server of the ${protocol} protocol alone has no finding`, async () => {
    const revision = protocol === "stateless" ? "2026-07-28" : "2025-11-25";
    assert.deepEqual(faultsOfUnbroken(await auditUnbroken({ lab: { protocol } }, revision)), []);
  });
}

Deno.test("a conforming server that requires pushed requests has no finding", async () => {
  const setting: Setting = { lab: { supports: { par: "required" } } };
  assert.deepEqual(faultsOfUnbroken(await auditUnbroken(setting, "2026-07-28")), []);
});
