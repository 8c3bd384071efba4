import assert from "node:assert/strict";
import { sequence } from "../lab/journal.ts";
import { startLab } from "../lab/shapes.ts";
import { runLogin } from "./harness.ts";

Deno.test("a headless login by dynamic registration obtains a token and makes no request too many", async () => {
  await using lab = await startLab();
  const { result, failure } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(failure, null, JSON.stringify(result.error));
  assert.equal(result.completed, true);
  assert.equal(result.registrationStrategy, "dcr");
  assert.ok(result.credentials?.accessToken);
  console.log(sequence(lab.requests), result.findings, result.steps);
});
Deno.test("verified", async () => {
  for (const era of ["both", "legacy", "modern"] as const) {
    await using lab = await startLab({ mcp: { era } });
    const { result, failure } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true, verifyCallTool: "write-thing" });
    console.log(era, sequence(lab.requests), result.findings, result.verification, failure);
  }
});
