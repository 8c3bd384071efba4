import assert from "node:assert/strict";
import { ROOT, run } from "../scripts/shell.ts";

const WAITING = `
const accept = async () => { await Deno.listen({ hostname: "127.0.0.1", port: 0 }).accept(); };
Deno.test("waits for a connection", accept);
Deno.test("waits for nothing", async () => { await new Promise(() => {}); });
Deno.test("never yields", () => { for (;;); });
Deno.test("waits in a step", async (context) => { await context.step("inner", accept); });
Deno.test({ name: "has options", fn: accept });
Deno.test("has options between", { sanitizeExit: true }, accept);
Deno.test({ sanitizeExit: true }, async function namedByItsFunction() { await accept(); });
Deno.test({ name: "has a deadline of its own", timeout: 300 }, accept);
Deno.test("ends", () => {});
`;

Deno.test("a test that waits for ever fails at its deadline, by its name and its line, and the next one runs", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-deadline-" });
  try {
    await Deno.writeTextFile(`${folder}/waiting.ts`, WAITING);
    const ran = await run(Deno.execPath(), [
      "test",
      "-A",
      "--no-check",
      `--preload=${ROOT}tests/deadline.ts`,
      "waiting.ts",
    ], { cwd: folder, env: { TEST_DEADLINE_MS: "200" } });
    assert.equal(ran.code, 1);
    const failures = [...ran.stdout.matchAll(/^(.+) => \.\/waiting\.ts:(\d+):\d+\n.*?(\d+)ms/gm)];
    assert.deepEqual(failures.map(([, name, line, limit]) => [name, Number(line), Number(limit)]), [
      ["waits for a connection", 3, 200],
      ["waits for nothing", 4, 200],
      ["never yields", 5, 200],
      ["waits in a step", 6, 200],
      ["has options", 7, 200],
      ["has options between", 8, 200],
      ["namedByItsFunction", 9, 200],
      ["has a deadline of its own", 10, 300],
    ]);
    assert.match(ran.stdout, /^FAILED \| 1 passed .*\| 8 failed/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every command that runs tests gives them a deadline", async () => {
  const workflows = await Array.fromAsync(
    Deno.readDir(`${ROOT}.github/workflows`),
    ({ name }) => `.github/workflows/${name}`,
  );
  for (const path of ["deno.json", ".ci/run", ...workflows]) {
    const text = await Deno.readTextFile(ROOT + path);
    for (const [line] of text.matchAll(/^.*(?:deno|\$deno)"? test .*$/gm)) {
      assert.match(line, / --preload=tests\/(deadline|shared_process)\.ts /, `${path}: ${line}`);
    }
  }
});
