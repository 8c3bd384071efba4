import assert from "node:assert/strict";
import { LOGIN_FLAGS } from "../../../../src/cli/commands/login/options/login_flags.ts";
import { storedFlags } from "../../../../src/cli/shared/sign_in/stored_flags.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf } from "../../../lab/journal.ts";
import { AUTHORITY, TLS } from "../../../lab/mtls_lab.ts";
import { printedLines } from "../../printed_commands.ts";
import { openHome } from "../../real_run.ts";

const ENV = { get: () => undefined, toObject: () => ({}) };

const LATER = [
  ["tools", "list"],
  ["oauth", "refresh"],
  ["oauth", "token"],
  ["oauth", "metadata"],
  ["server", "probe"],
  ["server", "doctor"],
  ["oauth", "status", "--check"],
  ["oauth", "logout"],
];

Deno.test("the authority that a login trusted is trusted by later commands", async () => {
  await using lab = await startFakeLab({ tls: TLS });
  await using home = await openHome();
  const { stdout } = await home.signIn(lab, "--ca-file", AUTHORITY);
  assert.equal(JSON.parse(stdout).completed, true);
  for (const command of LATER) {
    if (command[1] === "token") await home.expire(lab);
    const ran = await home.run([...command, "--url", lab.mcpUrl]);
    assert.equal(ran.status, 0, `${command.join(" ")}: ${ran.stderr}`);
  }
});

Deno.test("the authority of one sign-in is not trusted for another server", async () => {
  await using own = await startFakeLab({ tls: TLS });
  await using other = await startFakeLab({ tls: TLS });
  await using home = await openHome();
  for (const lab of [own, other]) await home.signIn(lab, "--ca-file", AUTHORITY);
  const [summary] = await home.store.find(other.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  await home.store.write({ ...entry, loginFlags: undefined });
  const { stdout } = await home.run(["oauth", "status", "--check", "--format", "json"]);
  const { entries } = JSON.parse(stdout);
  const accepted = entries.map((it: { serverUrl: string; check: { accepted: boolean } }) => [
    it.serverUrl,
    it.check.accepted,
  ]);
  assert.deepEqual(new Map(accepted), new Map([[own.mcpUrl, true], [other.mcpUrl, null]]));
});

Deno.test("a missing file of authorities is named, and the printed command has the flag", async () => {
  await using lab = await startFakeLab({ tls: TLS });
  await using home = await openHome();
  const file = `${home.path}/ca.pem`;
  await Deno.copyFile(AUTHORITY, file);
  await home.signIn(lab, "--ca-file", file);
  await Deno.remove(file);
  const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "human"]);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /the certificates that the sign-in\s+trusted are not used: .*ca\.pem/s);
  assert.match(ran.stderr, /network_tls_untrusted/);
});

Deno.test("a proxy is stored and in the sign-in line, unless it has a password", async () => {
  const sources = new Map([["proxy", "flag"]] as const);
  const stored = (proxy: string) =>
    storedFlags(LOGIN_FLAGS, { sources, texts: new Map([["proxy", [proxy]]] as const) }, ENV);
  assert.equal(await stored("http://u:p@proxy.example:3128"), undefined);
  assert.equal(await stored("socks5://u@proxy.example:1080"), undefined);
  const loginFlags = await stored("http://proxy.example:3128");
  assert.deepEqual(loginFlags, { proxy: "http://proxy.example:3128" });

  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  await home.store.write({ ...entry, loginFlags, tokens: null });
  const { stderr } = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "human"]);
  const [line] = printedLines(stderr);
  assert.equal(line?.words.at(line.words.indexOf("--proxy") + 1), "http://proxy.example:3128");
});

Deno.test("a resource that the login named is in each later request for a token, and in the line", async () => {
  const protection: { resource?: string } = {};
  await using lab = await startFakeLab({ protection });
  await using home = await openHome();
  const resource = `${lab.mcp.origin}/tools`;
  protection.resource = resource;
  lab.mcp.protect({ resource });
  await home.signIn(lab, "--resource", resource);
  await home.expire(lab);
  assert.equal((await home.run(["oauth", "token", "--url", lab.mcpUrl])).status, 0);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  await home.store.write({ ...entry, tokens: null });
  const { stderr } = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "human"]);
  const [line] = printedLines(stderr);
  assert.ok(line, stderr);
  assert.equal(line.words.at(line.words.indexOf("--resource") + 1), resource);
  assert.equal((await home.run(line.words)).status, 0);
  const tokenRequests = lab.requests.filter(({ path }) => path === "/token");
  const sent = tokenRequests.map((request) => formOf(request).get("resource"));
  assert.deepEqual(sent, [resource, resource, resource]);
});
