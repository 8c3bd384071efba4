/**
 * Filling the templates of package managers and of the image.
 *
 * A template says `{{version}}`, `{{homepage}}`, `{{url <target>}}` and `{{sha256 <target>}}`.
 *
 * @module
 */

import { archiveName } from "../build/targets.ts";

/** A release, as the templates need it. */
export interface Release {
  /** URL of the folder that the files are in. */
  readonly release: string;
  /** URL of the project's page. */
  readonly homepage: string;
  /** Text of its `SHA256SUMS`. */
  readonly sums: string;
  /** Its version. */
  readonly version: string;
}

/** What a release has beside them as it is, for people without a clone. */
export const SCRIPTS = ["install.sh", "install.ps1"] as const;

const FOLDER = new URL("./", import.meta.url);

/** The templates, by the path they have here and get there. */
export const TEMPLATES = [
  "homebrew.rb",
  "scoop.json",
  "winget/mcpass.mcpass.yaml",
  "winget/mcpass.mcpass.installer.yaml",
  "winget/mcpass.mcpass.locale.en-US.yaml",
  "Dockerfile",
] as const;

/** The SHA-256 of each file, in hexadecimal digits, by its name. */
function hashes(sums: string): ReadonlyMap<string, string> {
  return new Map(
    [...sums.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm)].map((
      [, hash = "", name = ""],
    ) => [name, hash]),
  );
}

/**
 * Fills one template.
 *
 * @throws Error for a place that cannot be filled, and for a target that the release lacks.
 */
export function fill(template: string, release: Release): string {
  const known = hashes(release.sums);
  const base = release.release.replace(/\/+$/, "");
  return template.replaceAll(/\{\{(.*?)\}\}/g, (place: string, inside: string) => {
    const [what = "", target = ""] = inside.split(" ");
    if (what === "version" || what === "homepage") return release[what];
    const name = archiveName(release.version, target);
    const hash = known.get(name);
    if (hash === undefined) throw new Error(`The release's SHA256SUMS has no line for "${name}"`);
    if (what === "url") return `${base}/${name}`;
    if (what === "sha256") return hash;
    throw new Error(`"${place}" is no place that can be filled`);
  });
}

/** Every template, filled, and the install scripts: the text by the path. */
export async function fillTemplates(release: Release): Promise<ReadonlyMap<string, string>> {
  const read = (path: string) => Deno.readTextFile(new URL(path, FOLDER));
  return new Map([
    ...await Promise.all(
      TEMPLATES.map(async (path) => [path, fill(await read(path), release)] as const),
    ),
    ...await Promise.all(SCRIPTS.map(async (name) => [name, await read(`../${name}`)] as const)),
  ]);
}
