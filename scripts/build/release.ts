/**
 * The files of a release in `dist/release`: an archive for each target, the source maps, an SBOM, and
 * their hashes.
 *
 * @module
 */

import { VERSION } from "../../src/core/version.ts";
import { ROOT, say, sha256 } from "../shell.ts";
import { buildProgram, builtCommit, crossTargets } from "./program.ts";
import { sbomText } from "./sbom.ts";
import { packTarball } from "./tarball.ts";
import { archiveName, programName, TARGETS } from "./targets.ts";
import { zip } from "./zip.ts";

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
    throw new Error(`Unknown target "${unknown ?? ""}". Targets: all, ${TARGETS.join(", ")}`);
  }
  return targets;
}

/** Packs files of a folder; the bytes depend only on the files and the time. */
async function pack(folder: string, names: readonly string[], archive: string, time: number) {
  if (archive.endsWith(".zip")) {
    const files = await Promise.all(
      names.map(async (name) => ({ name, bytes: await Deno.readFile(`${folder}/${name}`) })),
    );
    return await Deno.writeFile(archive, zip(files, time));
  }
  await packTarball(folder, names, archive, { time });
}

/** Puts the licence and, except on Windows, the manual next to the program; returns their names. */
async function stageDocuments(stage: string, target: string): Promise<string[]> {
  await Deno.copyFile(`${ROOT}LICENSE`, `${stage}/LICENSE`);
  if (target.includes("windows")) return ["LICENSE"];
  await Deno.remove(`${stage}/man`, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${stage}/man`);
  for await (const { name } of Deno.readDir(`${ROOT}docs/man`)) {
    await Deno.copyFile(`${ROOT}docs/man/${name}`, `${stage}/man/${name}`);
  }
  return ["LICENSE", "man"];
}

/** Builds a release for these targets. Without the official base runtime only this machine's. */
export async function buildRelease(targets: readonly string[]): Promise<void> {
  const { commit, time } = await builtCommit();
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  const everything = await crossTargets();
  const possible = targets.filter((target) => everything || target === Deno.build.target);
  for (const target of targets.filter((it) => !possible.includes(it))) {
    say(`Skipped ${target}: it needs the official base runtime, which cannot be downloaded here`);
  }
  // The bundle is the same for every target, and so are its maps.
  const maps = `${FOLDER}/mcpass-${VERSION}.maps.json.gz`;
  for (const target of possible) {
    const stage = `${ROOT}dist/stage/release/${target}`;
    const program = programName(target);
    await Deno.mkdir(stage, { recursive: true });
    const documents = await stageDocuments(stage, target);
    const output = `${stage}/${program}`;
    await buildProgram({ entry: `${ROOT}main.ts`, output, name: "mcpass", target, maps });
    const archive = `${FOLDER}/${archiveName(VERSION, target)}`;
    await pack(stage, [program, ...documents], archive, time);
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
  say(`Wrote dist/release/SHA256SUMS with ${names.length} files`);
}
