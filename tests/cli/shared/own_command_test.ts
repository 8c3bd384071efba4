import assert from "node:assert/strict";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { neverAnswers } from "../../lab/misbehaviour.ts";
import { AUTHORITY, TLS } from "../../lab/mtls_lab.ts";
import { parsePrinted, printedLines } from "../printed_commands.ts";
import { openHome } from "../real_run.ts";

const SLOW = [
  ["tools", "list"],
  ["tools", "call", "--tool-name", "echo"],
  ["server", "doctor"],
  ["server", "probe"],
  ["oauth", "metadata"],
  ["oauth", "login", "--auth-mode", "headless"],
];

for (const command of SLOW) {
  const name = command.join(" ");
  Deno.test(`a time-out of ${name} prints the same command with more time`, async () => {
    await using lab = await startFakeLab();
    lab.mcp.routes["POST /mcp"] = lab.mcp.routes["GET /mcp"] = neverAnswers();
    await using home = await openHome();
    const given = [...command, "--url", lab.mcpUrl, "--step-timeout", "200"];
    const { status, stderr, stdout } = await home.run([...given, "--format", "human"]);
    assert.equal(status, 1, stderr);
    const lines = printedLines(stdout + stderr).filter(({ words }) =>
      words.includes("--step-timeout") && words.includes("120000")
    );
    assert.ok(lines.length > 0, stdout + stderr);
    const expected = await parsePrinted([...given.slice(0, -1), "120000"]);
    for (const { words } of lines) {
      const printed = await parsePrinted(words);
      assert.deepEqual([printed.name, printed.options], [expected.name, expected.options]);
    }
  });
}

for (const command of [["oauth", "token"], ["oauth", "refresh"], ["tools", "list"]]) {
  Deno.test(`an unknown authority prints ${command.join(" ")} with --ca-file`, async () => {
    await using lab = await startFakeLab({ tls: TLS });
    await using home = await openHome();
    await home.signIn(lab, "--ca-file", AUTHORITY);
    await home.expire(lab);
    const [summary] = await home.store.find(lab.mcpUrl);
    const entry = summary && await home.store.read(summary.key);
    assert.ok(entry);
    await home.store.write({ ...entry, loginFlags: undefined });
    const { stderr } = await home.run([...command, "--url", lab.mcpUrl]);
    const [line] = printedLines(stderr);
    assert.deepEqual(
      line?.words,
      // The short form of the command.
      [...command.filter((it) => it !== "oauth"), lab.mcpUrl, "--ca-file", "<path>"],
      stderr,
    );
    const words = line.words.with(-1, AUTHORITY);
    assert.equal((await home.run(words)).status, 0);
  });
}
