/**
 * The files of a release in `dist/release`: an archive for each target, an SBOM, and their hashes.
 *
 * @module
 */

import { VERSION } from "../../src/core/version.ts";
import { ROOT, run, say, sha256 } from "../shell.ts";
import { buildProgram, builtCommit, crossTargets } from "./program.ts";
import { sbomText } from "./sbom.ts";

/** What a release is built for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

const FOLDER = `${ROOT}dist/release`;

/**
 * The targets that `--target` asks for.
 *
 * @throws Error for an unknown one.
 */
export function targetsOf(asked: string): readonly string[] {
  if (asked === "all") return TARGETS;
  const targets = asked.split(",").filter((word) => word !== "");
  const unknown = targets.find((target) => !TARGETS.some((known) => known === target));
  if (unknown !== undefined || targets.length === 0) {
    throw new Error(`No target "${unknown ?? ""}": give all, or some of ${TARGETS.join(",")}`);
  }
  return targets;
}

/** Packs one file with the licence; the bytes depend on nothing but the files and the time. */
async function pack(folder: string, names: readonly string[], archive: string, time: number) {
  const packed = await run("tar", [
    ...["--create", "--sort=name", `--mtime=@${time}`, "--owner=0", "--group=0"],
    ...["--numeric-owner", "--mode=u=rwX,go=rX", "--use-compress-program=gzip -9 -n"],
    ...["--file", archive, "--directory", folder, ...names],
  ]);
  if (!packed.success) throw new Error(`Cannot pack "${archive}":\n${packed.stderr}`);
}

/** Builds a release for these targets; those that need the official base are left out without it. */
export async function buildRelease(targets: readonly string[]): Promise<void> {
  const { commit, time } = await builtCommit();
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  const everything = await crossTargets();
  const possible = targets.filter((target) => everything || target === Deno.build.target);
  for (const target of targets.filter((it) => !possible.includes(it))) {
    say(`Left out ${target}: it needs the official base runtime, which cannot be had here`);
  }
  for (const target of possible) {
    const stage = `${ROOT}dist/stage/release/${target}`;
    const program = target.includes("windows") ? "mcpass.exe" : "mcpass";
    await Deno.mkdir(stage, { recursive: true });
    await Deno.copyFile(`${ROOT}LICENSE`, `${stage}/LICENSE`);
    const output = `${stage}/${program}`;
    await buildProgram({ entry: `${ROOT}main.ts`, output, name: "mcpass", target });
    const archive = `${FOLDER}/mcpass-${VERSION}-${target}.tar.gz`;
    await pack(stage, [program, "LICENSE"], archive, time);
    say(`Packed ${archive.slice(ROOT.length)}`);
  }
  const sbom = await sbomText({ version: VERSION, commit: commit ?? "unknown", time });
  await Deno.writeTextFile(`${FOLDER}/mcpass-${VERSION}.spdx.json`, sbom);
  const names = await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name);
  const lines = await Promise.all(
    names.sort().map(async (name) =>
      `${await sha256(await Deno.readFile(`${FOLDER}/${name}`))}  ${name}\n`
    ),
  );
  await Deno.writeTextFile(`${FOLDER}/SHA256SUMS`, lines.join(""));
  say(`Wrote dist/release/SHA256SUMS over ${names.length} files`);
}
