import assert from "node:assert/strict";
import { buildProgram } from "../../scripts/build/program.ts";
import { ROOT, run } from "../../scripts/shell.ts";

const SLOW = { timeout: 600_000 };

Deno.test(
  "its bytecode has what login and token call, and fits its own text only",
  SLOW,
  async () => {
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
      const taken: Record<string, { own: boolean; other: boolean; called: number }> = JSON.parse(
        ran.stdout,
      );
      for (const group of ["main", "help_login_token", "login_token", "login", "token"]) {
        const name = Object.keys(taken).find((it) => it.replace(/[-.].*/, "") === group) ?? "";
        assert.ok((taken[name]?.called ?? 0) > 1.3, ran.stdout);
      }
      for (const { own, other } of Object.values(taken)) {
        assert.deepEqual({ own, other }, { own: true, other: false }, ran.stdout);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
