import assert from "node:assert/strict";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import { flat, openHome } from "../../real_run.ts";

const CONFORMANCE = ["oauth", "conformance"];

Deno.test("the text ends with the verdict, and counts what was skipped", async () => {
  await using lab = await startAuditLab({ broken: ["asm_s256"] });
  await using home = await openHome();
  const args = [...CONFORMANCE, lab.mcpUrl, "--safe", "--format", "human"];
  const { stdout } = await home.run(args);
  assert.match(
    stdout.trimEnd().split("\n").at(-1) ?? "",
    /^. not conformant: 1 failed, \d+ skipped,/,
  );
  assert.match(flat(stdout), /Skipped: .*left out by --safe \(\d+\).*; --verbose lists them/);
  assert.ok(!stdout.includes("dcr_native"));
  assert.ok(stdout.split("\n").length < 24, stdout);
  const verbose = await home.run([...args, "--verbose"]);
  assert.match(flat(verbose.stdout), /skipped: safe_mode: dcr_native/);
});

Deno.test("the text says which option lets a skipped check run", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const only = ["--only", "rs_good", "--only", "scope_enforced"];
  const { stdout } = await home.run([...CONFORMANCE, lab.mcpUrl, ...only, "--format", "human"]);
  assert.match(stdout, /^Add --step-up-tool to check scope_enforced$/m);
  assert.match(stdout, /^Skipped: an option is needed \(1\); --verbose lists them$/m);
});
