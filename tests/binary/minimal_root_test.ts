import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../../scripts/shell.ts";
import { startLab } from "../lab/shapes.ts";
import { mcpass } from "./binary.ts";
import { minimalRoot, NOBODY } from "./minimal_root.ts";

const FIXTURES = `${ROOT}tests/http/fixtures/`;
const fixture = (name: string) => Deno.readTextFileSync(FIXTURES + name);

const tls = { cert: fixture("server.crt"), key: fixture("server.key") };

Deno.test("with its libraries and nothing else the program shows its version and its help", async () => {
  await using root = await minimalRoot();
  assert.equal(root.files.length, 8, root.files.join(" "));
  const version = await root.run("--version");
  assert.deepEqual(version, { code: 0, stdout: `mcpass ${config.version}\n`, stderr: "" });
  const help = await root.run("--help");
  assert.deepEqual([help.code, help.stderr], [0, ""]);
  assert.match(help.stdout, /^ {2}login /m);
});

Deno.test("a headless login with --ca-file works there, and so does oauth token", async () => {
  await using lab = await startLab({ tls });
  await using root = await minimalRoot();
  await Deno.copyFile(`${FIXTURES}ca.crt`, `${root.path}/ca.crt`);
  const url = ["--url", lab.mcpUrl];
  const login = ["oauth", "login", "--auth-mode", "headless", "--registration", "dcr"];

  const untrusted = await root.run(...login, ...url, "--no-store", "--format", "json");
  assert.equal(untrusted.code, 1);
  assert.equal(JSON.parse(untrusted.stdout).error.code, "network_tls_untrusted");

  const trusted = [...url, "--ca-file", "/ca.crt"];
  const signedIn = await root.run(
    ...[...login, ...trusted, "--verify-tools", "--no-store", "--format", "json"],
  );
  assert.equal(signedIn.code, 0, signedIn.stdout + signedIn.stderr);
  assert.equal(JSON.parse(signedIn.stdout).verification.listTools.passed, true);

  const file = `${root.path}/credentials.json`;
  const outside = await mcpass(
    ...[...login, ...url, "--ca-file", `${FIXTURES}ca.crt`, "--no-store"],
    ...["--credentials-out", file],
  );
  assert.equal(outside.code, 0, outside.stderr);
  await Deno.chown(file, NOBODY, NOBODY);
  const token = await root.run(
    ...["oauth", "token", ...trusted, "--credentials-file", "/credentials.json"],
  );
  assert.deepEqual([token.code, token.stderr], [0, ""]);
  const { credentials, accessToken } = JSON.parse(await Deno.readTextFile(file));
  assert.equal(token.stdout.trim(), accessToken ?? credentials.accessToken);
});

Deno.test("a login there that is to be kept says why it cannot be", async () => {
  await using lab = await startLab();
  await using root = await minimalRoot();
  const ended = await root.run(
    ...["oauth", "login", "--auth-mode", "headless", "--format", "json", "--url", lab.mcpUrl],
  );
  assert.notEqual(ended.code, 0);
  assert.equal(JSON.parse(ended.stdout).error.code, "store_home_unknown");
  assert.deepEqual(lab.requests, []);
});

Deno.test("without a mounted /proc it does not start, as docs/install.md says", async () => {
  await using root = await minimalRoot({ proc: false });
  const ended = await root.run("--version");
  assert.notEqual(ended.code, 0);
  const install = await Deno.readTextFile(new URL("../../docs/install.md", import.meta.url));
  assert.match(install, /a mounted `\/proc`, without which the\s+runtime does not start/);
});
