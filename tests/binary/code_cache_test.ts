import assert from "node:assert/strict";
import { buildProgram } from "../../scripts/build/program.ts";
import { ROOT, run } from "../../scripts/shell.ts";

Deno.test("the executable takes the bytecode that it brings along, and for its own text only", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-code-cache-" });
  try {
    const probe = `${folder}/probe`;
    await buildProgram({
      entry: `${ROOT}tests/binary/code_cache_probe.ts`,
      output: probe,
      name: "code_cache_probe",
    });
    const ran = await run(probe, [`${ROOT}dist/stage/mcpass/bundle/parts`]);
    assert.ok(ran.success, ran.stderr);
    const taken: Record<string, unknown> = JSON.parse(ran.stdout);
    const groups = Object.keys(taken).map((name) => name.replace(/[-.].*/, ""));
    for (const group of ["main", "login", "schemas"]) assert.ok(groups.includes(group), ran.stdout);
    for (const verdict of Object.values(taken)) {
      assert.deepEqual(verdict, { own: true, other: false }, ran.stdout);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
