import assert from "node:assert/strict";
import { requireEachUsing } from "../../scripts/build/using.ts";
import { run } from "../../scripts/shell.ts";

/** Bundles a function with this body as the build does, and checks the bundle. */
async function check(body: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-using-" });
  try {
    const text = `export function read(path: string) { ${body} }`;
    await Deno.writeTextFile(`${folder}/file.ts`, text);
    const flags = ["--quiet", "--code-splitting", "--minify", "--sourcemap=linked"];
    const bundled = await run(Deno.execPath(), [
      ...["bundle", ...flags, "--platform", "deno", "--outdir", `${folder}/out`],
      `${folder}/file.ts`,
    ]);
    assert.ok(bundled.success, bundled.stderr);
    await requireEachUsing(`${folder}/out`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const OPEN = "using file = Deno.openSync(path);";

Deno.test("a bundle has the using declarations of its sources", async () => {
  await check(`${OPEN} file.syncSync(); return file.statSync();`);
});

Deno.test("declarations that follow each other count as one, as the minifier makes it", async () => {
  const second = "using second = Deno.openSync(path);";
  await check(`${OPEN}\n  ${second} second.syncSync(); file.syncSync(); return second.statSync();`);
  await check(`${OPEN}\n ${second} using _third = file; file.syncSync(); second.syncSync();`);
});

Deno.test("a using declaration that the minifier drops fails the build", async () => {
  await assert.rejects(() => check(`${OPEN} return file.statSync();`), {
    message: /^The bundle has 0 of 1 "using" declarations\.[^]*\n.*file\.ts$/,
  });
});
