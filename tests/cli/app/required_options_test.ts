import assert from "node:assert/strict";
import { entryOf } from "../../store/entries.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { startFakeLab, startLab } from "../../lab/shapes.ts";
import { run } from "../fake_runtime.ts";
import { openHome } from "../real_run.ts";

Deno.test("every required option is one of its command's flags, or the word after it", async () => {
  let count = 0;
  for (const entry of COMMANDS) {
    const command = await entry.load();
    for (const { option, reason } of command.requiredOptions ?? []) {
      count += 1;
      if (option === undefined) assert.ok(command.operands !== undefined, entry.name);
      else assert.ok(option in command.flags, `${entry.name}: ${option}`);
      assert.ok(reason.length > 0);
    }
  }
  assert.ok(count > 15, String(count));
});

Deno.test("without a person everything that is missing is named at once, and nothing is sent", async () => {
  for (const args of [["tools", "call"], ["tools", "call", "--no-input"]]) {
    const ran = await run(args, { terminal: args.length === 3, answers: [] });
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /missing <server>, --tool-name/);
    assert.match(ran.stderr, /<server> \(or MCPASS_URL\): the URL of the server/);
    assert.equal(ran.httpOptions, undefined);
  }
});

Deno.test("tools call offers stored servers, then the tools of the server", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.store.write(entryOf({ serverUrl: "https://other.example/mcp" }));
  await home.run(["login", "--auth-mode", "headless", "--url", lab.mcpUrl]);
  const ran = await home.run(["tools", "call", "--format", "json"], {
    terminal: true,
    answers: [lab.mcpUrl, "test-tool"],
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.offered.map(([first]) => first), [lab.mcpUrl, "test-tool"]);
  assert.match(
    ran.stderr,
    new RegExp(`command:\n {2}mcpass tools call ${lab.mcpUrl} --tool-name test-tool\n$`),
  );
});

Deno.test("an account is asked for where several are kept, and is part of the line to repeat", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  for (const label of ["work", "play"]) await home.signIn(lab, "--account", label);
  const ran = await home.run(["oauth", "refresh"], {
    terminal: true,
    answers: ["play"],
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stderr, /mcpass refresh \S+ --account play\n$/);
});

Deno.test("oauth logout --all needs no server", async () => {
  await using home = await openHome();
  const ran = await home.run(["oauth", "logout", "--all"], { terminal: true, answers: [] });
  assert.deepEqual([ran.status, ran.questions], [0, []]);
});

Deno.test("explain lets the codes be searched", async () => {
  const ran = await run(["explain"], { terminal: true, answers: ["issuer_mismatch"] });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /issuer_mismatch/);
  assert.match(ran.stderr, /mcpass explain issuer_mismatch\n$/);
});

Deno.test("oauth report takes a typed file, and a host name is a server's URL", async () => {
  const report = await run(["oauth", "report"], { terminal: true, answers: ["none.json"] });
  assert.equal(report.status, 2);
  assert.match(report.stderr, /"none.json" cannot be read/);
  const ran = await run(["server", "probe"], { terminal: true, answers: ["mcp.example/mcp"] });
  assert.equal(ran.httpOptions?.serverUrl, "https://mcp.example/mcp");
  const local = await run(["server", "probe"], { terminal: true, answers: ["localhost:8080"] });
  assert.equal(local.httpOptions?.serverUrl, "http://localhost:8080");
});
