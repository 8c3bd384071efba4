import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { SERVICE_HOST, startFleet } from "./machines.ts";

Deno.test("the machines of a fleet have their own names and reach the servers of the test", async () => {
  await using fleet = await startFleet(["web-1", "web-2"]);
  await using lab = await startFakeLab({
    host: SERVICE_HOST,
    address: fleet.address,
    tls: {
      cert: await Deno.readTextFile(`${ROOT}tests/http/fixtures/server.crt`),
      key: await Deno.readTextFile(`${ROOT}tests/http/fixtures/server.key`),
    },
  });
  for (const machine of fleet.machines) {
    const ended = await machine.mcpass([
      ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--store", "file"],
    ]);
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
  }
  assert.equal(lab.as.accessTokens.length, 2);
});
