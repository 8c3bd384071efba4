/** Files of `mcpass oauth export` and `age` of Debian, in both directions. */

import assert from "node:assert/strict";
import { startFakeLab } from "../lab/shapes.ts";
import { openHome } from "../cli/real_run.ts";

async function age(program: string, args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  return text.decode(stdout);
}

Deno.test("age opens what mcpass exported, with the identity of age-keygen and of mcpass", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const keys = `${home.path}/keys`;
  await Deno.writeTextFile(keys, await age("age-keygen", []), { mode: 0o600 });
  const recipient = (await age("age-keygen", ["-y", keys])).trim();
  const own = (await home.run(["oauth", "recipient"])).stdout.trim();
  const file = `${home.path}/x.age`;
  const ran = await home.run(
    ["oauth", "export", "--to", recipient, "--to", own, "--out", file],
  );
  assert.equal(ran.status, 0, ran.stderr);
  for (const identity of [keys, `${home.path}/age-identity.txt`]) {
    const opened = JSON.parse(await age("age", ["--decrypt", "--identity", identity, file]));
    assert.deepEqual([opened.format, opened.version], ["mcpass-sign-in", 1]);
    assert.equal(opened.entry.serverUrl, lab.mcpUrl);
  }
});

Deno.test("mcpass imports what age sealed, as text and as bytes", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await using there = await openHome();
  const own = (await there.run(["oauth", "recipient"])).stdout.trim();
  for (const armor of [["--armor"], []]) {
    await home.signIn(lab);
    const file = `${home.path}/x${armor.length}.age`;
    const ran = await home.run(["oauth", "export", "--to", own, "--out", file]);
    assert.equal(ran.status, 0, ran.stderr);
    const identity = `${there.path}/age-identity.txt`;
    const text = await age("age", ["--decrypt", "--identity", identity, file]);
    const sealed = `${home.path}/sealed${armor.length}.age`;
    await age("age", [...armor, "--recipient", own, "--output", sealed], text);
    const imported = await there.run(["oauth", "import", sealed, "--force"]);
    assert.equal(imported.status, 0, imported.stderr);
  }
});
