import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { openHome } from "../../real_run.ts";

Deno.test("a readable token that ends before its announced lifetime is expired everywhere", async () => {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
  const start = Date.now();
  let now = start;
  await using lab = await startFakeLab({
    token: ({ status, body }) => {
      const claims = { exp: Math.ceil(now / 1000) + 60, jti: crypto.randomUUID() };
      const access_token = `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
      return { status, body: { ...body, access_token } };
    },
  });
  await using home = await openHome();
  const at = (later: number) => {
    now = start + later;
    return { now: () => now };
  };
  await home.signIn(lab);
  const command = ["oauth", "token", "--url", lab.mcpUrl];
  const first = await home.run(command, at(1000));
  assert.equal((await home.run(command, at(30_000))).stdout, first.stdout);
  const status = ["oauth", "status", "--url", lab.mcpUrl, "--format", "json"];
  const stateAt = async (later: number) =>
    JSON.parse((await home.run(status, at(later))).stdout).entries[0].state;
  assert.deepEqual([await stateAt(30_000), await stateAt(70_000)], ["valid", "expired"]);
  const second = await home.run(command, at(70_000));
  assert.equal(second.status, 0, second.stderr);
  assert.notEqual(second.stdout, first.stdout);
});
