import assert from "node:assert/strict";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import type { AuditLab } from "../../../lab/audit/audit_lab.ts";
import { type Home, openHome } from "../../real_run.ts";

async function resultOf(home: Home, lab: AuditLab, name: string): Promise<string> {
  const path = `${home.path}/${name}.json`;
  await home.run([
    ...["oauth", "conformance", "--url", lab.mcpUrl, "--safe", "--only", "asm_*"],
    ...["--report", `json=${path}`, "--fail-on", "never"],
  ]);
  return path;
}

async function diff(home: Home, ...args: string[]) {
  const ran = await home.run(["server", "diff", ...args, "--format", "json"]);
  return { ...ran, document: JSON.parse(ran.stdout) };
}

Deno.test("server diff names the checks and the members that changed, and which are worse", async () => {
  await using good = await startAuditLab();
  await using bad = await startAuditLab({ broken: ["asm_s256"] });
  await using home = await openHome();
  const before = await resultOf(home, good, "before");
  const after = await resultOf(home, bad, "after");
  const { status, document } = await diff(home, before, after);
  assert.equal(status, 1);
  assert.equal(document.error.code, "server_changed");
  const worse = document.checks.filter(({ change }: { change: string }) => change === "worse");
  assert.deepEqual(worse.map(({ id }: { id: string }) => id), ["asm_s256"]);
  const member = document.facts.find(({ member }: { member: string }) =>
    member === "code_challenge_methods_supported"
  );
  assert.deepEqual([member.before, member.after], [["S256"], null]);
  const back = await diff(home, after, before);
  assert.equal(back.status, 0);
  assert.deepEqual(
    back.document.checks.find(({ id }: { id: string }) => id === "asm_s256").change,
    "better",
  );
});

Deno.test("server diff writes a page and Markdown with the exchanges and the metadata that changed", async () => {
  await using good = await startAuditLab();
  await using bad = await startAuditLab({ broken: ["asm_s256"] });
  await using home = await openHome();
  const before = await resultOf(home, good, "before");
  const after = await resultOf(home, bad, "after");
  const page = `${home.path}/diff.html`;
  const args = ["server", "diff", before, after];
  const { status, stdout } = await home.run([
    ...[...args, "--report", `html=${page}`, "--report", `json=${home.path}/diff.json`],
    ...["--format", "md"],
  ]);
  assert.equal(status, 1);
  assert.match(stdout, /^## 1 check worse\n/);
  assert.match(stdout, /\| code\\_challenge\\_methods\\_supported \| .*S256.* \| absent \|/);
  const html = await Deno.readTextFile(page);
  assert.match(html, /^<!doctype html>[^]*data-check="asm_s256" data-change="worse"/);
  assert.match(html, /GET http:\/\/127\.0\.0\.1:\d+\/\.well-known\/[^<]* -&gt; 200/);
  assert.match(html, /<td><span class="mono">code_challenge_methods_supported<\/span><\/td>/);
  const printed = await home.run([...args, "--format", "html"]);
  assert.equal(printed.stdout, html);
  const { checks } = JSON.parse(await Deno.readTextFile(`${home.path}/diff.json`));
  assert.ok(checks.length > 0);
  const wrong = await home.run([...args, "--report", "junit=x.xml", "--format", "json"]);
  assert.deepEqual([wrong.status, JSON.parse(wrong.stdout).error.code], [2, "invalid_value"]);
});

Deno.test("server diff of equal results finds nothing, as text and as JSON", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const path = await resultOf(home, lab, "same");
  const { status, document } = await diff(home, path, path, "--fail-on", "any");
  assert.deepEqual(
    [status, document.facts, document.checks, document.unmatched],
    [0, [], [], []],
  );
  const { stdout } = await home.run(["server", "diff", path, path, "--format", "human"]);
  assert.match(stdout, /^✓ no difference/);
});

Deno.test("server diff audits a server that is given by its URL, without side effects", async () => {
  await using one = await startAuditLab();
  await using two = await startAuditLab({ broken: ["asm_no_plain"] });
  await using home = await openHome();
  const { status, document } = await diff(home, one.mcpUrl, two.mcpUrl);
  assert.equal(status, 1);
  assert.deepEqual(
    document.checks.filter(({ change }: { change: string }) => change === "worse")
      .map(({ id }: { id: string }) => id),
    ["asm_no_plain"],
  );
  const registrations = one.requests.filter(({ method, path }) =>
    method === "POST" && path === "/register"
  );
  assert.deepEqual(registrations, []);
});

Deno.test("server diff refuses another file, and more than two", async () => {
  await using home = await openHome();
  await Deno.writeTextFile(`${home.path}/other.json`, "{}");
  const { status, document } = await diff(home, `${home.path}/other.json`, "b.json");
  assert.deepEqual([status, document.error.code], [2, "result_file_invalid"]);
  const three = await diff(home, "a", "b", "c");
  assert.deepEqual([three.status, three.document.error.code], [2, "unexpected_argument"]);
});

Deno.test("a name such as before.json is a file and not a host", async () => {
  await using home = await openHome();
  const { status, document } = await diff(home, "no-such-before.json", "no-such-after.json");
  assert.deepEqual([status, document.error.code], [2, "file_unreadable"]);
});
