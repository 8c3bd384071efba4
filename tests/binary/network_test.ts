import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { startLab } from "../lab/shapes.ts";
import { mcpass } from "./binary.ts";

const FIXTURES = `${ROOT}tests/http/fixtures/`;
const fixture = (name: string) => Deno.readTextFileSync(FIXTURES + name);
const tls = { cert: fixture("server.crt"), key: fixture("server.key") };

for (const host of ["[::1]", "127.0.0.1"] as const) {
  Deno.test(`a login at ${host} by a private authority passes by the proxy that is configured`, async () => {
    await using lab = await startLab({ host, tls });
    const asked: string[] = [];
    await using proxy = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (it) => {
      asked.push(it.url);
      return new Response(null, { status: 502 });
    });
    const ended = await mcpass(
      ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--no-store"],
      ...["--proxy", `http://127.0.0.1:${proxy.addr.port}`, "--ca-file", `${FIXTURES}ca.crt`],
      ...["--verify-tools", "--format", "json", "--url", lab.mcpUrl],
    );
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.equal(JSON.parse(ended.stdout).verification.listTools.passed, true);
    assert.deepEqual(asked, []);
  });
}
