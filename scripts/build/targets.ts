/**
 * The targets of a release, and the names of its archives.
 *
 * @module
 */

/** The targets. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** The program's file in a target's archive. */
export function programName(target: string): string {
  return target.includes("windows") ? "mcpass.exe" : "mcpass";
}

/** The archive of a target, in a format that its system can unpack. */
export function archiveName(version: string, target: string): string {
  return `mcpass-${version}-${target}.${target.includes("windows") ? "zip" : "tar.gz"}`;
}
