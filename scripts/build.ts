/**
 * `deno task build`: compiles `main.ts` to `dist/mcpass`. With `--target all`, or some targets separated
 * by commas, it makes the files of a release in `dist/release` instead.
 *
 * @module
 */

import { MAPS_FILE } from "./build/maps.ts";
import { buildProgram } from "./build/program.ts";
import { buildRelease, targetsOf } from "./build/release.ts";
import { ROOT, run, say } from "./shell.ts";

const started = performance.now();
const output = `${ROOT}dist/mcpass`;
try {
  const [flag, asked = ""] = Deno.args;
  if (flag !== undefined) {
    if (flag !== "--target") {
      throw new Error(
        `Unexpected argument "${flag}". The only option is --target <all, or targets separated by commas>`,
      );
    }
    await buildRelease(targetsOf(asked));
    Deno.exit(0);
  }
  const maps = ROOT + MAPS_FILE;
  const toolchain = await buildProgram({ entry: `${ROOT}main.ts`, output, name: "mcpass", maps });
  const version = await run(output, ["--version"]);
  if (!version.success) throw new Error(`"${output} --version" failed:\n${version.stderr}`);
  const { size } = await Deno.stat(output);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`Built dist/mcpass (${version.stdout.trim()}) with the ${toolchain}`);
  say(`  ${(size / 1e6).toFixed(1)} MB in ${seconds} s`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
