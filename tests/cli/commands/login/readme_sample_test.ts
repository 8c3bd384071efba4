import assert from "node:assert/strict";
import { ROOT } from "../../../../scripts/shell.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { openHome } from "../../real_run.ts";

/** Ports and durations differ from run to run. */
function stable(text: string): string {
  return text.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT").replace(/, [\d.]+ m?s\)/g, ", TIME)")
    .trim();
}

Deno.test("the sample in the README is what a login prints", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [, line = "", sample = ""] = /```text\n\$ mcpass ([^\n]+)\n(.*?)```/s.exec(readme) ?? [];
  await using home = await openHome();
  await using lab = await startFakeLab({
    metadata: ({ code_challenge_methods_supported: _, ...rest }) => rest,
  });
  const args = line.replace(/http\S+/, lab.mcpUrl).split(" ");
  const ran = await home.run([...args, "--format", "human"], { stdinIsTerminal: false });
  assert.equal(stable(ran.stderr.replaceAll(" --format human", "")), stable(sample));
});
