/**
 * What a release is built for, and how its archives are called.
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

/** The archive of a target: what its system unpacks without further programs. */
export function archiveName(version: string, target: string): string {
  return `mcpass-${version}-${target}.${target.includes("windows") ? "zip" : "tar.gz"}`;
}
