import assert from "node:assert/strict";
import { nextSteps } from "../../../../../src/cli/commands/login/retry/next_steps.ts";

function offered(code: string): string[] {
  const failed = {
    failure: { code },
    flags: {},
    options: { header: [], authMode: "interactive" },
    result: { currentStep: "authorization", registrationStrategy: "dcr" },
    discovery: { server: { issuer: "https://auth.example" } },
  };
  return nextSteps(failed as never).map(({ value }) => value);
}

Deno.test("after a response that may be an attack, no other way to sign in there is offered", () => {
  for (const code of ["iss_mismatch", "iss_missing", "state_mismatch"]) {
    assert.deepEqual(offered(code), ["trace", "again"], code);
  }
  assert.ok(offered("authorization_refused").includes("preregistered"));
});

Deno.test("after a denied device code, trying again is the first choice", () => {
  assert.equal(offered("device_denied")[0], "again");
});
