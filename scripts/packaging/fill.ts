/**
 * Fills the templates of package managers and of the image, and stamps the install scripts.
 *
 * A template contains `{{version}}`, `{{homepage}}`, `{{url <target>}}` and `{{sha256 <target>}}`.
 *
 * @module
 */

import { archiveName, TARGETS } from "../build/targets.ts";

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

/** The install scripts, which are files of a release. */
export const SCRIPTS = ["install.sh", "install.ps1"] as const;

const FOLDER = new URL("./", import.meta.url);

/** The templates, by their path in this folder and in `dist/packaging`. */
export const TEMPLATES = [
  "homebrew.rb",
  "scoop.json",
  "winget/mcpass.mcpass.yaml",
  "winget/mcpass.mcpass.installer.yaml",
  "winget/mcpass.mcpass.locale.en-US.yaml",
  "Dockerfile",
  "gitlab.yml",
] as const;

/** The SHA-256 of each file, in hexadecimal digits, by its name. */
export function hashes(sums: string): ReadonlyMap<string, string> {
  return new Map(
    [...sums.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm)].map((
      [, hash = "", name = ""],
    ) => [name, hash]),
  );
}

/** A file that the templates or packages need is missing in the release. */
export class MissingArchive extends Error {}

/** The URL of the release's files, without a slash at its end. */
const baseOf = ({ release }: Release): string => release.replace(/\/+$/, "");

/** The line of an archive in the release's SHA256SUMS. */
export function archiveHash(release: Release, target: string): string {
  const name = archiveName(release.version, target);
  const hash = hashes(release.sums).get(name);
  if (hash === undefined) {
    throw new MissingArchive(`The release's SHA256SUMS has no line for "${name}"`);
  }
  return hash;
}

/**
 * Fills one template.
 *
 * @throws Error for an unknown placeholder, and for a target that is missing in the release.
 */
export function fill(template: string, release: Release): string {
  return template.replaceAll(/\{\{(.*?)\}\}/g, (placeholder: string, inside: string) => {
    const [what = "", target = ""] = inside.split(" ");
    if (what === "version" || what === "homepage") return release[what];
    const hash = archiveHash(release, target);
    if (what === "url") return `${baseOf(release)}/${archiveName(release.version, target)}`;
    if (what === "sha256") return hash;
    throw new Error(`Unknown placeholder "${placeholder}"`);
  });
}

/** The text of the template at this path, filled. */
export async function fillTemplate(path: string, release: Release): Promise<string> {
  return fill(await Deno.readTextFile(new URL(path, FOLDER)), release);
}

/** A quoted string of sh or PowerShell has these characters as they are. */
const PLAIN = /^[\w.~:/%+-]*$/;

/**
 * The install script of this name with the release's URL, version and sums in it, so that it needs no
 * variable.
 *
 * @throws Error for a URL that an install script would not accept.
 */
export async function stampScript(
  name: (typeof SCRIPTS)[number],
  release: Release,
): Promise<string> {
  const url = baseOf(release);
  if (!/^(https:|http:\/\/127\.0\.0\.1:)/.test(url) || !PLAIN.test(url)) {
    throw new Error(`The URL of a release must be an https URL without a query: "${url}"`);
  }
  const archives = TARGETS.map((target) => archiveName(release.version, target));
  const known = [...hashes(release.sums)].filter(([file]) => archives.includes(file));
  const windows = known.find(([file]) => file.endsWith(".zip"));
  const unix = known.filter(([file]) => !file.endsWith(".zip"));
  const values: Readonly<Record<string, string>> = {
    stamped_release: url,
    stampedRelease: url,
    stamped_version: release.version,
    stampedVersion: release.version,
    stamped_sums: unix.map(([file, hash]) => `${hash}  ${file}`).join("\n"),
    stampedSum: windows?.[1] ?? "",
  };
  const script = await Deno.readTextFile(new URL(`../${name}`, FOLDER));
  return script.replaceAll(
    /^( *\$?(stamped\w+) ?= ?)''$/gm,
    (_, start: string, variable: string) => `${start}'${values[variable] ?? ""}'`,
  );
}
