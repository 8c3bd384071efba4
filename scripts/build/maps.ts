/**
 * The source maps of a build as one file, for {@link ../stack.ts}.
 *
 * @module
 */

import { gunzipSync, gzipSync } from "fflate";
import { pathToFileURL } from "node:url";
import type { SourceMapInput } from "@jridgewell/trace-mapping";
import { VERSION } from "../../src/core/version.ts";
import { PARTS } from "./bundle.ts";

/** Where a build of `dist/mcpass` writes them. */
export const MAPS_FILE = "dist/mcpass.maps.json.gz";

/** Source maps of one build. */
export interface BuildMaps {
  /** Version of the program. */
  readonly version: string;
  /** Commit that was built; null outside of Git. */
  readonly commit: string | null;
  /** By the name of the file in a stack: `./main.js`. */
  readonly maps: Readonly<Record<string, SourceMapInput>>;
}

/** A source as it is named everywhere: below the repository, or below the cache of packages. */
function sourceName(source: string, stage: string, root: string): string {
  const { href } = new URL(source, pathToFileURL(`${stage}/bundle/${PARTS}/`));
  const base = pathToFileURL(root).href;
  if (!href.startsWith(base)) throw new Error(`A source file is outside the repository: "${href}"`);
  return decodeURI(href.slice(base.length)).replace(/^dist\/deno_dir\/npm\/[^/]+\//, "npm:");
}

/**
 * Writes the maps in `stage`; the bytes depend on nothing but the commit.
 *
 * @param root The repository, with a slash at its end.
 */
export async function writeMaps(
  stage: string,
  root: string,
  commit: string | undefined,
  file: string,
): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(`${stage}/maps`), ({ name }) => name);
  const maps: Record<string, SourceMapInput> = {};
  for (const name of names.sort()) {
    const map = JSON.parse(await Deno.readTextFile(`${stage}/maps/${name}`));
    const sources = map.sources.map((it: string) => sourceName(it, stage, root));
    maps[`./${name.replace(/\.map$/, "")}`] = { ...map, sources };
  }
  const built: BuildMaps = { version: VERSION, commit: commit ?? null, maps };
  const bytes = new TextEncoder().encode(JSON.stringify(built));
  await Deno.writeFile(file, gzipSync(bytes, { level: 9, mtime: 0 }));
}

/**
 * Reads a file that {@link writeMaps} wrote.
 *
 * @throws Error for a file that is not one.
 */
export async function readMaps(file: string): Promise<BuildMaps> {
  const built = JSON.parse(new TextDecoder().decode(gunzipSync(await Deno.readFile(file))));
  if (typeof built?.maps !== "object") throw new Error(`"${file}" has no source maps`);
  return built;
}
