/** Compresses files that few commands load; `docs/build.md` says why. @module */

import type { OutputChunk } from "@rollup/wasm-node";
import { gzipSync } from "fflate";

/** Minimum length of a file that is compressed alone, in characters: unpacking costs time. */
const LARGE = 10_000;

/** The archives by file: a start reads this only before it loads something of an archive. */
const TABLE = "archives.json";

/** The archive of the small files that no recorded command loads. */
const REST = "rest";

/** The files that need one of `names` when they are loaded, these included. */
function importersOf(names: readonly string[], files: readonly OutputChunk[]): string[] {
  const importers = new Set(names);
  for (const imported of importers) {
    const direct = files.filter(({ imports }) => imports.includes(imported));
    for (const { fileName } of direct) importers.add(fileName);
  }
  return Array.from(importers, (name) => `./${name}`);
}

/**
 * Compresses files in `folder`: each large one, except those with code of the files `unpacked`, and in
 * one archive the small ones without code of the files `recorded`.
 *
 * An archive is a JSON object of file names and their texts. `archives.json` has by file the archives
 * that it needs when it is loaded.
 *
 * @returns The files that are loaded dynamically and need no archive.
 */
export async function pack(
  folder: string,
  files: readonly OutputChunk[],
  unpacked: ReadonlySet<string>,
  recorded: ReadonlySet<string>,
): Promise<string[]> {
  const hasCodeOf = ({ moduleIds }: OutputChunk, names: ReadonlySet<string>) =>
    moduleIds.some((id) => names.has(id.replace(/.*\//, "")));
  const archives = new Map<string, string[]>();
  for (const file of files) {
    const { code, fileName } = file;
    const isLarge = code.length >= LARGE;
    if (hasCodeOf(file, isLarge ? unpacked : recorded)) continue;
    const archive = isLarge ? fileName : REST;
    archives.set(archive, [...archives.get(archive) ?? [], fileName]);
  }
  const needs: Record<string, string[]> = {};
  const targets = new Set(files.flatMap(({ dynamicImports }) => dynamicImports));
  for (const [archive, names] of archives) {
    const texts: Record<string, string> = {};
    for (const name of names) {
      texts[`./${name}`] = await Deno.readTextFile(`${folder}/${name}`);
      await Deno.remove(`${folder}/${name}`);
    }
    const bytes = new TextEncoder().encode(JSON.stringify(texts));
    await Deno.writeFile(`${folder}/${archive}.gz`, gzipSync(bytes, { level: 9, mtime: 0 }));
    for (const file of importersOf(names, files)) needs[file] = [...needs[file] ?? [], archive];
  }
  await Deno.writeTextFile(`${folder}/${TABLE}`, JSON.stringify(needs));
  return files.map(({ fileName }) => fileName).filter((name) => targets.has(name))
    .map((name) => `./${name}`).filter((file) => needs[file] === undefined);
}
